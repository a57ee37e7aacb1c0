"""One document's regions as rows of the published tables: pure functions, one a table, closed sets still as names."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import msgspec

from variorum.annotations.regions import Reading, Region, Regions
from variorum.annotations.review import Reviewed
from variorum.corpus.catalogue import Document
from variorum.corpus.seed_text import parse_source_date
from variorum.dataset.readability import measure as measure_text
from variorum.dataset.segmentation import Segmentation
from variorum.dataset.span_rules import enclosing
from variorum.folder import ExportFile
from variorum.schema.labels import Labels
from variorum.schema.tables import NO_CLAIM

Row = dict[str, Any]
Provenance = dict[str, str]


@dataclass(frozen=True)
class View:
    """A document as the tables see it. `source` is the provenance of its gold."""

    document: Document
    text: str
    segmentation: Segmentation
    labels: Labels
    source: Provenance

    @property
    def id(self) -> str:
        """The document's id."""
        return self.document.document_id

    def region_id(self, region_id: str) -> str:
        """The published id of a mention or claim."""
        return f"{self.id}#{region_id}"

    def sentence_id(self, index: int) -> str:
        """The published id of a sentence."""
        return f"{self.id}:s{index}"

    def slice(self, start: int, end: int) -> str:
        """The text between two offsets."""
        return self.text[start:end]

    @cached_property
    def sentences(self) -> list[Row]:
        """The columns that all tables of sentences share."""
        return [
            {
                "sentence_id": self.sentence_id(index),
                "document_id": self.id,
                "start": start,
                "end": end,
                "text": self.slice(start, end),
            }
            for index, (start, end) in enumerate(self.segmentation.sentences)
        ]


def source_of(reviewed: Reviewed | None) -> Provenance:
    """Where gold comes from; empty where there is none."""
    return provenance(reviewed.export) if reviewed else {}


def provenance(export: ExportFile) -> Provenance:
    """The columns that lead a row back to its file."""
    return {"project": export.project, "round": export.round, "annotator": export.annotator}


def file_key(row: Row) -> tuple[str, str, str]:
    """What tells the file of a row from any other."""
    return row["project"], row["round"], row["annotator"]


def document(view: View, gold: Regions | None) -> Row:
    """The row of `documents`."""
    own = view.document
    source_date, precision = parse_source_date(own.source_date) if own.source_date else (None, None)
    shared = ("document_id", "title", "language", "story_id", "role", "simplified_of", "licence", "text_sha256", "seed_sha256")
    return {name: getattr(own, name) for name in shared} | {
        "text": view.text,
        "source_date": source_date,
        "source_date_precision": precision,
        "reading_level": gold.reading_level if gold else None,
        "paragraphs": _spans(view.segmentation.paragraphs),
        "sentences": _spans(view.segmentation.sentences),
        "character_count": len(view.text),
        "token_count": len(view.segmentation.tokens),
        "mention_count": len(gold.mentions) if gold else 0,
        "claim_count": len(gold.claims) if gold else 0,
        "seed_rules": list(own.seed_rules),
    }


def _spans(offsets: list[tuple[int, int]]) -> list[Row]:
    return [{"start": start, "end": end} for start, end in offsets]


def ner(view: View, gold: Regions) -> list[Row]:
    """The rows of `ner`, one a sentence."""
    tags = bio_tags(view.segmentation, gold.mentions)
    mentions = _by_sentence(view, gold.mentions)
    return [
        sentence
        | _tokens(view, view.segmentation.tokens_in(sentence["start"], sentence["end"]), tags)
        | {"mentions": [_mention(view, region) for region in mentions.get(index, [])]}
        for index, sentence in enumerate(view.sentences)
    ]


def _tokens(view: View, indices: range, tags: list[str]) -> Row:
    offsets = [view.segmentation.tokens[index] for index in indices]
    return {
        "tokens": [view.slice(start, end) for start, end in offsets],
        "token_starts": [start for start, _ in offsets],
        "token_ends": [end for _, end in offsets],
        "ner_tags": [tags[index] for index in indices],
    }


def bio_tags(segmentation: Segmentation, mentions: list[Region]) -> list[str]:
    """A BIO tag a token. Of nested mentions the outermost counts; a token that a mention cuts belongs to it."""
    tags = ["O"] * len(segmentation.tokens)
    for region in sorted(mentions, key=lambda region: (region.span.start, -region.span.end)):
        indices = segmentation.tokens_in(region.span.start, region.span.end)
        if all(tags[index] == "O" for index in indices):
            for place, index in enumerate(indices):
                tags[index] = f"{'I' if place else 'B'}-{region.label}"
    return tags


def _by_sentence(view: View, regions: list[Region]) -> dict[int, list[Region]]:
    """Regions by each sentence that they touch, in the order of the text."""
    found: dict[int, list[Region]] = {}
    for region in in_order(regions):
        for index in view.segmentation.sentences_in(region.span.start, region.span.end):
            found.setdefault(index, []).append(region)
    return found


def in_order(regions: list[Region]) -> list[Region]:
    """Regions in the order of the text, outer ones first."""
    return sorted(regions, key=lambda region: (region.span.start, -region.span.end, region.id))


def _mention(view: View, region: Region) -> Row:
    return {"mention_id": view.region_id(region.id), "start": region.span.start, "end": region.span.end, "type": region.label}


def _placed(view: View, region: Region) -> Row:
    """The columns that mentions and claims share."""
    start, end = region.span.start, region.span.end
    return view.source | {
        "region_id": region.id,
        "document_id": view.id,
        "start": start,
        "end": end,
        "text": view.slice(start, end),
        "repair": region.span.rung,
    }


def entities(view: View, gold: Regions) -> list[Row]:
    """The rows of `entities`, one a mention."""
    around = enclosing(gold.mentions)
    return [_placed(view, region) | _entity(view, region, around) for region in in_order(gold.mentions)]


def _entity(view: View, region: Region, around: dict[str, str]) -> Row:
    sentence = view.segmentation.sentence_of(region.span.start, region.span.end)
    return {
        "mention_id": view.region_id(region.id),
        "sentence_id": "" if sentence is None else view.sentence_id(sentence),
        "type": region.label,
        "nested_in": view.region_id(around[region.id]) if region.id in around else None,
        "entity_cluster_id": None,
        "wikidata_id": None,
        "wikidata_status": "not_attempted",
        "wikidata_checked_on": None,
        "note": region.note,
    }


def claims(view: View, gold: Regions) -> list[Row]:
    """The rows of `claims`, one a claim."""
    claimers: dict[str, list[str]] = {}
    for relation in gold.relations:
        if relation.type == "claimer":
            claimers.setdefault(relation.from_id, []).append(view.region_id(relation.to_id))
    return [_placed(view, region) | _claim(view, region, claimers.get(region.id, [])) for region in in_order(gold.claims)]


def _claim(view: View, region: Region, claimers: list[str]) -> Row:
    def answer(name: str) -> str:
        return (*region.attributes.get(name, ()), "")[0]

    return {
        "claim_id": view.region_id(region.id),
        "sentence_ids": [view.sentence_id(i) for i in view.segmentation.sentences_in(region.span.start, region.span.end)],
        "checkworthiness": answer("checkworthiness"),
        "claim_types": in_inventory_order(region.attributes.get("claim_type", ()), view.labels["claim_type"].names),
        "attribution": answer("attribution"),
        "modality": answer("modality"),
        "claimer_ids": sorted(claimers),
        "claim_cluster_id": None,
        "note": region.note,
    }


def in_inventory_order(given: tuple[str, ...], inventory: tuple[str, ...]) -> list[str]:
    """Labels in the order of their inventory, so that the order in which boxes were ticked leaves no trace."""
    return [name for name in inventory if name in given]


def claim_detection(view: View, gold: Regions) -> list[Row]:
    """The rows of `claim_detection`, one a sentence."""
    found = _by_sentence(view, gold.claims)
    ranks = view.labels["checkworthiness"].names
    return [sentence | _detected(view, found.get(index, []), ranks) for index, sentence in enumerate(view.sentences)]


def _detected(view: View, found: list[Region], ranks: tuple[str, ...]) -> Row:
    given = [label for region in found for label in region.attributes.get("checkworthiness", ())]
    label = min(given, key=ranks.index) if given else NO_CLAIM
    return {"label": label, "claim_ids": [view.region_id(region.id) for region in found]}


def relations(view: View, gold: Regions) -> list[Row]:
    """The rows of `relations`."""
    made = [
        view.source
        | {
            "region_id": f"{relation.from_id}->{relation.to_id}",
            "relation_id": f"{view.region_id(relation.from_id)}-{relation.type}-{relation.to_id}",
            "document_id": view.id,
            "type": relation.type,
            "from_id": view.region_id(relation.from_id),
            "from_layer": relation.from_layer,
            "to_id": view.region_id(relation.to_id),
            "to_layer": relation.to_layer,
        }
        for relation in gold.relations
    ]
    return sorted(made, key=lambda row: row["relation_id"])


def readability(view: View, gold: Reviewed | None, reviewed: list[Reviewed], measure: bool) -> Row:
    """The row of `readability`."""
    level = gold.regions.reading_level if gold else None
    ratings = [
        {"round": each.export.round, "annotator": each.export.annotator, "level": each.regions.reading_level}
        for each in reviewed
        if each.annotation.counts and each.regions.reading_level
    ]
    return {
        "document_id": view.id,
        "reading_level": level,
        "reading_level_ordinal": view.labels["reading_level"].names.index(level) + 1 if level else None,
        "ratings": ratings,
        "metrics": measure_text(view.text, view.document.language) if measure else [],
    }


def annotations(views: Mapping[str, View], reviewed: Reviewed, is_gold: bool) -> Iterator[Row]:
    """The rows of `annotations`: one a result, whatever became of it. `views` are those of its documents by id."""
    annotation = reviewed.annotation
    shared = provenance(reviewed.export) | {
        "task": reviewed.task.key,
        "annotation_id": annotation.id,
        "state": annotation.state,
        "is_gold": is_gold,
        "updated_at": moment(annotation.updated_at),
    }
    for reading in reviewed.regions.readings:
        yield shared | _result(views[reading.document_id], reading)


def _result(view: View, reading: Reading) -> Row:
    result, span = reading.result, reading.span
    return {
        "document_id": view.id,
        "text_sha256": view.document.text_sha256,
        "region_id": result.region,
        "result_index": result.index,
        "control": result.control,
        "result_type": result.type,
        "start": span.start if span else None,
        "end": span.end if span else None,
        "text": view.slice(span.start, span.end) if span else None,
        "labels": list(reading.labels),
        "repair": reading.rung,
        "rejected_by": reading.rejected_by,
        "result_json": msgspec.json.encode(result.written).decode(),
    }


def moment(written: str | None) -> datetime | None:
    """A moment as Label Studio writes it, in UTC where it names no zone; None where it cannot be read."""
    try:
        moment = datetime.fromisoformat(written) if written else None
        return moment and (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


GOLD_TABLES: dict[str, Callable[[View, Regions], list[Row]]] = {
    "ner": ner,
    "entities": entities,
    "claims": claims,
    "claim_detection": claim_detection,
    "relations": relations,
}
