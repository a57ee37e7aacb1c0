"""A build's tables as the plain values that the page is made of: an index of all documents, and each story by itself."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec
import polars as pl

from variorum.dataset.segmentation import segment
from variorum.report.layers import Json, layers
from variorum.report.material import Material
from variorum.report.places import placed
from variorum.schema.foreign import plain_name
from variorum.schema.labels import Inventory

HEAD = 90
"""Characters of a text that a list shows of it."""
UNANIMOUS = "unanimous"
_CLUSTERED = ("entity_cluster_id", "wikidata_id", "wikidata_status", "claim_cluster_id")
_DOCUMENT = ("title", "language", "role", "simplified_of", "source_date", "reading_level", "licence")
_DECIDED = ("project", "round", "layer", "task", "document_id", "rule", "decision", "labels", "start", "end", "reason")


@dataclass(frozen=True)
class Gathered:
    """What the page shows. `index` is read at once, a story when somebody opens it."""

    index: Json
    stories: list[Json]


def gather(material: Material) -> Gathered:
    """Everything that the page shows, in an order that the inputs alone decide on."""
    rows = _rows_by_document(material)
    findings = placed(material)
    stories: dict[str, list[Json]] = defaultdict(list)
    for document_id, document in material.documents.items():
        stories[document.story_id].append(_document(document_id, material, rows))
    joint = _joint_by_story(material)
    told: list[Json] = [{"id": story, "documents": own} | joint[story] for story, own in sorted(stories.items())]
    index = _corpus(material) | {
        "findings": findings,
        "documents": [_line(each, at, story, findings) for at, story in enumerate(told) for each in story["documents"]],
        "stories": [story["id"] for story in told],
    }
    return Gathered(index, told)


def _corpus(material: Material) -> Json:
    settings = material.inputs.settings
    return {
        "name": settings.name,
        "version": settings.version,
        "holds_out": settings.holds_out,
        "labels": {plain_name(name): _inventory(each) for name, each in material.inputs.labels.items() if each.labels},
    }


def _inventory(inventory: Inventory) -> Json:
    return {label.name: {"definition": label.definition, "hotkey": label.hotkey} for label in inventory.labels}


_Rows = dict[str, dict[str, list[Json]]]


def _rows_by_document(material: Material) -> _Rows:
    """The rows of the tables that are of one document, by config and document."""
    configs = ("documents", "entities", "claims", "readability", "annotations")
    return {config: _by(material.frames[config], "document_id") for config in configs}


def _by(frame: pl.DataFrame, column: str) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = defaultdict(list)
    for row in frame.iter_rows(named=True):
        found[row[column]].append(row)
    return found


def _document(document_id: str, material: Material, rows: _Rows) -> Json:
    catalogue = material.documents[document_id]
    built = next(iter(rows["documents"].get(document_id, [])), None) or _unbuilt(document_id, material)
    measured: Json = next(iter(rows["readability"].get(document_id, [])), {"ratings": [], "metrics": []})
    known = {row["region_id"]: row for config in ("entities", "claims") for row in rows[config].get(document_id, [])}
    own = layers(rows["annotations"].get(document_id, []), material.inputs.labels)
    for span in (span for layer in own if layer["is_gold"] for span in layer["spans"]):
        row = known.get(span["id"], {})
        span |= {name: row[name] for name in _CLUSTERED if row.get(name) is not None}
    return {name: built.get(name) for name in _DOCUMENT} | {
        "id": document_id,
        "split": catalogue.split,
        "text": material.text(document_id),
        "tokens": built["token_count"],
        "paragraphs": _offsets(built["paragraphs"]),
        "sentences": _offsets(built["sentences"]),
        "metrics": [[each["metric"], each["value"]] for each in measured["metrics"]],
        "ratings": [[each["round"], each["annotator"], each["level"]] for each in measured["ratings"]],
        "is_built": document_id not in material.unbuilt,
        "layers": own,
    }


def _unbuilt(document_id: str, material: Material) -> Json:
    """What is known of a document that an error keeps out of the tables."""
    catalogue = material.documents[document_id]
    segmented = segment(material.inputs.texts[document_id], material.inputs.settings.abbreviations)
    own = {name: getattr(catalogue, name, None) for name in _DOCUMENT}
    return own | {
        "title": material.shown(catalogue.title),
        "token_count": len(segmented.tokens),
        "paragraphs": [{"start": start, "end": end} for start, end in segmented.paragraphs],
        "sentences": [{"start": start, "end": end} for start, end in segmented.sentences],
    }


def _offsets(spans: Iterable[Json]) -> list[list[int]]:
    return [[each["start"], each["end"]] for each in spans]


def _joint_by_story(material: Material) -> dict[str, Json]:
    """What joins the documents of each story, and what was decided of them."""
    story = {each: document.story_id for each, document in material.documents.items()}
    found: dict[str, Json] = defaultdict(lambda: {"clusters": {}, "alignments": [], "decisions": []})
    for row in material.frames["claim_clusters"].iter_rows(named=True):
        found[story[row["document_id"]]]["clusters"].setdefault(row["claim_cluster_id"], []).append(_member(row))
    for row in material.frames["alignments"].iter_rows(named=True):
        found[story[row["first_document_id"]]]["alignments"].append(_alignment(row))
    for row in material.frames["decisions"].iter_rows(named=True):
        found[story[row["document_id"]]]["decisions"].append(_decision(row, material))
    return found


def _region(row_id: str) -> str:
    """The region of a mention_id or claim_id."""
    return row_id.partition("#")[2]


def _member(row: Json) -> Json:
    kept = {name: row[name] for name in ("relation", "is_canonical", "is_member", "is_judged", "start", "end")}
    return kept | {"document": row["document_id"], "claim": _region(row["claim_id"]), "to": row["to_claim_id"].split("#")}


def _alignment(row: Json) -> Json:
    return {
        "id": row["alignment_id"],
        "documents": [row["first_document_id"], row["second_document_id"]],
        "sentences": [[int(each.rpartition(":s")[2]) for each in row[f"{side}_sentence_ids"]] for side in ("first", "second")],
        "label": row["label"],
        "operations": row["operations"],
        "departures": row["departures"],
    }


def _decision(row: Json, material: Material) -> Json:
    text = material.text(row["document_id"])
    return {name: row[name] for name in _DECIDED} | {
        "id": row["item_id"],
        "annotators": row["annotators"],
        "curator": row["curator"],
        "candidates": [_candidate(each, text) for each in row["candidates"]],
    }


def _candidate(each: Json, text: str | None) -> Json:
    """A candidate; its words only where the document's text does not say them already."""
    kept = {name: each[name] for name in ("annotator", "region_id", "start", "end", "labels")}
    is_slice = text is not None and each["start"] is not None and text[each["start"] : each["end"]] == each["text"]
    return kept if is_slice or not each["text"] else kept | {"words": each["text"]}


def _line(document: Json, story_number: int, story: Json, findings: list[Json]) -> Json:
    """What the index knows of a document: what a list shows, and what it can be found by."""
    own = [each for each in story["decisions"] if document["id"] == each["document_id"]]
    spans = [span for layer in document["layers"] for span in layer["spans"]]
    gold = [span for layer in document["layers"] if layer["is_gold"] for span in layer["spans"]]
    return {name: document[name] for name in ("id", "title", "role", "split", "tokens", "is_built")} | {
        "story": story_number,
        "level": document["reading_level"],
        "head": _head(document["text"]),
        "mentions": sum(span["layer"] == "mention" for span in gold),
        "claims": sum(span["layer"] == "claim" for span in gold),
        "disputed": sum(each["rule"] != UNANIMOUS for each in own),
        "labels": sorted({label for span in spans for label in _labels(span)}),
        "annotators": sorted(set(_annotators(document, own))),
        "rules": sorted(set(_rules(document, own, findings))),
    }


def _head(text: str | None) -> str | None:
    if text is None:
        return None
    words = " ".join(text[: 2 * HEAD].split())
    return words if len(words) <= HEAD else words[:HEAD].rsplit(" ", 1)[0] + " …"


def _labels(span: Json) -> Iterator[str]:
    yield span["type"]
    for name, given in span.get("answers", {}).items():
        if name != "note":
            yield from [given] if isinstance(given, str) else given


def _annotators(document: Json, decisions: list[Json]) -> Iterator[str]:
    yield from (layer["annotator"] for layer in document["layers"])
    yield from (name for each in decisions for name in each["annotators"])


def _rules(document: Json, decisions: list[Json], findings: list[Json]) -> Iterator[str]:
    yield from (each["rule"] for each in decisions)
    yield from (each["rule"] for layer in document["layers"] for each in layer["rejected"])
    yield from (f"repair-{span['repair']}" for layer in document["layers"] for span in layer["spans"] if "repair" in span)
    yield from (each["rule"] for each in findings if each["document"] == document["id"])


def as_json(value: Json) -> bytes:
    """The value as JSON, the same bytes for the same value."""
    return msgspec.json.encode(value)
