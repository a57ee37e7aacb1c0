"""The tables of a project that was not made for variorum: one a control, its values typed by the control's tag."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import polars as pl

from variorum.schema.foreign import RELATIONS, ForeignLabels, table_name
from variorum.schema.labels import Inventory
from variorum.schema.projects import Control
from variorum.schema.tables import (
    OFFSET,
    QUOTES,
    TABLES,
    TEXT,
    Agreement,
    Annotations,
    Provenance,
    Spans,
    Strings,
    Table,
    column,
)


class ForeignDocuments(Table):
    """One text."""

    document_id: str = column("Stable id.", unique=True)
    text: str = column("The text that every offset points into, as it was annotated.", holds=TEXT)
    text_sha256: str = column("SHA-256 of the text in UTF-8.", str_length=64)
    title: str = column("Title, where the text has one.", holds=QUOTES, nullable=True)
    language: str = column("Language of the text (BCP 47).")
    story_id: str = column("What the text belongs to: texts of one task or nearly the same words share it.")
    role: str = column("What the text is among those of its story.", closed={"": "document_role"})
    paragraphs: Spans = column("Paragraphs in order.", OFFSET)
    sentences: Spans = column("Sentences in order.", OFFSET)
    character_count: pl.Int32 = column("Length of the text.", OFFSET, gt=0)
    token_count: pl.Int32 = column("Number of tokens.", "tokens", ge=0)
    licence: str = column("Licence of the text (SPDX id or `other`).")


class Answers(Provenance):
    """One answer about a whole text."""

    result_id: str = column("Stable id: document, round, annotator, annotation and place in it.", unique=True)
    document_id: str = column("The text.")
    annotation_id: str = column("Id of the annotation in the export.")
    is_gold: bool = column("Whether the annotation is the one that counts for this text.")


class Marks(Answers):
    """One region, or an answer about one."""

    start: pl.Int32 = column("Start of the region.", OFFSET, ge=0)
    end: pl.Int32 = column("End of the region.", OFFSET, gt=0)
    text: str = column("The text from start to end.", holds=TEXT, str_length={"min_value": 1})
    repair: str = column("The rung of the offset ladder that found the span; `exact` where none was needed.")


class ForeignRelations(Answers):
    """One relation between two regions."""

    from_region_id: str = column("The region that it leads from.")
    to_region_id: str = column("The region that it leads to.")
    direction: str = column(
        "`right` from the first to the second, or `bi`; `left` was turned round.", closed={"": ("right", "bi")}
    )


_WHAT = {True: "One answer of `{}` about a region.", False: "One answer of `{}` about a whole text."}


@lru_cache(maxsize=64)  # a contract is checked by its model, so that a project must always get the same ones
def _tables(controls: tuple[tuple[str, Control], ...], closed: frozenset[str]) -> dict[str, type[Table]]:
    found: dict[str, type[Table]] = {"documents": ForeignDocuments}
    for name, control in controls:
        described = f"One region marked with `{name}`." if control.layer else _WHAT[control.per_region].format(name)
        found[table_name(name)] = _model(described, Marks if control.per_region else Answers, _value(control))
    labels = column(
        "What the relation says; empty where it has no label.", closed={"item": RELATIONS} if RELATIONS in closed else {}
    )
    found[RELATIONS] = _model(ForeignRelations.__doc__ or "", ForeignRelations, {"labels": (Strings, labels)})
    return found | {"annotations": Annotations, "agreement": Agreement}


def _model(described: str, base: type[Table], values: dict[str, tuple[Any, Any]]) -> type[Table]:
    """A table: the columns of `base` and those of the values, each with its type."""
    members = {name: declared for name, (_, declared) in values.items()}
    types = {name: type_ for name, (type_, _) in values.items()}
    return type("Values", (base,), {"__doc__": described, "__module__": __name__, "__annotations__": types, **members})


def _value(control: Control) -> dict[str, tuple[Any, Any]]:
    """The column of what a control gives."""
    name = value_name(control)
    holds = {} if control.inventory else {"item": "quotes"}
    closed: dict[str, str | tuple[str, ...]] = {"item": control.inventory} if control.inventory else {}
    match name:
        case "rating":
            return {name: (pl.Int32, column("The number of stars.", "stars", ge=0))}
        case "number":
            return {name: (pl.Float64, column("The number."))}
        case "texts":
            return {name: (Strings, column("What was written, one item a submission.", holds={"item": "quotes"}))}
        case "datetime":
            return {name: (str, column("The date or time as it was entered."))}
        case "label":
            return {name: (str, column("What was chosen.", closed={"": control.inventory}))}
    return {name: (Strings, column("All that was chosen; of a taxonomy as paths.", closed=closed, holds=holds))}


def value_name(control: Control) -> str:
    """The column that the value of a control stands in: asked of every result, where to make the column itself for its name
    took a fifth of a build's CPU (5,000 tasks of 14 results: 11.8 s, so 9.6).
    """
    if control.type in ("rating", "number", "datetime"):
        return control.type
    if control.type == "textarea":
        return "texts"
    return "label" if control.single and control.inventory else "labels"


def value_of(control: Control, labels: tuple[str, ...]) -> dict[str, Any]:
    """The value that a result's answers make, by the name of its column. Raises ValueError where it is no number."""
    name = value_name(control)
    match name:
        case "rating":
            return {name: int(labels[0])}
        case "number":
            return {name: float(labels[0])}
    return {name: list(labels) if name in ("labels", "texts") else labels[0]}


def tables_of(labels: Mapping[str, Inventory]) -> dict[str, type[Table]]:
    """The published tables of a corpus by name, in order."""
    if not isinstance(labels, ForeignLabels):
        return TABLES
    return _tables(tuple(labels.project.controls.items()), frozenset(name for name, each in labels.items() if each.labels))
