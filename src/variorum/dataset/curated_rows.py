"""Decisions as columns, and figures of agreement as rows."""

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pyarrow as pa

from variorum.curation.decisions import Decision
from variorum.curation.items import Candidate, Content
from variorum.dataset.rows import Row
from variorum.schema.projects import documents_of

if TYPE_CHECKING:  # what it brings is slow to load
    from variorum.agreement.measure import Figure

T = TypeVar("T")


def decisions(decided: Sequence[tuple[str, Decision]]) -> dict[str, pa.Array]:
    """The columns of `decisions`, given each decision with its project: 8,500 take 0.15 s, and took 0.28 s as rows."""
    found = [each for _, each in decided]
    golds = [each.gold or _NOTHING for each in found]
    columns = {name: pa.array(map(attrgetter(name), found), pa.string(), size=len(found)) for name in _SHARED}
    return columns | {
        "item_id": pa.array([f"{project}/{each.item}" for project, each in decided], pa.string()),
        "project": pa.array([project for project, _ in decided], pa.string()),
        "document_id": pa.array([_document_id(each) for each in found], pa.string()),
        "annotators": _lists([each.annotators for each in found], lambda flat: pa.array(flat, pa.string())),
        "candidates": _lists([each.candidates for each in found], _candidates),
        "labels": _labels(golds),
        "start": _starts(golds),
        "end": _ends(golds),
    }


_SHARED = ("round", "task", "layer", "decision", "rule", "reason", "curator")
_NOTHING = Content()


def _document_id(decided: Decision) -> str:
    """Where the item lies: what was decided says so before any candidate does."""
    for content in (decided.gold, *(each.content for each in decided.candidates)):
        if content and content.spans:
            return content.spans[0].document_id
    return documents_of(decided.task)[0]


def _candidates(candidates: Sequence[Candidate]) -> pa.Array:
    contents = [each.content for each in candidates]
    columns = {
        "annotator": pa.array([each.annotator for each in candidates], pa.string()),
        "region_id": pa.array([each.region_id for each in candidates], pa.string()),
        "start": _starts(contents),
        "end": _ends(contents),
        "text": pa.array([" > ".join([words.text for words in each.spans]) for each in contents], pa.string()),
        "labels": _labels(contents),
    }
    return pa.StructArray.from_arrays(list(columns.values()), names=list(columns))


def _starts(contents: Iterable[Content]) -> pa.Array:
    """Where the first span starts; null where there is none."""
    return pa.array([each.spans[0].start if each.spans else None for each in contents], pa.int64())


def _ends(contents: Iterable[Content]) -> pa.Array:
    return pa.array([each.spans[0].end if each.spans else None for each in contents], pa.int64())


def _labels(contents: Iterable[Content]) -> pa.Array:
    return _lists([labels_of(each) for each in contents], lambda flat: pa.array(flat, pa.string()))


def _lists(lists: Sequence[Sequence[T]], values: Callable[[list[T]], pa.Array]) -> pa.Array:
    """Lists as a column, of the column that their items are together."""
    offsets = np.concatenate([[0], np.cumsum([len(each) for each in lists])])
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), values([item for each in lists for item in each]))


def labels_of(content: Content) -> list[str]:
    """What a content says beside its place, as `name=label`."""
    return [f"{name}={label}" for name, given in content.values.items() for label in given]


def agreement(figures: "Iterable[Figure]") -> list[Row]:
    """The rows of `agreement`."""
    return [vars(figure) | {"annotators": list(figure.annotators)} for figure in figures]
