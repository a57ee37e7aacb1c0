"""A part of the build: one shard read, checked, tabulated and written, and what the whole needs to know of it.

A plain function of plain values, so that a shard can be worked on in this process, in another or on another machine.
"""

import gc
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from variorum.annotations.review import Ledger
from variorum.annotations.tasks import Tasks
from variorum.annotations.work import Work
from variorum.cache.packing import pack_tight, unpack_tight
from variorum.corpus.catalogue import Entry
from variorum.corpus.settings import ALL, SPLITS
from variorum.corpus.texts import Texts
from variorum.curation.check import check_decisions
from variorum.curation.decisions import Decisions, Line
from variorum.dataset import curated_rows
from variorum.dataset.columnar.batch import Asked
from variorum.dataset.compared import samples_of
from variorum.dataset.foreign_shard import build_foreign_shard
from variorum.dataset.shard import Shard, ShardResult, Tables, add_frame, build_shard, from_columns
from variorum.dataset.shard_document import ShardDocument
from variorum.dataset.validate_tables import check_gold, check_references, held
from variorum.dataset.whole import named_mentions, with_entities
from variorum.findings import Finding, Packed, failed
from variorum.freed_memory import give_back
from variorum.hub.facts import Seen, seen
from variorum.hub.parquet import to_arrow, write_parquet
from variorum.schema.foreign import ForeignLabels
from variorum.schema.labels import Labels
from variorum.schema.projects import DOCUMENTS, PROJECTS, documents_of
from variorum.stages import stage
from variorum.tellings.entity_clusters import EntityClusters, Named

TablePlace = tuple[str, str]
"""A config and a split."""
LINKED = ("documents", "ner", "claims")
"""The tables whose rows are referred to by what joins documents."""


@dataclass(frozen=True)
class ShardPlan:
    """A shard as a worker is sent it: which documents, and where all that belongs to them lies.

    `linked` are those that others refer to; their rows come back. Tables are written into `folder`, or come back too
    if `keeps_frames`. `measure` asks for metrics, figures and what the card tells, which validation does without. `catalogue`
    and `decided_in` are the names of files, for findings. `key` is the digest of all that the part depends on, but for the
    `lines` that its findings may name, which are digested by themselves. `size` is in bytes.
    """

    entries: tuple[Entry, ...]
    texts: Texts
    tasks: Tasks
    decisions: Decisions | None
    labels: Labels
    abbreviations: tuple[str, ...] = ()
    clusters: EntityClusters | None = None
    linked: frozenset[str] = frozenset()
    measure: bool = True
    check_only: bool = False
    keeps_frames: bool = False
    folder: Path | None = None
    catalogue: str = ""
    decided_in: str = ""
    key: str = ""
    lines: str = ""
    size: int = 0

    @stage("read")
    def read_texts(self) -> dict[str, str]:
        """The texts of its documents."""
        return {entry.document.document_id: self.texts[entry.document.document_id] for entry in self.entries}

    @stage("read")
    def shard(self, texts: Mapping[str, str]) -> Shard:
        """The shard itself, read from where it lies."""
        tasks = self.tasks.read(texts)
        documents = tuple(
            ShardDocument(entry.document, texts[id_], tuple(tasks.get(id_, ())), entry.where(self.catalogue))
            for entry in self.entries
            for id_ in [entry.document.document_id]
        )
        decided = frozenset(self.decisions.tasks if self.decisions else ())
        return Shard(documents, Asked(self.labels, self.abbreviations, self.measure, self.check_only, decided))


@dataclass(frozen=True)
class Stored:
    """Rows of one config and split: as a frame, or as a file with the bytes that they take in Arrow."""

    rows: int
    size: int = 0
    frame: pl.DataFrame | None = None
    path: Path | None = None


@dataclass
class Part:
    """What came of a shard. `curation` and `whole` are findings that count where nothing else is wrong.

    `samples` are what figures of agreement rest on, packed: as objects they take several times the room, and where none has
    changed nobody looks into them. So is `seen`, what the card is told. `held` are the rows of `annotations` that were kept,
    `linked` the tables of linked documents, `named` the mentions where there are entity clusters. `size` is that of the
    shard, in bytes.
    """

    tables: dict[TablePlace, Stored] = field(default_factory=dict)
    findings: Packed = field(default_factory=Packed)
    curation: list[Finding] = field(default_factory=list)
    whole: list[Finding] = field(default_factory=list)
    ledgers: dict[str, Ledger] = field(default_factory=dict)
    samples: bytes = b""
    seen: bytes = b""
    linked: Tables = field(default_factory=dict)
    named: list[Named] = field(default_factory=list)
    held: int = 0
    has_gold: bool = False
    size: int = 0


def build_part(plan: ShardPlan) -> Part:
    """The part that a shard comes to."""
    with _without_garbage_collection():
        part = _build_part(plan)
    give_back()
    return part


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """A shard makes a million objects and hardly a cycle among them: looking for cycles took 4.6 s where this takes 3.7 s."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _build_part(plan: ShardPlan) -> Part:
    texts = plan.read_texts()
    result = _tabulated(plan.shard(texts))
    lines, faults = plan.decisions.read() if plan.decisions else ([], [])
    findings = [*result.findings, *faults]
    has_gold = any(not work.round for work in result.works)
    part = Part(findings=Packed.of(findings), ledgers=result.ledgers, has_gold=has_gold, size=plan.size)
    if plan.check_only or failed(findings):
        return part
    if plan.decisions:
        _decide(part, result, lines, plan, texts)
    if plan.clusters:
        stories = {entry.document.document_id: entry.document.story_id for entry in plan.entries}
        part.named = list(named_mentions(result.tables, stories))
        result.tables = with_entities(result.tables, plan.clusters, stories)
    if plan.measure:
        with stage("samples for agreement"):
            part.samples = pack_tight(samples_of(result.works, texts, plan.abbreviations))
    _keep(part, result.tables, plan)
    return part


def _tabulated(shard: Shard) -> ShardResult:
    """A shard's tables. What they were made of is then let go: to write them beside it took 167 MB where 150 are enough."""
    labels = shard.asked.labels
    result = build_foreign_shard(shard, labels) if isinstance(labels, ForeignLabels) else build_shard(shard)
    give_back()
    return result


@stage("decisions")
def _decide(part: Part, result: ShardResult, lines: list[Line], plan: ShardPlan, texts: Mapping[str, str]) -> None:
    """Holds decisions and works together; only decisions that are right are sure to fit their table."""
    part.curation += check_decisions(lines, plan.decided_in, by_task(result.works), texts, PROJECTS[DOCUMENTS])
    if not failed(part.curation):
        splits = {entry.document.document_id: entry.document.split for entry in plan.entries}
        decided = decisions_of({DOCUMENTS: lines}, splits, plan.labels)
        part.whole += decided.findings
        result.tables |= decided.tables


def _keep(part: Part, tables: Tables, plan: ShardPlan) -> None:
    """Takes up the tables: what they say, what others refer to, and they themselves."""
    whole = by_config(tables)
    with stage("validation"):
        part.whole += check_references(whole)
        part.whole += () if isinstance(plan.labels, ForeignLabels) else check_gold(whole)
        part.held = held(whole)
    if plan.measure:
        withheld = frozenset(each.document.document_id for each in plan.entries if not each.document.redistribute)
        part.seen = pack_tight(seen(whole, withheld))
    if plan.linked:
        linked = pl.col("document_id").is_in(list(plan.linked))
        part.linked = {place: frame.filter(linked) for place, frame in tables.items() if place[0] in LINKED}
    part.tables = _written(whole, tables, plan.folder, plan.labels) if plan.folder else _held(tables, plan)


def _held(tables: Tables, plan: ShardPlan) -> dict[TablePlace, Stored]:
    return {place: Stored(frame.height, frame=frame if plan.keeps_frames else None) for place, frame in tables.items()}


@stage("write")
def _written(whole: Mapping[str, pl.DataFrame], tables: Tables, folder: Path, labels: Labels) -> dict[TablePlace, Stored]:
    """Writes the tables. A config goes into Arrow whole and is cut there, which takes half the time of split by split."""
    stored: dict[TablePlace, Stored] = {}
    for config, frame in whole.items():
        table, first = to_arrow(config, frame, labels), 0
        for place in sorted((place for place in tables if place[0] == config), key=_split_order):
            rows = table.slice(first, tables[place].height)
            path = folder / f"{'.'.join(place)}.parquet"
            write_parquet(rows, path)
            stored[place] = Stored(rows.num_rows, rows.nbytes, path=path)
            first += rows.num_rows
    return stored


def forget_decisions(part: Part) -> None:
    """Leaves out what was decided, where there is no gold that it led to."""
    part.tables = {place: stored for place, stored in part.tables.items() if place[0] != "decisions"}
    if part.seen:
        told: Seen = unpack_tight(part.seen, Seen)
        told.examples.pop("decisions", None)
        told.curated.clear()
        part.seen = pack_tight(told)


def by_config(tables: Tables) -> dict[str, pl.DataFrame]:
    """Tables with all their splits together."""
    found: dict[str, list[pl.DataFrame]] = defaultdict(list)
    for place in sorted(tables, key=_split_order):
        found[place[0]].append(tables[place])
    return {config: pl.concat(frames) for config, frames in found.items()}


def _split_order(place: TablePlace) -> int:
    return (*SPLITS, ALL).index(place[1])


def by_task(works: Iterable[Work]) -> dict[str, list[Work]]:
    """Works by what they are of."""
    found: dict[str, list[Work]] = defaultdict(list)
    for work in works:
        found[work.task].append(work)
    return found


def decisions_of(decided: Mapping[str, Iterable[Line]], splits: Mapping[str, str], labels: Labels) -> ShardResult:
    """The rows of what was decided, by project; those of open items are none."""
    found = [(project, each.decision) for project, lines in decided.items() for each in lines if not each.decision.is_open]
    held_out = {
        task: max((splits[each] for each in documents_of(task)), key=SPLITS.index)
        for task in {decision.task for _, decision in found}
    }
    result = ShardResult()
    if found:
        frame = from_columns("decisions", curated_rows.decisions(found), labels)
        add_frame(result, "decisions", frame, [held_out[decision.task] for _, decision in found], labels)
    return result
