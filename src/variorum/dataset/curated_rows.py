"""Decisions and figures of agreement as rows."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING

from variorum.curation.decisions import Decision
from variorum.curation.items import Candidate, Content
from variorum.dataset.rows import Row
from variorum.schema.projects import documents_of

if TYPE_CHECKING:  # what it brings is slow to load
    from variorum.agreement.measure import Figure


def decision(project: str, decided: Decision) -> Row:
    """The row of `decisions`."""
    shared = ("round", "task", "layer", "decision", "rule", "reason", "curator")
    gold = decided.gold
    return {name: getattr(decided, name) for name in shared} | {
        "item_id": f"{project}/{decided.item}",
        "project": project,
        "document_id": _document_id(decided),
        "annotators": list(decided.annotators),
        "candidates": [_candidate(each) for each in decided.candidates],
        "labels": labels_of(gold) if gold else [],
        "start": gold.spans[0].start if gold and gold.spans else None,
        "end": gold.spans[0].end if gold and gold.spans else None,
    }


def _document_id(decided: Decision) -> str:
    told = [decided.gold, *(each.content for each in decided.candidates)]
    places = [words.document_id for content in told if content for words in content.spans]
    return (places or documents_of(decided.task))[0]


def _candidate(candidate: Candidate) -> Row:
    spans = candidate.content.spans
    return {
        "annotator": candidate.annotator,
        "region_id": candidate.region_id,
        "start": spans[0].start if spans else None,
        "end": spans[0].end if spans else None,
        "text": " > ".join(words.text for words in spans),
        "labels": labels_of(candidate.content),
    }


def labels_of(content: Content) -> list[str]:
    """What a content says beside its place, as `name=label`."""
    return [f"{name}={label}" for name, given in content.values.items() for label in given]


def agreement(figures: "Iterable[Figure]") -> list[Row]:
    """The rows of `agreement`."""
    return [asdict(figure) | {"annotators": list(figure.annotators)} for figure in figures]
