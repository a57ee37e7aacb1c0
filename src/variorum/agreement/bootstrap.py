"""Intervals by drawing tasks again: the percentile bootstrap (Efron & Tibshirani 1993, chapter 13).

Whole tasks are drawn, never single spans: spans of one document share its text and its hard cases, and an interval that
took them for independent would be too narrow. Every figure here is a function of counts that add up over tasks (hits and
sizes for F1, pairs of values for alpha and kappa). A draw is therefore a row of how often each task was drawn, times the
tasks' counts: all draws of all figures over as many tasks are one product of two matrices.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from variorum.kernel.arrays import Ints

SEED = 1895
RESAMPLES = 1000
CONFIDENCE = 0.95
MINIMUM_TASKS = 10
"""With fewer tasks the draws repeat the same few sums, and the interval says little but how many tasks there are."""

_UNDEFINED_AT_MOST = 0.05
_TAILS = ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2)
_BLOCK = 200_000
"""Numbers drawn at a time: all draws of 20,000 tasks would take 160 MB, and no less time. In blocks of ten draws, the 101
pairs of a round with 20 tasks each took three times as long."""

Draws = NDArray[np.float64]
"""How often each task (column) was drawn in each draw (row)."""


@dataclass(frozen=True)
class Interval:
    """The bounds that hold 95% of the draws, or None and the reason why there are none."""

    low: float | None
    high: float | None
    reason: str = ""


def few(tasks: int) -> Interval | None:
    """That so few tasks have no interval; None where there are enough."""
    return Interval(None, None, f"n={tasks} tasks; an interval needs {MINIMUM_TASKS}.") if tasks < MINIMUM_TASKS else None


def many_bounds(values: NDArray[np.float64], tasks: int) -> list[Interval]:
    """The intervals of figures from their values in all draws of so many tasks: a row a figure, NaN for a draw without a value.

    Such draws are left out; where they are more than 5% there is no interval. 7,000 figures take 0.2 to 0.5 s, one
    by one 1.4 s.
    """
    defined = (~np.isnan(values)).sum(axis=1)
    found: dict[int, Interval] = {}
    for count in np.unique(defined).tolist():  # nearly always one: all draws have a value
        rows = np.flatnonzero(defined == count).tolist()
        if count < RESAMPLES * (1 - _UNDEFINED_AT_MOST):
            reason = f"{RESAMPLES - count} of {RESAMPLES} draws of n={tasks} tasks have no value."
            found |= dict.fromkeys(rows, Interval(None, None, reason))
        else:
            limits = np.quantile(np.sort(values[rows], axis=1)[:, :count], _TAILS, axis=1)
            found |= {row: Interval(low, high) for row, (low, high) in zip(rows, limits.T.tolist(), strict=True)}
    return [found[row] for row in range(len(values))]


def drawn_sums(tasks: int, tables: Sequence[tuple[Ints, NDArray[np.float64]]]) -> list[NDArray[np.float64]]:
    """The sums of the columns of each table over 1000 draws of so many tasks, with replacement: a row for each draw.

    The same for the same input.

    A table has its rows for some tasks, whose places come with it, in their order.
    """
    found: list[NDArray[np.float64]] = [np.empty((RESAMPLES, counts.shape[1])) for _, counts in tables]
    made = 0
    for block in _blocks(tasks):
        for sums, (rows, counts) in zip(found, tables, strict=True):
            np.matmul(block if len(rows) == tasks else block[:, rows], counts, out=sums[made : made + len(block)])
        made += len(block)
    return found


def _blocks(tasks: int) -> Iterator[Draws]:
    """The draws, some at a time: a generator gives the same numbers in many calls as in one."""
    generator = np.random.default_rng(SEED)
    size = max(_BLOCK // tasks, 1)
    for made in range(0, RESAMPLES, size):
        drawn = generator.integers(tasks, size=(min(size, RESAMPLES - made), tasks))
        yield np.array([np.bincount(each, minlength=tasks) for each in drawn], float)
