"""Runs of words that texts share: what near-duplicate texts and leakage between splits are judged by."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

NEAR_DUPLICATE = 0.8
"""Jaccard similarity of word trigrams from which two texts count as nearly the same (usual range .7 to .85)."""
NEAR_DUPLICATE_WORDS = 3
LONG_RUN_WORDS = 8
"""A run of this many words that two texts share is copied text, not chance."""

_REMEMBERED = 64  # texts whose runs are kept: one is compared with several in turn
_WORDS = re.compile(r"\w+")


class Overlap(NamedTuple):
    """What two texts, by their documents' numbers, share: `shared` distinct runs of words, `jaccard` of all their runs."""

    first: int
    second: int
    shared: int
    jaccard: float


def overlaps(pairs: Iterable[tuple[int, int]], text: Callable[[int], str], words: int) -> Iterator[Overlap]:
    """What the texts of each pair share, if it is a run of so many words; they are compared themselves, not by hashes."""
    runs = lru_cache(maxsize=_REMEMBERED)(lambda number: word_runs(text(number), words))
    for first, second in pairs:
        one, two = runs(first), runs(second)
        if shared := len(one & two):
            yield Overlap(first, second, shared, shared / (len(one) + len(two) - shared))


def word_runs(text: str, words: int) -> set[tuple[str, ...]]:
    """The distinct runs of `words` words, in lower case, without punctuation."""
    found = _WORDS.findall(text.lower())
    return {tuple(found[start : start + words]) for start in range(len(found) - words + 1)}
