"""The layers of a document: what each annotation of it says, and gold among them, put together from single results."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from variorum.schema.projects import DOCUMENTS, PROJECTS, Control

Json = dict[str, Any]
_CONTROLS = PROJECTS[DOCUMENTS].controls


def layers(found: Iterable[Json]) -> list[Json]:
    """The layers of one document from its rows of `annotations`, gold first, then the latest round.

    Each has `round`, `annotator`, `state`, `is_gold`, `level`, `spans` (`id`, `layer`, `start`, `end`, `type`, answers by
    control), `relations` (`type`, `from`, `to`) and `rejected` results; offsets are code points, half-open.
    """
    by_annotation: dict[tuple[str, ...], list[Json]] = {}
    for row in found:
        if row["project"] == DOCUMENTS:
            key = (row["round"], row["annotator"], row["annotation_id"])
            by_annotation.setdefault(key, []).append(row)
    made = [_layer(own) for own in by_annotation.values()]
    made.sort(key=lambda each: each["annotator"])
    made.sort(key=lambda each: each["round"], reverse=True)
    return sorted(made, key=lambda each: not each["is_gold"])


def _layer(found: list[Json]) -> Json:
    kept = [row for row in found if not row["rejected_by"]]
    answers = _answers(kept)
    return {name: found[0][name] for name in ("round", "annotator", "state", "is_gold")} | {
        "level": next((row["labels"][0] for row in kept if row["control"] == "reading_level" and row["labels"]), None),
        "spans": [_span(row, answers) for row in kept if _control(row).layer],
        "relations": list(_relations(kept)),
        "rejected": [_rejected(row) for row in found if row["rejected_by"]],
    }


def _control(row: Json) -> Control:
    return _CONTROLS.get(row["control"], _NONE)


_NONE = Control("")


def _answers(kept: list[Json]) -> dict[str, Json]:
    """What is answered about each region, by control."""
    answers: dict[str, Json] = {}
    for row in kept:
        control = _control(row)
        if control.of:
            given = row["labels"][0] if control.single and row["labels"] else row["labels"]
            answers.setdefault(row["region_id"], {})[row["control"]] = given
    return answers


def _span(row: Json, answers: Mapping[str, Json]) -> Json:
    layer = _control(row).layer
    span = {"id": row["region_id"], "layer": layer, "start": row["start"], "end": row["end"], "type": row["labels"][0]}
    repaired = {"repair": row["repair"]} if row["repair"] != "exact" else {}
    given = answers.get(row["region_id"], {})
    return span | repaired | ({"answers": given} if given else {})


def _relations(kept: list[Json]) -> Iterator[Json]:
    for row in kept:
        if row["result_type"] == "relation":
            start, _, end = row["region_id"].partition("->")
            yield from ({"type": label, "from": start, "to": end} for label in row["labels"])


def _rejected(row: Json) -> Json:
    kept = {name: row[name] for name in ("control", "start", "end", "labels")}
    return kept | {"id": row["region_id"], "rule": row["rejected_by"]}
