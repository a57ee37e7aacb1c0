"""Hashed runs of words by ranges of their hashes: in memory while they are few, in a temporary file beyond that."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from variorum.corpus.word_hashes import Hashes, Numbers, Runs

IN_MEMORY = 1_000_000
"""Runs that are held in memory (12 MB); more are written, so many at a time."""
IN_RANGE = 1_000_000
"""About how many runs are looked at together."""
_RANGES = 8
"""Bits of a hash by which what is written is in order; so many bits number the ranges that can be read back."""
_SHIFT = np.uint64(64 - _RANGES)
Mask = npt.NDArray[np.bool_]


def document_bits(count: int) -> int:
    """How many bits hold the number of any of so many documents."""
    return max(count - 1, 1).bit_length()


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
        self._portions: list[Numbers] = []  # where each range of a written portion begins in the file

    def add(self, runs: Runs) -> None:
        """Takes runs."""
        self.count += len(runs.hashes)
        self._held_count += len(runs.hashes)
        self._held.append(runs)
        if self._held_count > self._in_memory:
            self._write()

    def ranges(self, keep: Mask, most_bits: int = _RANGES) -> Iterator[tuple[Hashes, Numbers]]:
        """Each distinct run of the documents that are kept and who holds it, in order of hash and document.

        A range is what has up to `most_bits` first bits in common. The lowest bits of the hashes are cut off: they make
        room for the document in one number, which is sorted in 0.4 of the time of an argsort.
        """
        if self._portions and self._held:
            self._write()
        bits = min((self.count // IN_RANGE).bit_length(), most_bits, _RANGES)
        room = np.uint64(document_bits(len(keep)))
        mask = (np.uint64(1) << room) - np.uint64(1)
        for number in range(1 << bits):
            hashes, documents = self._range(number, bits)
            chosen = keep[documents]
            packed = ((hashes[chosen] << np.uint64(bits)) & ~mask) | documents[chosen]
            packed.sort()
            packed = packed[np.flatnonzero(np.diff(packed, prepend=~packed[:1]))]
            first_bits = np.uint64(number << (64 - bits) if bits else 0)
            yield (packed & ~mask) >> np.uint64(bits) | first_bits, (packed & mask).astype(np.int64)

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
