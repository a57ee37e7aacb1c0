"""Both builds side by side: the rows of the same documents, from all splits of all tables, a few MB at a time.

In every file of a table of documents the rows are grouped by document and in the order of their ids, so that the files
are merged as they are read and no build is ever in memory. A file in another order, as another tool may have left it, is
sorted once into a temporary folder.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import polars as pl

from variorum.difference.read import File, Table, batches

KEY = "document_id"
Side = Literal["before", "after"]
SIDES: tuple[Side, Side] = ("before", "after")
Block = dict[tuple[Side, str], pl.DataFrame]
"""The rows of some documents by side and config; what has no row of them is left out."""


@dataclass(frozen=True)
class Source:
    """A table of one side with the columns that are read of it."""

    side: Side
    config: str
    table: Table
    columns: list[str]


def blocks(sources: Sequence[Source], scratch: Path) -> Iterator[Block]:
    """Blocks of whole documents in the order of their ids; each document is in one block with all its rows.

    `scratch` is a folder for sorted copies.
    """
    streams = [_Stream(source, file, scratch) for source in sources for file in source.table.files]
    while any(not stream.done for stream in streams):
        upto = min(stream.last for stream in streams if not stream.done)
        if block := _taken(streams, upto):
            yield block
        for stream in streams:
            stream.fill(upto)
    if block := _taken(streams, None):
        yield block


def both_sides(block: Block, config: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows of a config that one side at least has."""
    found = [block.get((side, config)) for side in SIDES]
    empty = next(frame for frame in found if frame is not None).clear()
    first, second = (empty if frame is None else frame for frame in found)
    return first, second


def _taken(streams: list["_Stream"], upto: str | None) -> Block:
    """The rows of all documents before `upto`, which are known to be whole."""
    parts: dict[tuple[Side, str], list[pl.DataFrame]] = {}
    for stream in streams:
        rows = stream.take(upto)
        if rows.height:
            parts.setdefault((stream.source.side, stream.source.config), []).append(rows)
    return {place: pl.concat(frames) for place, frames in parts.items()}


class _Stream:
    """A file, read as far as it is needed. The last document read may go on; the others are whole."""

    def __init__(self, source: Source, file: File, scratch: Path) -> None:
        self.source = source
        own = in_order(source.table, file, scratch / f"{source.side}-{source.config}-{file.path.name}")
        self.batches = batches(source.table, own, source.columns)
        self.rows = pl.DataFrame()
        self.done = False
        self.most = 0
        """The most rows of a batch."""
        self.more()

    @property
    def last(self) -> str:
        """The last document read."""
        found: str = self.rows[KEY][-1]
        return found

    def more(self) -> None:
        """Reads on."""
        batch = next(self.batches, None)
        if batch is None:
            self.done = True
        else:
            self.rows = pl.concat([self.rows, batch]) if self.rows.height else batch
            self.most = max(self.most, batch.height)

    def fill(self, upto: str) -> None:
        """Reads on where no document is known to be whole, or few are: blocks would be as many as all batches together."""
        while not self.done and (self.last == upto or self.rows.height < self.most // 2):
            self.more()

    def take(self, upto: str | None) -> pl.DataFrame:
        """The rows of all documents before `upto`, or all; they are taken out."""
        number = self.rows.height if upto is None or not self.rows.height else int((self.rows[KEY] < upto).sum())
        taken, self.rows = self.rows[:number], self.rows[number:]
        return taken


def in_order(table: Table, file: File, copy: Path) -> File:
    """The file if its documents are in order, or else a sorted copy of it; this alone holds a file in memory."""
    last = ""
    for batch in batches(table, file, [KEY]):
        keys = batch[KEY]
        if keys[0] < last or not keys.is_sorted():
            pl.scan_parquet(file.path).sort(KEY, maintain_order=True).sink_parquet(copy)
            return replace(file, path=copy)
        last = keys[-1]
    return file
