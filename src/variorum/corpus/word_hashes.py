"""Runs of words as 64-bit hashes, of many texts at once. Equal runs have equal hashes; unequal ones nearly never do."""

import re
import sys
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from variorum.corpus.shingles import LONG_RUN_WORDS, NEAR_DUPLICATE_WORDS
from variorum.kernel.arrays import Ints

Hashes = npt.NDArray[np.uint64]
Mask = npt.NDArray[np.bool_]

BATCH_CHARACTERS = 1 << 18
"""How many characters are hashed at a time: 1.2 times as long with 2**16, as long with 2**20, in four times the memory."""

_RUN_BASES = {count: np.uint64(pow(0xD6E8FEB86659FD93, count, 1 << 64)) for count in (1, 2, 4)}
"""What a run is multiplied by where so many words are put behind it."""
_ONE = np.uint64(1)
_EIGHT = 8  # bytes of a number
_LOWEST_BITS, _HIGHEST_BITS = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)
_CODE_BITS = np.uint64(21)  # of any code point
_MIXER = np.uint64(0xBF58476D1CE4E5B9)


class Runs(NamedTuple):
    """Runs of words: `hashes[i]` is that of a run of the document `documents[i]`; one that recurs there does so here."""

    hashes: Hashes
    documents: npt.NDArray[np.uint32]


class HashedTexts(NamedTuple):
    """What is kept of texts until all of them are compared: plain arrays, which cross processes.

    `digests[i]` is that of the whole text of the document `numbers[i]`: of its words in any order, and its length.
    """

    numbers: Ints
    digests: Hashes
    short: Runs
    long: Runs


def hash_texts(numbers: Sequence[int], texts: Sequence[str]) -> HashedTexts:
    """The runs of three words and of eight, as `word_runs` gives them, of texts of documents with these numbers."""
    parts = [_batch(np.array(numbers[batch], dtype=np.uint32), texts[batch]) for batch in _batches(texts)]
    digests, short, long = zip(*parts, strict=True)
    return HashedTexts(np.array(numbers, dtype=np.int64), np.concatenate(digests), _concatenated(short), _concatenated(long))


def _batches(texts: Sequence[str]) -> Iterator[slice]:
    start = size = 0
    for number, text in enumerate(texts):
        if size and size + len(text) > BATCH_CHARACTERS:
            yield slice(start, number)
            start, size = number, 0
        size += len(text)
    yield slice(start, len(texts))


def _concatenated(runs: Sequence[Runs]) -> Runs:
    return Runs(np.concatenate([each.hashes for each in runs]), np.concatenate([each.documents for each in runs]))


def _batch(numbers: npt.NDArray[np.uint32], texts: Sequence[str]) -> tuple[Hashes, Runs, Runs]:
    """The digests of the texts, their short runs and their long ones."""
    words, counts = hash_words(texts)
    borders = np.concatenate([[0], np.cumsum(counts)])
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(words)])[borders]
    lengths = np.fromiter(map(len, texts), np.uint64, len(texts))
    short, long = (
        Runs(_within(runs, borders, length), np.repeat(numbers, np.maximum(counts - length + 1, 0)))
        for length, runs in zip((NEAR_DUPLICATE_WORDS, LONG_RUN_WORDS), _runs(words), strict=True)
    )
    return np.diff(sums) + lengths, short, long


def _runs(words: Hashes) -> tuple[Hashes, Hashes]:
    """The runs of three words and of eight that begin at each word, as far as there are so many behind it.

    Runs of twice as many words are put together of two: 4 multiplications of arrays for the 9 of word by word.
    """
    two = _joined(words, words, 1)
    four = _joined(two, two, 2)
    return _mixed(_joined(two, words, 2)), _mixed(_joined(four, four, 4))


def _joined(first: Hashes, second: Hashes, distance: int) -> Hashes:
    """Runs `first[i]` of so many words, each with `second[i + distance]` behind it."""
    count = max(len(second) - distance, 0)
    return first[:count] * _RUN_BASES[distance] + second[distance:]


def _within(runs: Hashes, borders: Ints, length: int) -> Hashes:
    """Those of the runs beginning at each word that end in the text they begin in."""
    whole = np.ones(len(runs), dtype=np.bool_)
    for before in range(1, length):
        ends = borders[1:] - before
        whole[ends[(ends >= 0) & (ends < len(runs))]] = False
    return runs[whole]


def hash_words(texts: Sequence[str]) -> tuple[Hashes, Ints]:
    r"""The hash of each word (`\w+`, in lower case) of texts, one after the other, and how many words each text has.

    The hash is taken of eight characters at a time, for all words at once: characters stay bytes, and only words, which are
    few, become numbers of 64 bits. 48 MB/s, for 28 by way of a polynomial in all code points, of articles of 2,400 characters.
    """
    texts = [text.lower() if any(each in text for each in _LOWERED_IN_CONTEXT) else text for text in texts]
    characters, beyond, codes = _characters("\n".join(["", *texts, ""]))
    is_word = characters != 0
    begins = is_word[1:] > is_word[:-1]
    starts = np.flatnonzero(begins) + 1
    hashes = _byte_hashes(characters, starts)
    if len(beyond):
        # The first where they are many, as in Cyrillic (0.28 of the time), the second where they are few, as in English.
        is_dense = len(beyond) > len(starts)
        owners = (np.cumsum(begins)[beyond - 1] if is_dense else np.searchsorted(starts, beyond, side="right")) - 1
        places = (beyond - starts[owners]).astype(np.uint64)
        np.add.at(hashes, owners, _mixed((places << _CODE_BITS) + codes))
    borders = np.cumsum([1, *(len(text) + 1 for text in texts)])
    return hashes, np.diff(np.searchsorted(starts, borders))


_LOWERED_IN_CONTEXT = "\u0130\u03a3"
"""The characters whose lower case is not one character, whatever stands beside them: dotted I and sigma."""


def _characters(text: str) -> tuple[npt.NDArray[np.uint8], Ints, Hashes]:
    """A byte for each character, 0 for one that is not of words; where those of words beyond Latin-1 stand, and which.

    What is in lower case is the byte, and the code point of those others, which are looked up: few in most texts.
    """
    written = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    characters = np.frombuffer(written.astype(np.uint8).tobytes().translate(_LATIN_WORD), dtype=np.uint8)
    beyond = np.flatnonzero(written >= _LATIN)
    if not len(beyond):
        return characters, beyond, np.empty(0, dtype=np.uint64)
    characters = characters.copy()
    lower, standing = _beyond_latin(min(1 << int(written.max()).bit_length(), sys.maxunicode + 1))
    codes = written[beyond]
    bytes_beyond = standing[codes]
    characters[beyond] = bytes_beyond
    words = bytes_beyond == _BEYOND
    return characters, beyond[words], lower[codes[words]].astype(np.uint64)


_LATIN = 0x100
_BEYOND = 1  # a byte that is no character of words itself
_LATIN_WORD = bytes(ord(chr(code).lower()) * (re.match(r"\w", chr(code)) is not None) for code in range(_LATIN))


@lru_cache
def _beyond_latin(limit: int) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint8]]:
    r"""The lower case of each code point below a limit, and the byte that stands for it: 0 unless `\w` has it in words.

    All of them take 0.5 s, those up to emoji 0.07 s.
    """
    written = "".join(map(chr, range(limit)))
    for character in _LOWERED_IN_CONTEXT:
        written = written.replace(character, character.lower()[0])
    lower = written.lower()
    is_word = np.zeros(limit, dtype=np.uint8)
    for run in re.finditer(r"\w+", lower):
        is_word[slice(*run.span())] = 1
    codes = np.frombuffer(lower.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    return codes, is_word * np.where(codes < _LATIN, codes, _BEYOND).astype(np.uint8)


def _byte_hashes(characters: npt.NDArray[np.uint8], starts: Ints) -> Hashes:
    """The hash of the bytes from each start to the next 0, eight at a time."""
    ends_in_zeros = np.concatenate([characters, np.zeros(_EIGHT, dtype=np.uint8)])
    eights: Hashes = np.ndarray(len(characters) + 1, np.dtype("<u8"), ends_in_zeros, strides=(1,))
    found, goes_on = _before_zero(eights[starts])
    hashes = _mixed(found)
    rest = np.flatnonzero(goes_on)
    at = _EIGHT
    while len(rest):
        found, goes_on = _before_zero(eights[starts[rest] + at])
        hashes[rest] = _mixed(hashes[rest] * _RUN_BASES[1] + found)
        rest = rest[goes_on]
        at += _EIGHT
    return hashes


def _before_zero(eights: Hashes) -> tuple[Hashes, Mask]:
    """The bytes of each number below its lowest 0, and whether it has none (Mycroft's test, of which that bit is sure)."""
    zeros = (eights - _LOWEST_BITS) & ~eights & _HIGHEST_BITS
    lowest = zeros & (~zeros + _ONE)
    return eights & (lowest - _ONE), zeros == 0


def _mixed(hashes: Hashes) -> Hashes:
    """The hashes with every bit depending on all (a round of SplitMix64), so that their upper bits can part them."""
    hashes = (hashes ^ (hashes >> np.uint64(32))) * _MIXER
    return hashes ^ (hashes >> np.uint64(29))
