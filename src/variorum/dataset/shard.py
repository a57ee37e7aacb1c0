"""The work of the build in one plain function: a shard of documents and their exported tasks -> validated tables.

What goes in and what comes out is plain picklable data, so that a shard can be worked on anywhere.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

import polars as pl

from variorum.annotations.blindness import check_blind
from variorum.annotations.export import RawTask
from variorum.annotations.review import Ledger, Review, Reviewed, choose_gold
from variorum.annotations.work import Work
from variorum.corpus.catalogue import Document
from variorum.dataset import rows
from variorum.dataset.examined import finished
from variorum.dataset.segmentation import segment
from variorum.dataset.span_rules import examine
from variorum.dataset.validate_tables import validated
from variorum.findings import Finding, Where, failed
from variorum.schema.labels import Labels

Tables = dict[tuple[str, str], pl.DataFrame]
"""Validated frames by config name and split."""


@dataclass(frozen=True)
class ShardDocument:
    """A document, its text, and every task that annotators were given of it. `where` is its line in the catalogue."""

    document: Document
    text: str
    tasks: tuple[RawTask, ...]
    where: Where


@dataclass(frozen=True)
class Shard:
    """The input of `build_shard`. `measure` asks for readability metrics, which validation does without.

    `check_only` asks for findings and no rows, as where the catalogue holds values that no table takes.
    """

    documents: tuple[ShardDocument, ...]
    labels: Labels
    abbreviations: tuple[str, ...] = ()
    measure: bool = True
    check_only: bool = False


@dataclass
class ShardResult:
    """The output of `build_shard`. `ledgers` are by the name of the export file; `works` are all finished annotations."""

    tables: Tables = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    ledgers: dict[str, Ledger] = field(default_factory=dict)
    works: list[Work] = field(default_factory=list)


def build_shard(shard: Shard) -> ShardResult:
    """Reads, checks and tabulates the documents of a shard. A document with an error has findings and no rows."""
    result = ShardResult()
    collected: dict[str, list[rows.Row]] = defaultdict(list)
    splits: dict[str, list[str]] = defaultdict(list)
    for document in shard.documents:
        for config, found in _document_rows(document, shard, result).items():
            collected[config] += found
            splits[config] += [document.document.split] * len(found)
    for config, found in sorted(collected.items()):
        add_table(result, config, found, splits[config], shard.labels)
    return result


def add_table(result: ShardResult, config: str, found: list[rows.Row], splits: list[str], labels: Labels) -> None:
    """Adds the rows of a table to a result, validated, given the split of each row; a table without rows is left out."""
    if found:
        frame, findings = validated(config, found, labels)
        result.findings += findings
        result.tables |= {(config, split): part for split, part in by_split(frame, splits).items()}


def by_split(frame: pl.DataFrame, splits: list[str]) -> dict[str, pl.DataFrame]:
    """A frame's rows by split, given the split of each row; the split is the file a row stands in, not a column."""
    given = pl.Series(splits)
    return {split: frame.filter(given == split) for split in dict.fromkeys(splits)}


def _document_rows(item: ShardDocument, shard: Shard, result: ShardResult) -> dict[str, list[rows.Row]]:
    segmentation = segment(item.text, shard.abbreviations)
    read = examine({item.document.document_id: (item.text, segmentation)}, item.tasks, shard.labels)
    gold, findings = choose_gold(read.reviewed, item.document.document_id, item.where)
    read.findings += [*findings, *check_blind(read.reviewed)]
    result.findings += read.findings
    found: dict[str, list[rows.Row]] = {}
    if not (shard.check_only or failed(read.findings)):
        view = rows.View(item.document, item.text, segmentation, shard.labels, rows.source_of(gold))
        found = _tabulated(view, gold, read, shard.measure)
    keep_ledgers(read, found.get("annotations", []), result)
    result.works += finished(read, shard.labels)
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
