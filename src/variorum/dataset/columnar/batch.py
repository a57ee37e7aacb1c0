"""A batch of documents the fast way: the tables, accounts and works of the plain ones, and which are left."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from variorum.annotations.recounted import Recount, recount_note
from variorum.annotations.review import Ledger
from variorum.annotations.work import Work
from variorum.dataset.columnar import tables
from variorum.dataset.columnar.columns import CLAIM, MENTION, Columns, Known
from variorum.dataset.columnar.tabled import Tabled
from variorum.dataset.columnar.tables import Made
from variorum.dataset.columnar.typed import PlainTask, plain_task
from variorum.dataset.columnar.works import Works
from variorum.dataset.readability import measure_batch
from variorum.dataset.shard_document import ShardDocument
from variorum.findings import Finding, Where, finding
from variorum.kernel.arrays import Bools, Ints
from variorum.kernel.texts import TextBatch
from variorum.schema.labels import Labels
from variorum.stages import stage

_METRICS = pa.list_(
    pa.struct([("metric", pa.string()), ("value", pa.float64()), ("tool", pa.string()), ("version", pa.string())])
)


@dataclass
class PlainBatch:
    """What was made of the plain documents of a batch. `left` are the places of the others; `works` are by place."""

    tables: dict[str, Made] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    ledgers: dict[str, Ledger] = field(default_factory=dict)
    works: dict[int, list[Work]] = field(default_factory=dict)
    left: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Asked:
    """How a shard is built: what its labels are, which words end no sentence, and what is wanted of it.

    `measure` asks for readability metrics, which validation does without. `check_only` asks for findings and no rows, as where
    the catalogue holds values that no table takes. `decided` are the documents that something was decided of, whose works are
    made in full even if nobody else annotated them. `before_gold` asks for works as their annotators left them, whatever
    stands in the way of gold.
    """

    labels: Labels
    abbreviations: tuple[str, ...] = ()
    measure: bool = True
    check_only: bool = False
    decided: frozenset[str] = frozenset()
    before_gold: bool = False


def build_batch(documents: Sequence[ShardDocument], asked: Asked) -> PlainBatch:
    """The plain documents of a batch, tabulated."""
    batch = TextBatch.of([each.text for each in documents], asked.abbreviations)
    with stage("decode"):
        tasks = [_plain_tasks(each) for each in documents]
    columns = Columns(batch, [each or [] for each in tasks], Known.of(asked.labels))
    gold = (_no_gold if asked.before_gold else _gold)(columns, len(documents))
    plain = columns.plain & np.array([each is not None for each in tasks], np.bool_) & (gold > _AMBIGUOUS)
    made = PlainBatch(left=np.flatnonzero(~plain).tolist())
    if not asked.before_gold:
        made.findings += [_without_gold(documents[place]) for place in np.flatnonzero(plain & (gold == _NONE)).tolist()]
    _report_recounted(made, columns, plain)
    _count(made, columns, tasks, plain)
    _add_works(made, columns, plain, asked.decided)
    if not asked.check_only:
        tabled = Tabled(
            columns, [each.document for each in documents], [each.text for each in documents], asked.labels, gold, plain
        )
        _tabulate(made, tabled, measure=asked.measure)
    return made


def _plain_tasks(item: ShardDocument) -> list[PlainTask] | None:
    """The tasks of a document, or None where one of them is not plain or two are of one annotator."""
    own = item.document
    found: list[PlainTask] = []
    seen: set[tuple[str, str, str]] = set()
    for raw in item.tasks:
        source = (raw.export.project, raw.export.round, raw.export.annotator)
        task = plain_task(raw, own.document_id, item.text, own.text_sha256)
        if task is None or source in seen:
            return None
        seen.add(source)
        found.append(task)
    return found


_NONE, _AMBIGUOUS = -1, -2


def _gold(columns: Columns, count: int) -> Ints:
    """The gold annotation of each document: `review.choose_gold`. -1 where there is none, -2 where there are several."""
    gold = np.full(count, _NONE)
    curated = np.array([task.export.is_gold for _, task, _ in columns.annotations], np.bool_)
    has_curated = np.bincount(columns.owner[curated], minlength=count) > 0
    candidates = np.flatnonzero(curated | ~has_curated[columns.owner])
    gold[columns.owner[candidates]] = candidates
    gold[np.bincount(columns.owner[candidates], minlength=count) > 1] = _AMBIGUOUS
    return gold


def _no_gold(columns: Columns, count: int) -> Ints:
    """The same before there is any: -2 where an annotator has several annotations of a document in one round."""
    whose = Counter(
        (int(document), task.export.round, task.export.annotator)
        for document, (_, task, _) in zip(columns.owner, columns.annotations, strict=True)
    )
    gold = np.full(count, _NONE)
    gold[[document for (document, *_), annotations in whose.items() if annotations > 1]] = _AMBIGUOUS
    return gold


def _without_gold(item: ShardDocument) -> Finding:
    return finding(item.where, "gold-missing", f"{item.document.document_id} has no finished annotation.")


def _report_recounted(made: PlainBatch, columns: Columns, plain: Bools) -> None:
    """Which annotations of plain documents counted UTF-16 units."""
    results = columns.spanned
    marked = np.isin(columns.code[results], (MENTION, CLAIM)) & plain[columns.owner[columns.annotation[results]]]
    places = np.flatnonzero(columns.settled.recounted & marked)
    _, first, counts = np.unique(columns.annotation[results[places]], return_index=True, return_counts=True)
    for place, count in zip(places[first].tolist(), counts.tolist(), strict=True):
        made.findings.append(recount_note("utf16", _recount(columns, place), count))


def _recount(columns: Columns, place: int) -> Recount:
    result = int(columns.spanned[place])
    _, task, annotation = columns.annotations[columns.annotation[result]]
    line = task.raw.line_of(annotation.id, int(columns.index[result]))
    where = Where(task.export.name, line, task=task.id, annotation=annotation.id, region=columns.ids[result])
    base = int(columns.batch.text_starts[columns.owner[columns.annotation[result]]])
    became = int(columns.settled.starts[place]) - base, int(columns.settled.ends[place]) - base
    return Recount(where, (int(columns.start[result]), int(columns.end[result])), became)


def _count(made: PlainBatch, columns: Columns, tasks: Sequence[list[PlainTask] | None], plain: Bools) -> None:
    """The accounts of the files, but for their rows, which are counted where they are made."""
    repaired = np.zeros(len(columns.annotations), np.int64)
    marked = np.isin(columns.code[columns.spanned], (MENTION, CLAIM))
    np.add.at(repaired, columns.annotation[columns.spanned[columns.settled.recounted & marked]], 1)
    counts = np.diff(columns.first)
    for document, own in enumerate(tasks):
        for task in own if own and plain[document] else ():
            made.ledgers.setdefault(task.export.name, Ledger()).predictions += task.predictions
    for number, (document, task, _) in enumerate(columns.annotations):
        if plain[document]:
            ledger = made.ledgers[task.export.name]
            ledger.results += int(counts[number])
            ledger.annotations["submitted"] += 1
            if repaired[number]:
                ledger.repairs["utf16"] += int(repaired[number])


@stage("samples for agreement")
def _add_works(made: PlainBatch, columns: Columns, plain: Bools, decided: frozenset[str]) -> None:
    """The works of all annotations; in full where there is anything to compare them with, which takes 0.3 ms each."""
    several = Counter(columns.owner.tolist())
    works = Works(columns)
    for number, (document, task, _) in enumerate(columns.annotations):
        if plain[document]:
            compared = several[document] > 1 or task.export.is_gold or task.document_id in decided
            made.works.setdefault(document, []).append(works.work(number) if compared else works.bare(number))


def _tabulate(made: PlainBatch, tabled: Tabled, *, measure: bool) -> None:
    made.tables = {name: make(tabled) for name, make in tables.GOLD_TABLES.items()}
    made.tables["documents"] = tables.documents(tabled)
    made.tables["readability"] = tables.readability(tabled, _metrics(tabled, measure=measure))
    made.tables["annotations"] = tables.annotations(tabled)


@stage("readability")
def _metrics(tabled: Tabled, *, measure: bool) -> pa.ListArray:
    """The readability metrics of each plain document, or no metric of any."""
    own = np.flatnonzero(tabled.plain).tolist()
    if not measure:
        return pa.array([[]] * len(own), _METRICS)
    texts, languages = [tabled.texts[each] for each in own], [tabled.documents[each].language for each in own]
    return pa.array(measure_batch(texts, languages), _METRICS)
