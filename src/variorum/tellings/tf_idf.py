"""Cosines of TF-IDF weights, as scikit-learn computes them.

Written out here because importing scikit-learn, with the scipy it needs, was 1.4 s of the 5.5 s of processor time that
three articles took to build. The weights are scikit-learn's defaults: raw counts times ln((1 + n) / (1 + df)) + 1,
rows of length 1 (`TfidfVectorizer`).
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]
Vector = Mapping[str, float]
"""The terms of a unit that weigh anything; the vector is of length 1."""

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


@lru_cache(2**16)  # tellings of one event share their words, and all have "the": a quarter of the time
def _runs(word: str) -> list[str]:
    found = []
    for length in range(SHORTEST, min(LONGEST, max(len(word), SHORTEST)) + 1):
        found += [word[start : start + length] for start in range(max(len(word) - length, 0) + 1)]
    return found


def cosines(first: Sequence[Sequence[str]], second: Sequence[Sequence[str]]) -> Matrix:
    """The cosine, in [0, 1], of each unit of the first text (rows) with each of the second (columns), given their terms.

    The weights come from the units of both texts together. A unit without a term has the cosine 0 with every other.
    """
    counts = [Counter(terms) for terms in (*first, *second)]
    units = Counter(term for each in counts for term in each)
    weights = {term: 1 + math.log((1 + len(counts)) / (1 + found)) for term, found in units.items()}
    vectors = [_unit_vector(each, weights) for each in counts]
    left, right = vectors[: len(first)], vectors[len(first) :]
    both = sorted(_terms(left) & _terms(right))  # no other term adds to a product
    return np.clip(_matrix(left, both) @ _matrix(right, both).T, 0, 1)


def _unit_vector(counts: Counter[str], weights: Mapping[str, float]) -> Vector:
    weighted = {term: count * weights[term] for term, count in counts.items()}
    length = math.hypot(*weighted.values())
    return {term: value / length for term, value in weighted.items()}


def _terms(vectors: Sequence[Vector]) -> set[str]:
    return set().union(*vectors)


def _matrix(vectors: Sequence[Vector], terms: Sequence[str]) -> Matrix:
    place = {term: number for number, term in enumerate(terms)}
    matrix = np.zeros((len(vectors), len(terms)))
    for row, vector in enumerate(vectors):
        shared = [term for term in vector if term in place]
        matrix[row, [place[term] for term in shared]] = [vector[term] for term in shared]
    return matrix
