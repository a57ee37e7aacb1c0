"""E-mail addresses that stand in an export outside the annotated texts, looked for as the file is read piece by piece."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from variorum.findings import Finding, Where, finding

_LOCAL = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._%+-"
_ESCAPE = re.compile(rb"u[0-9A-Fa-f]{4}|[bfnrt]")
"""The letters of an escape of JSON, behind its backslash."""
_BEGIN = rb"(?:(?<![A-Za-z0-9._%+-])|(?<=\\[bfnrt])|(?<=\\u[0-9A-Fa-f]{4}))"
_EMAIL = re.compile(_BEGIN + rb"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
_NEWLINE = ord("\n")
_TEXT_KEYS = (b'"text":', b'"text" :')
_STRING = rb'"(?:[^"\\]|\\.)*'
"""A string of JSON without its closing quote."""
_TEXT = rb'"text" ?:\s*(?:\[\s*(?:' + _STRING + rb'"\s*,\s*)*)?'
"""A `text` key up to its string, or up to any item of its list of strings."""
_TEXT_BEGUN = re.compile(_TEXT + rb"(?:" + _STRING + rb'(?:\\|"\s*)?)?')
_IN_TEXT = re.compile(_TEXT + _STRING)


@dataclass
class Addresses:
    """What was found in the pieces of a file so far; told by line, never repeated.

    Of the pieces read only so much is kept as the next may change the reading of: the end of a line in which an
    address, a `text` key or a text has begun.
    """

    name: str
    findings: list[Finding] = field(default_factory=list)
    _held: bytes = b""
    _told: int = 0  # the byte in _held up to which addresses have been told
    _line: int = 1
    _column: int = 1  # of the first byte in _held
    _first: int = 0  # the column of the line's first address
    _count: int = 0

    def feed(self, piece: bytes) -> None:
        """Reads on. The file's last piece is followed by `end`."""
        key = -1 if b"@" in self._held or b"@" in piece else _last_key(piece)
        if key > 0:
            self._pass_over(piece, key)
        self._held += piece[max(key, 0) :]
        safe = len(self._held.rstrip(_LOCAL + b"@\\"))  # an address, or an escape, may go on in the next piece
        self._tell(safe)
        self._drop()

    def end(self) -> None:
        """Tells what stands at the very end."""
        self._tell(len(self._held))
        self._end_line()

    def _pass_over(self, piece: bytes, stop: int) -> None:
        """Lets go of what is held and of a piece up to a `text` key, where neither holds an @.

        Most pieces do not; looking at them whole took 1.5 times as long in one line, 2.6 times in JSON lines.
        """
        self._column += len(self._held) + stop
        self._held, self._told = b"", 0
        if (newline := piece.rfind(b"\n", 0, stop)) >= 0:
            self._end_line()
            # Two fifths of the time of bytes.count, which looks at one byte after another.
            self._line += int(np.count_nonzero(np.frombuffer(piece, np.uint8, stop) == _NEWLINE))
            self._column = stop - newline

    def _tell(self, stop: int) -> None:
        """Tells the addresses before `stop`, and leaves `_held` with its last line."""
        key = before = 0
        line = 0  # where in _held the line begins
        for start in _starts(self._held, self._told, stop):
            if self._held.find(b"\n", line, start) >= 0:
                line = self._next_line(line, start)
                before = key = line
            key = max(key, _last_key(self._held, before, start))
            if not _IN_TEXT.fullmatch(self._held, key, start):
                self._first = self._first or self._column + start - line
                self._count += 1
            before = start
        last = self._held.rfind(b"\n", line) + 1
        if last > line:
            line = self._next_line(line, last)
        self._held = self._held[line:]
        self._told = stop - line

    def _next_line(self, line: int, place: int) -> int:
        """Goes on to the line of a place further on; returns where it begins."""
        self._end_line()
        self._line += self._held.count(b"\n", line, place)
        self._column = 1
        return self._held.rfind(b"\n", line, place) + 1

    def _end_line(self) -> None:
        if self._count:
            times = f"{self._count} e-mail addresses stand" if self._count > 1 else "An e-mail address stands"
            where = Where(self.name, self._line, self._first)
            self.findings.append(finding(where, "annotator-email", f"{times} in this line."))
        self._count = self._first = 0

    def _drop(self) -> None:
        """Lets go of what cannot matter any more."""
        key = _last_key(self._held)
        is_begun = key >= 0 and _TEXT_BEGUN.fullmatch(self._held, key) is not None
        keep = max(0, min(self._told, len(self._held) - len(_TEXT_KEYS[1]), key if is_begun else len(self._held)))
        self._held = self._held[keep:]
        self._column += keep
        self._told -= keep


def _last_key(source: bytes, start: int = 0, stop: int | None = None) -> int:
    """Where the last `text` key begins; -1 where there is none."""
    return max(source.rfind(key, start, stop) for key in _TEXT_KEYS)


def _starts(source: bytes, start: int, stop: int) -> Iterator[int]:
    """Where addresses begin. Only what surrounds an @ is looked at: most files hold none."""
    while (at := source.find(b"@", start, stop)) >= 0:
        before = source[start:at].rstrip(_LOCAL)
        begin = start + len(before)
        found = _EMAIL.match(source, begin + _escaped(before, source[begin:at]), stop)
        if found:
            yield found.start()
        start = found.end() if found else at + 1


def _escaped(before: bytes, run: bytes) -> int:
    r"""How much of a run of letters belongs to an escape that begins before it: of \nann@example.org the n."""
    is_escaped = (len(before) - len(before.rstrip(b"\\"))) % 2
    found = _ESCAPE.match(run) if is_escaped else None
    return found.end() if found else 0
