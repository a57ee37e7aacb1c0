"""Annotations come back: only what changed is asked for, checked before it is written, and laid out for review.

A record of the last pull says where the next begins; it holds only for the very files that pull left, and where those were
changed since, all tasks are looked at again. Ids are reused by the server, so a task is only the same one if it was also
created at the same time.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import msgspec

from variorum.annotations.export import RawTask, frame, read_source
from variorum.annotations.layout import joined, laid_out_task, normalised
from variorum.annotations.task import key_of, read_task
from variorum.dataset.segmentation import segment
from variorum.dataset.span_rules import examine
from variorum.findings import Finding, Where, failed, finding
from variorum.folder import ExportFile, Folder
from variorum.label_studio.client import Json, Server, ServerError, TaskHead
from variorum.label_studio.reference import Reference
from variorum.progress import Progress, Step, no_progress
from variorum.safe_write import private_folder, write_beside
from variorum.schema.label_config import used
from variorum.schema.projects import documents_of

OVERLAP = timedelta(seconds=60)
"""How far before the newest change a pull looks again: a change may be committed later than one that is dated after it,
and listing thousands of tasks takes a while."""
SHOWN = 3
"""How many documents a finding on many names."""
Key = tuple[int, str]
"""A task's id and when it was created."""
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
    """A task in the bytes it is kept as, and what a pull needs to know of it. `of` is the document or pair it is of, and empty
    where it has none.
    """

    export: ExportFile
    source: bytes
    task: _Task
    of: str

    @property
    def id(self) -> int:
        """The task's id on the server."""
        return self.task.id

    @property
    def key(self) -> Key:
        """What tells it from a later task that was given the same id."""
        return self.task.id, self.task.created_at

    @property
    def is_begun(self) -> bool:
        """Whether anybody worked on it."""
        return bool(self.task.annotations or self.task.drafts)

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


class _Record(msgspec.Struct):
    """What the last pull had seen of the server, and the SHA-256 of the files it left."""

    since: str = ""
    export: str = ""
    aside: str = ""


@dataclass
class Pulled:
    """What a pull makes of one assignment. Nothing is written before `keep`.

    `tasks` are what its file is to hold and `aside` what is wrong as it is; both in order. `fetched` counts the tasks that
    were asked for, `gone` those that the server no longer has, `since` is the newest change seen. Where the files cannot be
    read there are `faults` instead, and nothing is written.
    """

    folder: Folder
    export: ExportFile
    tasks: list[Kept] = field(default_factory=list)
    aside: list[Kept] = field(default_factory=list)
    fetched: int = 0
    gone: int = 0
    since: str = ""
    findings: list[Finding] = field(default_factory=list)
    faults: list[Finding] = field(default_factory=list)

    @property
    def aside_file(self) -> ExportFile:
        """Where `aside` is kept."""
        return self.folder.aside(self.export)

    @property
    def newest(self) -> list[Kept]:
        """All tasks; where one stands in both files, the newer version that was set aside."""
        return list({kept.key: kept for kept in [*self.tasks, *self.aside]}.values())

    @property
    def states(self) -> Counter[str]:
        """How many tasks are in which state."""
        return Counter(kept.state for kept in self.newest)

    def keep(self) -> bool:
        """Writes what changed, each file whole or not at all, the record last; returns whether the assignment's file did."""
        if self.faults:
            return False
        private_folder(self.folder.label_studio)
        aside = self.aside_file.path
        said = aside.with_suffix(".findings.txt")
        if self.aside:
            write_beside(said, "".join(f"{each}\n" for each in self.findings).encode())
            _write(self.aside_file, self.aside)
        written = _write(self.export, self.tasks)
        if not self.aside:
            aside.unlink(missing_ok=True)
            said.unlink(missing_ok=True)
        record = _Record(self.since, _digest(self.export), _digest(self.aside_file))
        write_beside(self.folder.pull_record(self.export), msgspec.json.encode(record))
        return written


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
        pulled = Pulled(self.reference.folder, export)
        old, faults = _read(export)
        aside, more = _read(pulled.aside_file)
        pulled.faults = [*faults, *more]
        if pulled.faults:
            return pulled
        aside = _newer(aside, old)
        fetched, gone = self._fetch(pulled, project, {kept.key: kept for kept in [*old, *aside]})
        held = [kept for kept in [*old, *aside] if kept.key in gone and kept.is_begun and not self.accept_deletions]
        taken = {kept.of for kept in held}
        waiting = [kept for kept in aside if kept.key not in fetched and (kept.key not in gone or kept in held)]
        candidates = [*(kept for kept in fetched.values() if kept.of not in taken), *waiting]
        staying = [kept for kept in old if kept.key not in gone or kept in held]
        self._sort_out(pulled, candidates, staying)
        pulled.findings = [*_deleted(pulled, gone), *pulled.findings]
        return pulled

    def findings(self, pulled: Pulled) -> list[Finding]:
        """All that is wrong with the tasks of a pull, those too that were not asked for anew."""
        placed = [*_placed(pulled.export, pulled.tasks), *_placed(pulled.aside_file, pulled.aside)]
        found = {*pulled.findings, *pulled.faults}
        for number, (raw, _) in enumerate(placed, start=1):
            found.update(check(self.reference, raw))
            self.progress(Step(number, len(placed)))
        return sorted(found)

    def _fetch(self, pulled: Pulled, project: int, known: dict[Key, Kept]) -> tuple[dict[Key, Kept], set[Key]]:
        """The tasks that changed since they were last pulled, and the keys of those that the server no longer has."""
        last = _last(pulled)
        since = "" if self.full else _before(last)
        heads = {_key(head): head for head in self.server.tasks(project, since)}
        if since and len(known.keys() | heads.keys()) != self.server.project(project).tasks:
            since, heads = "", {_key(head): head for head in self.server.tasks(project)}
        # Of the listing, not of what is exported later: others may change in between, dated before what is exported.
        pulled.since = max((head.updated_at for head in heads.values()), default=last)
        drafted = {_key(head): head for head in self.server.drafted(project)}
        heads |= drafted
        gone = set() if since else known.keys() - heads.keys()
        begun = {key for key, kept in known.items() if kept.task.drafts and key not in gone}
        changed = {key for key, head in heads.items() if key not in known or head.updated_at != known[key].task.updated_at}
        wanted = {key[0] for key in (heads.keys() if self.full else changed | drafted.keys() | begun)}
        fetched: dict[Key, Kept] = {}
        for tasks in self.server.export(project, sorted(wanted)):
            for task in tasks:
                kept = _fetched(pulled.export, task, heads, known)
                fetched[kept.key] = kept
            self.progress(Step(len(fetched), len(wanted)))
        pulled.fetched, pulled.gone = len(fetched), len(gone)
        return fetched, gone

    def _sort_out(self, pulled: Pulled, candidates: list[Kept], staying: list[Kept]) -> None:
        """Which of the candidates enter the file and which are set aside, and what is to be said of each."""
        found: dict[int, list[Finding]] = {}
        for number, kept in enumerate(candidates, start=1):
            found[id(kept)] = check(self.reference, kept.raw)
            self.progress(Step(number, len(candidates)))
        beside: dict[int, list[Finding]] = defaultdict(list)
        others = [] if pulled.export.is_gold else _of_others(candidates, staying)  # several may curate
        for kept, each in [*others, *_doubled(candidates, staying)]:
            beside[id(kept)].append(each)
        wrong = {id(kept) for kept in candidates if failed(found[id(kept)]) or id(kept) in beside}
        accepted = {kept.key: kept for kept in candidates if id(kept) not in wrong}
        pulled.tasks = _ordered(list(({kept.key: kept for kept in staying} | accepted).values()))
        pulled.aside = _ordered([kept for kept in candidates if id(kept) in wrong])
        for file, tasks in ((pulled.export, pulled.tasks), (pulled.aside_file, pulled.aside)):
            for raw, kept in _placed(file, tasks):
                # Again, now that it is known on which line of which file the task will stand.
                pulled.findings += check(self.reference, raw) if found.get(id(kept)) else []
                pulled.findings += [replace(each, where=_where(raw)) for each in beside.get(id(kept), [])]


def _key(head: TaskHead) -> Key:
    return head.id, head.created_at


def _where(raw: RawTask) -> Where:
    task, _ = read_task(raw)
    return task.where if task else raw.where


def _last(pulled: Pulled) -> str:
    """The newest change that the last pull saw; empty where the files are not those that it left."""
    path = pulled.folder.pull_record(pulled.export)
    try:
        record = msgspec.json.decode(path.read_bytes(), type=_Record)
    except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
        return ""
    is_same = (record.export, record.aside) == (_digest(pulled.export), _digest(pulled.aside_file))
    return record.since if is_same else ""


def _digest(export: ExportFile) -> str:
    return sha256(export.path.read_bytes()).hexdigest() if export.path.is_file() else ""


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


def _newer(aside: list[Kept], old: list[Kept]) -> list[Kept]:
    """What was set aside and has not entered the file since, as where a pull was killed between its two files."""
    entered = {kept.key: kept.task.updated_at for kept in old}
    return [kept for kept in aside if kept.task.updated_at > entered.get(kept.key, "")]


def _laid_out(task: Json) -> bytes:
    return laid_out_task(normalised(task))


def _kept(export: ExportFile, source: bytes) -> Kept:
    key = key_of(RawTask(export, source, 1)) or ""
    return Kept(export, source, msgspec.json.decode(source, type=_Task), key)


def _fetched(export: ExportFile, task: Json, heads: dict[Key, TaskHead], known: dict[Key, Kept]) -> Kept:
    """An exported task as it is kept; its predictions, which are only ids in exports, with what made them."""
    try:
        key = task["id"], task["created_at"]
        told = known[key].task.predictions if key in known and key not in heads else []
        models = {each["id"]: each for each in told if isinstance(each, dict)}
        model = {"model_version": heads[key].model_version} if key in heads else {}
        task["predictions"] = [models.get(each, {"id": each} | model) for each in task.get("predictions", [])]
        return _kept(export, _laid_out(task))
    except (msgspec.DecodeError, AttributeError, KeyError, TypeError) as error:
        raise ServerError(f"Task {task.get('id')} is not what Label Studio exports: {error}.") from error


def _before(time: str) -> str:
    """A time a little earlier, as the server's filters take it; empty if there is none."""
    return (datetime.fromisoformat(time) - OVERLAP).strftime("%Y-%m-%dT%H:%M:%S.%fZ") if time else ""


def _ordered(tasks: list[Kept]) -> list[Kept]:
    return sorted(tasks, key=lambda kept: (kept.of, str(kept.id)))


def check(reference: Reference, raw: RawTask) -> list[Finding]:
    """All that is wrong with a task by itself."""
    _, read = read_source(b"[" + raw.source + b"]", raw.export)
    findings = [replace(each, where=each.where.at(line=raw.line + max(each.where.line, 1) - 1)) for each in read]
    key = key_of(raw)
    if key is None:
        return findings + read_task(raw)[1]
    texts = {document_id: reference.text(document_id) for document_id in documents_of(key)}
    there = {name: (text, segment(text, reference.abbreviations)) for name, text in texts.items() if text is not None}
    findings += [_without_text(raw, document_id, reference) for document_id in texts.keys() - there.keys()]
    return findings + (examine(there, [raw], reference.labels).findings if len(there) == len(texts) else [])


def _without_text(raw: RawTask, document_id: str, reference: Reference) -> Finding:
    if document_id in reference.digests:
        fact = f"The frozen text of {document_id} is missing or not that of the catalogue."
        return finding(_where(raw), "text-changed", fact)
    return finding(_where(raw), "task-unknown-document", f"There is no document {document_id!r}.")


def _of_others(candidates: list[Kept], staying: list[Kept]) -> Iterator[tuple[Kept, Finding]]:
    """The tasks with work of somebody who is not the annotator: the annotator is who did the most of what is there."""
    everything = [*staying, *candidates]
    users = {user for kept in everything for user in kept.users}
    counted = Counter(user for kept in staying for user in kept.users) or Counter(u for kept in candidates for u in kept.users)
    most = [user for user, times in counted.items() if times == max(counted.values())]
    whose = f"user {most[0]} the annotator's other work" if len(most) == 1 else "others as much of the annotator's work"
    for kept in everything if len(users) > 1 else []:
        for user in sorted(kept.users - set(most if len(most) == 1 else [])):
            yield kept, finding(kept.raw.where, "annotator-several", f"User {user} completed this, {whose}.")


def _doubled(candidates: list[Kept], staying: list[Kept]) -> Iterator[tuple[Kept, Finding]]:
    """The tasks of a document that has another task, one that was worked on or is older."""
    everything = [*({kept.key: kept for kept in [*staying, *candidates]}).values()]
    first: dict[str, Kept] = {}
    for kept in sorted(everything, key=lambda kept: (not kept.is_begun, kept.id)):
        first.setdefault(kept.of, kept)
    for kept in everything:
        other = first[kept.of]
        if other is not kept and kept.of:
            fact = f"Task {other.id} is of {kept.of} too."
            yield kept, finding(kept.raw.where, "task-twice", fact)


def _deleted(pulled: Pulled, gone: set[Key]) -> Iterator[Finding]:
    """A finding for each file that keeps work whose task the server no longer has."""
    for file, tasks in ((pulled.export, pulled.tasks), (pulled.aside_file, pulled.aside)):
        held = sorted(kept.of for kept in tasks if kept.key in gone)
        if held:
            shown = ", ".join(held[:SHOWN]) + (", ..." if len(held) > SHOWN else "")
            count = f"{len(held)} tasks" if len(held) > 1 else "One task"
            yield finding(file.name, "task-deleted", f"{count} with annotations, of {shown}, cannot be found on the server.")


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
