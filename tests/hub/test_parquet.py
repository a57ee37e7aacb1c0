"""How tables are encoded: by their types, in ways that every reader knows."""

from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from variorum.hub.parquet import write_parquet
from variorum.schema.contract import arrow_schema
from variorum.schema.labels import Labels, read_labels
from variorum.schema.tables import TABLES


@pytest.fixture(scope="module")
def labels(repository: Path) -> Labels:
    return read_labels((repository / "schema" / "labels.yaml").read_bytes(), "labels.yaml")[0]


@pytest.mark.parametrize("config", TABLES)
def test_every_column_is_encoded_by_its_type(tmp_path: Path, labels: Labels, config: str) -> None:
    schema = arrow_schema(TABLES[config], labels)
    write_parquet(pa.Table.from_pylist([{}], schema), tmp_path / "train.parquet")

    group = pq.read_metadata(tmp_path / "train.parquet").row_group(0)
    for column in map(group.column, range(group.num_columns)):
        name = column.path_in_schema.replace(".list.element", "").split(".")[-1]
        if column.physical_type == "INT32" and column.path_in_schema not in dates(schema):
            assert "DELTA_BINARY_PACKED" in column.encodings
        elif name.endswith(("_id", "_ids")):
            assert "DELTA_BYTE_ARRAY" in column.encodings
        else:
            assert column.has_dictionary_page or column.physical_type == "BOOLEAN"


def dates(schema: pa.Schema) -> set[str]:
    return {field.name for field in schema if pa.types.is_date(field.type)}


def test_encoded_offsets_and_ids_are_read_by_all(tmp_path: Path) -> None:
    path = tmp_path / "train.parquet"
    rows = [
        {"mention_id": f"a#{number}", "ids": {"start": number, "of_ids": ["a:s1", "a:s10"]}} for number in (5, -3, 2**31 - 1)
    ]
    member = pa.struct([("start", pa.int32()), ("of_ids", pa.list_(pa.field("element", pa.string())))])
    write_parquet(pa.Table.from_pylist(rows, pa.schema([("mention_id", pa.string()), ("ids", member)])), path)

    assert pq.read_table(path).to_pylist() == rows
    assert pl.read_parquet(path).to_dicts() == rows
    assert duckdb.connect().execute("SELECT mention_id, ids FROM read_parquet(?)", [str(path)]).fetchall() == [
        (row["mention_id"], row["ids"]) for row in rows
    ]
