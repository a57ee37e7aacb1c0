"""Runs of words that texts share."""

from hypothesis import given
from hypothesis import strategies as st

from variorum.corpus.shingles import Overlap, overlaps, word_runs

TEXTS = st.dictionaries(st.sampled_from("abcd"), st.lists(st.sampled_from(["x", "y", "z"]), max_size=8).map(" ".join))


def test_runs_are_in_lower_case_and_without_punctuation() -> None:
    assert word_runs("The rain, the RAIN: fell.", 2) == {("the", "rain"), ("rain", "the"), ("rain", "fell")}


def test_a_text_shorter_than_a_run_has_none() -> None:
    assert word_runs("two words", 3) == set()


def test_the_similarity_is_that_of_distinct_runs() -> None:
    texts = {"b": "one two three four", "a": "one two three five", "c": "six seven eight"}

    assert list(overlaps(texts, 2)) == [Overlap("a", "b", 2, 0.5)]


@given(TEXTS, st.integers(1, 4))
def test_pairs_and_counts_are_those_of_comparing_every_two_texts(texts: dict[str, str], words: int) -> None:
    runs = {name: word_runs(text, words) for name, text in texts.items()}
    expected = [
        Overlap(
            first, second, len(runs[first] & runs[second]), len(runs[first] & runs[second]) / len(runs[first] | runs[second])
        )
        for first in sorted(texts)
        for second in sorted(texts)
        if first < second and runs[first] & runs[second]
    ]

    assert list(overlaps(texts, words)) == expected
