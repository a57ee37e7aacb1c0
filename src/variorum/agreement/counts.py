"""What a figure rests on, as counts by task: small enough to keep of every task, and whatever is drawn of tasks adds up.

Counts of different tasks are put together by `merged`; which tasks were counted together before makes no difference.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from variorum.kernel.arrays import Ints

Column = tuple[str, ...]
Floats = NDArray[np.float64]
Numbers = NDArray[np.number[Any]]
"""Numbers in the smallest type that holds them exactly: to be summed as floats."""

PART: Column = ("part",)
"""The only column of a share: the part of the units that agrees."""

NUMBERS: tuple[Column, ...] = (("apart",), ("squares",), ("sum",), ("values",))
"""The columns of numbers: what the distance between two that are of one item comes to (squared differences, each weighing
1 / (m - 1) of m numbers), the sums of all squares and of all numbers, and how many numbers there are."""

_EXACT = 2**53


@dataclass(frozen=True, eq=False)
class Counts:
    """A row for each task that gives any unit to a figure, in the order of the tasks.

    `tasks` are indices of tasks (rows), `units` is what n counts (rows), `counts` has a column for each of `columns`: the
    part of a share, or how often two values were given to one item, which an item that m annotators judged adds m / 2 to.
    Most are whole and small: the counts of a task take 0.5 kB, as 64-bit numbers 2.4 kB.
    """

    columns: tuple[Column, ...]
    tasks: Numbers
    units: Numbers
    counts: Numbers

    @classmethod
    def small(cls, columns: Sequence[Column], tasks: Numbers, units: Numbers, counts: Numbers) -> "Counts":
        """Counts whose numbers take no more room than they need."""
        return cls(tuple(columns), *(_small(each) for each in (tasks, units, counts)))

    @property
    def n(self) -> int:
        """All units."""
        return int(self.units.sum())


def _small(numbers: Numbers) -> Numbers:
    """The same numbers, as whole ones where all are and none is negative or too large to be held exactly."""
    is_whole = (np.floor(numbers) == numbers).all() and numbers.min(initial=0) >= 0 and numbers.max(initial=0) < _EXACT
    return numbers.astype(np.min_scalar_type(int(numbers.max(initial=0)))) if is_whole else numbers


NO_COUNTS = Counts((), np.zeros(0, np.int64), np.zeros(0), np.zeros((0, 0)))


def share_counts(tasks: Ints, parts: ArrayLike, wholes: ArrayLike) -> Counts:
    """The counts of a share from the part and the whole of each task."""
    part, whole = np.asarray(parts, float), np.asarray(wholes, float)
    some = whole > 0
    return Counts.small((PART,), tasks[some], whole[some], part[some, np.newaxis])


def pair_counts(tasks: Ints, units: Floats, counts: Floats, columns: Sequence[Column]) -> Counts:
    """The counts of pairs of values, without the tasks that have no unit and the pairs that nobody gave."""
    some = units > 0
    given: NDArray[np.bool_] = np.any(counts, axis=0)
    kept = tuple(column for column, is_given in zip(columns, given.tolist(), strict=True) if is_given)
    return Counts.small(kept, tasks[some], units[some], counts[some][:, given])


def merged(parts: Sequence[tuple[Counts, Numbers]]) -> Counts:
    """The counts of disjoint tasks in one; each comes with what the indices of its tasks are in the whole.

    The largest type among the parts is the smallest for all: to look for it again took half the time of agreement's merging.
    """
    columns = sorted({column for part, _ in parts for column in part.columns})
    shape = sum(len(part.tasks) for part, _ in parts), len(columns)
    counts = np.zeros(shape, np.result_type(*(part.counts for part, _ in parts)))
    done = 0
    for part, _ in parts:
        counts[done : done + len(part.tasks), [columns.index(column) for column in part.columns]] = part.counts
        done += len(part.tasks)
    tasks = np.concatenate([places[part.tasks] for part, places in parts])
    order = np.argsort(tasks)
    units = np.concatenate([part.units for part, _ in parts])
    return Counts(tuple(columns), tasks[order], units[order], counts[order])
