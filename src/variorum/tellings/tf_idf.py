"""Cosines of TF-IDF weights, as scikit-learn computes them.

Written out here because importing scikit-learn, with the scipy it needs, was 1.4 s of the 5.5 s of processor time that
three articles took to build. The weights are scikit-learn's defaults: raw counts times ln((1 + n) / (1 + df)) + 1,
rows of length 1 (`TfidfVectorizer`).
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from variorum.kernel.arrays import Ints

Matrix = npt.NDArray[np.float64]
SHORTEST, LONGEST = 3, 5
"""The lengths of the runs of characters that are compared."""


def words_and_pairs(unit: str) -> list[str]:
    """The words of a unit and its pairs of neighbouring words."""
    words = unit.split()
    return [*words, *(f"{one} {other}" for one, other in pairwise(words))]


def runs_in_words(unit: str) -> list[str]:
    """Runs of three to five characters inside words, a blank on either side of each word being part of it.

    A word that a run spans whole has no longer runs (scikit-learn's analyser `char_wb`).
    """
    return [run for word in unit.split() for run in _runs(f" {word} ")]


@lru_cache(2**16)  # tellings of one event share their words
def _runs(word: str) -> list[str]:
    found = []
    for length in range(SHORTEST, min(LONGEST, max(len(word), SHORTEST)) + 1):
        found += [word[start : start + length] for start in range(max(len(word) - length, 0) + 1)]
    return found


def cosines(first: Sequence[Sequence[str]], second: Sequence[Sequence[str]]) -> Matrix:
    """The cosine, in [0, 1], of each unit of the first text (rows) with each of the second (columns), given their terms.

    The weights come from the units of both texts together. A unit without a term has the cosine 0 with every other.
    """
    units, terms, counts = _counted([*first, *second])
    weights = np.log((1 + len(first) + len(second)) / (1 + np.bincount(terms))) + 1
    values = counts * weights[terms]
    values /= np.sqrt(np.bincount(units, values**2))[units]
    in_first = units < len(first)
    shared, columns = np.intersect1d(terms[in_first], terms[~in_first]), np.zeros(len(weights), np.int64)
    columns[shared] = np.arange(len(shared))
    rows = np.zeros((len(first) + len(second), len(shared)))  # no other term adds to a product
    adds = np.isin(terms, shared)
    rows[units[adds], columns[terms[adds]]] = values[adds]
    return np.clip(rows[: len(first)] @ rows[len(first) :].T, 0, 1)


def _counted(units: Sequence[Sequence[str]]) -> tuple[Ints, Ints, Ints]:
    """For each unit and each of its terms once: the place of the unit, a number of the term, how often it has it."""
    numbers: dict[str, int] = {}
    terms = np.array([numbers.setdefault(term, len(numbers)) for unit in units for term in unit], np.int64)
    owners = np.repeat(np.arange(len(units)), [len(unit) for unit in units])
    cells, counts = np.unique(owners * len(numbers) + terms, return_counts=True)
    return cells // max(len(numbers), 1), cells % max(len(numbers), 1), counts
