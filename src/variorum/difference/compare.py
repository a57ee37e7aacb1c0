"""Two builds compared. Time grows with their rows, memory only with what differs between documents."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import polars as pl

from variorum.difference.blocks import KEY, SIDES, Block, Source, blocks, both_sides
from variorum.difference.changes import KINDS, LAYERS, Change, Count, Difference, Kind, Layer, RowCount
from variorum.difference.contract import edition, metadata_changes, schema_changes
from variorum.difference.decided import with_decisions
from variorum.difference.document import CONFIGS, Respanned, Row
from variorum.difference.inside import documents_of
from variorum.difference.joint import CLUSTER, PAIR, Sentences, alignment_changes, cluster_changes, unlike_groups
from variorum.difference.read import Build, Table, chosen, comparable, shared
from variorum.difference.rows import documents_that_differ, rows_that_differ, same_files
from variorum.progress import Progress, Step, no_progress

_JOINED = ("entities", "claims", "relations")
"""The tables that refer to each other: where one differs, all are read."""


def difference(before: Build, after: Build, limit: int | None = None, progress: Progress = no_progress) -> Difference:
    """Everything that differs between two builds. Counts are full; of each layer at most `limit` changes are listed."""
    with TemporaryDirectory(prefix="variorum-diff-") as scratch:
        comparison = _Comparison(before, after, Path(scratch), limit, progress)
        listed = with_decisions(list(comparison.run()), before.tables.get("decisions"), after.tables.get("decisions"))
    return Difference(
        edition(before),
        edition(after),
        tuple(schema_changes(before.tables, after.tables)),
        tuple(metadata_changes(before, after)),
        {config: count for config, count in sorted(comparison.rows.items()) if count},
        comparison.counts,
        tuple(listed),
    )


class Pair(NamedTuple):
    """A table in both builds, empty where a build has it not: the columns of one type, and all that both have."""

    before: Table
    after: Table
    columns: list[str]
    shared: list[str]


class _Comparison:
    """Goes through the tables once, counts all changes and keeps the first of each layer."""

    def __init__(self, before: Build, after: Build, scratch: Path, limit: int | None, progress: Progress) -> None:
        self.scratch = scratch
        self.limit = limit
        self.progress = progress
        self.tables = {config: _pair(before, after, config) for config in {**before.tables, **after.tables}}
        self.rows: dict[str, RowCount] = {}
        self.respanned: list[Respanned] = []
        self.shifted: set[str] = set()
        """The documents of the present block whose texts may not be the same."""
        self.counted: Counter[tuple[Layer, Kind, str]] = Counter()
        self.done, self.total = 0, sum(pair.before.rows + pair.after.rows for pair in self.tables.values())

    @property
    def counts(self) -> tuple[Count, ...]:
        """All changes by layer, kind and label, in that order."""
        order = sorted(self.counted, key=lambda each: (LAYERS.index(each[0]), KINDS.index(each[1]), each[2]))
        return tuple(Count(*each, self.counted[each]) for each in order)

    def run(self) -> Iterator[Change]:
        """The changes that are to be listed; afterwards all are counted."""
        listed: Counter[Layer] = Counter()
        for change in chain(self._documents(), self._alignments(), self._clusters()):
            self.counted[change.layer, change.kind, change.label] += 1
            listed[change.layer] += 1
            if self.limit is None or listed[change.layer] <= self.limit:
                yield change
        self._others()

    def _read(self, rows: int) -> None:
        self.done += rows
        self.progress(Step(self.done, self.total))

    def _documents(self) -> Iterator[Change]:
        """The changes inside documents, block by block."""
        unread = self._unread()
        sources = [
            Source(side, config, table, pair.shared)
            for config, pair in self.tables.items()
            if KEY in pair.shared and config in CONFIGS and config not in unread
            for side, table in zip(SIDES, pair[:2], strict=True)
        ]
        for block in blocks(sources, self.scratch):
            documents = self._unlike(block)
            if documents:
                yield from self._inside(block, documents)
            self._read(sum(frame.height for frame in block.values()))

    def _unread(self) -> set[str]:
        """Tables whose files are the same, byte by byte."""
        same = {config for config, pair in self.tables.items() if same_files(pair.before, pair.after)}
        for config in same:
            self.rows[config] = RowCount()
        unread = same if same.issuperset(each for each in _JOINED if each in self.tables) else same - set(_JOINED)
        self._read(sum(pair.before.rows + pair.after.rows for config, pair in self.tables.items() if config in unread))
        return unread

    def _unlike(self, block: Block) -> set[str]:
        """The documents of a block that differ in some table; the rows that differ are counted for each."""
        found: set[str] = set()
        self.shifted = set()
        for config in dict.fromkeys(config for _, config in block):
            frames = both_sides(block, config)
            documents, count = documents_that_differ(*frames, self.tables[config].columns)
            self.rows[config] = self.rows.get(config, RowCount()) + count
            found |= documents
            if config == "documents":
                self.shifted = documents
        return found

    def _inside(self, block: Block, documents: set[str]) -> Iterator[Change]:
        columns = {config: pair.shared for config, pair in self.tables.items()}
        for document in documents_of(block, documents, self.shifted, columns):
            yield from document.changes()
            self.respanned += document.respanned

    def _alignments(self) -> Iterator[Change]:
        if self._holds("alignments", _ALIGNMENT):
            rows = self._groups("alignments", PAIR, _ALIGNMENT)
            documents = self.tables.get("documents", Pair(Table(), Table(), [], []))
            yield from alignment_changes(rows, (_sentences(documents.before, rows[0]), _sentences(documents.after, rows[1])))

    def _clusters(self) -> Iterator[Change]:
        if self._holds("claim_clusters", (*CLUSTER, *_CLUSTERED)):
            yield from cluster_changes(self._groups("claim_clusters", CLUSTER, _CLUSTERED), self.respanned)

    def _holds(self, config: str, columns: Sequence[str]) -> bool:
        pair = self.tables.get(config)
        return pair is not None and set(columns) <= set(pair.columns) and not self._same(config)

    def _groups(self, config: str, key: Sequence[str], columns: Sequence[str]) -> tuple[list[Row], list[Row]]:
        return unlike_groups(self.tables[config].before, self.tables[config].after, key, columns)

    def _same(self, config: str) -> bool:
        return self.rows.get(config) == RowCount()

    def _others(self) -> None:
        """Counts the rows of the tables that are in no order of documents."""
        for config, pair in self.tables.items():
            if config not in self.rows:
                own = self.scratch / config
                own.mkdir()
                self.rows[config] = rows_that_differ(pair.before, pair.after, pair.columns, own, self._read)


_ALIGNMENT = (
    *PAIR,
    *("first_sentence_ids", "second_sentence_ids", "first_text", "second_text", "label", "operations", "links", "departures"),
)
_CLUSTERED = (KEY, "claim_id", "text", "is_canonical", "is_member", "relation", "to_claim_id")


def _pair(before: Build, after: Build, config: str) -> Pair:
    tables = [build.tables.get(config) for build in (before, after)]
    first, second = tables
    if first and second:
        return Pair(first, second, comparable(first, second), shared(first, second))
    only = first or second
    assert only
    return Pair(first or Table(), second or Table(), list(only.features), list(only.features))


def _sentences(documents: Table, rows: Sequence[Row]) -> Sentences:
    """The offsets of the sentences of all documents that some alignments join."""
    wanted = pl.DataFrame({KEY: sorted({row[name] for row in rows for name in PAIR})}, schema={KEY: pl.String})
    if not rows or not {KEY, "sentences"} <= set(documents.features):
        return {}
    found = chosen(documents, ["sentences"], wanted).iter_rows(named=True)
    return {row[KEY]: [(span["start"], span["end"]) for span in row["sentences"]] for row in found}
