"""Parquet files put one behind another: what pyarrow itself would write, and what every reader takes for one table."""

import tracemalloc
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import ClassLabel, load_dataset
from datasets.utils.logging import disable_progress_bar
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from variorum.hub.parquet import write_parquet
from variorum.hub.row_groups import concatenate
from variorum.hub.thrift_compact import Inside, read

Row = dict[str, Any]

FEATURES = """{"info": {"features": {
    "document_id": {"dtype": "string", "_type": "Value"}, "tag": {"names": ["O", "B"], "_type": "ClassLabel"},
    "score": {"dtype": "float64", "_type": "Value"}, "sure": {"dtype": "bool", "_type": "Value"},
    "day": {"dtype": "date32", "_type": "Value"}, "at": {"dtype": "timestamp[us, tz=UTC]", "_type": "Value"},
    "starts": {"feature": {"dtype": "int32", "_type": "Value"}, "_type": "List"},
    "spans": {"feature": {"start": {"dtype": "int32", "_type": "Value"}, "text": {"dtype": "string", "_type": "Value"},
        "labels": {"feature": {"dtype": "string", "_type": "Value"}, "_type": "List"}}, "_type": "List"}}}}"""
SPAN = pa.struct([("start", pa.int32()), ("text", pa.string()), ("labels", pa.list_(pa.field("element", pa.string())))])
SCHEMA = pa.schema(
    [
        ("document_id", pa.string()),
        ("tag", pa.int64()),
        ("score", pa.float64()),
        ("sure", pa.bool_()),
        ("day", pa.date32()),
        ("at", pa.timestamp("us", tz="UTC")),
        ("starts", pa.list_(pa.field("element", pa.int32()))),
        ("spans", pa.list_(pa.field("element", SPAN))),
    ],
    metadata={"huggingface": FEATURES},
)
"""A table such as the published ones: strings, closed sets as integers, lists of structs with lists."""


def table(rows: Sequence[Row]) -> pa.Table:
    return pa.Table.from_pylist(rows, SCHEMA)


NUMBERS = st.integers(-(2**31), 2**31 - 1)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=6)
SPANS = st.fixed_dictionaries({"start": NUMBERS, "text": st.none() | TEXTS, "labels": st.lists(TEXTS, max_size=2)})
ROWS = st.fixed_dictionaries(
    {
        "document_id": TEXTS,
        "tag": st.none() | st.integers(0, 1),
        "score": st.none() | st.floats(allow_nan=False),
        "sure": st.none() | st.booleans(),
        "day": st.none() | st.dates(),
        "at": st.none() | st.datetimes(timezones=st.just(UTC), min_value=datetime(1, 1, 2)),  # noqa: DTZ001 # Hypothesis adds it
        "starts": st.none() | st.lists(NUMBERS, max_size=4),
        "spans": st.lists(SPANS, max_size=2),
    }
)
PARTS = st.lists(st.lists(ROWS, min_size=1, max_size=4).map(table), min_size=1, max_size=3)
OPTIONS = st.fixed_dictionaries(
    {
        "use_dictionary": st.booleans() | st.just(["document_id"]),
        "write_page_index": st.booleans(),
        "write_statistics": st.booleans(),
        "max_rows_per_page": st.sampled_from([1, 3, 20_000]),
        "data_page_version": st.sampled_from(["1.0", "2.0"]),
        "compression": st.sampled_from(["zstd", "none"]),
        "bloom_filter_options": st.none() | st.just({"document_id": {"ndv": 8}}),
    }
)
# Each example writes several files: a quarter as many do.
in_one_folder = settings(max_examples=settings().max_examples // 4, suppress_health_check=[HealthCheck.function_scoped_fixture])


def stored(folder: Path, parts: Sequence[pa.Table], **options: Any) -> list[Path]:
    paths = [folder / f"{number}.parquet" for number in range(len(parts))]
    for part, path in zip(parts, paths, strict=True):
        if options:
            pq.write_table(part, path, **options)
        else:
            write_parquet(part, path)
    return paths


def joined(folder: Path, parts: Sequence[pa.Table], **options: Any) -> Path:
    target = folder / "joined" / "train-00000-of-00001.parquet"
    concatenate(stored(folder, parts, **options), target)
    return target


@in_one_folder
@given(st.lists(ROWS, min_size=1, max_size=10), st.integers(1, 5), OPTIONS)
def test_it_is_the_file_that_pyarrow_writes(tmp_path: Path, rows: list[Row], size: int, options: dict[str, Any]) -> None:
    """Byte for byte: pages, filters, indexes, and every offset in them and in the footer."""
    whole, parts = table(rows), [table(rows[at : at + size]) for at in range(0, len(rows), size)]
    pq.write_table(whole, tmp_path / "whole.parquet", row_group_size=size, **options)

    target = joined(tmp_path, parts, **options)

    assert target.read_bytes() == (tmp_path / "whole.parquet").read_bytes()


@in_one_folder
@given(PARTS)
def test_rows_and_row_groups_are_those_of_the_files(tmp_path: Path, parts: list[pa.Table]) -> None:
    file = pq.ParquetFile(joined(tmp_path, parts))

    assert file.schema_arrow.equals(SCHEMA, check_metadata=True)
    assert file.read().equals(pa.concat_tables(parts))
    for number, part in enumerate(parts):
        assert file.read_row_group(number).equals(part)
        assert described(file.metadata, number) == described(pq.read_metadata(tmp_path / f"{number}.parquet"), 0)


def described(metadata: Any, number: int) -> list[Row]:
    """What a file says of the columns of a row group, statistics too, but for where they lie."""
    group = metadata.row_group(number).to_dict()
    return [{key: value for key, value in column.items() if not key.endswith("_offset")} for column in group["columns"]]


@in_one_folder
@given(PARTS)
def test_put_together_in_steps_or_at_once_it_is_the_same_file(tmp_path: Path, parts: list[pa.Table]) -> None:
    paths = stored(tmp_path, parts)
    concatenate(paths, tmp_path / "at_once")

    concatenate(paths[:1], tmp_path / "first")
    assert (tmp_path / "first").read_bytes() == paths[0].read_bytes()
    concatenate([tmp_path / "first", *paths[1:2]], tmp_path / "second")
    concatenate([tmp_path / "second", *paths[2:]], tmp_path / "in_steps")
    assert (tmp_path / "in_steps").read_bytes() == (tmp_path / "at_once").read_bytes()


@in_one_folder
@given(PARTS, st.sampled_from(["1.0", "2.0"]))
def test_the_page_index_points_to_data_pages(tmp_path: Path, parts: list[pa.Table], version: str) -> None:
    content = joined(tmp_path, parts, write_page_index=True, max_rows_per_page=2, data_page_version=version).read_bytes()

    for rows, chunk in chunks(content):
        locations = read(content[chunk.integer(4) :], Inside({1: Inside()}))[0].structs(1)
        firsts = [location.integer(3) for location in locations]
        assert firsts == list(range(0, rows, 2))
        for location in locations:
            place = location.integer(1)
            header, length = read(content[place:], Inside())
            assert header.integer(1) == {"1.0": 0, "2.0": 3}[version]  # DATA_PAGE, DATA_PAGE_V2
            assert location.integer(2) == length + (header.integer(3) or 0)
        assert len(read(content[chunk.integer(6) :], Inside())[0][1][1]) == 1 + len(locations)  # the list null_pages


def chunks(content: bytes) -> Iterator[tuple[int, Any]]:
    """Each column chunk of a file, with the rows of its row group."""
    length = int.from_bytes(content[-8:-4], "little")
    footer, _ = read(content[-8 - length :], Inside({4: Inside({1: Inside()})}))
    for group in footer.structs(4):
        rows = group.integer(3)
        assert rows
        yield from ((rows, chunk) for chunk in group.structs(1))


ROW: Row = {
    "document_id": "a",
    "tag": 1,
    "score": 0.5,
    "sure": True,
    "day": date(2023, 11, 7),
    "at": datetime(2024, 1, 1, tzinfo=UTC),
    "starts": [1, 2],
    "spans": [{"start": 1, "text": "Oslo", "labels": ["GPE"]}, {"start": 2, "text": None, "labels": []}],
}
OTHER = ROW | {"document_id": "b", "tag": None, "starts": [], "spans": []}


@pytest.fixture
def two_groups(tmp_path: Path) -> Path:
    return joined(tmp_path, [table([ROW, OTHER]), table([OTHER | {"document_id": "c"}])])


def test_polars_reads_it(two_groups: Path) -> None:
    frame = pl.scan_parquet(two_groups)

    assert frame.collect().to_dicts() == [ROW, OTHER, OTHER | {"document_id": "c"}]
    assert frame.filter(pl.col("document_id") == "c").select("document_id").collect().to_dicts() == [{"document_id": "c"}]


def test_duckdb_reads_it(two_groups: Path) -> None:
    found = (
        duckdb.connect()
        .execute("SELECT document_id, spans FROM read_parquet(?) WHERE document_id >= 'b'", [str(two_groups)])
        .fetchall()
    )

    assert found == [("b", []), ("c", [])]


def test_datasets_reads_it_with_its_features(two_groups: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disable_progress_bar()
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")

    loaded = load_dataset(str(two_groups.parent), split="train")

    assert loaded.features["tag"] == ClassLabel(names=["O", "B"])
    assert loaded["document_id"] == ["a", "b", "c"]
    assert loaded[0]["spans"] == ROW["spans"]


def test_memory_does_not_grow_with_the_pages(tmp_path: Path) -> None:
    parts = [pa.table({"text": [f"{number:09}" * 100 for number in range(20_000)]})] * 2
    paths = stored(tmp_path, parts, compression="none", use_dictionary=False)
    tracemalloc.start()

    concatenate(paths, tmp_path / "joined")

    assert tracemalloc.get_traced_memory()[1] < 4_000_000 < paths[0].stat().st_size // 4
    tracemalloc.stop()


def test_no_files_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no files"):
        concatenate([], tmp_path / "joined")


@pytest.mark.parametrize(
    "other",
    [
        pa.table({"a": pa.array([1], pa.int32())}),
        pa.table({"b": [1]}),
        pa.table({"a": [1]}).replace_schema_metadata({"huggingface": "{}"}),
    ],
)
def test_files_of_other_schema_or_metadata_are_an_error(tmp_path: Path, other: pa.Table) -> None:
    paths = stored(tmp_path, [pa.table({"a": [1]}), other])

    with pytest.raises(ValueError, match=r"1\.parquet has another schema or other metadata than 0\.parquet"):
        concatenate(paths, tmp_path / "joined")
    assert not (tmp_path / "joined").exists()


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + bytes(200), b"PAR1\xff\xff\0\0PAR1"])
def test_what_is_no_parquet_file_is_an_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "0.parquet").write_bytes(content)

    with pytest.raises(ValueError, match=r"0\.parquet is not a whole Parquet file"):
        concatenate([tmp_path / "0.parquet"], tmp_path / "joined")


def test_an_index_before_the_pages_is_an_error(tmp_path: Path) -> None:
    """A file as another writer may lay it out, with an index in front: its offset is set to where the pages start."""
    (path,) = stored(tmp_path, [pa.table({"a": [1]})])
    content = path.read_bytes()
    (_, chunk), *_ = chunks(content)
    before, after = chunk[4][1], bytes([8 | 128] + [128] * (len(chunk[4][1]) - 2) + [0])
    path.write_bytes(content.replace(b"\x16" + before, b"\x16" + after, 1))

    with pytest.raises(ValueError, match="not laid out as pyarrow lays it out"):
        concatenate([path], tmp_path / "joined")
