"""A table's pandera contract as one polars expression: whether all is right, and no more.

pandera takes 0.3 to 1 ms a column and a check, whatever the rows, since it must be able to say what is wrong where. The
expression is made from the pandera schema itself. What is not known here (a check by another name, an option that is
not at its default) makes no expression, and pandera is asked in full.
"""

from collections.abc import Callable, Collection
from typing import Any

import polars as pl
from pandera.polars import Check, Column, DataFrameSchema

Rule = Callable[..., pl.Expr]


def fused(schema: DataFrameSchema) -> pl.Expr | None:
    """One value: whether pandera would find nothing in a frame that has the schema's `types`. None where that is not known."""
    facts = [_column_facts(name, column) for name, column in schema.columns.items()] if _is_plain(schema) else [None]
    known = [fact for each in facts if each is not None for fact in each]
    return None if None in facts else pl.all_horizontal(pl.lit(value=True), *known)


def types(schema: DataFrameSchema) -> dict[str, pl.DataType]:
    """The types of a schema's columns, which may stand in any order."""
    return {name: column.dtype.type for name, column in schema.columns.items()}


def _is_plain(schema: DataFrameSchema) -> bool:
    """Whether a schema asks for its columns alone, and nothing of a column but what is looked at here."""
    bare = DataFrameSchema({}, strict=True)
    columns = all(column.dtype is not None and _differing(column, Column()) <= _HEEDED for column in schema.columns.values())
    return _differing(schema, bare) <= {*_DESCRIBING, "columns"} and columns


def _differing(one: object, other: object) -> set[str]:
    """The names of what two objects of one class have not in common."""
    mine, others = vars(one), vars(other)
    return {name for name in mine.keys() | others.keys() if mine.get(name) != others.get(name)}


_DESCRIBING = {"name", "title", "description", "metadata"}
_HEEDED = {*_DESCRIBING, "_dtype", "checks", "nullable", "unique"}


def _column_facts(name: str, column: Column) -> list[pl.Expr] | None:
    """What must be true of a column of the right type, one value each; None where a check is not known."""
    values = pl.col(name)
    facts = [_check_fact(check, values) for check in column.checks]
    if not column.nullable:
        facts.append(values.null_count() == 0)
        if column.dtype.type.is_float():
            facts.append(values.is_nan().any().not_())  # to pandera a NaN is a null
    if column.unique:
        facts.append(values.n_unique() == pl.len())
    known = [fact for fact in facts if fact is not None]
    return known if len(known) == len(facts) else None


def _check_fact(check: Check, values: pl.Expr) -> pl.Expr | None:
    name = check.name or ""
    rule = _RULES.get(name)
    if rule is None or not check.statistics:
        return None
    usual = getattr(Check, name)(**check.statistics)
    # A null passes, in pandera too.
    return rule(values, **check.statistics).all() if _differing(check, usual) <= {"error", "_check_fn"} else None


def _is_above(values: pl.Expr, min_value: float) -> pl.Expr:
    return values > min_value


def _is_from(values: pl.Expr, min_value: float) -> pl.Expr:
    return values >= min_value


def _is_length(
    values: pl.Expr, min_value: int | None = None, max_value: int | None = None, exact_value: int | None = None
) -> pl.Expr:
    length = values.str.len_chars()
    if exact_value is not None:
        return length == exact_value
    bounds = [length >= min_value] if min_value is not None else []
    return pl.all_horizontal(*bounds, *([length <= max_value] if max_value is not None else []))


def _is_among(values: pl.Expr, allowed_values: Collection[Any]) -> pl.Expr:
    return values.is_in(list(allowed_values))


_RULES: dict[str, Rule] = {
    "greater_than": _is_above,
    "greater_than_or_equal_to": _is_from,
    "isin": _is_among,
    "str_length": _is_length,
}
