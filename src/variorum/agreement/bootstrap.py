"""Intervals by drawing tasks again: the percentile bootstrap (Efron & Tibshirani 1993, chapter 13).

Whole tasks are drawn, never single spans: spans of one document share its text and its hard cases, and an interval that
took them for independent would be too narrow. Every figure here is a function of counts that add up over tasks (hits and
sizes for F1, pairs of values for alpha and kappa). A draw is therefore a row of how often each task was drawn, times the
tasks' counts: all draws are one product of two matrices, and thousands of documents take milliseconds.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

SEED = 1895
RESAMPLES = 1000
CONFIDENCE = 0.95
MINIMUM_TASKS = 10
"""With fewer tasks the draws repeat the same few sums, and the interval says little but how many tasks there are."""

_UNDEFINED_AT_MOST = 0.05

Draws = NDArray[np.float64]
"""How often each task (column) was drawn in each draw (row)."""


@dataclass(frozen=True)
class Interval:
    """The bounds that hold 95% of the draws, or None and the reason why there are none."""

    low: float | None
    high: float | None
    reason: str = ""


def interval(tasks: int, values_of: Callable[[Draws], Sequence[float | None]]) -> Interval:
    """The interval of a value over so many tasks, from 1000 draws of as many tasks; the same for the same input.

    `values_of` gives the value of each draw, None for one that has none, such as a draw without two classes. Such draws
    are left out; where they are more than 5% there is no interval.
    """
    if tasks < MINIMUM_TASKS:
        return Interval(None, None, f"n={tasks} tasks; an interval needs {MINIMUM_TASKS}.")
    defined = [value for value in values_of(draws(tasks)) if value is not None]
    if len(defined) < RESAMPLES * (1 - _UNDEFINED_AT_MOST):
        return Interval(None, None, f"{RESAMPLES - len(defined)} of {RESAMPLES} draws of n={tasks} tasks have no value.")
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(defined, [tail, 1 - tail])
    return Interval(float(low), float(high))


@lru_cache(maxsize=4)
def draws(tasks: int) -> Draws:
    """1000 draws of so many tasks from as many, with replacement; the array is shared, and read-only for that."""
    drawn = np.random.default_rng(SEED).integers(tasks, size=(RESAMPLES, tasks))
    rows = np.arange(RESAMPLES)[:, np.newaxis] * tasks
    counts = np.bincount((drawn + rows).ravel(), minlength=RESAMPLES * tasks).reshape(RESAMPLES, tasks).astype(float)
    counts.setflags(write=False)
    return counts
