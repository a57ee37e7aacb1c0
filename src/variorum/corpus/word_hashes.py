"""Runs of words as 64-bit hashes, of many texts at once. Equal runs have equal hashes; unequal ones nearly never do."""

import re
import sys
from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from variorum.corpus.shingles import LONG_RUN_WORDS, NEAR_DUPLICATE_WORDS

Hashes = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int64]

BATCH_CHARACTERS = 1 << 18
"""How many characters are hashed at a time: the arrays of a batch stay in the cache of a core.

567 texts of 4,000 characters: 1.2 times as long with 2**20, as long with 2**16.
"""

_BASE = 0x9E3779B97F4A7C15
_INVERSE = pow(_BASE, -1, 1 << 64)
_RUN_BASE = np.uint64(0xD6E8FEB86659FD93)
_MIXER = np.uint64(0xBF58476D1CE4E5B9)


class Runs(NamedTuple):
    """Runs of words: `hashes[i]` is that of a run of the document `documents[i]`; one that recurs there does so here."""

    hashes: Hashes
    documents: npt.NDArray[np.uint32]


class HashedTexts(NamedTuple):
    """What is kept of texts until all of them are compared: plain arrays, which cross processes.

    `digests[i]` is that of the whole text of the document `numbers[i]`.
    """

    numbers: Numbers
    digests: Hashes
    short: Runs
    long: Runs


def hash_texts(numbers: Sequence[int], texts: Sequence[str]) -> HashedTexts:
    """The runs of three words and of eight, as `word_runs` gives them, of texts of documents with these numbers."""
    digests = np.array([_digest(text) for text in texts], dtype=np.uint64)
    parts = [_batch(np.array(numbers[batch], dtype=np.uint32), texts[batch]) for batch in _batches(texts)]
    short, long = (_concatenated([part[which] for part in parts]) for which in (0, 1))
    return HashedTexts(np.array(numbers, dtype=np.int64), digests, short, long)


def _digest(text: str) -> int:
    return int.from_bytes(sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "little")


def _batches(texts: Sequence[str]) -> Iterator[slice]:
    start = size = 0
    for number, text in enumerate(texts):
        if size and size + len(text) > BATCH_CHARACTERS:
            yield slice(start, number)
            start, size = number, 0
        size += len(text)
    yield slice(start, len(texts))


def _concatenated(runs: list[Runs]) -> Runs:
    return Runs(np.concatenate([each.hashes for each in runs]), np.concatenate([each.documents for each in runs]))


def _batch(numbers: npt.NDArray[np.uint32], texts: Sequence[str]) -> tuple[Runs, Runs]:
    words, counts = hash_words(texts)
    owners = np.repeat(numbers, counts)
    places = np.repeat(np.arange(len(texts)), counts)
    return _runs(words, owners, places, NEAR_DUPLICATE_WORDS), _runs(words, owners, places, LONG_RUN_WORDS)


def _runs(words: Hashes, owners: npt.NDArray[np.uint32], places: Numbers, length: int) -> Runs:
    """The runs of a number of words that lie in one text each."""
    count = max(len(words) - length + 1, 0)
    hashes = words[:count].copy()
    for offset in range(1, length if count else 1):
        hashes *= _RUN_BASE
        hashes += words[offset : offset + count]
    whole = places[:count] == places[len(places) - count :]
    return Runs(_mixed(hashes[whole]), owners[:count][whole])


def hash_words(texts: Sequence[str]) -> tuple[Hashes, Numbers]:
    r"""The hash of each word (`\w+`, in lower case) of texts, one after the other, and how many words each text has.

    The hash is a polynomial in the code points, for all words at once: a difference of running sums, over the power at
    which the word begins.
    """
    texts = [text.lower() if any(each in text for each in _LOWERED_IN_CONTEXT) else text for text in texts]
    codes, is_word = _characters("\n".join(["", *texts, ""]))
    edges = np.flatnonzero(is_word[1:] != is_word[:-1]) + 1
    starts, ends = edges[::2], edges[1::2]
    powers, inverses = _powers(1 << len(codes).bit_length())
    sums = np.cumsum(codes * powers[: len(codes)])
    borders = np.cumsum([1, *(len(text) + 1 for text in texts)])
    return _mixed((sums[ends - 1] - sums[starts - 1]) * inverses[starts]), np.diff(np.searchsorted(starts, borders))


_LOWERED_IN_CONTEXT = "\u0130\u03a3"
"""The characters whose lower case is not one character, whatever stands beside them: dotted I and sigma."""


def _characters(text: str) -> tuple[Hashes, npt.NDArray[np.uint8]]:
    """The code point of each character in lower case, and whether it is one of words.

    Bytes are translated and only what is beyond them is looked up: 0.4 of the time of `lower` and a look-up for each.
    """
    written = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    latin = written.astype(np.uint8).tobytes().translate(_LATIN_LOWER)
    codes = np.frombuffer(latin, dtype=np.uint8).astype(np.uint64)
    is_word = np.frombuffer(latin.translate(_LATIN_WORD), dtype=np.uint8)
    beyond = np.flatnonzero(written >= _LATIN)
    if len(beyond):
        lower, words = _beyond_latin(_BASIC_PLANE if written.max() < _BASIC_PLANE else sys.maxunicode + 1)
        is_word = is_word.copy()
        codes[beyond], is_word[beyond] = lower[written[beyond]], words[written[beyond]]
    return codes, is_word


_LATIN = 0x100
_BASIC_PLANE = 0x10000
_LATIN_LOWER = bytes(ord(chr(code).lower()) for code in range(_LATIN))
_LATIN_WORD = bytes(re.match(r"\w", chr(code)) is not None for code in range(_LATIN))


@lru_cache(maxsize=2)
def _beyond_latin(limit: int) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint8]]:
    r"""The lower case of each code point below a limit, and whether the regular expression `\w` has that in words."""
    lower = "".join(chr(code).lower()[0] for code in range(limit))
    is_word = np.zeros(limit, dtype=np.uint8)
    is_word[[match.start() for match in re.finditer(r"\w", lower)]] = 1
    return np.frombuffer(lower.encode("utf-32-le", "surrogatepass"), dtype=np.uint32), is_word


def _mixed(hashes: Hashes) -> Hashes:
    """The hashes with every bit depending on all (a round of SplitMix64), so that their upper bits can part them."""
    hashes = (hashes ^ (hashes >> np.uint64(32))) * _MIXER
    return hashes ^ (hashes >> np.uint64(29))


@lru_cache(maxsize=2)
def _powers(count: int) -> tuple[Hashes, Hashes]:
    """The powers of the base and of its inverse modulo 2**64."""
    first, second = (np.full(count, base, dtype=np.uint64) for base in (_BASE, _INVERSE))
    first[0] = second[0] = 1
    return np.cumprod(first, dtype=np.uint64), np.cumprod(second, dtype=np.uint64)
