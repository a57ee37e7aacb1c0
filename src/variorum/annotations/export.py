"""Export files, opened and cut into tasks: JSON array or JSON lines, plain, .gz or .zst.

Only the frame is read here; what is inside a task is read by `task`. Formats that lose annotations are refused.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import pyarrow as pa

from variorum.findings import Finding, Where, finding
from variorum.folder import ExportFile, Folder

_EMAIL = re.compile(rb"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
_PSEUDONYM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
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

    def line_of(self, region: str, after: str = "") -> int:
        """The line on which a region's id stands first, behind the id of its annotation where that can be found."""
        start = self._place(after, 0) if after else 0
        return self.line + self.source.count(b"\n", 0, max(self._place(region, max(start, 0)), 0))

    def _place(self, written_id: str, start: int) -> int:
        value = re.escape(msgspec.json.encode(written_id))
        number = re.escape(written_id.encode("utf-8", "backslashreplace"))
        found = re.compile(rb'"(?:id|from_id)"\s*:\s*(?:' + value + rb"|" + number + rb"(?=[\s,}]))").search(self.source, start)
        return found.start() if found else start


Framed = tuple[list[RawTask], list[Finding]]


def read_export(export: ExportFile) -> Framed:
    """The tasks of an export, or why it cannot be read."""
    try:
        source = _unpacked(export)
    except (OSError, EOFError, pa.ArrowInvalid) as error:
        return [], [finding(export.name, "export-unreadable", f"The file cannot be unpacked: {_first_line(error)}.")]
    findings = [*_addresses(source, export), *_pseudonym(export)]
    tasks, faults = _frame(source.removeprefix(b"\xef\xbb\xbf"), export)
    return tasks, findings + faults


def refuse(folder: Folder, path_name: str, head: bytes) -> Finding:
    """The finding for a file under annotations/ that is no export in its place; `head` is how it begins."""
    ending = path_name.rsplit(".", 1)[-1].lower()
    if ending in ("csv", "tsv", "conll", "conllu", "zip") or b"-DOCSTART-" in head:
        return finding(path_name, "export-format", f"A .{ending} export loses relations, region ids or offsets.")
    return finding(path_name, "file-misplaced", f"Nothing under {folder.name(folder.annotations)}/ has this place and name.")


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


def _pseudonym(export: ExportFile) -> Iterator[Finding]:
    if "@" in export.annotator:
        yield finding(export.name, "annotator-email", "The file is named after an e-mail address.")
    elif not _PSEUDONYM.fullmatch(export.annotator):
        yield finding(export.name, "annotator-name", f"{export.annotator!r} is no pseudonym.")


def _frame(source: bytes, export: ExportFile) -> Framed:
    first = source.lstrip()[:1]
    if first == b"[":
        return _array(source, export)
    if first == b"{":
        return _lines(source, export)
    at = len(source) - len(source.lstrip())
    return [], [_not_json(source, export, at, "the file does not begin with [ or {")]


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


def _lines(source: bytes, export: ExportFile) -> Framed:
    tasks = []
    findings = []
    start = 0
    for number, line in enumerate(source.split(b"\n"), start=1):
        if line.strip():
            try:
                msgspec.json.decode(line, type=msgspec.Raw)
                tasks.append(RawTask(export, line, number))
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                findings.append(_broken(source, export, error, start, start + len(line)))
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


def _not_json(source: bytes, export: ExportFile, at: int, fact: str) -> Finding:
    return finding(_position(source, export, at), "export-not-json", f"Not JSON: {fact}.")


def _position(source: bytes, export: ExportFile, at: int) -> Where:
    return Where(export.name, source.count(b"\n", 0, at) + 1, at - source.rfind(b"\n", 0, at))


def _first_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0].rstrip(".")
