"""What a figure rests on, as counts for each task, so that it can be computed again over drawn tasks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from variorum.agreement.bootstrap import Draws, Interval, interval
from variorum.agreement.coefficients import (
    Coefficient,
    Counts,
    Scale,
    Table,
    alpha_of,
    coincidences,
    kappa_of,
    level_counts,
    nominal_alpha,
    ordinal_alpha,
    quadratic_kappa,
    values_of,
)
from variorum.agreement.share import Share

LevelPairs = Sequence[tuple[str, str]]
Tasks = NDArray[np.intp]


@dataclass(frozen=True)
class Part:
    """The counts of one pair or team, with the tasks as the first dimension, and the values that sums of them have."""

    counts: Counts
    values_of: Callable[[Counts], list[float | None]]

    def values(self, tasks: Tasks, draws: Draws) -> list[float | None]:
        """The value of each draw of these tasks."""
        counts = self.counts[tasks]
        sums = draws @ counts.reshape(len(tasks), -1)
        return self.values_of(sums.reshape(len(draws), *counts.shape[1:]))


@dataclass(frozen=True)
class Sample:
    """A figure, the number of units that each task gives to it, and the parts whose mean it is; mostly one."""

    found: Coefficient
    units: NDArray[np.int_]
    parts: tuple[Part, ...]

    def interval(self) -> Interval:
        """The interval over the tasks that have any unit; where there is no value, neither bounds nor a reason."""
        if self.found.value is None:
            return Interval(None, None)
        tasks = np.flatnonzero(self.units)
        return interval(len(tasks), lambda draws: self._means(tasks, draws))

    def _means(self, tasks: Tasks, draws: Draws) -> list[float | None]:
        return [_mean(values) for values in zip(*(part.values(tasks, draws) for part in self.parts), strict=True)]


def sample_shares(shares: Sequence[Share], unit: str) -> Sample:
    """A share, summed over tasks; `shares` has one for each task, `unit` says what the wholes count."""
    total = sum(shares, Share())
    found = Coefficient(total.value, total.whole, "" if total.whole else f"n=0: there are no {unit} to compare.")
    counts = np.array([(share.part, share.whole) for share in shares], float).reshape(-1, 2)
    return Sample(found, counts[:, 1].astype(int), (Part(counts, _ratios),))


def sample_nominal(tables: Sequence[Table]) -> Sample:
    """Nominal alpha; a table for each task."""
    return _sample_alpha(nominal_alpha(_joined(tables)), tables, values_of(_joined(tables)), "nominal")


def sample_ordinal(tables: Sequence[Table], levels: Sequence[str]) -> Sample:
    """Ordinal alpha; a table for each task."""
    return _sample_alpha(ordinal_alpha(_joined(tables), levels), tables, levels, "ordinal")


def sample_kappa(pairs: Sequence[LevelPairs], levels: Sequence[str]) -> Sample:
    """Quadratic kappa; the levels of the two annotators for each task."""
    found = quadratic_kappa([pair for task in pairs for pair in task], levels)
    counts = np.array([level_counts(task, levels) for task in pairs])
    units = np.array([len(task) for task in pairs])
    return Sample(found, units, (Part(counts, lambda sums: [kappa_of(each) for each in sums]),))


def mean(samples: Sequence[Sample]) -> Sample:
    """The mean over pairs of annotators that have a value, each with equal weight; units are summed over pairs."""
    valued = [sample for sample in samples if sample.found.value is not None]
    reason = "" if valued else "No two annotators have a value: " + " ".join(sorted({each.found.reason for each in samples}))
    value = _mean([sample.found.value for sample in valued])
    n = sum(sample.found.n for sample in samples)
    units = np.sum([sample.units for sample in samples], axis=0)
    return Sample(Coefficient(value, n, reason), units, tuple(part for sample in valued for part in sample.parts))


def _ratios(sums: Counts) -> list[float | None]:
    return [Share(part, whole).value for part, whole in sums.tolist()]


def _mean(values: Sequence[float | None]) -> float | None:
    defined = [value for value in values if value is not None]
    return sum(defined) / len(defined) if defined else None


def _sample_alpha(found: Coefficient, tables: Sequence[Table], values: Sequence[str], scale: Scale) -> Sample:
    counts = np.array([coincidences(table, values) for table in tables])
    units = np.array([sum(sum(value is not None for value in row) > 1 for row in table) for table in tables])
    return Sample(found, units, (Part(counts, lambda sums: [alpha_of(each, scale) for each in sums]),))


def _joined(tables: Sequence[Table]) -> Table:
    return [row for table in tables for row in table]
