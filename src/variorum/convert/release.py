"""The gold of a release as documents, one after another: of a release of any size only a few are held at once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import polars as pl

from variorum.convert.document import (
    CLAIM,
    MENTION,
    READING_LEVEL,
    Document,
    Relation,
    Span,
    attributes_of,
    ordered,
)
from variorum.difference.features import closed_sets
from variorum.difference.read import Build, BuildError, File, Table, batches
from variorum.schema.labels import CLAIM_ATTRIBUTES, LAYERS, Inventory, Label, Labels

Row = dict[str, Any]
_DOCUMENT = ("document_id", "text", "language", "reading_level", "sentences")
_SPAN = ("document_id", "region_id", "start", "end", "note")
_COLUMNS = {
    "entities": (*_SPAN, "type"),
    "claims": (*_SPAN, "checkworthiness", "claim_types", "attribution", "modality"),
    "relations": ("document_id", "region_id", "type", "from_id", "from_layer", "to_id", "to_layer"),
}
_CLAIM_LABELS = ("document_id", "region_id", "labels", "control", "is_gold", "rejected_by")
_IS_CLAIM = pl.col("is_gold") & (pl.col("control") == CLAIM) & (pl.col("rejected_by") == "")
"""The rows of `annotations` that tell the labels of claims: `claims` itself has no column for them."""
_ANY_CLAIM = "CLAIM"
"""The label of claims in a release without the table `annotations`."""
_FOREIGN = "convert knows mentions, claims and relations alone. Its tables are Parquet, one a control, with offsets."
_COLUMN_OF = {"claim_type": "claim_types"}
"""Where the column of an answer is not named after its control."""


@dataclass(frozen=True)
class Found:
    """A document of a release and its split. One without gold has nothing marked, and is not `annotated`."""

    split: str
    document: Document
    annotated: bool


def documents(build: Build) -> Iterator[Found]:
    """All documents of a release, split by split. Raises BuildError where its texts are withheld or not there, and where it is
    of a project that was not made for variorum.
    """
    if build.manifest.get("withheld"):
        raise BuildError(f"{build.root} withholds texts. Restore them with `variorum rehydrate`, and name what that makes.")
    if "documents" not in build.tables:
        raise BuildError(f"{build.root} has no table documents, so that there is nothing to convert.")
    if READING_LEVEL not in build.tables["documents"].features:
        raise BuildError(f"{build.root} is of a project that was not made for variorum; {_FOREIGN}")
    for split in dict.fromkeys(file.split for file in build.tables["documents"].files):
        parts = {name: _Grouped(_rows(build.tables.get(name, Table()), split, columns)) for name, columns in _COLUMNS.items()}
        parts["annotations"] = _Grouped(_claim_labels(build, split))
        for row in _rows(build.tables["documents"], split, _DOCUMENT):
            document = _document(row, {name: part.of(row["document_id"]) for name, part in parts.items()})
            yield Found(split, document, row["reading_level"] is not None)
        if left := [f"{name} of {part.waiting}" for name, part in parts.items() if part.waiting]:
            raise BuildError(f"{build.root} has rows that are not in the order of its documents: {left[0]}. Build anew.")


def _rows(table: Table, split: str, columns: Sequence[str], wanted: pl.Expr | bool = True) -> Iterator[Row]:
    for file in _files(table, split):
        for batch in batches(table, file, columns):
            yield from batch.filter(wanted).iter_rows(named=True)


def _claim_labels(build: Build, split: str) -> Iterator[Row]:
    return _rows(build.tables.get("annotations", Table()), split, _CLAIM_LABELS, _IS_CLAIM)


def _files(table: Table, split: str) -> list[File]:
    return [file for file in table.files if file.split == split]


class _Grouped:
    """The rows of a table by document, which stand in the order of the documents."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self._groups = groupby(rows, key=lambda row: str(row["document_id"]))
        self._next = next(self._groups, None)

    @property
    def waiting(self) -> str:
        """The document of the rows that come next; empty where there are none."""
        return self._next[0] if self._next else ""

    def of(self, document_id: str) -> list[Row]:
        """The rows of the next document, if it is this one."""
        if self._next is None or self._next[0] != document_id:
            return []
        found = list(self._next[1])
        self._next = next(self._groups, None)
        return found


def _document(row: Row, parts: Mapping[str, list[Row]]) -> Document:
    spans = [_span(MENTION, each, each["type"]) for each in parts["entities"]]
    labels = {each["region_id"]: each["labels"][0] for each in parts["annotations"]}
    spans += [_span(CLAIM, each, labels.get(each["region_id"], _ANY_CLAIM)) for each in parts["claims"]]
    prefix = len(row["document_id"]) + 1
    relations = [
        Relation(each["type"], (each["from_layer"], each["from_id"][prefix:]), (each["to_layer"], each["to_id"][prefix:]))
        for each in parts["relations"]
    ]
    level = {READING_LEVEL: [row["reading_level"]]} if row["reading_level"] else {}
    return ordered(
        Document(
            row["document_id"],
            row["text"],
            tuple(spans),
            tuple(relations),
            attributes_of(level),
            tuple((each["start"], each["end"]) for each in row["sentences"]),
            row["language"],
        )
    )


def _span(layer: str, row: Row, label: str) -> Span:
    given = {name: row[_COLUMN_OF.get(name, name)] for name in CLAIM_ATTRIBUTES} if layer == CLAIM else {}
    answers = {name: [value] if isinstance(value, str) else value for name, value in given.items() if value}
    return Span(layer, row["region_id"], label, ((row["start"], row["end"]),), attributes_of(answers), row["note"])


_SETS = {
    "entity_type": ("entities", "type"),
    "relation_type": ("relations", "type"),
    "reading_level": ("documents", "reading_level"),
} | {name: ("claims", _COLUMN_OF.get(name, name)) for name in CLAIM_ATTRIBUTES}
"""The column whose closed set an inventory is."""


def labels_of(build: Build) -> Labels:
    """The inventories that a release tells of itself, without definitions. A relation type may join any two layers."""
    splits = dict.fromkeys(file.split for file in build.tables.get("annotations", Table()).files)
    claims = {row["labels"][0]: None for split in splits for row in _claim_labels(build, split)}
    names: dict[str, tuple[str, ...]] = {CLAIM: tuple(sorted(claims)) or (_ANY_CLAIM,)}
    for inventory, (table, column) in _SETS.items():
        features = build.tables[table].features if table in build.tables else {}
        names[inventory] = next((found for _, found in closed_sets(features[column], "")), ()) if column in features else ()
    return {
        inventory: Inventory("", tuple(Label(name=name, definition="", from_=LAYERS, to=LAYERS) for name in found))
        for inventory, found in names.items()
    }
