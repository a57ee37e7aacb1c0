"""What annotators of two tellings are offered: the units of each text, and the pairs of them that are worth a look."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl
from msgspec.structs import asdict

from variorum.annotations.work import Place
from variorum.curation.items import Words
from variorum.dataset.segmentation import segment
from variorum.dataset.shard import Tables
from variorum.inputs import Inputs
from variorum.schema.projects import ALIGNMENTS, Project, documents_of
from variorum.tellings.candidates import PER_UNIT, THRESHOLD, Score, candidates, lexical, recall

Units = Mapping[str, list[Words]]
"""The sentences or claims of each document, in the order of its text."""


@dataclass(frozen=True)
class Finder:
    """A way to find candidates: how units are scored, and from which score on a pair is offered."""

    name: str
    score: Score
    threshold: float

    @property
    def version(self) -> str:
        """The name with its settings, as predictions carry it."""
        return f"{self.name}-{PER_UNIT}-{self.threshold}"


LEXICAL = Finder("lexical", lexical, THRESHOLD)


def semantic_finder() -> Finder:
    """The way by embeddings, for English; raises ModuleNotFoundError without the extra `embedding`."""
    from variorum.tellings import embedding

    return Finder("semantic", embedding.semantic, embedding.THRESHOLD)


@dataclass(frozen=True)
class Offer:
    """The units of both texts of a pair, and the pairs of units that are offered."""

    units: list[Words]
    pairs: list[tuple[Words, Words]]


def units_of(project: Project, inputs: Inputs, tables: Tables) -> dict[str, list[Words]]:
    """What is joined in a project: sentences of the texts, or gold claims, which `tables` hold."""
    return _sentences(inputs) if project.name == ALIGNMENTS else _claims(tables)


def _sentences(inputs: Inputs) -> dict[str, list[Words]]:
    return {
        document_id: [
            Words(document_id, start, end, text[start:end])
            for start, end in segment(text, inputs.settings.abbreviations).sentences
        ]
        for document_id, text in inputs.texts.items()
    }


def _claims(tables: Tables) -> dict[str, list[Words]]:
    found: dict[str, list[Words]] = {}
    for (config, _), frame in tables.items():
        if config == "claims":
            ordered = frame.sort("document_id", "start", pl.col("end"), descending=[False, False, True])
            for row in ordered.select("document_id", "start", "end", "text").iter_rows():
                found.setdefault(row[0], []).append(Words(*row))
    return found


def offer(key: str, units: Units, finder: Finder = LEXICAL) -> Offer:
    """What is offered of one pair of documents."""
    first, second = (units.get(document_id, []) for document_id in documents_of(key))
    return Offer([*first, *second], [(one, other) for one, other, _ in _found(first, second, finder)])


def offered_rows(key: str, units: Units, finder: Finder = LEXICAL) -> Iterator[dict[str, str | int | float]]:
    """The same as plain rows, each with its score: documents, offsets (code points, half-open) and texts of both sides."""
    first, second = (units.get(document_id, []) for document_id in documents_of(key))
    for one, other, score in _found(first, second, finder):
        sides = {"first": one, "second": other}
        yield {f"{side}_{name}": value for side, each in sides.items() for name, value in asdict(each).items()} | {
            "score": score
        }


def _found(first: Sequence[Words], second: Sequence[Words], finder: Finder) -> Iterator[tuple[Words, Words, float]]:
    texts = [[each.text for each in side] for side in (first, second)]
    for each in candidates(*texts, score=finder.score, threshold=finder.threshold):
        yield first[each.first], second[each.second], each.score


def offered_recall(judged: Mapping[str, Iterable[tuple[Place, Place]]], units: Units) -> tuple[int, int]:
    """How many of the pairs that people linked had been offered, and how many they linked; `judged` is by key."""
    offered = {(one.place, other.place) for key in judged for one, other in offer(key, units).pairs}
    return recall(offered, {pair for pairs in judged.values() for pair in pairs})
