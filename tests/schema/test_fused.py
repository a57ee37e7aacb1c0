"""The fused form of a table's contract says that all is right exactly where pandera finds nothing."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandera.errors import SchemaErrors
from pandera.polars import Check, Column, DataFrameSchema

from variorum.dataset.validate_tables import validated_frame
from variorum.schema.contract import checked_contract, columns, polars_schema
from variorum.schema.fused import fused
from variorum.schema.labels import Labels, read_labels
from variorum.schema.tables import TABLES

ROOT = Path(__file__).parents[2]
LABELS: Labels = read_labels((ROOT / "schema" / "labels.yaml").read_bytes(), "labels.yaml")[0]
ANY: dict[Any, list[Any]] = {
    pl.String: ["x" * 64, "x", "", "é" * 64, "\0" * 64, None],
    pl.Int32: [1, 0, -1, None],
    pl.Float64: [0.5, float("nan"), float("inf"), None],
    pl.Boolean: [True, None],
    pl.Date: [date(2023, 11, 7), None],
    pl.Datetime: [datetime(2023, 11, 7, tzinfo=UTC), None],
    pl.List: [[], None],
}


@st.composite
def frames(draw: st.DrawFn, config: str) -> pl.DataFrame:
    """A frame that is right, or has a few values or a column that perhaps are not."""
    declared = columns(TABLES[config], LABELS)
    height = draw(st.integers(0, 4))
    usual = {each.name: [_usual(each, row) for row in range(height)] for each in declared}
    frame = pl.DataFrame(usual, schema=polars_schema(TABLES[config], LABELS))
    for _ in range(draw(st.integers(0, 2))):
        column = draw(st.sampled_from(declared))
        if height:
            values = frame[column.name].to_list()
            choices = [*ANY[type(column.type)], *column.closed.get("", ()), *values]
            values[draw(st.integers(0, height - 1))] = draw(st.sampled_from(choices))
            frame = frame.with_columns(pl.Series(column.name, values, column.type))
    return draw(st.sampled_from(list(_shaped(frame, draw(st.sampled_from(declared)).name)))) if draw(st.booleans()) else frame


def _usual(column: Any, row: int) -> Any:
    if column.closed.get(""):
        return column.closed[""][0]
    first = ANY[type(column.type)][0]
    return f"{row:064}" if isinstance(first, str) else first


def _shaped(frame: pl.DataFrame, name: str) -> list[pl.DataFrame]:
    """The frame with its columns in other ways: fewer, more, in another order, of other types."""
    return [
        frame.drop(name),
        frame.with_columns(more=pl.lit(1)),
        frame.rename({name: f"{name}s"}),
        frame.select(reversed(frame.columns)),
        frame.with_columns(pl.lit(None).alias(name)),
        frame.with_columns(pl.lit("1").alias(name)),
        frame.with_columns(pl.lit(1, pl.Int64).alias(name)),
        frame.with_columns(pl.lit(datetime(2023, 11, 7, tzinfo=UTC)).alias(name)),
        frame.with_columns(pl.Series(name, [[1]] * frame.height, pl.List(pl.Int32))),
    ]


def says_right(config: str, frame: pl.DataFrame) -> bool:
    contract = checked_contract(TABLES[config], LABELS)
    assert contract.fused is not None
    return dict(frame.schema) == contract.types and bool(frame.select(contract.fused).item())


def finds_nothing(config: str, frame: pl.DataFrame) -> bool:
    try:
        checked_contract(TABLES[config], LABELS).schema.validate(frame, lazy=True)
    except SchemaErrors:
        return False
    return True


@pytest.mark.parametrize("config", TABLES)
@settings(max_examples=25)  # pandera takes 50 ms a table
@given(data=st.data())
def test_all_is_right_exactly_where_pandera_finds_nothing(config: str, data: st.DataObject) -> None:
    frame = data.draw(frames(config))

    assert says_right(config, frame) == finds_nothing(config, frame)


def test_what_is_wrong_is_told_row_by_row() -> None:
    declared = columns(TABLES["relations"], LABELS)
    frame = pl.DataFrame({each.name: [_usual(each, row) for row in range(3)] for each in declared})
    wrong = frame.with_columns(type=pl.lit("owns"))

    assert validated_frame("relations", frame, LABELS) == []
    assert len(validated_frame("relations", wrong, LABELS)) == 3


@pytest.mark.parametrize(
    "schema",
    [
        DataFrameSchema({"a": Column(pl.Int32, Check.lt(3))}, strict=True),
        DataFrameSchema({"a": Column(pl.Int32, Check(lambda data: data.lazyframe.select(pl.col(data.key) > 0)))}, strict=True),
        DataFrameSchema({"a": Column(pl.Int32, Check(lambda _: False, name="greater_than"))}, strict=True),
        DataFrameSchema({"a": Column(pl.Int32, Check.gt(0, ignore_na=False), nullable=True)}, strict=True),
        DataFrameSchema({"a": Column(pl.Int32, coerce=True)}, strict=True),
        DataFrameSchema({"a": Column(pl.Int32, required=False)}, strict=True),
        DataFrameSchema({"^a": Column(pl.Int32, regex=True)}, strict=True),
        DataFrameSchema({"a": Column()}, strict=True),
        DataFrameSchema({"a": Column(pl.Int32)}),
        DataFrameSchema({"a": Column(pl.Int32)}, strict=True, unique=["a"]),
        DataFrameSchema({"a": Column(pl.Int32)}, strict=True, ordered=True),
        DataFrameSchema({"a": Column(pl.Int32)}, strict=True, checks=Check(lambda _: False)),
    ],
)
def test_what_is_not_known_is_left_to_pandera(schema: DataFrameSchema) -> None:
    assert fused(schema) is None
