"""Agreement on items that are judged one by one: Krippendorff's alpha, weighted kappa, and plain shares of agreement.

A coefficient that is not defined, or that so few items would leave to chance, is None with the reason. Alpha and kappa
are those of krippendorff and scikit-learn; `alpha_of` and `kappa_of` give the same from summed counts, which these
libraries do not take and which make a thousand draws of an interval cheap.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import krippendorff
import numpy as np
from numpy.typing import NDArray

from variorum.agreement.share import Share
from variorum.annotations.work import Marked

MINIMUM_ITEMS = 30
"""Items from which on a coefficient of levels is given. The 95% range of quadratic kappa, simulated, is -.5 to 1 with 3
items, .25 to .91 with 10 and .49 to .82 with 30."""

Table = Sequence[Sequence[str | None]]
"""A row for each item, a column for each annotator; None where an annotator did not judge the item."""

Scale = Literal["nominal", "ordinal"]
Counts = NDArray[np.float64]

_TWO = 2


@dataclass(frozen=True)
class Coefficient:
    """A coefficient over the n items that at least two annotators judged, or None and the reason why there is none."""

    value: float | None
    n: int
    reason: str = ""


def nominal_alpha(table: Table) -> Coefficient:
    """Krippendorff's alpha of values that have no order (Krippendorff 2019, chapter 12)."""
    return _alpha(table, values_of(table), "nominal", 1)


def ordinal_alpha(table: Table, levels: Sequence[str]) -> Coefficient:
    """Krippendorff's alpha of levels, which are given in their order; from MINIMUM_ITEMS items on."""
    return _alpha(table, levels, "ordinal", MINIMUM_ITEMS)


def quadratic_kappa(pairs: Sequence[tuple[str, str]], levels: Sequence[str]) -> Coefficient:
    """Cohen's kappa of two annotators' levels, weighted by squared distance (Cohen 1968); from MINIMUM_ITEMS items on."""
    reason = _obstacle(_judged(pairs), levels, MINIMUM_ITEMS)
    if reason:
        return Coefficient(None, len(pairs), reason)
    from sklearn.metrics import cohen_kappa_score  # 2.5 s, and few corpora need it

    first, second = zip(*pairs, strict=True)
    return Coefficient(float(cohen_kappa_score(first, second, labels=list(levels), weights="quadratic")), len(pairs))


def _alpha(table: Table, values: Sequence[str], scale: Scale, minimum: int) -> Coefficient:
    items = _judged(table)
    reason = _obstacle(items, values, minimum)
    if reason:
        return Coefficient(None, len(items), reason)
    counts = [[item[value] for value in values] for item in items]
    return Coefficient(float(krippendorff.alpha(value_counts=counts, level_of_measurement=scale)), len(items))


def _judged(table: Table) -> list[Counter[str]]:
    """How often each value was given, for each item that at least two annotators judged."""
    items = [Counter(value for value in row if value is not None) for row in table]
    return [item for item in items if item.total() >= _TWO]


def _obstacle(items: Sequence[Counter[str]], values: Sequence[str], minimum: int) -> str:
    """Why there is no coefficient; empty if nothing stands against it."""
    found = sorted({value for item in items for value in item})
    unknown = [value for value in found if value not in values]
    if not items:
        return "n=0: no item was judged by two annotators."
    if unknown:
        return f"{unknown[0]!r} is not one of {', '.join(values)}."
    if len(items) < minimum:
        return f"n={len(items)} items; a coefficient of levels needs {minimum}."
    if len(found) < _TWO:
        return f"All n={len(items)} items have the value {found[0]!r}; there is no chance agreement to compare with."
    return ""


def values_of(table: Table) -> list[str]:
    """All values in a table, each once, sorted."""
    return sorted({value for row in table for value in row if value is not None})


def coincidences(table: Table, values: Sequence[str]) -> Counts:
    """How often two annotators gave these two values to one item: square, symmetric, in the order of `values`.

    An item that m annotators judged weighs m in total. The sum over tables is that of all their items together.
    """
    items = _judged(table)
    counts = np.array([[item[value] for value in values] for item in items], float).reshape(len(items), len(values))
    weighted = counts / (counts.sum(axis=1, keepdims=True) - 1)
    return np.asarray(counts.T @ weighted - np.diag(weighted.sum(axis=0)))


def alpha_of(together: Counts, scale: Scale) -> float | None:
    """Krippendorff's alpha from `coincidences`; None where fewer than two values are found.

    The ordinal distance is that between the middles of two values' ranks.
    """
    given = together.sum(axis=0)
    ranks = given.cumsum() - given / 2
    distance = np.subtract.outer(ranks, ranks) ** 2 if scale == "ordinal" else 1 - np.eye(len(given))
    expected = given @ distance @ given
    return float(1 - (given.sum() - 1) * (together * distance).sum() / expected) if expected else None


def level_counts(pairs: Iterable[tuple[str, str]], levels: Sequence[str]) -> Counts:
    """How often the first annotator gave the level of a row where the second gave that of a column."""
    counted = Counter(pairs)
    return np.array([[counted[first, second] for second in levels] for first in levels], float)


def kappa_of(counts: Counts) -> float | None:
    """Quadratic kappa from `level_counts`; None where all items have one level."""
    places = np.arange(len(counts))
    distance = np.subtract.outer(places, places) ** 2
    expected = (np.outer(counts.sum(axis=1), counts.sum(axis=0)) * distance).sum()
    return float(1 - counts.sum() * (counts * distance).sum() / expected) if expected else None


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
    """For each sentence of a document (code points, half-open), `yes` if a claim touches it, else `no`."""
    places = [claim.place for claim in claims]
    return ["yes" if any(place.start < end and start < place.end for place in places) else "no" for start, end in sentences]
