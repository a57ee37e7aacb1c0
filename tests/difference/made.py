"""Builds made row by row, and builds changed table by table, without a corpus behind them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from shutil import copytree
from typing import Any

import msgspec
import polars as pl

from variorum.difference.changes import Change, Difference
from variorum.difference.read import SPLIT, Build, batches, open_build
from variorum.hub.parquet import to_arrow, write_parquet
from variorum.schema.contract import Column, columns
from variorum.schema.labels import Labels, read_labels
from variorum.schema.tables import TABLES

Row = dict[str, Any]
LABELS_FILE = Path(__file__).parent.parent.parent / "schema" / "labels.yaml"
LABELS: Labels = read_labels(LABELS_FILE.read_bytes(), "labels.yaml")[0]


def made(target: Path, tables: Mapping[str, Iterable[Row]], labels: Labels = LABELS, version: str = "1.2.3") -> Build:
    """A build with some rows by config; what a row leaves out is empty, its `split` is train."""
    target.mkdir(parents=True, exist_ok=True)
    files: dict[str, str] = {}
    for config, rows in tables.items():
        by_split: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            by_split[row.get(SPLIT, "train")].append(_filled(config, row, labels))
        for split, own in by_split.items():
            schema = {column.name: column.type for column in columns(TABLES[config], labels)}
            files[f"{config}/{split}-00000-of-00001.parquet"] = ""
            frame = pl.DataFrame(own, schema=schema)
            write_parquet(to_arrow(config, frame, labels), target / config / f"{split}-00000-of-00001.parquet")
    manifest = {"name": "made", "version": version, "build_id": target.name, "files": files, "tools": {}}
    (target / "manifest.json").write_bytes(msgspec.json.encode(manifest))
    return open_build(target)


def _filled(config: str, row: Row, labels: Labels) -> Row:
    return {column.name: row.get(column.name, _empty(column)) for column in columns(TABLES[config], labels)}


def _empty(column: Column) -> Any:
    if column.nullable:
        return None
    if "" in column.closed:
        return column.closed[""][0]
    return {pl.List: [], pl.String: "", pl.Boolean: False}.get(type(column.type), 0)


def changed(
    build: Path, target: Path, config: str, change: Callable[[pl.DataFrame], pl.DataFrame], split: str = "train"
) -> Build:
    """A copy of a build with one file changed."""
    copytree(build, target)
    before = open_build(target)
    table = before.tables[config]
    (file,) = [each for each in table.files if each.split == split]
    frame = pl.concat(batches(table, file, list(table.features))).drop(SPLIT)
    file.path.unlink()
    write_parquet(to_arrow(config, change(frame), LABELS), file.path)
    return open_build(target)


def told(difference: Difference) -> list[tuple[str, str, str, int | None, int | None, str]]:
    """The changes as plain tuples: layer, kind, document, where it starts before and after, and what it is counted by."""
    return sorted(
        (each.layer, each.kind, each.document_id, _start(each, "before"), _start(each, "after"), each.label)
        for each in difference.changes
    )


def _start(change: Change, side: str) -> int:
    item = change.before if side == "before" else change.after
    start = item.places[0].start if item and item.places else None
    return -1 if start is None else start


OPPOSITE = {"added": "removed", "removed": "added"}


def mirrored(changes: Iterable[Change]) -> list[tuple[str, str, str, str, str]]:
    """The changes as they are the other way round."""
    return sorted(
        (each.layer, OPPOSITE.get(each.kind, each.kind), each.document_id, repr(each.after), repr(each.before))
        for each in changes
    )


def plain(changes: Iterable[Change]) -> list[tuple[str, str, str, str, str]]:
    """The changes as they are."""
    return sorted((each.layer, each.kind, each.document_id, repr(each.before), repr(each.after)) for each in changes)
