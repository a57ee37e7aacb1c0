"""The work of the build in one plain function: a shard of documents and their exported tasks -> validated tables.

What goes in and what comes out is plain picklable data, so that a shard can be worked on anywhere.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import ceil

import numpy as np
import polars as pl
import pyarrow as pa

from variorum.annotations.blindness import check_blind
from variorum.annotations.review import Ledger, Review, Reviewed, choose_gold
from variorum.annotations.work import Work
from variorum.dataset import rows
from variorum.dataset.columnar.batch import Asked, PlainBatch, build_batch
from variorum.dataset.examined import finished
from variorum.dataset.segmentation import segment
from variorum.dataset.shard_document import ShardDocument
from variorum.dataset.span_rules import examine
from variorum.dataset.validate_tables import to_frame, validated_frame
from variorum.findings import Finding, failed
from variorum.kernel.arrays import Ints
from variorum.schema.contract import polars_schema
from variorum.schema.foreign_tables import tables_of
from variorum.schema.labels import Labels
from variorum.stages import stage

BATCH = 160
"""Documents at most that are worked on at once, the fast way. A batch costs some 30 ms whatever it holds: beside batches of
100 a document takes 0.91 of the time, 0.86 in batches of 320, which take 40 MB more.
"""

Tables = dict[tuple[str, str], pl.DataFrame]
"""Validated frames by config name and split."""


@dataclass(frozen=True)
class Shard:
    """The input of `build_shard`."""

    documents: tuple[ShardDocument, ...]
    asked: Asked


@dataclass
class ShardResult:
    """The output of `build_shard`. `ledgers` are by the name of the export file; `works` are all finished annotations,
    without their marks where there is nothing to compare them with.
    """

    tables: Tables = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    ledgers: dict[str, Ledger] = field(default_factory=dict)
    works: list[Work] = field(default_factory=list)


@stage("tables")
def build_shard(shard: Shard, careful: bool = False) -> ShardResult:
    """Reads, checks and tabulates the documents of a shard. A document with an error has findings and no rows.

    `careful` sends every document through the careful reader: what the fast way is held against.
    """
    result = ShardResult()
    parts: dict[str, list[Part]] = defaultdict(list)
    for first, documents in _batched(shard.documents):
        for config, found in _build_batch(documents, shard.asked, result, careful).items():
            parts[config] += [(owners + first, frame) for owners, frame in found]
    splits = np.array([each.document.split for each in shard.documents])
    for config in sorted(parts):
        owners, frame = _in_order(parts.pop(config))  # of which only the splits are needed: 10 MB less of 388
        if frame.height:
            with stage("validation"):
                result.findings += validated_frame(config, frame, shard.asked.labels)
            result.tables |= {(config, split): part for split, part in by_split(frame, splits[owners].tolist()).items()}
    return result


def _batched(documents: Sequence[ShardDocument]) -> Iterator[tuple[int, Sequence[ShardDocument]]]:
    """As few batches as may be, of one size, so that none takes more memory than it must, with each one's first document."""
    batches = max(1, ceil(len(documents) / BATCH))
    size = max(1, ceil(len(documents) / batches))
    return ((first, documents[first : first + size]) for first in range(0, len(documents), size))


Part = tuple[Ints, pl.DataFrame]
"""Rows of a table, with the place of each one's document."""


def _in_order(parts: list[Part]) -> Part:
    """Parts of one table as one, in the order of the documents."""
    frame = pl.concat([frame for _, frame in parts])
    owners = np.concatenate([owners for owners, _ in parts])
    if (np.diff(owners) >= 0).all():
        return owners, frame
    order = np.argsort(owners, kind="stable")
    return owners[order], frame[order]


def _build_batch(documents: Sequence[ShardDocument], asked: Asked, result: ShardResult, careful: bool) -> dict[str, list[Part]]:
    """The tables of some documents: of the plain ones the fast way, of the others row by row."""
    made = PlainBatch(left=list(range(len(documents)))) if careful else build_batch(documents, asked)
    result.findings += made.findings
    for name, ledger in made.ledgers.items():
        result.ledgers.setdefault(name, Ledger()).add(ledger)
    parts = {
        config: [(owners, from_columns(config, columns, asked.labels))] for config, (owners, columns) in made.tables.items()
    }
    for _, frame in parts.get("annotations", []):
        _count_rows(frame, documents, result.ledgers)
    rows_of: dict[str, list[rows.Row]] = defaultdict(list)
    owner_of: dict[str, list[int]] = defaultdict(list)
    for place in made.left:
        made.works[place] = []
        for config, found in _document_rows(documents[place], asked, result, made.works[place]).items():
            rows_of[config] += found
            owner_of[config] += [place] * len(found)
    for config, found in rows_of.items():
        frame = to_frame(config, found, asked.labels)
        parts.setdefault(config, []).append((np.array(owner_of[config], np.int64), frame))
    result.works += [work for _, works in sorted(made.works.items()) for work in works]
    return parts


def _count_rows(annotated: pl.DataFrame, documents: Sequence[ShardDocument], ledgers: dict[str, Ledger]) -> None:
    """Adds the rows of plain documents to the accounts of their files: counted from what will be published."""
    names = {rows.file_key(rows.provenance(raw.export)): raw.export.name for each in documents for raw in each.tasks}
    for *key, count in annotated.group_by("project", "round", "annotator").len().iter_rows():
        ledgers[names[key[0], key[1], key[2]]].rows += count


def from_columns(config: str, columns: dict[str, pa.Array], labels: Labels) -> pl.DataFrame:
    """Columns as the frame of their table."""
    schema = polars_schema(tables_of(labels)[config], labels)
    frame = pl.from_arrow(pa.table({name: columns[name] for name in schema}))
    assert isinstance(frame, pl.DataFrame)
    return frame if frame.schema == schema else frame.cast(schema)  # type: ignore[arg-type] # polars takes instances of types too


def add_table(result: ShardResult, config: str, found: list[rows.Row], splits: list[str], labels: Labels) -> None:
    """Adds the rows of a table to a result, validated, given the split of each row; a table without rows is left out."""
    if found:
        add_frame(result, config, to_frame(config, found, labels), splits, labels)


def add_frame(result: ShardResult, config: str, frame: pl.DataFrame, splits: list[str], labels: Labels) -> None:
    """The same of rows that are a frame already."""
    result.findings += validated_frame(config, frame, labels)
    result.tables |= {(config, split): part for split, part in by_split(frame, splits).items()}


def by_split(frame: pl.DataFrame, splits: list[str]) -> dict[str, pl.DataFrame]:
    """A frame's rows by split, given the split of each row; the split is the file a row stands in, not a column."""
    if len({*splits}) == 1:
        return {splits[0]: frame}
    given = pl.Series(splits)
    return {split: frame.filter(given == split) for split in dict.fromkeys(splits)}


@stage("careful reader")
def _document_rows(item: ShardDocument, asked: Asked, result: ShardResult, works: list[Work]) -> dict[str, list[rows.Row]]:
    segmentation = segment(item.text, asked.abbreviations)
    read = examine({item.document.document_id: (item.text, segmentation)}, item.tasks, asked.labels)
    gold = None
    if not asked.before_gold:
        gold, findings = choose_gold(read.reviewed, item.document.document_id, item.where)
        read.findings += [*findings, *check_blind(read.reviewed)]
    result.findings += read.findings
    found: dict[str, list[rows.Row]] = {}
    if not (asked.check_only or failed(read.findings)):
        view = rows.View(item.document, item.text, segmentation, asked.labels, rows.source_of(gold))
        found = _tabulated(view, gold, read, asked.measure)
    keep_ledgers(read, found.get("annotations", []), result)
    works += finished(read, asked.labels)
    return found


def _tabulated(view: rows.View, gold: Reviewed | None, read: Review, measure: bool) -> dict[str, list[rows.Row]]:
    found = {name: make(view, gold.regions) if gold else [] for name, make in rows.GOLD_TABLES.items()}
    found["documents"] = [rows.document(view, gold.regions if gold else None)]
    found["readability"] = [rows.readability(view, gold, read.reviewed, measure=measure)]
    found["annotations"] = [
        row for each in read.reviewed for row in rows.annotations({view.id: view}, each, is_gold=each is gold)
    ]
    return found


def keep_ledgers(read: Review, annotated: list[rows.Row], result: ShardResult) -> None:
    """Adds the document's counts to those of its files; rows are counted here, from what will be published."""
    kept = Counter(rows.file_key(row) for row in annotated if not row["rejected_by"])
    exports = {each.export.name: each.export for each in read.reviewed}
    for name, ledger in read.ledgers.items():
        ledger.rows = kept[rows.file_key(rows.provenance(exports[name]))] if name in exports else 0
        result.ledgers.setdefault(name, Ledger()).add(ledger)
