"""Pairs of sentences, or of claims, of two tellings that are worth a person's look. Texts in, plain pairs out.

Nobody reads all pairs: thirty sentences against thirty are 900. So the step is built for recall. What it does not offer
is hardly ever linked, what it offers in vain costs a glance; `recall` counts how many of the pairs that people did link
it had offered, and that figure belongs in every report about the links.
"""

import re
from collections.abc import Callable, Hashable, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from variorum.tellings.tf_idf import cosines, runs_in_words, words_and_pairs

PER_UNIT = 3
THRESHOLD = 0.1
"""With these two, `lexical` offers 40 of the 44 sentence pairs linked between the three tellings of `corpus/texts` (read
once, by a language model: a rough truth), and 180 of the 1,194 that there are. Of the 998 pairs that stand alone between
two sentences kept almost word for word in two levels of OneStopEnglish, it offers 993, and 1.6 pairs per sentence. Five
partners find one pair more of the 44 for 23 more offered, a threshold of .08 none more for 48; one of .12 loses one.
"""

_DECIMALS = 6
"""The last bits of a score hang on the order of summation, and so on which text stands first; they must decide nothing."""
_WORD = re.compile(r"\w+")

Matrix = npt.NDArray[np.float64]
"""A row for each unit of the first text, a column for each of the second."""
Score = Callable[[Sequence[str], Sequence[str]], Matrix]
"""From the units of two texts to how much each of the first says the same as each of the second: 0 nothing, 1 all.

Any function of this shape can be given to `candidates`, with a threshold of its own, since the scores of unrelated
sentences differ from one measure to the next; `variorum.tellings.embedding` has one.
"""


class Candidate(NamedTuple):
    """A unit of the first text and one of the second, by their indices, and their score to six decimals."""

    first: int
    second: int
    score: float


def lexical(first: Sequence[str], second: Sequence[str]) -> Matrix:
    """Scores in [0, 1] by shared words alone: the mean of the Jaccard index of the words, the cosine of `characters` and
    the TF-IDF cosine of single words and pairs of words. A unit without a word scores 0.

    On the three pairs of tellings linked as told above, its average precision is .77, .79 and .66; that of its parts is
    .74, .75, .46 (Jaccard), .69, .76, .58 (characters) and .76, .77, .60 (words). Stopwords stay in: "not" is one.
    """
    left, right = _normalised(first), _normalised(second)
    words = _cosines(left, right, words_and_pairs)
    return np.clip((_jaccard(left, right) + characters(first, second) + words) / 3, 0, 1)


def characters(first: Sequence[str], second: Sequence[str]) -> Matrix:
    """TF-IDF cosines, in [0, 1], of runs of three to five characters inside words: they see what "economy" and
    "economic" share. The weights come from the units of both texts together. A unit without a word scores 0.
    """
    return _cosines(_normalised(first), _normalised(second), runs_in_words)


def candidates(
    first: Sequence[str],
    second: Sequence[str],
    *,
    score: Score = lexical,
    per_unit: int = PER_UNIT,
    threshold: float = THRESHOLD,
) -> list[Candidate]:
    """The pairs to offer, in the order of their indices: for each unit of either text its `per_unit` best partners, of
    equally good ones the first, as far as they score above the threshold.

    Since both sides choose, a sentence that was split into five can keep all five; and with the texts exchanged, a score
    that does not mind the order gives the same pairs, exchanged.
    """
    if not first or not second:
        return []
    scores = np.round(score(first, second), _DECIMALS)
    if scores.shape != (len(first), len(second)):
        raise ValueError(f"The scores of {len(first)} and {len(second)} units have the shape {scores.shape}.")
    offered = (_best(scores, per_unit) | _best(scores.T, per_unit).T) & (scores > threshold)
    return [Candidate(row, column, float(scores[row, column])) for row, column in np.argwhere(offered).tolist()]


def recall(offered: AbstractSet[Hashable], judged: AbstractSet[Hashable]) -> tuple[int, int]:
    """How many of the pairs that people linked had been offered, and how many they linked. A pair is whatever names it
    on both sides alike; annotators must be free to link pairs that were not offered, or the two are always equal.
    """
    return len(judged & offered), len(judged)


def has_word(unit: str) -> bool:
    """Whether a unit has a word to be compared by; digits are words, punctuation and emoji are none."""
    return _WORD.search(unit) is not None


def _best(scores: Matrix, count: int) -> npt.NDArray[np.bool_]:
    """Marks the `count` highest scores of each row."""
    marked = np.zeros(scores.shape, dtype=np.bool_)
    np.put_along_axis(marked, np.argsort(-scores, axis=1, kind="stable")[:, :count], values=True, axis=1)
    return marked


def _normalised(units: Sequence[str]) -> list[str]:
    """The words of each unit, without case and punctuation, with one blank between them."""
    return [" ".join(_WORD.findall(unit.casefold())) for unit in units]


def _jaccard(first: Sequence[str], second: Sequence[str]) -> Matrix:
    left, right = ([frozenset(unit.split()) for unit in units] for units in (first, second))
    shared = [len(one & other) / (len(one | other) or 1) for one in left for other in right]
    return np.array(shared, dtype=np.float64).reshape(len(first), len(second))


def _cosines(first: Sequence[str], second: Sequence[str], terms: Callable[[str], list[str]]) -> Matrix:
    return cosines([terms(unit) for unit in first], [terms(unit) for unit in second])
