"""Hashed runs of words by ranges of their hashes: in memory while they are few, in a temporary file beyond that."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from variorum.corpus.word_hashes import Hashes, Mask, Runs
from variorum.kernel.arrays import Ints

IN_MEMORY = 1_000_000
"""Runs that are held in memory (12 MB); more are written, so many at a time."""
IN_RANGE = 1_000_000
"""About how many runs are looked at together."""
_RANGES = 8
"""Bits of a hash by which what is written is in order; so many bits number the ranges that can be read back."""
_SHIFT = np.uint64(64 - _RANGES)


def document_bits(count: int) -> int:
    """How many bits hold the number of any of so many documents."""
    return max(count - 1, 1).bit_length()


class _Packing:
    """A run and its document in one number, which is sorted in 0.4 of the time of an argsort.

    The first `bits` of a hash, which all of a range have in common, and the lowest make room for the document.
    """

    def __init__(self, count: int, bits: int) -> None:
        self.bits = bits
        self.documents = (np.uint64(1) << np.uint64(document_bits(count))) - np.uint64(1)

    def sorted(self, runs: Runs, keep: Mask) -> Hashes:
        """The runs of the documents that are kept, in order."""
        hashes, documents = runs
        if not keep.all():
            chosen = keep[documents]
            hashes, documents = hashes[chosen], documents[chosen]
        packed: Hashes = ((hashes << np.uint64(self.bits)) & ~self.documents) | documents
        packed.sort()
        return packed

    def unpacked(self, packed: Hashes, number: int) -> tuple[Hashes, Ints]:
        """The runs of the range of a number."""
        first_bits = np.uint64(number << (64 - self.bits) if self.bits else 0)
        hashes = (packed & ~self.documents) >> np.uint64(self.bits) | first_bits
        return hashes, (packed & self.documents).astype(np.int64)


def _repeats(packed: Hashes) -> Mask:
    """Which numbers are those before them."""
    repeats = np.zeros(len(packed), dtype=np.bool_)
    repeats[1:] = packed[1:] == packed[:-1]
    return repeats


class RunStore:
    """Takes runs of words in any order and gives them back range by range: a run is in one range, whoever holds it.

    Two files whose names begin as that of `file` are written if there are more than `in_memory` runs; they are left behind
    for the owner of their folder to delete.
    """

    def __init__(self, file: Path, in_memory: int = IN_MEMORY) -> None:
        self.count = 0
        self._hashes = file.with_suffix(".hashes")
        self._documents = file.with_suffix(".documents")
        self._in_memory = in_memory
        self._held: list[Runs] = []
        self._held_count = 0
        self._held_by: Ints = np.zeros(0, dtype=np.int64)  # by document, how many runs were added
        self._portions: list[Ints] = []  # where each range of a written portion begins in the file

    def add(self, runs: Runs) -> None:
        """Takes runs."""
        self.count += len(runs.hashes)
        self._held_count += len(runs.hashes)
        self._held.append(runs)
        held = np.bincount(runs.documents)
        self._held_by = self.held_by(max(len(self._held_by), len(held)))
        self._held_by[: len(held)] += held
        if self._held_count > self._in_memory:
            self._write()

    def held_by(self, count: int) -> Ints:
        """How many runs each of so many documents holds, repeated ones as often as they are."""
        held = np.zeros(count, dtype=np.int64)
        held[: len(self._held_by)] = self._held_by
        return held

    def ranges(self, keep: Mask, most_bits: int = _RANGES) -> Iterator[tuple[Hashes, Ints]]:
        """Each distinct run of the documents that are kept and who holds it, in order of hash and document.

        A range is what has up to `most_bits` first bits in common.
        """
        packing = _Packing(len(keep), self._bits(most_bits))
        for number in range(1 << packing.bits):
            packed = packing.sorted(self._range(number, packing.bits), keep)
            yield packing.unpacked(packed[~_repeats(packed)], number)

    def shared(self, keep: Mask) -> Iterator[tuple[Hashes, Ints, Ints]]:
        """As `ranges`, of the runs that several documents hold; and who holds a run again that is his already.

        Most runs stand in one document. They are left out before anything is done with them: with 10,000 articles the search
        for near-duplicates takes 0.52 of its time, that for shared runs 0.36.
        """
        packing = _Packing(len(keep), self._bits(_RANGES))
        for number in range(1 << packing.bits):
            packed = packing.sorted(self._range(number, packing.bits), keep)
            repeats = _repeats(packed)
            again = packing.unpacked(packed[repeats], number)[1]
            distinct = packed[~repeats] if len(again) else packed
            like_last = distinct[1:] ^ distinct[:-1] <= packing.documents
            several = np.zeros(len(distinct), dtype=np.bool_)
            several[1:] = like_last
            several[:-1] |= like_last
            yield *packing.unpacked(distinct[several], number), again

    def _bits(self, most_bits: int) -> int:
        """By how many first bits ranges are told apart. What is held is written, if anything is."""
        if self._portions and self._held:
            self._write()
        return min((self.count // IN_RANGE).bit_length(), most_bits, _RANGES)

    def _range(self, number: int, bits: int) -> Runs:
        """The runs whose hashes begin with these bits, from every portion."""
        width = 1 << (_RANGES - bits)
        first, last = number * width, (number + 1) * width
        found = [self._read(int(places[first]), int(places[last])) for places in self._portions]
        for held in self._held:
            inside = slice(None) if bits == 0 else held.hashes >> np.uint64(64 - bits) == number
            found.append(Runs(held.hashes[inside], held.documents[inside]))
        if not found:
            return Runs(np.empty(0, np.uint64), np.empty(0, np.uint32))
        return Runs(np.concatenate([each.hashes for each in found]), np.concatenate([each.documents for each in found]))

    def _read(self, first: int, last: int) -> Runs:
        hashes = np.fromfile(self._hashes, np.uint64, last - first, offset=first * 8)
        return Runs(hashes, np.fromfile(self._documents, np.uint32, last - first, offset=first * 4))

    def _write(self) -> None:
        """Writes what is held as one portion, in order of range."""
        begin = int(self._portions[-1][-1]) if self._portions else 0
        hashes = np.concatenate([each.hashes for each in self._held])
        documents = np.concatenate([each.documents for each in self._held])
        self._held, self._held_count = [], 0
        ranges = (hashes >> _SHIFT).astype(np.uint8)
        order = np.argsort(ranges, kind="stable")  # of 8 bits it is a radix sort of one pass
        for file, values in ((self._hashes, hashes), (self._documents, documents)):
            with file.open("ab") as opened:
                values[order].tofile(opened)
        counts = np.bincount(ranges, minlength=1 << _RANGES)
        self._portions.append(begin + np.concatenate([[0], np.cumsum(counts)]))
