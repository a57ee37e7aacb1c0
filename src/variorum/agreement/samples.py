"""Figures from counts: the value from their sum, the interval from their sums over drawn tasks."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from variorum.agreement.bootstrap import Interval, bounds, drawn_sums, few
from variorum.agreement.coefficients import MINIMUM_ITEMS, Coefficient, Formula, Scale, alphas, coefficient, kappas
from variorum.agreement.counts import Counts, Floats, Numbers, share_counts
from variorum.agreement.share import Share


@dataclass(frozen=True)
class Part:
    """The counts of one pair or team, and the values that sums of them have; the last column of the sums are the units."""

    counts: Counts
    formula: Formula

    def over(self, tasks: Numbers) -> Floats:
        """The counts and the units of these tasks, 0 for a task that has none."""
        found = np.zeros((len(tasks), self.counts.counts.shape[1] + 1))
        found[np.searchsorted(tasks, self.counts.tasks)] = np.column_stack([self.counts.counts, self.counts.units])
        return found


@dataclass(frozen=True)
class Sample:
    """A figure, the tasks that give any unit to it, and the parts whose mean it is; mostly one."""

    found: Coefficient
    tasks: Numbers
    parts: tuple[Part, ...]

    def interval(self) -> Interval:
        """The interval over the tasks that have any unit; where there is no value, neither bounds nor a reason."""
        return intervals([self])[0]


def intervals(samples: Sequence[Sample]) -> list[Interval]:
    """The interval of each: those over as many tasks share their draws, whose cost is nearly all there is."""
    found = [few(len(sample.tasks)) if sample.found.value is not None else Interval(None, None) for sample in samples]
    by_tasks: dict[int, list[int]] = defaultdict(list)
    for index, (sample, known) in enumerate(zip(samples, found, strict=True)):
        if known is None:
            by_tasks[len(sample.tasks)].append(index)
    for tasks, indices in by_tasks.items():
        counts = [[part.over(samples[index].tasks) for part in samples[index].parts] for index in indices]
        widths = [part.shape[1] for parts in counts for part in parts]
        sums = iter(
            np.split(drawn_sums(np.hstack([part for parts in counts for part in parts])), np.cumsum(widths[:-1]), axis=1)
        )
        for index in indices:
            values = [part.formula(next(sums)) for part in samples[index].parts]
            found[index] = bounds(_means(np.array(values)), tasks)
    return [each for each in found if each is not None]


def sample_shares(shares: Sequence[Share], unit: str) -> Sample:
    """A share, summed over tasks; `shares` has one for each task, `unit` says what the wholes count."""
    parts, wholes = [share.part for share in shares], [share.whole for share in shares]
    return share_sample(share_counts(np.arange(len(shares)), parts, wholes), unit)


def share_sample(counts: Counts, unit: str) -> Sample:
    """A share from its counts; `unit` says what the wholes count."""
    total = Share(float(counts.counts.sum(dtype=float)), counts.n)
    reason = "" if total.whole else f"n=0: there are no {unit} to compare."
    return Sample(Coefficient(total.value, total.whole, reason), counts.tasks, (Part(counts, _ratios),))


def alpha_sample(counts: Counts, scale: Scale, values: Iterable[str] = ()) -> Sample:
    """Alpha from the counts of pairs of values; ordinal for `values` in their order."""
    values = list(values) or sorted({value for column in counts.columns for value in column})
    return _coefficient_sample(
        counts, values, 1 if scale == "nominal" else MINIMUM_ITEMS, alphas(counts.columns, values, scale)
    )


def kappa_sample(counts: Counts, levels: Sequence[str]) -> Sample:
    """Quadratic kappa from the counts of two annotators' levels."""
    return _coefficient_sample(counts, levels, MINIMUM_ITEMS, kappas(counts.columns, levels))


def _coefficient_sample(counts: Counts, values: Sequence[str], minimum: int, formula: Formula) -> Sample:
    together = dict(zip(counts.columns, counts.counts.sum(axis=0, dtype=float).tolist(), strict=True))
    found = coefficient(together, counts.n, values, minimum, formula)
    return Sample(found, counts.tasks, (Part(counts, lambda sums: formula(sums[:, :-1])),))


def mean(samples: Sequence[Sample]) -> Sample:
    """The mean over pairs of annotators that have a value, each with equal weight; units are summed over pairs."""
    valued = [sample.found.value for sample in samples if sample.found.value is not None]
    reason = "" if valued else "No two annotators have a value: " + " ".join(sorted({each.found.reason for each in samples}))
    found = Coefficient(sum(valued) / len(valued) if valued else None, sum(sample.found.n for sample in samples), reason)
    tasks = np.unique(np.concatenate([sample.tasks for sample in samples]))
    return Sample(found, tasks, tuple(part for sample in samples if sample.found.value is not None for part in sample.parts))


def _ratios(sums: Floats) -> Floats:
    return np.asarray(np.divide(sums[:, 0], sums[:, 1], out=np.full(len(sums), np.nan), where=sums[:, 1] != 0))


def _means(values: Floats) -> Floats:
    """The mean of the parts that have a value in each draw."""
    defined = (~np.isnan(values)).sum(axis=0)
    return np.asarray(np.divide(np.nansum(values, axis=0), defined, out=np.full(values.shape[1], np.nan), where=defined > 0))
