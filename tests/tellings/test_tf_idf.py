"""TF-IDF cosines, held against scikit-learn's."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from variorum.tellings.candidates import Matrix
from variorum.tellings.tf_idf import cosines, runs_in_words, words_and_pairs

Terms = Callable[[str], list[str]]
TERMS: dict[Terms, dict[str, Any]] = {
    words_and_pairs: {"tokenizer": str.split, "token_pattern": None, "ngram_range": (1, 2)},
    runs_in_words: {"analyzer": "char_wb", "ngram_range": (3, 5)},
}
WORDS = st.sampled_from(["a", "is", "dam", "dams", "flood", "flooded", "1", "é", "שלום"]) | st.text(
    "aé1ß", min_size=1, max_size=8
)
UNITS = st.lists(st.lists(WORDS, max_size=8).map(" ".join), max_size=5)


def scikit_learn(first: list[str], second: list[str], terms: Terms) -> Matrix:
    rows = TfidfVectorizer(lowercase=False, **TERMS[terms]).fit_transform([*first, *second])
    expected: Matrix = (rows[: len(first)] @ rows[len(first) :].T).toarray()
    return expected


@pytest.mark.parametrize("terms", TERMS)
@given(first=UNITS, second=UNITS)
def test_cosines_are_those_of_scikit_learn(terms: Terms, first: list[str], second: list[str]) -> None:
    found = cosines([terms(unit) for unit in first], [terms(unit) for unit in second])

    assert found.shape == (len(first), len(second))
    if any(first) and any(second):  # scikit-learn refuses texts without a word
        np.testing.assert_allclose(found, scikit_learn(first, second, terms), atol=1e-12)
    else:
        assert not found.any()


@given(st.lists(WORDS, max_size=8).map(" ".join).filter(bool))
@pytest.mark.parametrize("terms", TERMS)
def test_terms_are_those_of_scikit_learn(terms: Terms, unit: str) -> None:
    analyse = TfidfVectorizer(lowercase=False, **TERMS[terms]).build_analyzer()

    assert sorted(terms(unit)) == sorted(analyse(unit))
