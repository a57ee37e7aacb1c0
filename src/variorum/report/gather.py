"""A build's tables as the plain values that the page is made of: an index of all documents, and each story by itself."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile

import polars as pl

from variorum.dataset.segmentation import segment
from variorum.report.layers import Json, layers
from variorum.report.material import Material
from variorum.report.packing import packed
from variorum.report.places import placed
from variorum.schema.foreign import plain_name
from variorum.schema.labels import Inventory

HEAD = 90
"""Characters of a text that a list shows of it."""
UNANIMOUS = "unanimous"
UNDECIDED = "other"
"""The role of a document of which nobody has said what it is among those of its story."""
_CLUSTERED = ("entity_cluster_id", "wikidata_id", "wikidata_status", "claim_cluster_id")
_DOCUMENT = ("title", "language", "role", "simplified_of", "source_date", "reading_level", "licence")
_DECIDED = ("project", "round", "layer", "task", "document_id", "rule", "decision", "labels", "start", "end", "reason")
STORIES_AT_ONCE = 100
"""Stories whose rows are Python's objects at one time; those of 10,000 documents at once are 2.4 GB."""
_CONFIGS = ("documents", "entities", "claims", "readability", "annotations", "claim_clusters", "alignments", "decisions")


@dataclass(frozen=True)
class Gathered:
    """What the page shows. `index` is read at once, the findings when somebody asks for them, a packed story when opened."""

    index: Json
    findings: list[Json]
    stories: list[str]


def gather(material: Material) -> Gathered:
    """Everything that the page shows, in an order that the inputs alone decide on."""
    findings = placed(material)
    noted: dict[str, list[Json]] = defaultdict(list)
    for each in findings:
        noted[each["document"]].append(each)
    lines: list[Json] = []
    stories: list[str] = []
    names: list[str] = []
    for story in _stories(material, noted):
        lines += [_line(each, len(stories), story) for each in story["documents"]]
        names.append(story["id"])
        stories.append(packed(story))
    return Gathered(_corpus(material) | {"documents": lines, "stories": names}, findings, stories)


def _stories(material: Material, noted: Mapping[str, list[Json]]) -> Iterator[Json]:
    """Each story with its documents, their findings and what joins them, by name."""
    documents: dict[str, list[str]] = defaultdict(list)
    for document_id, document in material.documents.items():
        documents[document.story_id].append(document_id)
    names = sorted(documents)
    part = {each: number // STORIES_AT_ONCE for number, story in enumerate(names) for each in documents[story]}
    parts = {config: _parts(material.frames[config], part) for config in _CONFIGS}
    for at in range(0, len(names), STORIES_AT_ONCE):
        rows = {config: own.get(at // STORIES_AT_ONCE, _NO_ROWS) for config, own in parts.items()}
        for story in _together({name: documents[name] for name in names[at : at + STORIES_AT_ONCE]}, material, rows):
            for document in story["documents"]:
                document["findings"] = noted.get(document["id"], [])
            yield story


_NO_ROWS = pl.DataFrame()


def _parts(frame: pl.DataFrame, part: dict[str, int]) -> dict[int, pl.DataFrame]:
    """The rows of each part of the documents, in their order."""
    column = "first_document_id" if "first_document_id" in frame.columns else "document_id"
    numbered = frame.with_columns(part=pl.col(column).replace_strict(part, default=None, return_dtype=pl.Int32))
    found = numbered.drop_nulls("part").partition_by("part", as_dict=True, include_key=False, maintain_order=True)
    return {number: own for (number,), own in found.items()}


def _shared(sequences: Iterable[list[str]]) -> int:
    """How many values all sequences begin with."""
    return sum(1 for _ in takewhile(lambda each: len(set(each)) == 1, zip(*sequences, strict=False)))


def _together(stories: dict[str, list[str]], material: Material, frames: Mapping[str, pl.DataFrame]) -> Iterator[Json]:
    rows = {config: _by(frames[config], "document_id") for config in _CONFIGS[:5]}
    joint = _joint_by_story(material, frames)
    for name, documents in stories.items():
        own = [_document(each, material, rows) for each in documents]
        yield {"id": name, "documents": [each | {"name": _name(each, documents)} for each in own]} | joint[name]


def _name(document: Json, together: list[str]) -> str:
    """A document's title or role; without either, what its id has beyond the ids of its story, or its id."""
    if document["title"] or document["role"] != UNDECIDED:
        return str(document["title"] or document["role"].replace("_", " "))
    parts = {each: re.split(r"[\W_]+", each) for each in together}
    head = _shared(parts.values())
    tail = _shared(each[::-1] for each in parts.values())
    own = parts[document["id"]]
    return " ".join(own[head : len(own) - tail]) or str(document["id"])


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
"""The rows of the tables that are of one document, by config and document."""


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


def _joint_by_story(material: Material, frames: Mapping[str, pl.DataFrame]) -> dict[str, Json]:
    """What joins the documents of each story, and what was decided of them."""
    story = {each: document.story_id for each, document in material.documents.items()}
    found: dict[str, Json] = defaultdict(lambda: {"clusters": {}, "alignments": [], "decisions": []})
    for row in frames["claim_clusters"].iter_rows(named=True):
        found[story[row["document_id"]]]["clusters"].setdefault(row["claim_cluster_id"], []).append(_member(row))
    for row in frames["alignments"].iter_rows(named=True):
        found[story[row["first_document_id"]]]["alignments"].append(_alignment(row))
    for row in frames["decisions"].iter_rows(named=True):
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


def _line(document: Json, story_number: int, story: Json) -> Json:
    """What the index knows of a document: what a list shows, and what it can be found by."""
    own = [each for each in story["decisions"] if document["id"] in each["task"].split("+")]
    gold = [span for layer in document["layers"] if layer["is_gold"] for span in layer["spans"]]
    return {name: document[name] for name in ("id", "title", "name", "role", "split", "tokens", "is_built")} | {
        "story": story_number,
        "level": document["reading_level"],
        "head": _head(document["text"]),
        "mentions": sum(span["layer"] == "mention" for span in gold),
        "claims": sum(span["layer"] == "claim" for span in gold),
        "disputed": sum(each["rule"] != UNANIMOUS for each in own),
        "labels": sorted({*_labels(document), *_joint_labels(document["id"], story)} - {""}),
        "annotators": sorted(set(_annotators(document, own))),
        "rules": sorted(set(_rules(document, own))),
    }


def _head(text: str | None) -> str | None:
    if text is None:
        return None
    words = " ".join(text[: 2 * HEAD].split())
    return words if len(words) <= HEAD else words[:HEAD].rsplit(" ", 1)[0] + " …"


def _labels(document: Json) -> Iterator[str]:
    """The labels that somebody gave in a document, or to it."""
    yield document["reading_level"] or ""
    for layer in document["layers"]:
        yield layer["level"] or ""
        yield from _answers(layer)
        yield from (each["type"] for each in (*layer["spans"], *layer["relations"]))
        yield from (label for span in layer["spans"] for label in _answers(span))


def _answers(answered: Json) -> Iterator[str]:
    for name, given in answered.get("answers", {}).items():
        if name != "note":
            yield from [given] if isinstance(given, str) else given


def _joint_labels(document_id: str, story: Json) -> Iterator[str]:
    """The labels of what joins a document to others: alignments, what differs there, and relations of claims."""
    for each in story["alignments"]:
        if document_id in each["documents"]:
            yield from (each["label"], *each["operations"], *(departure["type"] for departure in each["departures"]))
    for members in story["clusters"].values():
        yield from (each["relation"] for each in members if each["document"] == document_id and not _is_itself(each))


def _is_itself(member: Json) -> bool:
    return bool(member["to"] == [member["document"], member["claim"]])


def _annotators(document: Json, decisions: list[Json]) -> Iterator[str]:
    yield from (layer["annotator"] for layer in document["layers"])
    yield from (name for each in decisions for name in each["annotators"])


def _rules(document: Json, decisions: list[Json]) -> Iterator[str]:
    yield from (each["rule"] for each in decisions)
    yield from (each["rule"] for layer in document["layers"] for each in layer["rejected"])
    yield from (each["rule"] for each in document["findings"])
    yield from (f"repair-{span['repair']}" for layer in document["layers"] for span in layer["spans"] if "repair" in span)
