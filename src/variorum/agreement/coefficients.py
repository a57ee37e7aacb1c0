"""Agreement on items that are judged one by one: Krippendorff's alpha, weighted kappa, and plain shares of agreement.

A coefficient that is not defined, or that so few items would leave to chance, is None with the reason. Alpha and kappa
are functions of how often two values were given to one item, summed over items, and are computed from these sums alone:
tests hold them against krippendorff and scikit-learn, which want the items themselves, to 1e-9.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from variorum.agreement.counts import Column
from variorum.agreement.share import Share
from variorum.annotations.work import Marked

MINIMUM_ITEMS = 30
"""Items from which on a coefficient of levels is given. The 95% range of quadratic kappa, simulated, is -.5 to 1 with 3
items, .25 to .91 with 10 and .49 to .82 with 30."""

Scale = Literal["nominal", "ordinal"]
_LOST = 1e-12
NOTHING_JUDGED = "n=0: no item was judged by two annotators."
Sums = NDArray[np.float64]
Formula = Callable[[Sums], Sums]
"""From sums of counts, a row for each draw, to the coefficient of each draw, NaN where it has none."""

_TWO = 2


@dataclass(frozen=True)
class Coefficient:
    """A coefficient over the n items that at least two annotators judged, or None and the reason why there is none."""

    value: float | None
    n: int
    reason: str = ""


def coefficient(together: Mapping[Column, float], n: int, values: Sequence[str], minimum: int, formula: Formula) -> Coefficient:
    """The coefficient of n items from how often each two values were given to one of them, in the formula's order."""
    reason = _obstacle(n, sorted({value for pair, count in together.items() if count for value in pair}), values, minimum)
    return Coefficient(None, n, reason) if reason else Coefficient(_only(formula(_row(together.values()))), n)


def _obstacle(n: int, found: Sequence[str], values: Sequence[str], minimum: int) -> str:
    """Why there is no coefficient of n items with these values; empty if nothing stands against it."""
    unknown = [value for value in found if value not in values]
    if not n:
        return NOTHING_JUDGED
    if unknown:
        return f"{unknown[0]!r} is not one of {', '.join(values)}."
    if n < minimum:
        return f"n={n} items; a coefficient of levels needs {minimum}."
    if len(found) < _TWO:
        return f"All n={n} items have the value {found[0]!r}; there is no chance agreement to compare with."
    return ""


def alphas(columns: Sequence[Column], values: Sequence[str], scale: Scale) -> Formula:
    """Krippendorff's alpha (2019, chapter 12) of sums whose columns are pairs of values.

    Each item is counted as `agreement.counts` says. The ordinal distance is that between the middles of two values' ranks,
    whose mean is always half the number of values given; with the distance from it in the place of ranks, what is expected
    of a single value is exactly 0.
    """
    first, second = _sides(columns, values)
    differ = np.array([one != other for one, other in columns])

    def nominal(sums: Sums) -> Sums:
        given = sums @ (first + second)
        total = given.sum(axis=1)
        return _ratio((total - 1) * 2 * sums[:, differ].sum(axis=1), total**2 - (given**2).sum(axis=1))

    def ordinal(sums: Sums) -> Sums:
        given = sums @ (first + second)
        total = given.sum(axis=1)
        ranks = given.cumsum(axis=1) - given / 2 - total[:, np.newaxis] / 2
        observed = 2 * (sums * (ranks @ (first - second).T) ** 2).sum(axis=1)
        return _ratio((total - 1) * observed, 2 * total * (given * ranks**2).sum(axis=1))

    return ordinal if scale == "ordinal" else nominal


def kappas(columns: Sequence[Column], levels: Sequence[str]) -> Formula:
    """Cohen's kappa weighted by squared distance (1968), of sums whose columns are pairs of levels.

    The first level of a pair is the first annotator's, the second the other's.
    """
    first, second = _sides(columns, levels)
    places = np.arange(len(levels))
    distance = np.subtract.outer(places, places) ** 2
    apart = ((first - second) @ places) ** 2

    def kappa(sums: Sums) -> Sums:
        expected = ((sums @ first @ distance) * (sums @ second)).sum(axis=1)
        return _ratio(sums.sum(axis=1) * (sums @ apart), expected)

    return kappa


def interval_alphas(sums: Sums) -> Sums:
    """Krippendorff's alpha of numbers from sums of `counts.NUMBERS`: all pairs of numbers differ by n Σv² - (Σv)², squared.

    That is a difference of large sums: where it is lost in their last digits, no two numbers differ, and there is no value.
    """
    apart, squares, total, given = sums.T
    expected = given * squares - total**2
    return _ratio((given - 1) * apart, np.where(expected > given * squares * _LOST, expected, 0))


def _sides(columns: Sequence[Column], values: Sequence[str]) -> tuple[Sums, Sums]:
    """Which value stands on either side of each column: 1 in the row of the column and the place of the value."""
    sides = [[[float(value == own) for value in values] for own in side] for side in zip(*columns, strict=True)]
    shape = (_TWO, len(columns), len(values))
    first, second = np.array(sides or np.zeros(shape)).reshape(shape)
    return first, second


def _ratio(observed: Sums, expected: Sums) -> Sums:
    """One without observed by expected disagreement, NaN where none is expected."""
    return np.asarray(1 - np.divide(observed, expected, out=np.full(len(expected), np.nan), where=expected != 0))


def _row(counts: Iterable[float]) -> Sums:
    return np.array([list(counts)], float)


def _only(values: Sums) -> float | None:
    return None if np.isnan(values[0]) else float(values[0])


def exact_agreement(pairs: Sequence[tuple[str, str]]) -> Share:
    """The share of items with the same level twice."""
    return Share(sum(first == second for first, second in pairs), len(pairs))


def adjacent_agreement(pairs: Sequence[tuple[str, str]], levels: Sequence[str]) -> Share:
    """The share of items whose two levels are the same or neighbours in `levels`."""
    near = {frozenset(pair) for pair in pairwise(levels)} | {frozenset([level]) for level in levels}
    return Share(sum(frozenset(pair) in near for pair in pairs), len(pairs))


def jaccard(pairs: Sequence[tuple[Sequence[str], Sequence[str]]]) -> Share:
    """The mean, over items, of the labels that both gave divided by the labels that either gave.

    For an answer of one label it is the share of agreement. For several labels, alpha takes the whole set as one value
    and so counts a set that lacks one label as altogether different; this counts the labels that are the same.
    """
    return Share(sum(len({*one} & {*other}) / len({*one} | {*other}) for one, other in pairs), len(pairs))


def has_claim(sentences: Sequence[tuple[int, int]], claims: Sequence[Marked]) -> list[str]:
    """For each sentence of a document (code points, half-open), `yes` if a claim touches it, else `no`.

    Sentences stand in the order of the text and do not overlap.
    """
    starts, ends = [start for start, _ in sentences], [end for _, end in sentences]
    found = ["no"] * len(sentences)
    for place in (claim.place for claim in claims):
        touched = slice(bisect_right(ends, place.start), bisect_left(starts, place.end))
        found[touched] = ["yes"] * len(starts[touched])
    return found
