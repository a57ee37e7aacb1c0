"""The ladder of offset repairs: from a region's offsets and quoted text to the span it means, with a name for each rung.

Label Studio's offsets into plain Text are code points since 1.14; older exports and other tools count UTF-16 units
(label-studio#1347), or line ends as two (#539). The quoted text is rendered text and serves as a checksum only: it
loses blanks (#3078), shows a line break as backslash and n, and goes stale when a region is resized.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

NEARBY = 40
"""Characters either side of a region in which its quoted text may stand instead."""
RESIZED_SHARE = 0.25
"""How much of the longer text the shorter one must be to count as the same region resized: a stop word proves nothing."""
_BLANKS = re.compile(r"\s+")
_WORD = re.compile(r"\w")


@dataclass(frozen=True)
class Span:
    """Where a region lies, and the rung of the ladder that found it. Code points, half-open."""

    start: int
    end: int
    rung: str


class OffsetText:
    """A text with the other ways of counting its characters, each made only when a region asks for it.

    `annotated` is the text as its task has it; where that has line ends of two characters, offsets count into it.
    """

    def __init__(self, text: str, annotated: str = "") -> None:
        self.text = text
        self.annotated = annotated or text
        self.has_crlf = self.annotated != text

    @cached_property
    def utf16(self) -> bytes:
        """The text as UTF-16 units, two bytes each."""
        return self.text.encode("utf-16-le")

    @cached_property
    def has_pairs(self) -> bool:
        """Whether any character takes two UTF-16 units; most texts have none: nothing to recount."""
        return len(self.utf16) != 2 * len(self.text)

    @cached_property
    def crlf(self) -> str:
        """The text with two characters a line end: as it was annotated, or else all of them."""
        return self.annotated if self.has_crlf else self.text.replace("\n", "\r\n")

    def from_code_points(self, offset: int) -> int | None:
        """The offset itself; None outside the text."""
        return offset if 0 <= offset <= len(self.text) else None

    def from_utf16(self, offset: int) -> int | None:
        """Code points before a UTF-16 offset; None outside the text or inside a pair."""
        if not 0 <= offset <= len(self.utf16) // 2:
            return None
        if not self.has_pairs:
            return offset
        try:
            return len(self.utf16[: 2 * offset].decode("utf-16-le"))
        except UnicodeDecodeError:
            return None

    def from_crlf(self, offset: int) -> int | None:
        """Code points before an offset that counted each line end as two."""
        return len(self.crlf[:offset].replace("\r\n", "\n")) if 0 <= offset <= len(self.crlf) else None


def settle(text: OffsetText, start: int, end: int, quoted: str | None, prefer_utf16: bool = False) -> Span | None:
    """The span that a region means, or None where no rung explains it. Edge blanks are cut on every rung.

    `prefer_utf16` is what the other regions of the annotation say of its units; it decides where both readings fit.
    """
    if quoted is None:
        return _without_text(text, start, end, prefer_utf16)
    preferred = _crlf if text.has_crlf else _utf16 if prefer_utf16 else _in_code_points
    for rung in (preferred, _in_code_points, _utf16, _crlf, _stale_text, _nearby):
        if span := rung(text, start, end, quoted):
            return span
    return None


def counts_utf16(text: OffsetText, regions: Iterable[tuple[int, int, str]]) -> bool:
    """Whether an annotation counts UTF-16 units: some region can only be read so, and none only as code points.

    `regions` are start, end and quoted text. Where both kinds occur each region is read by its own evidence.
    """
    moved = _moved(text, regions) if text.has_pairs else ()
    found = [(_in_code_points(text, *region) is not None, _utf16(text, *region) is not None) for region in moved]
    return (False, True) in found and (True, False) not in found


def _moved(text: OffsetText, regions: Iterable[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    """The regions whose offsets mean another place in UTF-16 units: those behind a character of two units."""
    for start, end, quoted in regions:
        if (text.from_utf16(start), text.from_utf16(end)) != (start, end):
            yield start, end, quoted


def _without_text(text: OffsetText, start: int, end: int, prefer_utf16: bool) -> Span | None:
    """A region that quotes nothing: only the task's text and the other regions say what its offsets count."""
    rung, recount = ("utf16", text.from_utf16) if prefer_utf16 else ("no-text", text.from_code_points)
    if text.has_crlf:
        rung, recount = "crlf", text.from_crlf
    first, last = recount(start), recount(end)
    if first is None or last is None:
        return None
    return _trimmed(text.text, first, last, "no-text" if (first, last) == (start, end) else rung)


def _in_code_points(text: OffsetText, start: int, end: int, quoted: str) -> Span | None:
    if end > len(text.text):
        return None
    found = text.text[start:end]
    if found == quoted or normalised(found) == normalised(quoted):
        return _trimmed(text.text, start, end, "exact" if found == quoted else "collapsed-blanks")
    dropped = "\n" in found and _BLANKS.sub("", found) == _BLANKS.sub("", quoted)
    return _trimmed(text.text, start, end, "dropped-newline") if dropped else None


def _utf16(text: OffsetText, start: int, end: int, quoted: str) -> Span | None:
    return _recounted(text, (start, end), (text.from_utf16(start), text.from_utf16(end)), quoted, "utf16")


def _crlf(text: OffsetText, start: int, end: int, quoted: str) -> Span | None:
    return _recounted(text, (start, end), (text.from_crlf(start), text.from_crlf(end)), quoted, "crlf")


def _recounted(
    text: OffsetText, written: tuple[int, int], offsets: tuple[int | None, int | None], quoted: str, rung: str
) -> Span | None:
    """The span at recounted offsets, if they differ from those written and the text there is the quoted one."""
    start, end = offsets
    if start is None or end is None or offsets == written:
        return None
    fits = normalised(text.text[start:end]) == normalised(quoted)
    return _trimmed(text.text, start, end, rung) if fits else None


def _stale_text(text: OffsetText, start: int, end: int, quoted: str) -> Span | None:
    """A region that was resized: one edge stayed, so that old and new text begin or end alike, at whole words."""
    if end > len(text.text):
        return None
    part, whole = sorted((normalised(text.text[start:end]), normalised(quoted)), key=len)
    resized = len(part) >= len(whole) * RESIZED_SHARE and _is_edge(part, whole)
    return _trimmed(text.text, start, end, "stale-text") if resized and _at_words(text.text, start, end) else None


def _is_edge(part: str, whole: str) -> bool:
    """Whether a text begins or ends with a part of it, at whole words."""
    return re.search(rf"\A{re.escape(part)}(?!\w)|(?<!\w){re.escape(part)}\Z", whole) is not None


def _at_words(text: str, start: int, end: int) -> bool:
    """Whether neither edge of a span cuts a word."""
    return not (cuts_word(text, start) or cuts_word(text, end))


def cuts_word(text: str, offset: int) -> bool:
    """Whether an offset stands between two characters of one word."""
    return 0 < offset < len(text) and all(_WORD.match(text[at]) for at in (offset - 1, offset))


def _nearby(text: OffsetText, start: int, end: int, quoted: str) -> Span | None:
    """A region that was shifted: its text stands just once, as whole words and of its length, within NEARBY characters."""
    wanted = quoted.strip()
    if not wanted or end > len(text.text) or end - start != len(quoted):
        return None
    low = max(0, start - NEARBY)
    places = [low + place for place in _places(text.text[low : start + len(wanted) + NEARBY], wanted)]
    if len(places) != 1 or not _at_words(text.text, places[0], places[0] + len(wanted)):
        return None
    return Span(places[0], places[0] + len(wanted), "nearby")


def _places(text: str, wanted: str) -> Iterator[int]:
    place = text.find(wanted)
    while place >= 0:
        yield place
        place = text.find(wanted, place + 1)


def _trimmed(text: str, start: int, end: int, rung: str) -> Span | None:
    """The span without blanks at its edges; where the offsets were right but for these, the rung is `edge-blanks`."""
    found = text[start:end]
    stripped = found.strip()
    if not stripped:
        return None
    first = start + len(found) - len(found.lstrip())
    cut = rung in ("exact", "collapsed-blanks") and stripped != found
    return Span(first, first + len(stripped), "edge-blanks" if cut else rung)


def normalised(quoted: str) -> str:
    """Rendered text brought to one form: line breaks shown as backslash and n, and runs of blanks, become one blank."""
    return _BLANKS.sub(" ", quoted.replace("\\n", "\n").replace("\u200b", "")).strip()
