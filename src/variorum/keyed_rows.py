"""Rows of whole numbers by key: where the texts and tasks of a large corpus lie, and what their digests are.

A place took 240 to 280 bytes as Python objects; here it takes eight bytes a number, eight for its key and those of the longest
key. Three blocks of memory, besides, go back to the system: small objects that stay keep all from it that they stand among.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from variorum.kernel.arrays import Bools, Ints, ranges

Keys = npt.NDArray[np.bytes_]


@dataclass(frozen=True, eq=False)
class KeyedRows:
    """Rows, shape (rows, width), in the order of their keys; those of one key in the order that they were given in.

    `keys` are in UTF-8, sorted, and each stands once: none ends in a zero. `starts` (keys + 1) are where each one's rows begin.
    """

    keys: Keys
    starts: Ints
    rows: Ints

    @classmethod
    def of(cls, keys: Keys, rows: Ints) -> Self:
        """Rows, each with its key, in whatever order."""
        order = np.argsort(keys, kind="stable")
        distinct, starts = np.unique(keys[order], return_index=True)
        return cls(distinct, np.append(starts, len(keys)), rows[order])

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self._place(key) is not None

    def __iter__(self) -> Iterator[str]:
        return (key.decode() for key in self.keys.tolist())

    def __len__(self) -> int:
        return len(self.keys)

    def __getitem__(self, key: str) -> Ints:
        """The rows of a key; none where it has none."""
        place = self._place(key)
        return self.rows[:0] if place is None else self.rows[self.starts[place] : self.starts[place + 1]]

    def only(self, keys: Iterable[str]) -> "KeyedRows":
        """The rows of some keys: few of many, as a rule."""
        places, there = self._places(as_keys([*keys]))
        found = np.unique(places[there])
        starts, ends = self.starts[found], self.starts[found + 1]
        return KeyedRows(self.keys[found], np.cumsum([0, *(ends - starts)], dtype=np.int64), self.rows[ranges(starts, ends)])

    def has(self, keys: Keys) -> Bools:
        """Which of some keys have rows."""
        return self._places(keys)[1]

    def totals(self, column: int, keys: Keys) -> Ints:
        """The sum of a column for each of some keys, 0 for one that has no rows."""
        places, there = self._places(keys)
        before = np.concatenate([[0], np.cumsum(self.rows[:, column])])
        sums: Ints = np.zeros(len(keys), np.int64)
        found = places[there]
        sums[there] = before[self.starts[found + 1]] - before[self.starts[found]]
        return sums

    def _places(self, keys: Keys) -> tuple[Ints, Bools]:
        """Where each of some keys would stand, and whether it does. Longer ones than there are would have all keys copied."""
        places = np.searchsorted(self.keys, keys.astype(self.keys.dtype))
        there: Bools = np.zeros(len(keys), np.bool_)
        inside = places < len(self)
        there[inside] = self.keys[places[inside]] == keys[inside]
        return places, there

    def _place(self, key: str) -> int | None:
        sought = key.encode("utf-8", "replace")
        place = int(np.searchsorted(self.keys, sought)) if len(sought) <= self.keys.itemsize else len(self)
        return place if place < len(self) and self.keys[place].decode() == key else None


def as_keys(keys: Sequence[str]) -> Keys:
    """Text as keys are held."""
    return np.array([key.encode("utf-8", "replace") for key in keys], np.bytes_)


class Gathered:
    """Rows as they come, many at once, and by key what has come so far."""

    def __init__(self, width: int, keyed: KeyedRows | None = None) -> None:
        self._keyed = keyed or KeyedRows.of(as_keys([]), np.zeros((0, width), np.int64))
        self._added: list[tuple[Keys, Ints]] = []

    def add(self, keys: Sequence[str], rows: Ints) -> None:
        """Adds rows, each with its key, behind those that it has."""
        self._added.append((as_keys(keys), rows))

    @property
    def keyed(self) -> KeyedRows:
        """All rows by key."""
        if self._added:
            known = self._keyed
            blocks = [(np.repeat(known.keys, np.diff(known.starts)), known.rows), *self._added]
            self._keyed = KeyedRows.of(
                np.concatenate([keys for keys, _ in blocks]), np.concatenate([rows for _, rows in blocks])
            )
            self._added = []
        return self._keyed
