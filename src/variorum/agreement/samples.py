"""Figures from counts: the value from their sum, the interval from their sums over drawn tasks."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from variorum.agreement.bootstrap import Interval, drawn_sums, few, many_bounds
from variorum.agreement.coefficients import (
    MINIMUM_ITEMS,
    NOTHING_JUDGED,
    Coefficient,
    Formula,
    Scale,
    alphas,
    coefficient,
    interval_alphas,
    kappas,
)
from variorum.agreement.counts import Counts, Floats, Numbers
from variorum.agreement.share import Share


@dataclass(frozen=True)
class Part:
    """The counts of one pair or team, and the values that sums of them have; the last column of the sums are the units."""

    counts: Counts
    formula: Formula

    @property
    def width(self) -> int:
        """The columns of its table."""
        return self.counts.counts.shape[1] + 1

    @property
    def table(self) -> Floats:
        """The counts and the units, a row a task."""
        return np.column_stack([self.counts.counts, self.counts.units]).astype(float)


@dataclass(frozen=True)
class Sample:
    """A figure, the tasks that give any unit to it, and the parts whose mean it is; mostly one."""

    found: Coefficient
    tasks: Numbers
    parts: tuple[Part, ...]


COLUMNS = 4096
"""Columns of counts that are drawn together: their sums take 32 MB. The pairs of 100 annotators have 28,000."""


def intervals(samples: Sequence[Sample]) -> list[Interval]:
    """The interval of each over the tasks that have any unit; where it has no value, neither bounds nor a reason.

    Those over as many tasks share their draws, whose cost is nearly all there is.
    """
    found = [few(len(sample.tasks)) if sample.found.value is not None else Interval(None, None) for sample in samples]
    by_tasks: dict[int, list[int]] = defaultdict(list)
    for index, (sample, known) in enumerate(zip(samples, found, strict=True)):
        if known is None:
            by_tasks[len(sample.tasks)].append(index)
    for tasks, indices in by_tasks.items():
        for some in _shared_out(indices, samples):
            for index, interval in zip(some, _bounds([samples[index] for index in some], tasks), strict=True):
                found[index] = interval
    return [each for each in found if each is not None]


def _bounds(samples: Sequence[Sample], tasks: int) -> list[Interval]:
    """Those of samples over so many tasks each, which share their draws."""
    sums = iter(_drawn(samples))
    return many_bounds(np.array([_mean([part.formula(next(sums)) for part in sample.parts]) for sample in samples]), tasks)


def _shared_out(indices: Iterable[int], samples: Sequence[Sample]) -> Iterator[list[int]]:
    """Those of samples in runs that have so many columns at most, or are one."""
    run: list[int] = []
    columns = 0
    for index in indices:
        own = sum(part.width for part in samples[index].parts)
        if run and columns + own > COLUMNS:
            yield run
            run, columns = [], 0
        run.append(index)
        columns += own
    yield run


def _drawn(samples: Sequence[Sample]) -> list[Floats]:
    """The sums of each part over the draws, sample by sample.

    A part has rows for its own tasks alone: what 100 annotators have on 20,000 tasks, 200 each, took 4 GB with a row for each
    task. Parts of the same tasks are one matrix.
    """
    parts = [(np.searchsorted(sample.tasks, part.counts.tasks), part) for sample in samples for part in sample.parts]
    alike: dict[bytes, list[int]] = defaultdict(list)
    for place, (rows, _) in enumerate(parts):
        alike[rows.tobytes()].append(place)
    tables = [(parts[places[0]][0], np.hstack([parts[place][1].table for place in places])) for places in alike.values()]
    sums: dict[int, Floats] = {}
    for places, drawn in zip(alike.values(), drawn_sums(len(samples[0].tasks), tables), strict=True):
        ends = np.cumsum([parts[place][1].width for place in places])
        sums |= dict(zip(places, np.split(drawn, ends[:-1], axis=1), strict=True))
    return [sums[place] for place in range(len(parts))]


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


def interval_sample(counts: Counts) -> Sample:
    """Alpha of numbers from `NUMBERS`; from MINIMUM_ITEMS items on."""
    value = None
    reason = f"n={counts.n} items; a coefficient of numbers needs {MINIMUM_ITEMS}." if counts.n else NOTHING_JUDGED
    if counts.n >= MINIMUM_ITEMS:
        (found,) = interval_alphas(counts.counts.sum(axis=0, dtype=float)[np.newaxis]).tolist()
        value, reason = (None, f"All n={counts.n} items have one number.") if np.isnan(found) else (found, "")
    part = Part(counts, lambda sums: interval_alphas(sums[:, :-1]))
    return Sample(Coefficient(value, counts.n, reason), counts.tasks, (part,))


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


def _mean(parts: Sequence[Floats]) -> Floats:
    """The mean of the parts that have a value in each draw."""
    if len(parts) == 1:
        return parts[0]
    values = np.array(parts)
    defined = (~np.isnan(values)).sum(axis=0)
    return np.asarray(np.divide(np.nansum(values, axis=0), defined, out=np.full(values.shape[1], np.nan), where=defined > 0))
