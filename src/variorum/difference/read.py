"""A build opened for reading: its manifest, and its tables as frames that come batch by batch."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from variorum.difference.features import decoded, features_of, words
from variorum.schema.contract import Feature

SPLIT = "split"
"""The column that a batch has beside those of its table: the split is the file a row stands in."""
_FILE = re.compile(r"(\w[\w.-]*)/(\w+)-\d{5}-of-\d{5}\.parquet", re.ASCII)
_BATCH_BYTES = 2**21
"""How much of a file is read at a time, as it is in memory."""
_SAMPLE = 64


class BuildError(Exception):
    """A folder that is no build, or not a whole one; what to try instead is said with it."""


@dataclass(frozen=True)
class File:
    """A parquet file of a table: its split and the number of its rows."""

    path: Path
    split: str
    rows: int


@dataclass
class Table:
    """A table of a build: its files in the order of their names, and the feature of each column."""

    files: list[File] = field(default_factory=list)
    features: dict[str, Feature] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """How many rows it has in all splits."""
        return sum(file.rows for file in self.files)


@dataclass(frozen=True)
class Build:
    """A build: where it is, what its manifest and card say, and its tables by config."""

    root: Path
    manifest: dict[str, Any]
    card: bytes
    tables: dict[str, Table]


def is_build(root: Path) -> bool:
    """Whether a folder holds a whole build: the manifest is written last."""
    return (root / "manifest.json").is_file()


def open_build(root: Path) -> Build:
    """Opens a build; of its tables only the schemas are read. Raises BuildError where it is none or lacks a file."""
    if not is_build(root):
        raise BuildError(f"{root} has no manifest.json. Name a folder that `variorum build` has made, such as build/hub.")
    try:
        manifest = msgspec.json.decode((root / "manifest.json").read_bytes(), type=dict[str, Any])
        files = msgspec.convert(manifest.get("files", {}), dict[str, str])
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise BuildError(f"{root / 'manifest.json'} is no manifest: {error}. Build anew.") from error
    tables: dict[str, Table] = {}
    for name in sorted(files):
        if found := _FILE.fullmatch(name):
            _add(tables.setdefault(found[1], Table()), root / name, found[2])
    card = root / "README.md"
    return Build(root, manifest, card.read_bytes() if card.is_file() else b"", tables)


def _add(table: Table, path: Path, split: str) -> None:
    try:
        with pq.ParquetFile(path) as file:
            table.files.append(File(path, split, file.metadata.num_rows))
            table.features |= features_of(file.schema_arrow)
    except FileNotFoundError as error:
        raise BuildError(f"{path} is not there, though the manifest lists it. Build or download anew.") from error
    except pa.ArrowInvalid as error:
        raise BuildError(f"{path} is no whole parquet file. Build or download anew.") from error


def comparable(before: Table, after: Table) -> list[str]:
    """The columns that both builds have with the same type, whatever labels their closed sets have."""
    return [
        name
        for name, feature in before.features.items()
        if name in after.features and words(feature) == words(after.features[name])
    ]


def shared(before: Table, after: Table) -> list[str]:
    """The columns that both builds have, of whatever type."""
    return [name for name in before.features if name in after.features]


def batches(table: Table, file: File, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
    """The rows of a file in its order, some MB at a time, closed sets as names, and a column for the split."""
    with pq.ParquetFile(file.path, buffer_size=2**20, pre_buffer=False) as opened:
        size = _batch_size(opened, columns)
        for batch in opened.iter_batches(size, columns=list(columns), use_threads=False):
            arrays = {name: decoded(batch.column(name), table.features[name]) for name in columns}
            yield pl.DataFrame(pa.table(arrays)).with_columns(pl.lit(file.split).alias(SPLIT))


def _batch_size(opened: pq.ParquetFile, columns: Sequence[str]) -> int:
    """How many rows are some MB, going by the first; what the file says of sizes is of compressed columns."""
    first = next(opened.iter_batches(_SAMPLE, columns=list(columns), use_threads=False), None)
    return max(_SAMPLE, int(_BATCH_BYTES * first.num_rows / max(1, first.nbytes))) if first is not None else _SAMPLE


def chosen(table: Table, columns: Sequence[str], wanted: pl.DataFrame) -> pl.DataFrame:
    """The rows of a table whose values stand in `wanted`, in its columns; its first column is what narrows the search."""
    first = wanted.columns[0]
    types = pl.read_parquet_schema(table.files[0].path) if table.files else {}
    wanted = wanted.cast({name: types[name] for name in wanted.columns if name in types})
    found = [
        pl.scan_parquet(file.path)
        .filter(pl.col(first).is_in(wanted[first].unique().implode()))
        .select(list(dict.fromkeys([*wanted.columns, *columns])))
        .join(wanted.lazy(), on=wanted.columns, how="semi", nulls_equal=True)
        .collect(engine="streaming")
        for file in table.files
    ]
    return _named(pl.concat(found), table) if found else pl.DataFrame()


def _named(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    """A frame as polars reads it, with the names of closed sets."""
    return pl.DataFrame({name: pl.Series(decoded(frame[name].to_arrow(), table.features[name])) for name in frame.columns})
