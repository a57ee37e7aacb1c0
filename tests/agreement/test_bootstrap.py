"""Intervals over tasks."""

import time
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from variorum.agreement import samples
from variorum.agreement.bootstrap import MINIMUM_TASKS, RESAMPLES, Draws, Interval, drawn_sums, few, many_bounds
from variorum.agreement.coefficients import Coefficient
from variorum.agreement.counts import share_counts
from variorum.agreement.samples import Sample, intervals, share_sample
from variorum.agreement.share import Share

HITS = np.random.default_rng(5).integers(0, 2, 200)


def draws(tasks: int) -> Draws:
    """All draws of so many tasks: the sums of a column for each task, which is 1 in its row alone."""
    return drawn_sums(tasks, [(np.arange(tasks), np.eye(tasks))])[0]


def interval(tasks: int, values_of: Callable[[Draws], Sequence[float | None]]) -> Interval:
    """The interval of a value over so many tasks; `values_of` gives that of each draw, None for one that has none."""
    return few(tasks) or bounds(np.array(values_of(draws(tasks)), float), tasks)


def bounds(values: NDArray[np.float64], tasks: int) -> Interval:
    """The interval of one figure."""
    return many_bounds(values[np.newaxis], tasks)[0]


def own_interval(sample: Sample) -> Interval:
    return intervals([sample])[0]


def sample_shares(shares: Sequence[Share], unit: str) -> Sample:
    """A share, summed over tasks; `shares` has one for each task."""
    parts, wholes = [share.part for share in shares], [share.whole for share in shares]
    return share_sample(share_counts(np.arange(len(shares)), parts, wholes), unit)


def rates(drawn: Draws) -> list[float]:
    """The rate of hits in each draw of the first tasks."""
    return [float(each) for each in drawn @ HITS[: drawn.shape[1]] / drawn.sum(axis=1)]


def test_the_same_input_gives_the_same_interval() -> None:
    assert interval(200, rates) == interval(200, rates)


def test_an_interval_of_a_share_is_that_of_the_normal_approximation() -> None:
    found, p = interval(200, rates), HITS.mean()
    half = 1.96 * (p * (1 - p) / 200) ** 0.5

    assert (found.low, found.high) == pytest.approx((p - half, p + half), abs=0.015)


def test_whole_tasks_are_drawn() -> None:
    """Ten spans in each of 20 tasks, all right or all wrong: the interval is that of 20, not of 200."""
    found = own_interval(sample_shares([Share(10 * (number % 2), 10) for number in range(20)], "spans"))

    assert found.low is not None
    assert found.high is not None
    assert found.high - found.low == pytest.approx(2 * 1.96 * (0.25 / 20) ** 0.5, abs=0.06)


def test_below_ten_tasks_there_is_no_interval() -> None:
    assert interval(9, rates).reason == "n=9 tasks; an interval needs 10."
    assert interval(MINIMUM_TASKS, rates).low is not None


def test_tasks_without_units_do_not_count() -> None:
    found = sample_shares([Share(1, 2)] * 9 + [Share()] * 90, "spans")

    assert found.found.value == 0.5
    assert own_interval(found).reason == "n=9 tasks; an interval needs 10."


def test_draws_without_a_value_are_left_out_unless_they_are_many() -> None:
    def of(share: float) -> str:
        undefined = int(share * RESAMPLES)
        return interval(10, lambda _: [None] * undefined + [1.0] * (RESAMPLES - undefined)).reason

    assert of(0.05) == ""
    assert of(0.06) == "60 of 1000 draws of n=10 tasks have no value."


def test_five_thousand_tasks_take_a_moment() -> None:
    sample = sample_shares([Share(number % 7, 8) for number in range(5000)], "spans")
    begun = time.perf_counter()
    own_interval(sample)

    assert time.perf_counter() - begun < 5


def test_a_draw_has_as_many_tasks_as_there_are() -> None:
    assert set(draws(30).sum(axis=1)) == {30.0}


@pytest.mark.parametrize("columns", [1, samples.COLUMNS])
def test_pairs_that_share_few_tasks_are_drawn_with_all(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a table with a row for each task, most of them empty, which for 100 annotators would take gigabytes."""
    monkeypatch.setattr(samples, "COLUMNS", columns)
    generator = np.random.default_rng(1)
    wholes = generator.integers(1, 9, size=(2, 60))
    hits = generator.integers(0, wholes + 1)
    own = np.array([range(60), range(60)]) < [[30], [60]]
    own[1, :15] = False
    pairs = [
        share_counts(np.flatnonzero(mask), hit[mask], whole[mask]) for mask, hit, whole in zip(own, hits, wholes, strict=True)
    ]
    first, second = (share_sample(counts, "spans") for counts in pairs)
    both = Sample(Coefficient(0.5, 60), np.arange(60), (*first.parts, *second.parts))

    found = intervals([first, both, second])

    sums = [draws(60) @ (table * own).T for table in (hits, wholes)]
    assert found == [own_interval(first), bounds((sums[0] / sums[1]).mean(axis=1), 60), own_interval(second)]


def test_many_intervals_are_those_of_each() -> None:
    """Also where draws without a value, of which each figure has its own number, are left out or too many."""
    values = np.random.default_rng(2).random((40, RESAMPLES))
    for row, undefined in enumerate([0, 1, 7, 50, 51, RESAMPLES] * 5):
        values[row, :undefined] = np.nan

    found = many_bounds(values, 12)

    assert found == [_bounds(row) for row in values]
    assert found[4].reason == "51 of 1000 draws of n=12 tasks have no value."


def _bounds(values: NDArray[np.float64]) -> Interval:
    defined = values[~np.isnan(values)]
    if len(defined) < 0.95 * RESAMPLES:
        return Interval(None, None, f"{RESAMPLES - len(defined)} of 1000 draws of n=12 tasks have no value.")
    low, high = np.quantile(defined, [(1 - 0.95) / 2, (1 + 0.95) / 2])
    return Interval(float(low), float(high))
