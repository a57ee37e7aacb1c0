"""The contract of each published table, derived from its model: columns, Arrow schema, Hugging Face features, YAML."""

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import polars as pl
import pyarrow as pa
import yaml
from pandera.polars import Check, DataFrameSchema
from pandera.polars import Column as PanderaColumn

from variorum.schema.foreign_tables import tables_of
from variorum.schema.fused import fused, types
from variorum.schema.labels import Labels
from variorum.schema.tables import NO_CLAIM, Table

ClosedSets = dict[str, tuple[str, ...]]
Feature = Any  # a Hugging Face feature as JSON: an object for a value, a list for a list, an object of features for a struct

_VALUES: dict[Any, str] = {
    pl.String: "string",
    pl.Int32: "int32",
    pl.Int64: "int64",
    pl.Float64: "float64",
    pl.Boolean: "bool",
    pl.Date: "date32",
}


class Column(NamedTuple):
    """One column: its polars type, and its closed sets by path ("" the column, "item" a list's item, "item.type" ...).

    `inventories` names those of the closed sets that have a name, by the same paths.
    """

    name: str
    type: pl.DataType
    nullable: bool
    description: str
    unit: str
    closed: ClosedSets
    inventories: dict[str, str]
    is_unique: bool


def columns(model: type[Table], labels: Labels) -> list[Column]:
    """A table's columns; those of its own stand before those it shares with other tables."""
    schema = model.to_schema()
    own = [name for name in model.__annotations__ if name in schema.columns]
    names = own + [name for name in schema.columns if name not in own]
    return [_column(name, schema.columns[name], labels) for name in names]


def _column(name: str, declared: PanderaColumn, labels: Labels) -> Column:
    metadata = declared.metadata or {}
    declared_sets = metadata.get("closed", {})
    return Column(
        name=name,
        type=_instance(declared.dtype.type),
        nullable=declared.nullable,
        description=declared.description or "",
        unit=metadata.get("unit", ""),
        closed={path: _closed_set(inventory, labels) for path, inventory in declared_sets.items()},
        inventories={path: inventory for path, inventory in declared_sets.items() if isinstance(inventory, str)},
        is_unique=declared.unique,
    )


def holds(model: type[Table]) -> dict[str, dict[str, str]]:
    """What a table's columns hold of an article's words, by column and path."""
    found = {name: (declared.metadata or {}).get("holds") for name, declared in model.to_schema().columns.items()}
    return {name: paths for name, paths in found.items() if paths}


def _closed_set(inventory: str | tuple[str, ...], labels: Labels) -> tuple[str, ...]:
    if isinstance(inventory, tuple):
        return inventory
    derived = {"ner_tag": ner_tags, "sentence_label": sentence_labels}
    return derived[inventory](labels) if inventory in derived else labels[inventory].names


def ner_tags(labels: Labels) -> tuple[str, ...]:
    """The BIO tags of the entity types, in their order."""
    types = labels["entity_type"].names
    return ("O", *(f"{prefix}-{name}" for name in types for prefix in "BI"))


def sentence_labels(labels: Labels) -> tuple[str, ...]:
    """The labels of a sentence in `claim_detection`: none, or the check-worthiness of its most check-worthy claim.

    The inventory's order is its rank, the most check-worthy first.
    """
    return (NO_CLAIM, *labels["checkworthiness"].names)


class CheckedContract(NamedTuple):
    """The pandera schema of a table with the corpus's own closed sets, its types, and whether all is right, fused."""

    schema: DataFrameSchema
    types: dict[str, pl.DataType]
    fused: pl.Expr | None


def checked_contract(model: type[Table], labels: Labels) -> CheckedContract:
    """What the rows of a table are held against."""
    return _checked_contract(model, tuple((each.name, each.closed[""]) for each in columns(model, labels) if "" in each.closed))


@lru_cache(maxsize=256)  # pandera copies a schema to change a column: 2 to 20 ms a table
def _checked_contract(model: type[Table], closed: tuple[tuple[str, tuple[str, ...]], ...]) -> CheckedContract:
    schema = model.to_schema()
    for name, allowed in closed:
        checks = [*schema.columns[name].checks, Check.isin(list(allowed), error=f"one of {', '.join(allowed)}")]
        schema = schema.update_column(name, checks=checks)
    return CheckedContract(schema, types(schema), fused(schema))


def polars_schema(model: type[Table], labels: Labels) -> dict[str, pl.DataType]:
    """The types of a table's columns, in order; closed sets still as their names."""
    return {column.name: column.type for column in columns(model, labels)}


def features(model: type[Table], labels: Labels) -> dict[str, Feature]:
    """The Hugging Face features of a table, in the form the parquet metadata holds them.

    Lists are written in brackets: `datasets` 3.6 knows no feature type `List` (datasets#7676).
    """
    return {column.name: _feature(column.type, column.closed, "", _json_form) for column in columns(model, labels)}


def card_features(model: type[Table], labels: Labels) -> list[Any]:
    """The same features in the form of a card's `dataset_info`."""
    return [{"name": column.name, **_feature(column.type, column.closed, "", _card_form)} for column in columns(model, labels)]


Form = Callable[[str, Any], Feature]


def _feature(type_: pl.DataType, closed: ClosedSets, path: str, form: Form) -> Feature:
    """One feature; `form` writes it down, given what it is (`class`, `list`, `struct` or `value`) and what it holds."""
    if path in closed:
        return form("class", closed[path])
    if isinstance(type_, pl.List):
        return form("list", _feature(_instance(type_.inner), closed, _joined(path, "item"), form))
    if isinstance(type_, pl.Struct):
        members = {each.name: _feature(_instance(each.dtype), closed, _joined(path, each.name), form) for each in type_.fields}
        return form("struct", members)
    if isinstance(type_, pl.Datetime):
        return form("value", "timestamp[us, tz=UTC]")
    return form("value", _VALUES[type(type_)])


def _instance(type_: Any) -> pl.DataType:
    instance: pl.DataType = type_() if isinstance(type_, type) else type_
    return instance


def _joined(path: str, part: str) -> str:
    return f"{path}.{part}" if path else part


def _json_form(kind: str, content: Any) -> Feature:
    match kind:
        case "class":
            return {"names": list(content), "_type": "ClassLabel"}
        case "list":
            return [content]
        case "struct":
            return content
    return {"dtype": content, "_type": "Value"}


def _card_form(kind: str, content: Any) -> Feature:
    match kind:
        case "class":
            return {"dtype": {"class_label": {"names": {str(index): name for index, name in enumerate(content)}}}}
        case "list":
            return {
                "list": content["dtype"]
                if set(content) == {"dtype"} and isinstance(content["dtype"], str)
                else content.get("struct", content)
            }
        case "struct":
            return {"struct": [{"name": name, **member} for name, member in content.items()]}
    return {"dtype": content}


def arrow_schema(model: type[Table], labels: Labels) -> pa.Schema:
    """The Arrow schema of a table as it is published: closed sets as int64 ids, everything nullable.

    `datasets` drops a ClassLabel without a word unless it is a nullable int64 and the features stand in the metadata
    in their own order.
    """
    fields = [pa.field(column.name, _arrow(column.type, column.closed, "")) for column in columns(model, labels)]
    info = json.dumps({"info": {"features": features(model, labels)}}, ensure_ascii=False)
    return pa.schema(fields, metadata={"huggingface": info})


def _arrow(type_: pl.DataType, closed: ClosedSets, path: str) -> pa.DataType:
    if path in closed:
        return pa.int64()
    if isinstance(type_, pl.List):
        # Items are called as Parquet calls them, so that a table that is read and written again keeps its bytes.
        return pa.list_(pa.field("element", _arrow(_instance(type_.inner), closed, _joined(path, "item"))))
    if isinstance(type_, pl.Struct):
        members = [(each.name, _arrow(_instance(each.dtype), closed, _joined(path, each.name))) for each in type_.fields]
        return pa.struct(members)
    if isinstance(type_, pl.Datetime):
        return pa.timestamp("us", tz="UTC")
    return pa.type_for_alias(_VALUES[type(type_)])


def tables_yaml(labels: Labels) -> dict[str, str]:
    """The contract of each table as YAML, by the name of its config."""
    return {name: _table_yaml(name, model, labels) for name, model in tables_of(labels).items()}


def _table_yaml(name: str, model: type[Table], labels: Labels) -> str:
    contract = {
        "table": name,
        "row": (model.__doc__ or "").strip(),
        "columns": [_column_yaml(column) for column in columns(model, labels)],
    }
    head = "# Generated by `variorum schema` from the models and labels.yaml; do not edit.\n"
    return head + yaml.safe_dump(contract, sort_keys=False, allow_unicode=True, width=120)


def _column_yaml(column: Column) -> dict[str, Any]:
    written: dict[str, Any] = {"name": column.name, "type": type_name(column), "description": column.description}
    if column.unit:
        written["unit"] = column.unit
    if column.nullable:
        written["nullable"] = True
    if column.closed:
        written["closed"] = {path or column.name: list(names) for path, names in column.closed.items()}
    return written


def type_name(column: Column) -> str:
    """A column's type in words, such as `list of {start: int32, end: int32}`."""
    name = _feature(column.type, column.closed, "", _word_form)
    assert isinstance(name, str)
    return name


def _word_form(kind: str, content: Any) -> str:
    match kind:
        case "class":
            return "class label"
        case "list":
            return f"list of {content}"
        case "struct":
            return "{" + ", ".join(f"{name}: {member}" for name, member in content.items()) + "}"
    return str(content)
