"""Alpha and kappa of items as they were judged, one by one: what is counted of them is left to the coefficients' own sums."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import product

import numpy as np

from variorum.agreement.coefficients import MINIMUM_ITEMS, Coefficient, Scale, Sums, alphas, coefficient, kappas

Table = Sequence[Sequence[str | None]]
"""A row for each item, a column for each annotator; None where an annotator did not judge the item."""


def nominal_alpha(table: Table) -> Coefficient:
    """Krippendorff's alpha of values that have no order (Krippendorff 2019, chapter 12)."""
    return _alpha(table, values_of(table), "nominal", 1)


def ordinal_alpha(table: Table, levels: Sequence[str]) -> Coefficient:
    """Krippendorff's alpha of levels, which are given in their order; from MINIMUM_ITEMS items on."""
    return _alpha(table, levels, "ordinal", MINIMUM_ITEMS)


def quadratic_kappa(pairs: Sequence[tuple[str, str]], levels: Sequence[str]) -> Coefficient:
    """Cohen's kappa of two annotators' levels, weighted by squared distance (Cohen 1968); from MINIMUM_ITEMS items on."""
    return coefficient(Counter(pairs), len(pairs), levels, MINIMUM_ITEMS, kappas(list(Counter(pairs)), levels))


def _alpha(table: Table, values: Sequence[str], scale: Scale, minimum: int) -> Coefficient:
    given = values_of(table)
    half = coincidences(table, given) / 2
    together = dict(zip(product(given, repeat=2), half.ravel().tolist(), strict=True))
    return coefficient(together, len(_judged(table)), values, minimum, alphas(list(together), values, scale))


def _judged(table: Table) -> list[Counter[str]]:
    """How often each value was given, for each item that at least two annotators judged."""
    items = [Counter(value for value in row if value is not None) for row in table]
    return [item for item in items if item.total() >= 2]


def values_of(table: Table) -> list[str]:
    """All values in a table, each once, sorted."""
    return sorted({value for row in table for value in row if value is not None})


def coincidences(table: Table, values: Sequence[str]) -> Sums:
    """How often two annotators gave these two values to one item: square, symmetric, in the order of `values`.

    An item that m annotators judged weighs m in total. The sum over tables is that of all their items together.
    """
    items = _judged(table)
    counts = np.array([[item[value] for value in values] for item in items], float).reshape(len(items), len(values))
    weighted = counts / (counts.sum(axis=1, keepdims=True) - 1)
    return np.asarray(counts.T @ weighted - np.diag(weighted.sum(axis=0)))


def alpha_of(together: Sums, scale: Scale) -> float | None:
    """Krippendorff's alpha from `coincidences`; None where fewer than two values are found."""
    values = [str(place) for place in range(len(together))]
    return _only(alphas(list(product(values, repeat=2)), values, scale)(together.reshape(1, -1) / 2))


def level_counts(pairs: Iterable[tuple[str, str]], levels: Sequence[str]) -> Sums:
    """How often the first annotator gave the level of a row where the second gave that of a column."""
    counted = Counter(pairs)
    return np.array([[counted[first, second] for second in levels] for first in levels], float)


def kappa_of(counts: Sums) -> float | None:
    """Quadratic kappa from `level_counts`; None where all items have one level."""
    levels = [str(place) for place in range(len(counts))]
    return _only(kappas(list(product(levels, repeat=2)), levels)(counts.reshape(1, -1)))


def _only(values: Sums) -> float | None:
    return None if np.isnan(values[0]) else float(values[0])
