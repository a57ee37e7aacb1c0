"""Export files, opened and cut into tasks: JSON array or JSON lines, plain, .gz or .zst.

Only the frame is read here; what is inside a task is read by `task`. Formats that lose annotations are refused.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

import msgspec
import pyarrow as pa

from variorum.findings import Finding, Where, finding
from variorum.folder import GOLD, ExportFile, Folder, is_export_name

# Looked for only where a run of its characters begins: a long run without @ would be searched once a character.
_EMAIL = re.compile(rb"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
_PSEUDONYM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_LABEL_STUDIO_NAME = re.compile(r"project-\d+-at-")
_BYTE = re.compile(r"\(byte (\d+)\)")


@dataclass(frozen=True)
class RawTask:
    """One task of an export as the bytes it was written in. `line` is where it begins in the (unpacked) file."""

    export: ExportFile
    source: bytes
    line: int

    @property
    def where(self) -> Where:
        """The task's place, before its id is known."""
        return Where(self.export.name, self.line)

    def line_of(self, annotation: str, index: int) -> int:
        """The line on which a result of an annotation begins; the task's own where it cannot be found."""
        return self.line + self.source.count(b"\n", 0, _result_places(self.source).get((annotation, index), 0))


class _Results(msgspec.Struct):
    id: int | str = ""
    result: list[msgspec.Raw] = []


class _Annotated(msgspec.Struct):
    annotations: list[msgspec.Raw] = []
    drafts: list[msgspec.Raw] = []


@lru_cache(maxsize=8)
def _result_places(task: bytes) -> dict[tuple[str, int], int]:
    """The byte at which each result of a task begins, by the id of its annotation and its index there."""
    places: dict[tuple[str, int], int] = {}
    with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        annotated = msgspec.json.decode(task, type=_Annotated)
        for written in map(bytes, [*annotated.annotations, *annotated.drafts]):
            with suppress(msgspec.ValidationError):
                annotation = msgspec.json.decode(written, type=_Results)
                at = task.index(written)
                for index, result in enumerate(map(bytes, annotation.result)):
                    at = task.index(result, at)
                    places.setdefault((str(annotation.id), index), at)
                    at += len(result)
    return places


Framed = tuple[list[RawTask], list[Finding]]


def read_export(export: ExportFile) -> Framed:
    """The tasks of an export, or why it cannot be read."""
    try:
        source = _unpacked(export)
    except (OSError, EOFError, pa.ArrowInvalid) as error:
        fact = f"The file is no whole .{export.path.suffix[1:]} file ({_first_line(error)})."
        return [], [finding(export.name, "export-unreadable", fact)]
    return read_source(source, export)


def read_source(source: bytes, export: ExportFile) -> Framed:
    """The same for an export in memory, which `export` says the place of."""
    findings = [*_addresses(source, export), *_pseudonym(export)]
    tasks, faults = frame(source.removeprefix(b"\xef\xbb\xbf"), export)
    return tasks, findings + faults + list(_users(tasks, export))


def refuse(folder: Folder, path_name: str, head: bytes) -> Finding:
    """The finding for a file under annotations/ that is no export in its place; `head` is how it begins."""
    ending = path_name.rsplit(".", 1)[-1].lower()
    if ending == "zip":
        return finding(path_name, "export-format", "A .zip is not unpacked.", "Put the JSON file in it here instead.")
    if ending in ("csv", "tsv", "conll", "conllu") or b"-DOCSTART-" in head:
        return finding(path_name, "export-format", f"A .{ending} export loses relations, region ids or offsets.")
    return finding(path_name, "file-misplaced", _misplaced(folder, path_name))


def _misplaced(folder: Folder, path_name: str) -> str:
    """Why a file is no export where it is."""
    inside = path_name.removeprefix(folder.name(folder.annotations) + "/").split("/")
    if not is_export_name(inside[-1]):
        return f"Exports end in .json or .jsonl, with .gz or .zst where they are packed; {inside[-1]} does not."
    places = {1: "in no project and no round", 2: "in no round"}
    return f"The file lies {places.get(len(inside), 'too deep in the folders')}."


def _unpacked(export: ExportFile) -> bytes:
    name = export.path.name
    if not name.endswith((".gz", ".zst")):
        return export.path.read_bytes()
    with pa.input_stream(str(export.path), compression="gzip" if name.endswith(".gz") else "zstd") as stream:
        return bytes(stream.read())


def _addresses(source: bytes, export: ExportFile) -> Iterator[Finding]:
    """E-mail addresses outside the annotated texts; told by line, never repeated."""
    for number, line in enumerate(source.split(b"\n"), start=1):
        found = [match for match in _EMAIL.finditer(line) if not _in_text(line, match.start())]
        if found:
            times = f"{len(found)} e-mail addresses stand" if len(found) > 1 else "An e-mail address stands"
            yield finding(Where(export.name, number, found[0].start() + 1), "annotator-email", f"{times} in this line.")


def _in_text(line: bytes, place: int) -> bool:
    """Whether a place lies in the value of a `text` key: an article may well print an address."""
    key = max(line.rfind(b'"text":', 0, place), line.rfind(b'"text" :', 0, place))
    return key >= 0 and re.fullmatch(rb'"text"\s*:\s*\[?\s*"(?:[^"\\]|\\.)*', line[key:place]) is not None


def is_pseudonym(name: str) -> bool:
    """Whether a name is formed as those of annotators and rounds are."""
    return _PSEUDONYM.fullmatch(name) is not None and not _LABEL_STUDIO_NAME.match(name) and name != GOLD


def _pseudonym(export: ExportFile) -> Iterator[Finding]:
    if "@" in export.annotator + export.round:
        yield finding(export.name, "annotator-email", "The file or its round is named after an e-mail address.")
    elif export.round and not _PSEUDONYM.fullmatch(export.round):
        yield finding(export.name, "annotator-name", f"{export.round!r} is no name of a round; it is formed as a pseudonym is.")
    elif _LABEL_STUDIO_NAME.match(export.annotator):
        yield finding(export.name, "annotator-name", "This is the name that Label Studio gave the file; it names no annotator.")
    elif export.annotator == GOLD and not export.is_gold:
        yield finding(export.name, "annotator-name", f"The curated layer is {export.project}/{GOLD}.json; a round has none.")
    elif not _PSEUDONYM.fullmatch(export.annotator):
        yield finding(export.name, "annotator-name", f"{export.annotator!r} is no pseudonym.")


class _Person(msgspec.Struct):
    id: int
    first_name: str | None = None
    last_name: str | None = None
    username: str | None = None


class _Completed(msgspec.Struct):
    completed_by: int | _Person | None = None


class _Users(msgspec.Struct):
    annotations: list[_Completed] = []


def _users(tasks: list[RawTask], export: ExportFile) -> Iterator[Finding]:
    """Users who are named, or are several in one annotator's file; a deleted user's work has null and is nobody's."""
    users: set[int] = set()
    for task in tasks:
        with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            completed = [each.completed_by for each in msgspec.json.decode(task.source, type=_Users).annotations]
            users.update(each.id if isinstance(each, _Person) else each for each in completed if each is not None)
            if any(isinstance(each, _Person) and (each.first_name or each.last_name or each.username) for each in completed):
                yield finding(task.where, "annotator-email", "`completed_by` names a person.")
    if len(users) > 1 and not export.is_gold:
        fact = f"Its annotations were completed by the users {', '.join(map(str, sorted(users)))}."
        yield finding(export.name, "annotator-several", fact)


def frame(source: bytes, export: ExportFile) -> Framed:
    """The tasks of an unpacked export, or why it is none; what they hold is not looked at."""
    try:
        source.decode("utf-8")
    except UnicodeDecodeError as error:
        fact = f"byte 0x{source[error.start]:02X} is not UTF-8"
        return [], [_not_json(source, export, error.start, fact, "Convert the file to UTF-8, or export it again.")]
    first = source.lstrip()[:1]
    if first == b"[":
        return _array(source, export)
    if first == b"{":
        return _objects(source, export)
    at = len(source) - len(source.lstrip())
    return [], [_not_json(source, export, at, "the file does not begin with [ or {" if first else "the file is empty")]


def _array(source: bytes, export: ExportFile) -> Framed:
    try:
        items = msgspec.json.decode(source, type=list[msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return [], [_broken(source, export, error)]
    tasks = []
    place = line = 0
    for item in items:
        written = bytes(item)
        found = source.index(written, place)
        line += source.count(b"\n", place, found)
        tasks.append(RawTask(export, written, line + 1))
        line += written.count(b"\n")
        place = found + len(written)
    return tasks, []


def _objects(source: bytes, export: ExportFile) -> Framed:
    """One task by itself, over any number of lines, or a task a line; the first line tells which."""
    head = source.lstrip().split(b"\n", 1)[0]
    if _json_error(head) is None:
        return _lines(source, export)
    if error := _json_error(source):
        return [], [_broken(source, export, error)]
    return [RawTask(export, source.strip(), 1 + source.count(b"\n", 0, source.index(b"{")))], []


def _json_error(source: bytes) -> Exception | None:
    try:
        msgspec.json.decode(source, type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return error
    return None


def _lines(source: bytes, export: ExportFile) -> Framed:
    tasks = []
    findings = []
    start = 0
    for number, line in enumerate(source.split(b"\n"), start=1):
        if line.strip():
            if error := _json_error(line):
                findings.append(_broken(source, export, error, start, start + len(line)))
            else:
                tasks.append(RawTask(export, line, number))
        start += len(line) + 1
    return tasks, findings


def _broken(source: bytes, export: ExportFile, error: Exception, start: int = 0, end: int | None = None) -> Finding:
    """The finding for JSON that does not parse, between two bytes of the file."""
    at = _BYTE.search(str(error))
    if "truncated" in str(error):
        stop = len(source) if end is None else end
        return finding(_position(source, export, stop), "export-truncated", "The file ends inside a value.")
    fact = _first_line(error).removeprefix("JSON is malformed: ")
    return _not_json(source, export, start + int(at[1]) if at else start, _BYTE.sub("", fact).strip())


def _not_json(source: bytes, export: ExportFile, at: int, fact: str, hint: str = "") -> Finding:
    return finding(_position(source, export, at), "export-not-json", f"Not JSON: {fact}.", hint)


def _position(source: bytes, export: ExportFile, at: int) -> Where:
    return Where(export.name, source.count(b"\n", 0, at) + 1, at - source.rfind(b"\n", 0, at))


def _first_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0].rstrip(".")
