"""Annotations come back: only what changed is asked for, checked before it is written, and laid out for review.

The file of an assignment is itself the record of what was pulled: its newest `updated_at` is where the next pull begins.
Ids are reused by the server, so a task is only the same one if it was also created at the same time.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec

from variorum.annotations.export import RawTask, frame, read_source
from variorum.annotations.layout import joined, laid_out_task, normalised
from variorum.annotations.task import read_task
from variorum.corpus.freeze import Progress, no_progress
from variorum.dataset.segmentation import segment
from variorum.dataset.span_rules import examine
from variorum.findings import Finding, failed, finding
from variorum.folder import ExportFile
from variorum.inputs import Reference, document_of
from variorum.label_studio.client import Json, Server, TaskHead
from variorum.safe_write import write_beside
from variorum.schema.label_config import used

OVERLAP = timedelta(seconds=30)
"""How far before the newest change a pull looks again: a change may be committed later than one that is dated after it."""
STATES = ("done", "empty", "skipped", "draft", "unseen")
"""How far the annotator of a task is; `empty` is done with nothing marked."""


class _Work(msgspec.Struct):
    result: msgspec.Raw = msgspec.Raw(b"[]")
    was_cancelled: Any = None
    completed_by: Any = None
    updated_at: Any = None


class _Task(msgspec.Struct):
    id: int
    created_at: str = ""
    updated_at: str = ""
    annotations: list[_Work] = []
    drafts: list[_Work] = []
    predictions: list[Any] = []


@dataclass(frozen=True)
class Kept:
    """A task in the bytes it is kept as, and what a pull needs to know of it. `document_id` is empty where it has none."""

    export: ExportFile
    source: bytes
    task: _Task
    document_id: str

    @property
    def id(self) -> int:
        """The task's id on the server."""
        return self.task.id

    @property
    def raw(self) -> RawTask:
        """The task for the reader of exports, its line not known."""
        return RawTask(self.export, self.source, 1)

    @property
    def state(self) -> str:
        """One of STATES."""
        finished = [work for work in self.task.annotations if not work.was_cancelled]
        if finished:
            return "done" if any(bytes(work.result).strip() not in (b"[]", b"null") for work in finished) else "empty"
        return "skipped" if self.task.annotations else "draft" if self.task.drafts else "unseen"

    @property
    def last_change(self) -> str:
        """When its annotator last did something, in ISO 8601; empty if never."""
        return max((str(work.updated_at or "") for work in [*self.task.annotations, *self.task.drafts]), default="")

    @property
    def labels(self) -> Counter[tuple[str, str]]:
        """How often each label and choice stands in its finished annotations."""
        finished = [work.result for work in self.task.annotations if not work.was_cancelled]
        results = [result for each in finished for result in msgspec.json.decode(each) or [] if isinstance(result, dict)]
        return used(results)

    @property
    def users(self) -> set[int]:
        """Who completed its annotations; a deleted user's are nobody's."""
        return {work.completed_by for work in self.task.annotations if isinstance(work.completed_by, int)}


@dataclass
class Pulled:
    """What a pull makes of one assignment. Nothing is written before `keep`.

    `tasks` are what its file is to hold and `aside` what is wrong as it is; both in order. `fetched` counts the tasks that
    were asked for. Where the old file cannot be read there are `faults` instead, and nothing is written.
    """

    export: ExportFile
    aside_file: ExportFile
    tasks: list[Kept] = field(default_factory=list)
    aside: list[Kept] = field(default_factory=list)
    fetched: int = 0
    gone: int = 0
    findings: list[Finding] = field(default_factory=list)
    faults: list[Finding] = field(default_factory=list)

    @property
    def newest(self) -> list[Kept]:
        """All tasks; where one stands in both files, the newer version that was set aside."""
        return list({kept.id: kept for kept in [*self.tasks, *self.aside]}.values())

    @property
    def states(self) -> Counter[str]:
        """How many tasks are in which state."""
        return Counter(kept.state for kept in self.newest)

    def keep(self) -> bool:
        """Writes what changed, each file whole or not at all; returns whether the assignment's file did."""
        if self.faults:
            return False
        if self.aside:
            _write(self.aside_file, self.aside)
        else:
            self.aside_file.path.unlink(missing_ok=True)
        return _write(self.export, self.tasks)


@dataclass(frozen=True)
class Puller:
    """Pulls from a server what is checked against a corpus. `full` asks for every task anew.

    A task whose annotation is wrong is set aside, and the file keeps what it had of it. A task that is gone from the server
    leaves the file only where nobody worked on it, or where deletions are accepted.
    """

    server: Server
    reference: Reference
    full: bool = False
    accept_deletions: bool = False
    progress: Progress = no_progress

    def pull(self, export: ExportFile, project: int) -> Pulled:
        """What one project makes of its file."""
        pulled = Pulled(export, self.reference.folder.aside(export))
        old, pulled.faults = _read(export)
        aside, _ = _read(pulled.aside_file)
        if pulled.faults:
            return pulled
        fetched, gone = self._fetch(pulled, project, {kept.id: kept for kept in [*old, *aside]})
        held = [] if self.accept_deletions else [kept for kept in old if kept.id in gone and kept.task.annotations]
        taken = {kept.document_id for kept in held}
        waiting = [kept for kept in aside if kept.id not in fetched.keys() | gone]
        candidates = [kept for kept in [*fetched.values(), *waiting] if kept.document_id not in taken]
        staying = [kept for kept in old if kept.id not in gone]
        found = self._judge(candidates, staying)
        wrong = {id_ for id_, each in found.items() if failed(each)}
        accepted = {kept.id: kept for kept in candidates if kept.id not in wrong}
        pulled.tasks = _ordered([*held, *({kept.id: kept for kept in staying} | accepted).values()])
        pulled.aside = _ordered([kept for kept in candidates if kept.id in wrong])
        pulled.findings = [*_deleted(export, held), *self._report(pulled, found)]
        return pulled

    def findings(self, pulled: Pulled) -> list[Finding]:
        """All that is wrong with the tasks of a pull, those too that were not asked for anew."""
        placed = [*_placed(pulled.export, pulled.tasks), *_placed(pulled.aside_file, pulled.aside)]
        return sorted({*pulled.findings, *pulled.faults, *(each for raw, _ in placed for each in check(self.reference, raw))})

    def _fetch(self, pulled: Pulled, project: int, known: dict[int, Kept]) -> tuple[dict[int, Kept], set[int]]:
        """The tasks that changed since they were last pulled, and the ids of those that are gone or are others by now."""
        since = "" if self.full or not known else _before(max(kept.task.updated_at for kept in known.values()))
        heads = {head.id: head for head in self.server.tasks(project, since)}
        if since and len(known.keys() | heads.keys()) != self.server.project(project).tasks:
            since, heads = "", {head.id: head for head in self.server.tasks(project)}
        drafted = {head.id: head for head in self.server.drafted(project)}
        heads |= drafted
        gone = {
            id_ for id_, kept in known.items() if (heads[id_].created_at != kept.task.created_at if id_ in heads else not since)
        }
        begun = {id_ for id_, kept in known.items() if kept.task.drafts}
        changed = {id_ for id_, head in heads.items() if id_ not in known or head.updated_at != known[id_].task.updated_at}
        wanted = sorted((set(heads) if self.full else changed | drafted.keys() | begun | gone) & (heads.keys() | begun))
        fetched: dict[int, Kept] = {}
        for tasks in self.server.export(project, wanted):
            for task in tasks:
                fetched[task["id"]] = _fetched(pulled.export, task, heads.get(task["id"]), known.get(task["id"]))
            self.progress(len(fetched), len(wanted))
        pulled.fetched, pulled.gone = len(fetched), len(gone)
        return fetched, gone

    def _judge(self, candidates: list[Kept], staying: list[Kept]) -> dict[int, list[Finding]]:
        """What is wrong with each candidate, by itself and beside the others."""
        found: dict[int, list[Finding]] = {}
        for number, kept in enumerate(candidates, start=1):
            found[kept.id] = check(self.reference, kept.raw)
            self.progress(number, len(candidates))
        everything = list({kept.id: kept for kept in [*staying, *candidates]}.values())
        for kept, each in [*_of_others(candidates, everything), *_doubled(candidates, everything)]:
            found[kept.id].append(each)
        return found

    def _report(self, pulled: Pulled, found: dict[int, list[Finding]]) -> Iterator[Finding]:
        """What was found, now that it is known on which line of which file each task will stand."""
        for file, tasks in ((pulled.export, pulled.tasks), (pulled.aside_file, pulled.aside)):
            for raw, kept in _placed(file, tasks):
                if found.get(kept.id) and failed(found[kept.id]) is (tasks is pulled.aside):
                    task, _ = read_task(raw)
                    beside = [each for each in found[kept.id] if each.rule in ("annotator-several", "task-twice")]
                    yield from check(self.reference, raw)
                    yield from (replace(each, where=task.where if task else raw.where) for each in beside)


def _read(export: ExportFile) -> tuple[list[Kept], list[Finding]]:
    """The tasks that a file holds, or why it cannot be read; a file that is not there holds none."""
    if not export.path.is_file():
        return [], []
    source = export.path.read_bytes()
    raws, faults = frame(source, export)
    is_laid_out = source.startswith(b"[\n {\n")
    try:
        kept = [_kept(export, raw.source if is_laid_out else _laid_out(msgspec.json.decode(raw.source))) for raw in raws]
    except (msgspec.DecodeError, AttributeError, TypeError):
        return [], [*faults, finding(export.name, "export-shape", "A task is not what Label Studio writes.")]
    return kept, faults


def _laid_out(task: Json) -> bytes:
    return laid_out_task(normalised(task))


def _kept(export: ExportFile, source: bytes) -> Kept:
    document_id = document_of(RawTask(export, source, 1)) or ""
    return Kept(export, source, msgspec.json.decode(source, type=_Task), document_id)


def _fetched(export: ExportFile, task: Json, head: TaskHead | None, known: Kept | None) -> Kept:
    """An exported task as it is kept; its predictions, which are only ids in exports, with what made them."""
    told = {each["id"]: each for each in known.task.predictions if isinstance(each, dict)} if known and not head else {}
    model = {"model_version": head.model_version} if head else {}
    task["predictions"] = [told.get(each, {"id": each} | model) for each in task.get("predictions", [])]
    return _kept(export, _laid_out(task))


def _before(time: str) -> str:
    """A time a little earlier, as the server's filters take it."""
    return (datetime.fromisoformat(time) - OVERLAP).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _ordered(tasks: list[Kept]) -> list[Kept]:
    return sorted(tasks, key=lambda kept: (kept.document_id, str(kept.id)))


def check(reference: Reference, raw: RawTask) -> list[Finding]:
    """All that is wrong with a task by itself."""
    # The reader of files looks for addresses by line: the lines before the task are given as blank ones.
    _, findings = read_source(b"\n" * max(raw.line - 2, 0) + b"[\n" + raw.source + b"]", raw.export)
    document_id = document_of(raw)
    if document_id is None:
        return findings + read_task(raw)[1]
    text = reference.text(document_id)
    if text is None:
        task, _ = read_task(raw)
        where = task.where if task else raw.where
        return [*findings, finding(where, "task-unknown-document", f"There is no document {document_id!r}.")]
    return findings + examine(text, [raw], reference.labels, segment(text, reference.abbreviations)).findings


def _of_others(candidates: list[Kept], everything: list[Kept]) -> Iterator[tuple[Kept, Finding]]:
    """The candidates with work of somebody who is not the annotator: the annotator is who did the most."""
    counted = Counter(user for kept in everything for user in kept.users)
    if len(counted) < 2:  # noqa: PLR2004 # two users are the case looked for
        return
    annotator = min(counted, key=lambda user: (-counted[user], user))
    for kept in candidates:
        for user in sorted(kept.users - {annotator}):
            fact = f"User {user} completed this, user {annotator} the annotator's other work."
            yield kept, finding(kept.raw.where, "annotator-several", fact)


def _doubled(candidates: list[Kept], everything: list[Kept]) -> Iterator[tuple[Kept, Finding]]:
    """The candidates of a document that has another task, one that was worked on or is older."""
    first: dict[str, Kept] = {}
    for kept in sorted(everything, key=lambda kept: (not kept.task.annotations, kept.id)):
        first.setdefault(kept.document_id, kept)
    for kept in candidates:
        other = first[kept.document_id]
        if other is not kept and kept.document_id:
            fact = f"Task {other.id} is of {kept.document_id} too."
            yield kept, finding(kept.raw.where, "task-twice", fact)


def _deleted(export: ExportFile, held: list[Kept]) -> Iterator[Finding]:
    if held:
        shown = ", ".join(sorted(kept.document_id for kept in held)[:3]) + (", ..." if len(held) > 3 else "")  # noqa: PLR2004
        count = f"{len(held)} tasks" if len(held) > 1 else "One task"
        yield finding(export.name, "task-deleted", f"{count} with annotations, of {shown}, cannot be found on the server.")


def _placed(export: ExportFile, tasks: list[Kept]) -> Iterator[tuple[RawTask, Kept]]:
    """The tasks of a file that is to be written, each with the line on which it will begin."""
    line = 2
    for kept in tasks:
        yield RawTask(export, kept.source, line), kept
        line += kept.source.count(b"\n") + 1


def _write(export: ExportFile, tasks: list[Kept]) -> bool:
    """Writes a file if it changes."""
    content = joined([kept.source for kept in tasks])
    if export.path.is_file() and export.path.read_bytes() == content:
        return False
    write_beside(export.path, content)
    return True
