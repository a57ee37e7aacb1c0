"""Where the records of a JSON file begin and end, in one pass and in constant memory.

Three forms are read: an array of records, a record a line (JSON lines), and one record over any number of lines. Their
records are framed by what msgspec says when more follows a value ("trailing characters (byte N)"): any layout is read,
at the speed of msgspec's list[Raw] over the whole file, in a window of 1 MB.
"""

import re
import threading
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

import msgspec

WINDOW = 1 << 20
MARK = b"\xef\xbb\xbf"
_BLANKS = frozenset(b" \t\n\r")
_OPEN, _COMMA, _CLOSE = b"[,]"
_BYTE = re.compile(r"\(byte (\d+)\)")
_TRAILING = re.compile(r"JSON is malformed: trailing characters \(byte (\d+)\)")
_REFUSALS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_MARGIN = 64  # what is cut off a window's edge may look broken rather than truncated: -, 1. and \ud83d


class Fault(NamedTuple):
    """Why a file, or a line of it, is not JSON. `place` is in bytes, a mark of byte order not counted.

    `line` and `column` are given where they are known without looking, which is in JSON lines.
    """

    fact: str
    place: int
    is_truncated: bool = False
    line: int = 0
    column: int = 0


class Person(msgspec.Struct, gc=False):
    """A user written out, as in snapshots of a project."""

    id: int
    first_name: str | None = None
    last_name: str | None = None
    username: str | None = None


class Completed(msgspec.Struct, gc=False):
    """Whose an annotation is; a deleted user's has null."""

    completed_by: int | Person | None = None


class Data(msgspec.Struct, gc=False):
    """What a task's data says that it is of."""

    document_id: str = ""
    first_id: str = ""
    second_id: str = ""


class Head(msgspec.Struct, gc=False):
    """What is read of a task as it is framed."""

    data: Data
    annotations: list[Completed] = []

    def __post_init__(self) -> None:
        # Decoding fails wherever another record follows, but only once this one is whole: so it is kept here, which
        # takes no longer than framing by itself; decoding heads after framing took 1.9 times as long.
        _latest.head = self


class _Latest(threading.local):
    head: Head | None = None


_latest = _Latest()
_head = msgspec.json.Decoder(Head)
_value = msgspec.json.Decoder(msgspec.Raw)
_values = msgspec.json.Decoder(list[msgspec.Raw])


class Record(NamedTuple):
    """One record: where it begins in the file, its line, its bytes; its head, if that is as it should be."""

    place: int
    line: int
    written: memoryview
    head: Head | None


Found = Iterator[Record | Fault]
_Decoder = msgspec.json.Decoder[Head] | msgspec.json.Decoder[msgspec.Raw] | msgspec.json.Decoder[list[msgspec.Raw]]


class Window:
    """The part of a file that is looked at, from the record at `at` on. It grows only for a record larger than it.

    Everything that is read is shown to `watch` as well, in pieces and in order.
    """

    def __init__(self, file: BinaryIO, watch: Callable[[bytes], object], size: int = WINDOW) -> None:
        self._file, self._watch, self._size = file, watch, size
        piece = self._read(max(size, len(MARK)))
        self.held = piece.removeprefix(MARK)
        self.mark = len(piece) - len(self.held)
        self.place = 0  # of held[0] in the file, the mark not counted
        self.at = 0
        self._line, self._counted = 1, 0

    def read_on(self) -> bool:
        """Lets go of what lies before `at` and reads at least as much as is kept; false at the end of the file."""
        self.line()
        kept = len(self.held) - self.at
        piece = self._read(max(self._size, kept))
        self.held = self.held[self.at :] + piece
        self.place += self.at
        self.at = self._counted = 0
        return bool(piece)

    def read_to_end(self) -> None:
        """Shows the rest of the file to `watch`; the window is of no use after that."""
        while piece := self._read(self._size):
            self.place += len(piece)

    def line(self) -> int:
        """The line in which `at` lies."""
        # The search for one is five times as fast as the count, and an export as Label Studio writes it is one line.
        if self.held.find(b"\n", self._counted, self.at) >= 0:
            self._line += self.held.count(b"\n", self._counted, self.at)
        self._counted = self.at
        return self._line

    def peek(self) -> int:
        """The next byte that is no blank, which `at` goes to; -1 at the end of the file."""
        while True:
            held, at, end = self.held, self.at, len(self.held)
            while at < end and held[at] in _BLANKS:
                at += 1
            self.at = at
            if at < end:
                return held[at]
            if not self.read_on():
                return -1

    def take(self, end: int, head: Head | None) -> Record:
        """The record from `at` to the blanks before `end`, which `at` goes to."""
        stop = end
        while self.held[stop - 1] in _BLANKS:
            stop -= 1
        written = memoryview(self.held)[self.at : stop]
        record = Record(self.mark + self.place + self.at, self.line(), written, head)
        self.at = end
        return record

    def _read(self, size: int) -> bytes:
        piece = self._file.read(size)
        self._watch(piece)
        return piece


def framed(window: Window) -> Found:
    """The records of a file and what is wrong with it. After a fault nothing more is found, but in JSON lines."""
    while not window.held.strip() and window.read_on():
        pass
    begin = len(window.held) - len(window.held.lstrip())
    first = window.held[begin : begin + 1]
    if first == b"[":
        yield from _array(window)
    elif first == b"{":
        yield from _objects(window, begin)
    else:
        yield Fault("the file does not begin with [ or {" if first else "the file is empty", window.place + begin)


def _array(window: Window) -> Found:
    """What msgspec decodes as list[Raw]. `before` stands for what was read already, to have its words for a fault."""
    before, awaited = b"", _OPEN
    while window.peek() == awaited:
        window.at += 1
        before = b"[" if awaited == _OPEN else b"[{},"
        if window.peek() == _CLOSE and awaited == _OPEN:
            break
        end, head = _end(window)
        if not end:
            break
        yield window.take(end, head)
        before, awaited = b"[{}", _COMMA
    if before in (b"[", b"[{}") and window.peek() == _CLOSE:
        window.at += 1
        before = b"[]"
    if before != b"[]" or window.peek() >= 0:
        yield _fault(_values, before, window)


def _objects(window: Window, begin: int) -> Found:
    """One record by itself, over any number of lines, or a record a line; the first line tells which."""
    end, head = _end(window, begin)
    value_end = len(window.held[:end].rstrip())
    line_end = window.held.find(b"\n", begin, end)
    is_last = end == len(window.held)
    if end and (line_end >= value_end or (line_end < 0 and is_last)):
        yield from _lines(window)
    elif is_last and _refusal(_value, window.held) is None:
        window.at = begin
        yield window.take(end, head)
    else:
        yield _fault(_value, b"", window)


def _lines(window: Window) -> Found:
    number = 0
    while window.at < len(window.held) or window.read_on():
        end = window.held.find(b"\n", window.at)
        if end < 0 and window.read_on():
            continue
        end = end if end >= 0 else len(window.held)
        number += 1
        line = memoryview(window.held)[window.at : end]
        if window.held[window.at : end].strip():
            yield _record_of_line(line, window, number)
        window.at = min(end + 1, len(window.held))


def _record_of_line(line: memoryview, window: Window, number: int) -> Record | Fault:
    place = window.place + window.at
    _latest.head = None
    if _refusal(_head, line) is None:
        return Record(window.mark + place, number, line, _latest.head)
    error = _refusal(_value, line)
    if error is None:
        return Record(window.mark + place, number, line, None)
    fault = _told(error, 0, len(line))
    return fault._replace(place=place + fault.place, line=number, column=fault.place + 1)


def _end(window: Window, begin: int = 0) -> tuple[int, Head | None]:
    """Where in the window the value ends, blanks included, that begins `begin` after `at`, and its head; 0 if it is none."""
    while True:
        rest = memoryview(window.held)[window.at + begin :]
        length, head = _probe(rest)
        if 0 < length < len(rest) or _is_broken(rest) or not window.read_on():
            return (window.at + begin + length if length else 0), head


def _probe(rest: memoryview) -> tuple[int, Head | None]:
    """The length of the value that something begins with, blanks behind it included, and its head; 0 if there is none."""
    _latest.head = None
    if length := _length(_head, rest):
        return length, _latest.head
    return _length(_value, rest), None  # which refuses no JSON for what it says


def _length(decoder: _Decoder, rest: memoryview) -> int:
    try:
        decoder.decode(rest)
    except _REFUSALS as error:
        trailing = _TRAILING.fullmatch(str(error))
        return int(trailing[1]) - 1 if trailing else 0
    return len(rest)


def _is_broken(rest: memoryview) -> bool:
    """Whether nothing that is still to be read could make a value of this."""
    error = _refusal(_value, rest)
    if error is None or _is_truncated(error):
        return False
    at = _BYTE.search(str(error))
    return at is None or int(at[1]) < len(rest) - _MARGIN


def _refusal(decoder: _Decoder, source: bytes | memoryview) -> Exception | None:
    try:
        decoder.decode(source)
    except _REFUSALS as error:
        return error.with_traceback(None)  # whose frames would hold on to the window until the collector comes
    return None


def _fault(decoder: _Decoder, before: bytes, window: Window) -> Fault:
    """Why what the window holds from `at` on cannot follow `before`."""
    error = _refusal(decoder, before + window.held[window.at :])
    return _told(error, window.place + window.at - len(before), 0)


def _told(error: Exception | None, start: int, end: int) -> Fault:
    """The fault that msgspec tells of what begins at `start`; `end` is where it should have gone on."""
    if _is_truncated(error):
        return Fault("", end, is_truncated=True)
    at = _BYTE.search(str(error))
    fact = first_line(error).removeprefix("JSON is malformed: ")
    return Fault(_BYTE.sub("", fact).strip(), start + int(at[1]) if at else 0)


def _is_truncated(error: Exception | None) -> bool:
    return "truncated" in str(error)


def first_line(error: Exception | None) -> str:
    """What an exception says first, to stand inside a sentence."""
    return str(error).split("\n", 1)[0].rstrip(".")
