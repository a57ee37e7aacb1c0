"""The layers of a document: what each annotation of it says, and gold among them, put together from single results."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from variorum.schema.foreign import ForeignLabels, table_name
from variorum.schema.labels import Labels
from variorum.schema.projects import DOCUMENTS, PROJECTS, Control

Json = dict[str, Any]
UNNAMED = "related"
"""A relation that has no label."""
_Controls = Mapping[str, Control]


def layers(found: Iterable[Json], labels: Labels) -> list[Json]:
    """The layers of one document from its rows of `annotations`, gold first, then the latest round.

    Each has `round`, `annotator`, `state`, `is_gold`, `level`, `spans` (`id`, `layer`, `start`, `end`, `type`, answers by
    control), `relations` (`type`, `from`, `to`) and `rejected` results; offsets are code points, half-open. Of a project
    that was not made for variorum all spans are of the layer `mention`, with the `inventory` of their control, and what is
    answered about the whole text is in `answers`.
    """
    controls = labels.project.controls if isinstance(labels, ForeignLabels) else PROJECTS[DOCUMENTS].controls
    by_annotation: dict[tuple[str, ...], list[Json]] = {}
    for row in found:
        if row["project"] == DOCUMENTS:
            key = (row["round"], row["annotator"], row["annotation_id"])
            by_annotation.setdefault(key, []).append(row)
    made = [_layer(own, controls) | _whole(own, labels) for own in by_annotation.values()]
    made.sort(key=lambda each: each["annotator"])
    made.sort(key=lambda each: each["round"], reverse=True)
    return sorted(made, key=lambda each: not each["is_gold"])


def _layer(found: list[Json], controls: _Controls) -> Json:
    kept = [row for row in found if not row["rejected_by"]]
    answers = _answers(kept, controls)
    return {name: found[0][name] for name in ("round", "annotator", "state", "is_gold")} | {
        "level": next((row["labels"][0] for row in kept if row["control"] == "reading_level" and row["labels"]), None),
        "spans": [_span(row, answers, controls) for row in kept if _control(row, controls).layer],
        "relations": list(_relations(kept)),
        "rejected": [_rejected(row) for row in found if row["rejected_by"]],
    }


def _whole(found: list[Json], labels: Labels) -> Json:
    """What is answered about the whole text, where such answers are not the engine's own."""
    if not isinstance(labels, ForeignLabels):
        return {}
    controls = labels.project.controls
    kept = [row for row in found if not row["rejected_by"] and row["control"] in controls]
    return {"answers": {row["control"]: row["labels"] for row in kept if not controls[row["control"]].per_region}}


def _control(row: Json, controls: _Controls) -> Control:
    return controls.get(row["control"], _NONE)


_NONE = Control("")


def _answers(kept: list[Json], controls: _Controls) -> dict[str, Json]:
    """What is answered about each region, by control."""
    answers: dict[str, Json] = {}
    for row in kept:
        control = _control(row, controls)
        if control.of:
            given = row["labels"][0] if control.single and row["labels"] else row["labels"]
            answers.setdefault(row["region_id"], {})[row["control"]] = given
    return answers


def _span(row: Json, answers: Mapping[str, Json], controls: _Controls) -> Json:
    layer = _control(row, controls).layer
    span = {"id": row["region_id"], "layer": layer, "start": row["start"], "end": row["end"], "type": row["labels"][0]}
    if controls is not PROJECTS[DOCUMENTS].controls:
        span |= {"layer": "mention", "type": " + ".join(row["labels"]), "inventory": table_name(layer)}
    repaired = {"repair": row["repair"]} if row["repair"] != "exact" else {}
    given = answers.get(row["region_id"], {})
    return span | repaired | ({"answers": given} if given else {})


def _relations(kept: list[Json]) -> Iterator[Json]:
    for row in kept:
        if row["result_type"] == "relation":
            start, _, end = row["region_id"].partition("->")
            yield from ({"type": label, "from": start, "to": end} for label in row["labels"] or [UNNAMED])


def _rejected(row: Json) -> Json:
    kept = {name: row[name] for name in ("control", "start", "end", "labels")}
    return kept | {"id": row["region_id"], "rule": row["rejected_by"]}
