"""F1 over spans, against nervaluate and known answers."""

import random
from collections.abc import Sequence
from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.agreement.made import SPANS, TEXT, claim, flat, nervaluate, place, span
from tests.agreement.plain_spans import SPAN_FORMULAS, exact_f1, exact_f1_by_type, matched_f1, span_f1

from variorum.agreement.share import Share
from variorum.agreement.spans import SPAN_FIGURES, match, overlap_f1, partial_f1, trimmed, type_of
from variorum.annotations.work import Marked, Place

ORACLE = {"strict": exact_f1, "exact": span_f1, "partial": partial_f1}


def overlaps(one: Marked, other: Marked) -> bool:
    return one.place.start < other.place.end and other.place.start < one.place.end


def fewest(first: Sequence[Marked], second: Sequence[Marked]) -> bool:
    """Whether no span overlaps with two of the other side."""
    sides = ((first, second), (second, first))
    return all(sum(overlaps(one, other) for other in others) < 2 for ones, others in sides for one in ones)


@given(flat(), flat())
def test_f1_is_that_of_nervaluate_where_no_one_marks_overlapping_spans(first: list[Marked], second: list[Marked]) -> None:
    theirs = nervaluate(first, second)

    for strategy, figure in ORACLE.items():
        assert (figure(first, second).value or 0) == pytest.approx(theirs[strategy], abs=1e-9)


@given(flat(), flat())
def test_overlap_f1_is_that_of_ent_type_where_partners_are_plain_and_never_less(
    first: list[Marked], second: list[Marked]
) -> None:
    theirs, ours = nervaluate(first, second)["ent_type"], overlap_f1(first, second).value or 0

    assert ours >= theirs - 1e-9
    if fewest(first, second):
        assert ours == pytest.approx(theirs, abs=1e-9)


@given(SPANS, SPANS)
def test_no_figure_is_less_than_that_of_nervaluate(first: list[Marked], second: list[Marked]) -> None:
    theirs = nervaluate(first, second)

    for strategy, figure in (ORACLE | {"ent_type": overlap_f1}).items():
        assert (figure(first, second).value or 0) >= theirs[strategy] - 1e-9


def test_nervaluate_depends_on_the_order_of_spans_and_these_figures_do_not() -> None:
    first, second = [span(0, 5)], [span(0, 2), span(0, 5)]

    assert nervaluate(first, second)["strict"] != nervaluate(first, second[::-1])["strict"]
    assert exact_f1(first, second) == exact_f1(first, second[::-1]) == Share(2, 3)


@given(st.lists(flat(), min_size=2, max_size=4))
def test_shares_of_tasks_add_up_to_the_micro_f1(texts: list[list[Marked]]) -> None:
    pairs = list(pairwise(texts))
    total = sum((exact_f1(*pair) for pair in pairs), Share())
    hits = sum(one in second for first, second in pairs for one in first)
    precision, recall = (sum(map(len, side)) for side in zip(*pairs, strict=True))

    if hits:
        assert total.value == pytest.approx(2 / (precision / hits + recall / hits), abs=1e-9)


def test_every_figure_has_a_plain_formula() -> None:
    assert tuple(SPAN_FORMULAS) == SPAN_FIGURES


@pytest.mark.parametrize("metric", SPAN_FIGURES)
@given(SPANS, SPANS, st.randoms())
def test_figures_are_shares_alike_both_ways_and_in_any_order(
    metric: str, first: list[Marked], second: list[Marked], dice: random.Random
) -> None:
    figure = SPAN_FORMULAS[metric]
    found = figure(first, second)

    assert figure(second, first) == found
    assert figure(dice.sample(first, len(first)), dice.sample(second, len(second))) == found
    assert 0 <= (found.value or 0) <= 1
    assert figure(first, first).value == (1 if first else None)


@given(SPANS, SPANS)
def test_the_figures_stand_in_order_of_their_strictness(first: list[Marked], second: list[Marked]) -> None:
    exact, span_only, partial, overlap = (each(first, second).part for each in (exact_f1, span_f1, partial_f1, overlap_f1))

    assert exact <= span_only <= partial
    assert exact <= overlap


@given(SPANS.filter(lambda spans: len(spans) <= 5), SPANS.filter(lambda spans: len(spans) <= 5))
def test_overlap_and_partial_find_the_best_of_all_pairings(first: list[Marked], second: list[Marked]) -> None:
    def best(worth: dict[tuple[int, int], float]) -> float:
        slots = range(max(len(first), len(second)))
        return max((sum(worth.get(pair, 0) for pair in enumerate(order)) for order in permutations(slots)), default=0)

    pairs = {(i, j): (a, b) for i, a in enumerate(first) for j, b in enumerate(second) if overlaps(a, b)}
    typed = {at: 1.0 for at, (a, b) in pairs.items() if a.values == b.values}
    partial = {at: 1.0 if a.place == b.place else 0.5 for at, (a, b) in pairs.items()}

    assert overlap_f1(first, second).part == 2 * best(typed)
    assert partial_f1(first, second).part == 2 * best(partial)


def test_figures_of_a_pair_with_known_answers() -> None:
    first = [span(0, 4, "GPE"), span(10, 14, "ORG"), span(20, 30, "PERSON")]
    second = [span(0, 4, "GPE"), span(10, 14, "GPE"), span(21, 30, "PERSON"), span(40, 44, "GPE")]

    assert exact_f1(first, second) == Share(2, 7)
    assert span_f1(first, second) == Share(4, 7)
    assert overlap_f1(first, second) == Share(4, 7)
    assert partial_f1(first, second) == Share(5, 7)
    assert matched_f1(first, second) == Share(6, 7)
    assert exact_f1_by_type(first, second) == {"GPE": Share(2, 4), "ORG": Share(0, 1), "PERSON": Share(0, 2)}


def test_two_empty_layers_have_no_value() -> None:
    assert exact_f1([], []).value is None
    assert exact_f1([], [span(0, 4)]).value == 0


def test_the_same_offsets_in_two_documents_are_two_places() -> None:
    found = {figure([span(0, 4)], [span(0, 4, document="d2")]) for figure in SPAN_FORMULAS.values()}

    assert found == {Share(0, 2)}


def test_claims_have_no_type_and_several_labels_are_one() -> None:
    assert type_of(claim(0, 9, modality=("asserted",)).values) == ""
    assert type_of((("type", ("b", "a")),)) == "a+b"
    assert exact_f1([claim(0, 9, modality=("asserted",))], [claim(0, 9, modality=("negated",))]).value == 1


def test_half_of_what_two_spans_cover_makes_them_a_match() -> None:
    assert match([claim(0, 10)], [claim(0, 5)])
    assert not match([claim(0, 11)], [claim(0, 5)])


def test_the_closest_spans_are_matched_first_and_each_once() -> None:
    first, second = [claim(0, 10), claim(0, 8)], [claim(0, 9), claim(0, 8)]

    assert match(first, second) == [(claim(0, 8), claim(0, 8)), (claim(0, 10), claim(0, 9))]


def test_of_equal_places_those_with_the_same_values_are_matched() -> None:
    assert match([span(0, 4, "GPE"), span(0, 4, "ORG")], [span(0, 4, "ORG")]) == [(span(0, 4, "ORG"), span(0, 4, "ORG"))]


@given(SPANS, SPANS, st.randoms())
def test_matches_are_the_same_both_ways_and_in_any_order(
    first: list[Marked], second: list[Marked], dice: random.Random
) -> None:
    found = match(first, second, minimum=0)

    assert match(dice.sample(first, len(first)), dice.sample(second, len(second)), minimum=0) == found
    assert sorted(map(repr, match(second, first, minimum=0))) == sorted(repr((one, other)) for other, one in found)


@pytest.mark.parametrize(
    ("written", "inner"),
    [
        (" (Oslo), ", "Oslo"),
        ("\u201cwe agree\u201d.", "we agree"),
        ("12% ", "12%"),
        (": \u201c", ": \u201c"),
        ("Oslo), said", "Oslo), said"),
    ],
)
def test_trimming_takes_blanks_and_punctuation_at_the_edges_only(written: str, inner: str) -> None:
    start = TEXT.index(written)
    (found,) = trimmed([span(start, start + len(written))], {"d1": TEXT})

    assert TEXT[found.place.start : found.place.end] == inner


@given(SPANS)
def test_trimming_twice_changes_nothing_more(spans: list[Marked]) -> None:
    once = trimmed(spans, {"d1": TEXT})

    assert trimmed(once, {"d1": TEXT}) == once


def test_a_place_keeps_its_document_when_trimmed() -> None:
    assert trimmed([span(0, 4, document="d2")], {"d2": "The "})[0].place == Place("d2", 0, 3) == place(0, 3, "d2")
