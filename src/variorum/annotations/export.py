"""Export files, opened and cut into tasks: JSON array or JSON lines, plain, .gz or .zst.

Only the frame is read here; what is inside a task is read by `task`. Formats that lose annotations are refused.
"""

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO
from typing import BinaryIO

import msgspec
import pyarrow as pa

from variorum.annotations.addresses import Addresses
from variorum.annotations.frame import WINDOW, Completed, Fault, Person, Record, Window, first_line, framed
from variorum.annotations.utf8 import Utf8
from variorum.findings import Finding, Where, finding
from variorum.folder import GOLD, ExportFile, Folder, is_export_name
from variorum.whole_files import opened_packed

_PSEUDONYM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_LABEL_STUDIO_NAME = re.compile(r"project-\d+-at-")


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


class ExportReading:
    """One pass over an unpacked export: iterated, it gives the records; after the last it knows what is wrong with the file.

    Only then it is known whether the file is `is_broken`, which leaves none of its records to be used. `watch` is shown
    all that is read.
    """

    def __init__(
        self, file: BinaryIO, export: ExportFile, watch: Callable[[bytes], object] = len, window: int = WINDOW
    ) -> None:
        self._file, self._export, self._watch = file, export, watch
        self._addresses, self._utf8, self._users = Addresses(export.name), Utf8(), _Users(export)
        self._window = Window(file, self._see, window)
        self._faults: list[Fault] = []

    def __iter__(self) -> Iterator[Record]:
        for found in framed(self._window):
            if isinstance(found, Fault):
                self._faults.append(found)
            elif self._utf8.place < 0:
                self._users.add(found)
                yield found
        self._window.read_to_end()
        self._addresses.end()
        self._utf8.end()

    @property
    def is_broken(self) -> bool:
        """Whether the file as a whole is not JSON; a line of JSON lines that is none leaves the others as they are."""
        return self._utf8.place >= 0 or any(not fault.line for fault in self._faults)

    @property
    def faults(self) -> list[Finding]:
        """Where the file is not JSON."""
        if self._utf8.place >= 0:
            fact = f"byte 0x{self._utf8.byte:02X} is not UTF-8"
            fault = Fault(fact, self._utf8.place - self._window.mark)
            return [self._broken(fault, "Convert the file to UTF-8, or export it again.")]
        return [self._broken(fault) for fault in self._faults]

    @property
    def findings(self) -> list[Finding]:
        """All that is wrong with the file, but for what is inside its tasks."""
        users = [] if self.is_broken else self._users.findings
        return [*self._addresses.findings, *_pseudonym(self._export), *self.faults, *users]

    def _see(self, piece: bytes) -> None:
        self._watch(piece)
        self._utf8.feed(piece)
        self._addresses.feed(piece)

    def _broken(self, fault: Fault, hint: str = "") -> Finding:
        where = Where(self._export.name, fault.line, fault.column) if fault.line else self._position(fault)
        if fault.is_truncated:
            return finding(where, "export-truncated", "The file ends inside a value.")
        return finding(where, "export-not-json", f"Not JSON: {fault.fact}.", hint)

    def _position(self, fault: Fault) -> Where:
        """Line and column of the one fault that a file has, for which it is read again up to there."""
        end = sys.maxsize if fault.is_truncated else fault.place
        line, newline, place = 1, -1, 0
        self._file.seek(self._window.mark)
        while piece := self._file.read(min(WINDOW, end - place)):
            line += piece.count(b"\n")
            newline = max(newline, place + piece.rfind(b"\n") if b"\n" in piece else -1)
            place += len(piece)
        return Where(self._export.name, line, (place if fault.is_truncated else fault.place) - newline)


def read_export(export: ExportFile) -> Framed:
    """The tasks of an export, or why it cannot be read."""
    try:
        source = _unpacked(export)
    except UNREADABLE as error:
        return [], [unreadable(export, error)]
    return read_source(source, export)


def read_source(source: bytes, export: ExportFile) -> Framed:
    """The same for an export in memory, which `export` says the place of."""
    tasks, reading = _read(source, export)
    return tasks, reading.findings


def frame(source: bytes, export: ExportFile) -> Framed:
    """The tasks of an unpacked export, or why it is none; who and what is in them is not looked at."""
    tasks, reading = _read(source, export)
    return tasks, reading.faults


def _read(source: bytes, export: ExportFile) -> tuple[list[RawTask], ExportReading]:
    reading = ExportReading(BytesIO(source), export)
    tasks = [RawTask(export, bytes(record.written), record.line) for record in reading]
    return [] if reading.is_broken else tasks, reading


UNREADABLE = (OSError, EOFError, pa.ArrowInvalid)
"""What opening a packed file raises."""


def unreadable(export: ExportFile, error: Exception) -> Finding:
    """The finding for a file that cannot be unpacked."""
    fact = f"The file is no whole .{export.path.suffix[1:]} file ({first_line(error)})."
    return finding(export.name, "export-unreadable", fact)


def is_packed(export: ExportFile) -> bool:
    """Whether a file is .gz or .zst."""
    return export.path.name.endswith((".gz", ".zst"))


def opened(export: ExportFile) -> BinaryIO:
    """An export to be read from its first byte, unpacked."""
    if not is_packed(export):
        return export.path.open("rb", buffering=0)
    return opened_packed(export.path)


def _unpacked(export: ExportFile) -> bytes:
    with opened(export) as file:
        return bytes(file.read())


def refuse(folder: Folder, path_name: str, head: bytes) -> Finding:
    """The finding for a file under annotations/ that is no export in its place; `head` is how it begins."""
    return refused_format(path_name, head) or finding(path_name, "file-misplaced", _misplaced(folder, path_name))


def refused_format(path_name: str, head: bytes) -> Finding | None:
    """The finding for a file of another format than JSON, where its name or how it begins says which."""
    ending = path_name.rsplit(".", 1)[-1].lower()
    if ending == "zip" or head.startswith(b"PK\x03\x04"):
        return finding(path_name, "export-format", "A .zip is not unpacked.", "Put the JSON file in it here instead.")
    if ending in ("csv", "tsv", "conll", "conllu") or b"-DOCSTART-" in head:
        return finding(path_name, "export-format", f"A .{ending} export loses relations, region ids or offsets.")
    return None


def _misplaced(folder: Folder, path_name: str) -> str:
    """Why a file is no export where it is."""
    inside = path_name.removeprefix(folder.name(folder.annotations) + "/").split("/")
    if not is_export_name(inside[-1]):
        return f"Exports end in .json or .jsonl, with .gz or .zst where they are packed; {inside[-1]} does not."
    places = {1: "in no project and no round", 2: "in no round"}
    return f"The file lies {places.get(len(inside), 'too deep in the folders')}."


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


class _Works(msgspec.Struct):
    annotations: list[Completed] = []


@dataclass
class _Users:
    """Users who are named, or are several in one annotator's file; a deleted user's work has null and is nobody's."""

    export: ExportFile
    _named: list[Finding] = field(default_factory=list)
    _ids: set[int] = field(default_factory=set)

    def add(self, record: Record) -> None:
        completed = [each.completed_by for each in _works(record) if each.completed_by is not None]
        self._ids.update(each.id if isinstance(each, Person) else each for each in completed)
        if any(isinstance(each, Person) and (each.first_name or each.last_name or each.username) for each in completed):
            where = Where(self.export.name, record.line)
            self._named.append(finding(where, "annotator-email", "`completed_by` names a person."))

    @property
    def findings(self) -> list[Finding]:
        if len(self._ids) <= 1 or self.export.is_gold:
            return self._named
        fact = f"Its annotations were completed by the users {', '.join(map(str, sorted(self._ids)))}."
        return [*self._named, finding(self.export.name, "annotator-several", fact)]


def _works(record: Record) -> list[Completed]:
    """Whose the annotations of a record are, as far as it says so in a form that is known."""
    if record.head:
        return record.head.annotations
    with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return msgspec.json.decode(record.written, type=_Works).annotations
    return []
