"""What exports of a foreign project hold: their tasks taken apart by text and by who annotated them.

Several exports may be of one project, one an annotator: tasks of different files that show the same texts are one.
They are read twice, since what a task is called hangs on all the others, and one task at a time: held are the texts, who
made what, and the tasks as they will be written. `new` takes 480 MB for an export of 126 MB so, and took 1,270 with its tasks
as objects, in as much time.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import msgspec

from variorum.annotations.export import UNREADABLE, ExportReading, is_packed, opened, refused_format, unreadable
from variorum.annotations.frame import Record
from variorum.annotations.layout import laid_out_task, normalised
from variorum.findings import Finding, Where, failed, finding
from variorum.folder import ExportFile
from variorum.new.names import free
from variorum.schema.foreign import Config

Json = dict[str, Any]
Who = int | str | None
ROUND = "round1"
WORKS = ("annotations", "drafts")
"""What of a task holds results of people."""
_ID_KEYS = ("document_id", "doc_id", "id", "file_name", "filename", "file", "name")
"""What tasks may call their own name; the first that every task has, each with another value, is taken."""
_ADDRESS = re.compile(rb"[A-Za-z0-9._%+-]@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
_NO_FILE = "Name the folder that the .json files lie in, or an export."
_NO_TEXT = "Give the task its text in the export, if it belongs there."
_OF_ZIP = "Unpack it, and give the JSON file in it."
_ASTRAY = "Take the result out of the export, or its control out of the config: the build then rejects it, with its place."
_USER = re.compile(r", (\d+)$")
"""Where drafts, whose `user` is an address, hold the number of who made them: in `created_username`."""


class Received(NamedTuple):
    """A file as received, in memory or where it lies; findings call it by its name."""

    name: str
    source: bytes | Path
    folder: str = ""
    """The folder that it was found in, if that was given: all in it are then one export."""

    @property
    def place(self) -> ExportFile:
        """The file as findings name it; whose work it is, its tasks say."""
        path = Path(self.name) if isinstance(self.source, bytes) else self.source
        return ExportFile(path, self.name, "documents", ROUND, "a1")

    def opened(self) -> BinaryIO:
        """The file, to be read from its first byte; one that is packed is unpacked whole."""
        if isinstance(self.source, bytes):
            return BytesIO(self.source)
        if not is_packed(self.place):
            return opened(self.place)
        with opened(self.place) as packed:
            return BytesIO(packed.read())

    @property
    def files(self) -> list["Received"]:
        """The files of what may be a folder: old servers kept each task's work in a file of its own, completions/1.json."""
        if isinstance(self.source, bytes) or not self.source.is_dir():
            return [self]
        return [Received(f"{self.name}/{path.name}", path, self.name) for path in sorted(self.source.glob("*.json"))]

    def read(self) -> bytes:
        """The whole file."""
        with self.opened() as file:
            return file.read()


@dataclass
class Imported:
    """What exports hold, by document: text and story; by annotator and document a task, laid out; and how many results.

    `left_out` are results about a text that their task does not show, each of which is told.
    """

    texts: dict[str, str] = field(default_factory=dict)
    stories: dict[str, str] = field(default_factory=dict)
    tasks: dict[str, dict[str, bytes]] = field(default_factory=lambda: defaultdict(dict))
    findings: list[Finding] = field(default_factory=list)
    results_in: int = 0
    results_out: int = 0
    left_out: int = 0


@dataclass
class _Shown:
    """A task, without what was made of it: the texts that it shows, by the name of their tag; tasks of one `name` are one.

    `file` is the export that it is in, which may be a folder; `called` is what its data may call it, `made` who annotated
    it and what tells that work from other work.
    """

    where: Where
    file: str
    id: Any
    texts: dict[str, str]
    called: Json
    made: list[tuple[Who, tuple[object, ...]]]
    name: str = ""


def import_exports(received: list[Received], config: Config) -> Imported:
    """What exports hold, each task taken apart by its texts and by who annotated it."""
    imported = Imported()
    exports = [file for each in received for file in each.files]
    for given in received:
        if not given.files:
            imported.findings.append(finding(given.name, "export-unreadable", "The folder holds no .json file.", _NO_FILE))
    shown = [list(_tasks(export, config, imported.findings)) for export in exports]
    tasks = [each for found in shown for each in found]
    imported.findings += _give_names(tasks)
    local = _local_numbers(tasks)
    if local:
        told = (
            "The number of a user stands for other work on one text in several files: each file's users were taken as its own."
        )
        hint = "If they are the same people, give one export with the work of all."
        imported.findings.append(finding(exports[0].name, "new-undecided", told, hint))
    importer = _Importer(config, imported, local)
    for export, own in zip(exports, shown, strict=True):
        for each, task in zip(own, _written_tasks(export) if own else (), strict=True):
            importer.add(each, task)
    for key, count in sorted(importer.personal.items()):
        fact = f"The field `{key}` holds an e-mail address in {count} tasks; there it was not taken over."
        hint = "Write it into the export by another name if it is needed."
        imported.findings.append(finding(exports[0].name, "new-left-out", fact, hint))
    for text, count in sorted(importer.about_instructions.items()):
        fact = f"{count} results are about the Text {text!r}, which shows the same words in every task."
        imported.findings.append(finding(exports[0].name, "config-unsupported", fact))
    if imported.results_in != imported.results_out + imported.left_out and not failed(imported.findings):
        fact = f"{imported.results_in} results went in, {imported.results_out} came out, {imported.left_out} were left out."
        imported.findings.append(finding(exports[0].name, "conservation", fact))
    return imported


def _tasks(export: Received, config: Config, findings: list[Finding]) -> Iterator[_Shown]:
    """The tasks of an export; what is none is told."""
    try:
        file = export.opened()
    except UNREADABLE as error:
        findings.append(unreadable(export.place, error))
        return
    found: list[_Shown] = []
    strange: list[tuple[Where, bool]] = []
    missing: list[Finding] = []
    with file:
        if refused := _refused(export, file):
            findings.append(refused)
            return
        reading = ExportReading(file, export.place)
        for record in reading:
            where, task = Where(export.name, record.line), _task(record)
            if task is None:
                strange.append((where, _is_flat(record)))
            else:
                found.append(_shown(where, export.folder or export.name, task, config, missing))
        findings += [each for each in reading.findings if each.rule not in ("annotator-several", "annotator-email")]
    if not reading.is_broken:
        findings += [*missing, *_strange(strange)]
        yield from found


def _refused(export: Received, file: BinaryIO) -> Finding | None:
    """What is said of a file of another format, which is not read on."""
    found = refused_format(export.name, file.read(64))
    file.seek(0)
    return replace(found, hint=_OF_ZIP) if found and ".zip" in found.fact else found


def _written_tasks(export: Received) -> Iterator[Json]:
    """The tasks of an export that can be read, once more, one at a time."""
    with export.opened() as file:
        for record in ExportReading(file, export.place):
            if task := _task(record):
                yield task


def _task(record: Record) -> Json | None:
    """A record as a task; None where it is none."""
    written = msgspec.json.decode(record.written)
    return _modern(written) if isinstance(written, dict) and isinstance(written.get("data"), dict) else None


def _shown(where: Where, file: str, task: Json, config: Config, findings: list[Finding]) -> _Shown:
    texts = dict(_texts(where, task, config, findings))
    called = {key: task["data"][key] for key in _ID_KEYS if isinstance(task["data"].get(key), str | int)}
    made = [(_who(work, task), _identity(file, work)) for work in _works(task, "annotations")]
    return _Shown(where, file, task.get("id"), texts, called, made)


def _is_flat(record: Record) -> bool:
    """Whether a record is of an export without annotations, a field a control."""
    written = msgspec.json.decode(record.written)
    return isinstance(written, dict) and not {"annotations", "completions"} & set(written)


def _strange(records: list[tuple[Where, bool]]) -> Iterator[Finding]:
    """What is wrong with the records of a file that are no tasks: said once, since such a file has no others."""
    for where, flat in records[:1]:
        more = f", as have {len(records) - 1} more: they are no tasks." if records[1:] else ": it is no task."
        yield finding(where, "export-json-min" if flat else "export-shape", f"The record has no `data`{more}")


def _modern(task: Json) -> Json:
    """A task of before Label Studio 1.0 with today's names."""
    if "completions" in task and "annotations" not in task:
        task = {key: value for key, value in task.items() if key != "completions"} | {"annotations": task["completions"]}
    return task


def _texts(where: Where, task: Json, config: Config, findings: list[Finding]) -> Iterator[tuple[str, str]]:
    """The texts of a task by the name of their tag; one that is missing is told."""
    for tag, key in config.texts.items():
        text = _at(task["data"], key)
        text = str(text) if isinstance(text, int | float) else text
        if isinstance(text, str) and text.strip():
            yield tag, text
        else:
            rule = "new-left-out" if text is None or isinstance(text, str) else "export-shape"
            place = where.at(task=str(task.get("id", "")))
            findings.append(finding(place, rule, f"The task's data has no text `{key}`.", _NO_TEXT))


def _at(data: Any, key: str) -> Any:
    """What a task's data holds by a key, or by a path such as `doc.text` or `docs[0].text`; None where it has no such thing."""
    if key in data:
        return data[key]
    for step in _steps(key):
        is_in = step in data if isinstance(data, dict) else isinstance(data, list) and step in map(str, range(len(data)))
        data = data[step if isinstance(data, dict) else int(step)] if is_in else None
    return data


def _without(data: Any, steps: list[str]) -> Any:
    """Data without what stands at the end of a path."""
    if not isinstance(data, dict | list) or not steps:
        return data
    pairs = data.items() if isinstance(data, dict) else zip(map(str, range(len(data))), data, strict=True)
    kept = {key: _without(each, steps[1:] if key == steps[0] else []) for key, each in pairs if [key] != steps}
    return kept if isinstance(data, dict) else list(kept.values())


def _steps(key: str) -> list[str]:
    return re.findall(r"[^.[\]]+", key)


def _give_names(tasks: list[_Shown]) -> Iterator[Finding]:
    """Gives tasks a document id each: what their data calls them, or else their id in Label Studio, or their place.

    The second task that shows a text in one file is one with the second that shows it in another, and so on.
    """
    distinct: dict[object, list[_Shown]] = defaultdict(list)
    times: Counter[object] = Counter()
    for each in tasks:
        texts = tuple(each.texts.items())
        distinct[texts, times[each.file, texts]].append(each)
        times[each.file, texts] += 1
    for alike, (called, name) in zip(distinct.values(), _names([alike[0] for alike in distinct.values()]), strict=True):
        if called != name:
            yield finding(alike[0].where, "new-renamed", f"The document's id is {name}; the task calls it {called!r}.")
        for each in alike:
            each.name = name


def _names(tasks: list[_Shown]) -> list[tuple[str, str]]:
    """What each task is called, and the document id nearest to that."""
    for key in _ID_KEYS:
        values = [task.called.get(key, "") for task in tasks]
        if tasks and "" not in values and len(set(values)) == len(values):
            break
    else:
        values = [f"task-{number if task.id is None else task.id}" for number, task in enumerate(tasks, start=1)]
    taken: set[str] = set()
    return [(str(value), free(str(value), taken)) for value in values]


def _local_numbers(tasks: list[_Shown]) -> bool:
    """Whether the numbers of users are each file's own, as of annotators with a server each.

    So it is where one number has work on one text in two files that have none of this work in common.
    """
    made: dict[tuple[str, Who], dict[str, set[tuple[object, ...]]]] = defaultdict(lambda: defaultdict(set))
    for each in tasks:
        for who, work in each.made:
            if isinstance(who, int):
                made[each.name, who][each.file].add(work)
    return any(not set.intersection(*by_file.values()) for by_file in made.values() if len(by_file) > 1)


def _identity(file: str, work: Json) -> tuple[object, ...]:
    """What tells work from other work of the same number, which every server gives anew; undated, the file does."""
    return (str(work.get("id")), str(work["created_at"])) if work.get("created_at") else (str(work.get("id")), "", file)


def _works(task: Json, key: str) -> list[Json]:
    """The annotations or drafts of a task; of drafts an export may list the ids alone."""
    works = task.get(key)
    return [each for each in works if isinstance(each, dict)] if isinstance(works, list) else []


def _who(work: Json, task: Json) -> Who:
    """Who made an annotation or a draft, as its export numbers or names them; None where it does not say.

    A draft is of the user whom it names, or else of who made the annotation that it changes.
    """
    who = work.get("completed_by")
    who = who.get("id", who.get("email")) if isinstance(who, dict) else who
    if who is None and (number := _USER.search(str(work.get("created_username", "")))):
        return int(number[1])
    if who is None and work.get("annotation") is not None:
        changed = [each for each in _works(task, "annotations") if each.get("id") == work["annotation"]]
        return _who(changed[0], task) if changed else work.get("user")
    who = work.get("user") if who is None else who
    return who if isinstance(who, int | str) else None


class _Importer:
    """Takes tasks apart. Annotators get pseudonyms in the order in which they are met."""

    def __init__(self, config: Config, imported: Imported, local_numbers: bool) -> None:
        self.imported = imported
        self.personal: Counter[str] = Counter()
        self.about_instructions: Counter[str] = Counter()
        self._config = config
        self._local_numbers = local_numbers
        self._annotators: dict[tuple[str, Who], str] = {}
        self._seen: dict[tuple[object, ...], str] = {}

    def add(self, shown: _Shown, task: Json) -> None:
        """Takes one task apart."""
        ids = {tag: f"{shown.name}__{tag}" if len(self._config.texts) > 1 else shown.name for tag in shown.texts}
        for tag, text in shown.texts.items():
            self.imported.texts[ids[tag]], self.imported.stories[ids[tag]] = text, shown.name
        shared = {"fields": self._fields(task), "id": shown.id}
        self.imported.findings += _odd_works(shown, task)
        for key in WORKS:
            for work in _works(task, key):
                if isinstance(_results(work), list):
                    annotator = self._annotator(_who(work, task), shown.file)
                    self._add_work(shown, key, work | {"result": _results(work)}, ids, shared | {"annotator": annotator})

    def _add_work(self, shown: _Shown, key: str, work: Json, ids: dict[str, str], shared: Json) -> None:
        results = work["result"]
        self.imported.results_in += len(results)
        self.imported.findings += self._twice(shown, key, work)
        self.imported.findings += self._astray(shown, work)
        kept = [each for each in results if not self._is_lost(each, shown)]
        self.imported.findings += _left_out(shown, work, len(results) - len(kept))
        self.imported.left_out += len(results) - len(kept)
        for tag, part in _parts(kept, list(shown.texts)).items():
            held = self.imported.tasks[shared["annotator"]]
            made = msgspec.json.decode(held[ids[tag]]) if ids[tag] in held else _document(ids[tag], shown.texts[tag], shared)
            made[key].append(normalised({key: [_unnamed(work) | {"result": part}]})[key][0])
            held[ids[tag]] = laid_out_task(made)
            self.imported.results_out += len(part)

    def _is_lost(self, result: Any, shown: _Shown) -> bool:
        """Whether a result is about a text that is missing or blank in its task: put to another, its offsets would lie."""
        if not shown.texts or not isinstance(result, dict):
            return not shown.texts
        about = _named(result, "to_name")
        return _named(result, "from_name") in self._config.controls and about in self._config.texts and about not in shown.texts

    def _astray(self, shown: _Shown, work: Json) -> Iterator[Finding]:
        """Results about what is no text of the config.

        Those of a control that the config does not have may stand anywhere: the build rejects them, each with its place.
        """
        for result in work["result"] if shown.texts else ():
            if isinstance(result, dict) and _named(result, "from_name") in self._config.controls:
                to = _named(result, "to_name")
                if to in self._config.instructions:
                    self.about_instructions[to] += 1
                elif to not in self._config.texts and not (to is None and len(self._config.texts) == 1):
                    where = _place(shown, work).at(region=str(result.get("id", "")))
                    yield finding(where, "export-shape", f"The result is about {to!r}, which is no text of the task.", _ASTRAY)

    def _twice(self, shown: _Shown, key: str, work: Json) -> Iterator[Finding]:
        """Work that another file holds as well: two exports of one project, made one after the other."""
        first = self._seen.setdefault((shown.name, key, *_identity(shown.file, work)), shown.file)
        if first != shown.file:
            fact = f"{first} holds the same work on {shown.name}."
            yield finding(_place(shown, work), "task-twice", fact, "Give only the newer of the two exports.")

    def _annotator(self, who: Who, file: str) -> str:
        """The pseudonym of who made an annotation or draft: by their number, or by the file where it does not say who."""
        local = who is None or (self._local_numbers and isinstance(who, int))
        return self._annotators.setdefault((file if local else "", who), f"a{len(self._annotators) + 1}")

    def _fields(self, task: Json) -> Json:
        """What else a task's data holds; a field that holds an e-mail address is left out, and counted."""
        others = task["data"]
        for key in self._config.texts.values():
            others = _without(others, [key] if key in others else _steps(key))
        personal = [key for key, value in others.items() if _ADDRESS.search(msgspec.json.encode(value))]
        self.personal.update(personal)
        return {key: value for key, value in others.items() if key not in personal}


def _document(document_id: str, text: str, shared: Json) -> Json:
    """An annotator's task of a document, without work."""
    digest = sha256(text.encode()).hexdigest()
    data = {"document_id": document_id, "fields": shared["fields"], "text": text, "text_sha256": digest}
    return normalised({"annotations": [], "data": data, "drafts": [], "id": shared["id"]})


def _unnamed(work: Json) -> Json:
    """Work without the name or address of who made it, where that is no number: the file that it goes to has the pseudonym."""
    return work | {"completed_by": None} if isinstance(work.get("completed_by"), str) else work


def _place(shown: _Shown, work: Json) -> Where:
    return shown.where.at(task="" if shown.id is None else str(shown.id), annotation=str(work.get("id", "")))


def _results(work: Json) -> object:
    """The results of an annotation as exported; none where the export has no word of them."""
    return [] if work.get("result") is None else work["result"]


def _odd_works(shown: _Shown, task: Json) -> Iterator[Finding]:
    """What cannot be taken up: annotations that are no list or have none."""
    written = task.get("annotations")
    if not isinstance(written, list | None):
        yield finding(_place(shown, {}), "export-shape", "The task has no list of `annotations`.")
    for work in written if isinstance(written, list) else ():
        if not isinstance(work, dict) or not isinstance(_results(work), list):
            yield finding(_place(shown, work if isinstance(work, dict) else {}), "export-shape", "It has no list of results.")


def _left_out(shown: _Shown, work: Json, count: int) -> Iterator[Finding]:
    """What is said of results about a text that their task does not show."""
    if count:
        fact = f"{count} of its {len(work['result'])} results are about a text that the task does not show: they were left out."
        yield finding(_place(shown, work), "new-left-out", fact, "If they are wanted, give the task its text in the export.")


def _named(result: Any, key: str) -> str | None:
    """What a result names by a key; None where it names nothing."""
    name = result.get(key) if isinstance(result, dict) else None
    return name if isinstance(name, str) else None


def _parts(results: list[Any], tags: list[str]) -> dict[str, list[Any]]:
    """The results of an annotation by the text that they are about, each text with its own, if only none.

    Relations go to the text of the region that they lead from; what names no text goes to the first.
    """
    parts: dict[str, list[Any]] = {tag: [] for tag in tags}
    place: dict[object, str] = {}
    for result in results if tags else ():
        to = _named(result, "to_name")
        if isinstance(result, dict) and result.get("type") != "relation":
            place.setdefault(str(result.get("id")), to if to in parts else tags[0])
    for result in results if tags else ():
        to = _named(result, "to_name")
        from_ = place.get(str(result.get("from_id"))) if isinstance(result, dict) else None
        parts[to if to in parts else from_ or tags[0]].append(result)
    return parts
