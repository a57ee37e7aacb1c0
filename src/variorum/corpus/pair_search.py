"""Pairs of documents that hold a run of words in common, found in bounded memory however many hold it."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from variorum.corpus.word_hashes import Mask
from variorum.kernel.arrays import Ints

PAIRS_AT_A_TIME = 1 << 17
"""How many pairs are looked at together: 1 MB an array, and 8 MB of sketches. 100,000 texts take 240 MB more with 2**20."""
_SECOND = 32

Pairing = Callable[[Ints, Ints], tuple[Ints, Ints]]
"""The documents, smaller number first, of those pairs of elements that count."""


class FirstPairs:
    """The first so many distinct pairs, in order, of those behind `after`; what cannot be among them need not be found.

    A pair is one number: the smaller of its documents, shifted, and the larger.
    """

    def __init__(self, limit: int, after: int = -1) -> None:
        self.keys: Ints = np.empty(0, dtype=np.int64)
        self._limit = limit
        self._after = after

    @property
    def is_full(self) -> bool:
        """Whether there may be more pairs than these."""
        return len(self.keys) >= self._limit

    @property
    def last_document(self) -> int:
        """No pair is wanted whose first document comes behind this one."""
        return int(self.keys[-1]) >> _SECOND if self.is_full else 1 << 31

    def add(self, first: Ints, second: Ints) -> None:
        """Takes pairs, in any order, repeated or not."""
        keys = (first << _SECOND) | second
        keys = keys[keys > self._after]
        if self.is_full:
            keys = keys[keys < self.keys[-1]]
        self.keys = np.unique(np.concatenate([self.keys, keys]))[: self._limit]

    def pairs(self) -> Iterator[tuple[int, int]]:
        """The pairs, in order."""
        return ((key >> _SECOND, key & ((1 << _SECOND) - 1)) for key in self.keys.tolist())


def group_starts(*columns: npt.NDArray[np.generic]) -> Ints:
    """Where each group of equal neighbours begins."""
    return np.flatnonzero(_changed(columns))


def groups_of(*columns: npt.NDArray[np.generic]) -> tuple[Ints, Ints]:
    """Where each group of equal neighbours begins, and the number of the group that each element is in."""
    changed = _changed(columns)
    return np.flatnonzero(changed), np.cumsum(changed) - 1


def _changed(columns: Sequence[npt.NDArray[np.generic]]) -> Mask:
    changed = np.zeros(len(columns[0]), dtype=np.bool_)
    changed[:1] = True
    for column in columns:
        changed[1:] |= column[1:] != column[:-1]
    return changed


def differing(values: Ints, starts: Ints) -> Mask:
    """Which groups hold more than one value."""
    if not len(starts):
        return np.zeros(0, dtype=np.bool_)
    lowest, highest = np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts)
    differ: Mask = lowest != highest
    return differ


def add_pairs(found: FirstPairs, documents: Ints, begins: Ints, ends: Ints, pairing: Pairing) -> None:
    """Adds the pairs of each element i, of `documents[i]`, with what `[begins[i], ends[i])` stands for, as far as wanted.

    They are taken in the order of their first document, so that a run that many hold costs no more than is wanted of it.
    """
    order = np.argsort(documents, kind="stable")
    counts = (ends - begins)[order]
    total = np.cumsum(counts)
    start = 0
    while start < len(order) and documents[order[start]] <= found.last_document:
        before = total[start] - counts[start]
        stop = max(int(np.searchsorted(total, before + PAIRS_AT_A_TIME, side="right")), start + 1)
        some = counts[start:stop]
        offsets = begins[order[start:stop]] - (total[start:stop] - some - before)
        ones = np.repeat(order[start:stop], some)
        found.add(*pairing(ones, np.repeat(offsets, some) + np.arange(len(ones))))
        start = stop
