"""Some hundred texts joined into one array of code points, and how each falls apart: `dataset.segmentation` in arrays.

Offsets count the code points of the batch, half-open; less the start of their text they are the document's own.
How many texts a batch holds is measured where it is chosen: `dataset.shard.BATCH`, `dataset.compared.BATCH`.

On 1.2 MB of news, in time of the processor while it was shared: all of `segment` 4.3 times as fast (14 MB/s for 3.3).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from variorum.kernel.arrays import Bools, Ints, ranges
from variorum.kernel.characters import BLANK, WORD, Characters, Classes, character_classes
from variorum.kernel.sentences import going_on, sentence_parts
from variorum.stages import stage

_BETWEEN = "\n"
"""What stands behind each text, the last one too: neither a word nor a token, so that nothing runs from text to text."""
_LINE_END = ord("\n")
_TWO_BYTES, _THREE_BYTES, _FOUR_BYTES = 0x80, 0x800, 0x10000
"""The first code points that take so many bytes of UTF-8; from the last on, they also take two units of UTF-16."""
_EDGES = np.array([ord(each) for each in ".,;:!?"], np.uint32)
_MOST_BYTES = 2**31 - 1


@dataclass(frozen=True)
class Pieces:
    """Tokens, sentences or paragraphs of a batch in the order of the texts.

    `starts` and `ends` (pieces,) are offsets into the batch; `firsts` (texts + 1,) has, for each text and for the end, the
    index of its first piece.
    """

    starts: Ints
    ends: Ints
    firsts: Ints

    def touched(self, starts: Ints, ends: Ints) -> tuple[Ints, Ints]:
        """The first of the pieces that each span touches, and one behind the last: equal where it touches none."""
        first = np.searchsorted(self.ends, starts, "right")
        return first, np.maximum(first, np.searchsorted(self.starts, ends, "left"))

    def holding(self, starts: Ints, ends: Ints) -> Ints:
        """The one piece that each span lies in; -1 if it runs over a piece's end or lies in none."""
        first, last = self.touched(starts, ends)
        if not len(self.starts):
            return np.full(len(first), -1)
        one = np.minimum(first, len(self.starts) - 1)
        inside = (last - first == 1) & (self.starts[one] <= starts) & (ends <= self.ends[one])
        return np.where(inside, one, -1)


@dataclass(frozen=True)
class TextBatch:
    """Texts by their code points.

    `codes` and `classes` are (code points,), those between texts included; `text_starts` (offsets into the batch) and
    `text_lengths` are (texts,).
    """

    joined: str
    codes: npt.NDArray[np.uint32]
    classes: Classes
    text_starts: Ints
    text_lengths: Ints
    abbreviations: tuple[str, ...] = ()

    @classmethod
    @stage("text kernel")
    def of(cls, texts: Sequence[str], abbreviations: tuple[str, ...] = ()) -> "TextBatch":
        """The batch of some texts; no sentence ends behind one of the `abbreviations`.

        Raises UnicodeEncodeError for a text with a surrogate, which no UTF-8 file can hold.
        """
        joined = "".join(f"{text}{_BETWEEN}" for text in texts)
        codes = np.frombuffer(joined.encode("utf-32-le"), np.uint32)
        text_lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        text_starts = np.cumsum(text_lengths + 1) - text_lengths - 1
        return cls(joined, codes, character_classes(codes), text_starts, text_lengths, abbreviations)

    def _pieces(self, starts: Ints, ends: Ints) -> Pieces:
        return Pieces(starts, ends, np.searchsorted(starts, np.append(self.text_starts, len(self.codes))))

    @cached_property
    @stage("text kernel")
    def tokens(self) -> Pieces:
        """Runs of word characters, and single characters that are neither words nor blanks.

        With the making of the batch 59 MB/s, where the expression finds them at 6.
        """
        filled = self.classes != BLANK
        goes_on = (self.classes[1:] == WORD) & (self.classes[:-1] == WORD)
        begins, ends = filled.copy(), filled
        begins[1:] &= ~goes_on
        ends[:-1] &= ~goes_on
        return self._pieces(np.flatnonzero(begins), np.flatnonzero(ends) + 1)

    @cached_property
    @stage("text kernel")
    def paragraphs(self) -> Pieces:
        """What lies between line ends with nothing but blanks between them, without blanks at its edges.

        A paragraph begins with the first token of a text or behind two line ends that have no token between them.
        """
        before = np.searchsorted(self.tokens.starts, np.flatnonzero(self.codes == _LINE_END))
        broken = before[1:][before[1:] == before[:-1]]
        first = np.unique(np.concatenate([self.tokens.firsts, broken]))
        first = first[first < len(self.tokens.starts)]
        last = np.append(first[1:], len(self.tokens.starts))[: len(first)] - 1
        return self._pieces(self.tokens.starts[first], self.tokens.ends[last])

    @cached_property
    @stage("text kernel")
    def sentences(self) -> Pieces:
        """Sentences without blanks at their edges, each with a word character, none over a paragraph's end: 22 MB/s for 5."""
        starts, ends = self._parts()
        first, last = self.tokens.touched(starts, ends)
        worded = self._words_before[last] > self._words_before[first]
        return self._pieces(*self.trimmed(starts[worded], ends[worded]))

    def _parts(self) -> tuple[Ints, Ints]:
        """The sentences with the blanks behind them, without those that only an abbreviation seems to end."""
        paragraphs = self.paragraphs
        starts, ends = sentence_parts(Characters(self.codes, self.classes, self.joined), paragraphs.starts, paragraphs.ends)
        if not self.abbreviations:
            return starts, ends
        last = np.isin(ends, paragraphs.ends)
        around = paragraphs.starts[np.cumsum(last) - last]
        stops = self.trimmed(around, ends)[1]
        ended = ~going_on(self.joined, starts, stops, last, self.abbreviations)
        begun = np.ones(len(starts), np.bool_)
        begun[1:] = ended[:-1]
        return starts[begun], ends[ended]

    def trimmed(self, starts: Ints, ends: Ints) -> tuple[Ints, Ints]:
        """Spans without the blanks at their edges, and empty where they hold nothing else."""
        first, last = self.tokens.touched(starts, ends)
        filled = first < last
        token_starts, token_ends = np.append(self.tokens.starts, 0), np.append(self.tokens.ends, 0)
        trimmed_ends = np.where(filled, np.minimum(ends, token_ends[last - 1]), starts)
        return np.where(filled, np.maximum(starts, token_starts[first]), starts), trimmed_ends

    @cached_property
    def _words_before(self) -> Ints:
        """How many tokens before each token, and before the end, are words."""
        words = self.classes[self.tokens.starts] == WORD
        return np.concatenate([[0], np.cumsum(words)])

    @stage("text kernel")
    def strings(self, starts: Ints, ends: Ints) -> pa.StringArray:
        """The texts of spans, without a Python string for any: tokens at 100 MB/s, for 17 by way of slices.

        Raises OverflowError where together they exceed the 2 GB of one array.
        """
        first, last = self._bytes(starts), self._bytes(ends)
        if len(starts) and (first[1:] >= last[:-1]).all():
            return self._apart(first, last)
        offsets = np.concatenate([[0], np.cumsum(last - first)])
        return _string_array(offsets, self._utf8[ranges(first, last)])

    def _apart(self, first: Ints, last: Ints) -> pa.StringArray:
        """The texts of spans that do not overlap, in order: every other string of an array cut at all their edges.

        1.7 times as fast as gathering the bytes.
        """
        edges = np.column_stack([first, last]).reshape(-1)
        return _string_array(edges, self._utf8).take(pa.array(np.arange(0, len(edges), 2)))

    def _bytes(self, offsets: Ints) -> Ints:
        """Offsets in bytes of UTF-8."""
        return offsets if len(self._utf8) == len(self.codes) else self._bytes_before[offsets]

    @cached_property
    def _utf8(self) -> npt.NDArray[np.uint8]:
        return np.frombuffer(self.joined.encode(), np.uint8)

    @cached_property
    def _bytes_before(self) -> Ints:
        """The bytes of UTF-8 before each code point, and before the end.

        Counted at the few characters that have more than one: twice as fast as adding up the bytes of all.
        """
        longer = np.flatnonzero(self.codes >= _TWO_BYTES)
        added = 1 + (self.codes[longer] >= _THREE_BYTES) + (self.codes[longer] >= _FOUR_BYTES)
        more = np.concatenate([[0], np.cumsum(added)])
        before = np.arange(len(self.codes) + 1)
        before += np.repeat(more, np.diff(longer + 1, prepend=0, append=len(before)))
        return before

    def equal(self, starts: Ints, ends: Ints, quoted: Sequence[str] | pa.StringArray) -> Bools:
        """Whether the text of each span is the one quoted."""
        found = pc.equal(self.strings(starts, ends), quoted if isinstance(quoted, pa.Array) else pa.array(quoted, pa.string()))
        return np.asarray(pc.fill_null(found, fill_value=False))

    def has_blank_edge(self, starts: Ints, ends: Ints) -> Bools:
        """Whether each span begins or ends with a blank; so do those that hold nothing."""
        blank: Bools = (ends <= starts) | (self.classes[starts] == BLANK) | (self.classes[ends - 1] == BLANK)
        return blank

    def has_punctuation_edge(self, starts: Ints, ends: Ints) -> Bools:
        """Whether each span begins or ends with punctuation, but for the full stop of an abbreviation such as U.S."""
        first, last = (np.isin(self.codes[offsets], _EDGES) for offsets in (starts, ends - 1))
        letter = (ends - 2 >= starts) & (self.classes[ends - 2] == WORD)
        alone = (ends - 2 == starts) | (self.classes[ends - 3] != WORD)
        found: Bools = first | (last & ~(letter & alone))
        return found

    def cuts_word(self, offsets: Ints) -> Bools:
        """Whether each offset stands between two characters of one word."""
        inside: Bools = (self.classes[offsets - 1] == WORD) & (self.classes[offsets] == WORD)
        return inside

    @cached_property
    def _astral(self) -> Ints:
        """Where the characters stand that are two units of UTF-16."""
        return np.flatnonzero(self.codes >= _FOUR_BYTES)

    @cached_property
    def _astral_firsts(self) -> Ints:
        """How many of them stand before each text, and before the end."""
        return np.searchsorted(self._astral, np.append(self.text_starts, len(self.codes)))

    @property
    def has_astral(self) -> Bools:
        """Whether each text has characters that are two units of UTF-16, so that the two ways of counting differ."""
        return np.diff(self._astral_firsts) > 0

    def from_utf16(self, text_index: Ints, offsets: Ints) -> Ints:
        """Code points before UTF-16 offsets, both counted from the start of the text; -1 outside it or inside a pair.

        `text_index` is the text that each of the offsets counts in.
        """
        before = self._astral_firsts[text_index]
        units = offsets + self.text_starts[text_index] + before
        high = self._astral + np.arange(len(self._astral))
        passed = np.searchsorted(high, units)
        outside = (offsets < 0) | (offsets > self.text_lengths[text_index] + self._astral_firsts[text_index + 1] - before)
        return np.where(outside | np.isin(units, high + 1), -1, offsets - (passed - before))


def _string_array(offsets: Ints, data: npt.NDArray[np.uint8]) -> pa.StringArray:
    """The strings between offsets in bytes."""
    if offsets[-1] > _MOST_BYTES:
        raise OverflowError(f"{offsets[-1]} bytes of text in one array")
    return pa.StringArray.from_buffers(len(offsets) - 1, pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(data))
