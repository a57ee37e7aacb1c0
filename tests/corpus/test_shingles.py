"""Runs of words that texts share."""

from variorum.corpus.shingles import Overlap, overlaps, word_runs


def test_runs_are_in_lower_case_and_without_punctuation() -> None:
    assert word_runs("The rain, the RAIN: fell.", 2) == {("the", "rain"), ("rain", "the"), ("rain", "fell")}


def test_a_text_shorter_than_a_run_has_none() -> None:
    assert word_runs("two words", 3) == set()


def test_the_similarity_is_that_of_distinct_runs() -> None:
    texts = ["one two three four", "one two three five", "six seven eight"]

    assert list(overlaps([(0, 1), (0, 2)], texts.__getitem__, 2)) == [Overlap(0, 1, 2, 0.5)]
