"""Pairs of units that annotators are offered, and the scores that choose them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from variorum.dataset.segmentation import segment
from variorum.tellings.candidates import Candidate, Matrix, Score, candidates, characters, lexical, recall

DAM = ["The old dam broke on Monday.", "Two villages were flooded.", "The mayor had warned the government for years."]
RETOLD = ["For years the mayor warned them.", "On Monday the dam gave way.", "Nobody was hurt.", "The flood hit two villages."]
UNITS = st.lists(
    st.sampled_from(["", " ", "...", "?!", "😀", "_", "a", "A.", "1", "e\u0301", "שלום", "dam dam", "The dam broke.", "İ ŉ ß"])
    | st.text(max_size=20),
    max_size=6,
)


def pairs(offered: list[Candidate]) -> set[tuple[int, int]]:
    return {(each.first, each.second) for each in offered}


def fixed(rows: list[list[float]]) -> Score:
    def score(_first: Sequence[str], _second: Sequence[str]) -> Matrix:
        return np.array(rows, dtype=np.float64)

    return score


def test_what_is_told_twice_is_offered_and_what_is_told_once_is_not() -> None:
    offered = candidates(DAM, RETOLD, per_unit=1)

    assert pairs(offered) == {(0, 1), (1, 3), (2, 0)}


def test_the_same_sentence_scores_one_whatever_its_case_and_punctuation() -> None:
    assert lexical(["“The dam broke!”"], ["the dam, broke"]).item() == pytest.approx(1)


def test_sentences_that_share_nothing_score_zero() -> None:
    assert lexical(["Rain fell."], ["Oil, maybe?"]).tolist() == [[0.0]]


def test_characters_see_words_of_one_stem() -> None:
    near, far = characters(["economic ties"], ["their economy", "their army"])[0]

    assert near > far == 0.0


def test_stopwords_count() -> None:
    """The word "not" tells a claim from its denial."""
    same, other = lexical(["It is not so."], ["It is not so.", "It is so."])[0]

    assert same > other


def test_units_without_words_are_never_offered_not_even_with_their_equals() -> None:
    assert candidates(["", "?!", "😀", " "], ["", "?!", "😀", " "], threshold=0) == []
    assert pairs(candidates(["?!", "The dam broke."], ["The dam broke.", "?!"], threshold=0)) == {(1, 0)}


@pytest.mark.parametrize(("first", "second"), [([], []), ([], DAM), (DAM, [])])
def test_of_nothing_nothing_is_offered(first: list[str], second: list[str]) -> None:
    assert candidates(first, second) == []
    assert lexical(first, second).shape == (len(first), len(second))


def test_the_best_partners_of_both_sides_are_offered_in_order() -> None:
    """The first unit's only best is (0, 2); the others stand because the second text's units chose them."""
    score = fixed([[0.5, 0.6, 0.9], [0.1, 0.2, 0.3]])

    assert candidates(["a", "b"], ["x", "y", "z"], score=score, per_unit=1) == [
        Candidate(0, 0, 0.5),
        Candidate(0, 1, 0.6),
        Candidate(0, 2, 0.9),
        Candidate(1, 2, 0.3),
    ]


def test_of_equally_good_partners_the_first_are_taken() -> None:
    score = fixed([[0.5] * 4] * 4)

    assert pairs(candidates("abcd", "wxyz", score=score, per_unit=1)) == {(0, n) for n in range(4)} | {(n, 0) for n in range(4)}


def test_only_scores_above_the_threshold_are_offered() -> None:
    score = fixed([[0.2, 0.2000001, 0.21, float("nan")]])

    assert candidates("a", "wxyz", score=score, threshold=0.2) == [Candidate(0, 2, 0.21)]


def test_a_sentence_that_was_split_keeps_all_its_parts() -> None:
    whole = ["The old dam broke on Monday at noon, flooded two villages, and killed nine cows."]
    parts = [
        "The old dam broke.",
        "It broke on Monday.",
        "It happened at noon.",
        "Two villages were flooded.",
        "Nine cows were killed.",
    ]

    assert pairs(candidates(whole, parts, per_unit=1)) == {(0, part) for part in range(5)}


def test_a_score_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^The scores of 1 and 2 units have the shape \(2, 1\)\.$"):
        candidates("a", "xy", score=fixed([[0.5], [0.5]]))


@given(UNITS, UNITS)
def test_whatever_the_texts_are_the_pairs_are_sound(first: list[str], second: list[str]) -> None:
    offered = candidates(first, second, per_unit=2, threshold=0)

    assert offered == sorted(offered)
    assert len(pairs(offered)) == len(offered) <= 2 * (len(first) + len(second))
    assert all(each.first < len(first) and each.second < len(second) and 0 < each.score <= 1 for each in offered)


@given(UNITS, UNITS)
def test_scores_lie_between_nought_and_one(first: list[str], second: list[str]) -> None:
    scores = lexical(first, second)

    assert scores.shape == (len(first), len(second))
    assert np.all((scores >= 0) & (scores <= 1))


@given(UNITS, UNITS, st.integers(1, 3))
def test_exchanged_texts_have_the_same_pairs_exchanged(first: list[str], second: list[str], per_unit: int) -> None:
    there = candidates(first, second, per_unit=per_unit)
    back = candidates(second, first, per_unit=per_unit)

    assert there == sorted(Candidate(each.second, each.first, each.score) for each in back)


@given(UNITS, UNITS)
def test_the_same_texts_have_the_same_candidates(first: list[str], second: list[str]) -> None:
    assert candidates(first, second) == candidates(list(first), list(second))


@given(UNITS, UNITS)
def test_more_partners_and_lower_thresholds_take_no_pair_away(first: list[str], second: list[str]) -> None:
    assert pairs(candidates(first, second, per_unit=1)) <= pairs(candidates(first, second, per_unit=3, threshold=0.05))


def test_recall_counts_what_was_found_of_what_people_linked() -> None:
    assert recall({(0, 0), (0, 1), (5, 5)}, {(0, 1), (2, 2), (5, 5)}) == (2, 3)
    assert recall(set(), {(1, 1)}) == (0, 1)
    assert recall({(1, 1)}, set()) == (0, 0)


LINKED = {
    (0, 0), (0, 2), (1, 1), (2, 3), (3, 5), (3, 2), (4, 7), (4, 4), (6, 8), (7, 9), (8, 12), (9, 20), (9, 21), (10, 22),
    (11, 22), (12, 23), (13, 24), (13, 25), (14, 26), (16, 13), (16, 14),
}  # fmt: skip
"""Sentences of two tellings in corpus/texts that one reading, by a language model, linked as (partially) aligned."""


def sentences(text: Path) -> list[str]:
    found = text.read_text("utf-8")
    return [found[start:end] for start, end in segment(found).sentences]


def test_the_defaults_find_what_a_reading_linked_in_real_tellings(repository: Path) -> None:
    texts = repository / "corpus" / "texts"
    first, third = (sentences(texts / name) for name in ("000_fa71912102e7c8c3.txt", "004_78485a8877b098dc.txt"))
    offered = pairs(candidates(first, third))

    assert recall(offered, LINKED) == (20, 21)
    assert len(offered) < len(first) * len(third) / 5
