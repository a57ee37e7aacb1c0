"""F1 over links."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.agreement.made import LINKS, link, place
from tests.agreement.plain_links import (
    LINK_FORMULAS,
    ends_f1,
    exact_f1,
    label_f1,
    label_f1_by_label,
    matched_f1,
    weighted_f1,
)

from variorum.agreement.links import LINK_FIGURES, label_name, label_of, same_ends
from variorum.agreement.share import Share
from variorum.annotations.work import Link

ALIGNED = link(0, 50, "aligned")
PARTIAL = link(0, 50, "partially_aligned")


def test_every_figure_has_a_plain_formula() -> None:
    assert tuple(LINK_FORMULAS) == LINK_FIGURES


@pytest.mark.parametrize("metric", LINK_FIGURES)
@given(LINKS, LINKS, st.randoms())
def test_figures_are_shares_alike_both_ways_and_in_any_order(
    metric: str, first: list[Link], second: list[Link], dice: random.Random
) -> None:
    figure = LINK_FORMULAS[metric]
    found = figure(first, second)

    assert figure(second, first) == found
    assert figure(dice.sample(first, len(first)), dice.sample(second, len(second))) == found
    assert 0 <= (found.value or 0) <= 1
    assert figure(first, first).value == (1 if first else None)


@given(LINKS, LINKS)
def test_the_figures_stand_in_order_of_their_strictness(first: list[Link], second: list[Link]) -> None:
    exact, label, weighted, ends = (each(first, second).part for each in (exact_f1, label_f1, weighted_f1, ends_f1))

    assert exact <= label <= weighted <= ends
    assert label <= matched_f1(first, second).part


def test_the_same_ends_with_another_label_count_one_half() -> None:
    assert label_f1([ALIGNED], [PARTIAL]).value == 0
    assert ends_f1([ALIGNED], [PARTIAL]).value == 1
    assert weighted_f1([ALIGNED], [PARTIAL]).value == 0.5
    assert weighted_f1([ALIGNED, link(9, 60)], [PARTIAL, link(9, 60)]).value == 0.75


def test_a_link_the_other_way_round_is_another_link() -> None:
    assert ends_f1([link(0, 50)], [link(50, 0)]).value == 0


def test_ends_that_differ_a_little_are_matched_and_keep_their_direction() -> None:
    first = link(0, 50)
    near, far = replace(first, start=place(1, 5)), replace(first, start=place(3, 9))

    assert (ends_f1([first], [near]).value, matched_f1([first], [near]).value) == (0, 1)
    assert matched_f1([first], [far]).value == 0
    assert matched_f1([first], [replace(first, start=first.end, end=near.start)]).value == 0


def test_ends_that_are_matched_still_need_the_same_label() -> None:
    assert matched_f1([ALIGNED], [replace(PARTIAL, start=place(1, 5))]).value == 0


def test_further_values_count_for_exact_f1_only() -> None:
    first = replace(ALIGNED, values=(("alignment", ("aligned",)), ("operation", ("copy",))))
    second = replace(ALIGNED, values=(("alignment", ("aligned",)), ("operation", ("splitting",))))

    assert (exact_f1([first], [second]).value, label_f1([first], [second]).value) == (0, 1)


def test_the_label_is_the_type_or_else_the_first_answer() -> None:
    assert label_of((("alignment", ("aligned",)), ("operation", ("copy",)))) == "aligned"
    assert label_of((("alignment", ("aligned",)), ("type", ("copy",)))) == "copy"
    assert label_of(()) == label_name(()) == ""


def test_labels_are_counted_apart() -> None:
    first, second = [ALIGNED, link(9, 60, "partially_aligned")], [ALIGNED, link(9, 60, "aligned")]

    assert label_f1_by_label(first, second) == {"aligned": Share(2, 3), "partially_aligned": Share(0, 1)}


def test_two_empty_layers_have_no_value() -> None:
    assert {figure([], []).value for figure in LINK_FORMULAS.values()} == {None}


def test_links_with_the_same_ends_are_paired_once_the_same_values_first() -> None:
    assert same_ends([ALIGNED, PARTIAL], [PARTIAL, link(9, 60)]) == [(PARTIAL, PARTIAL)]
    assert same_ends([ALIGNED], [PARTIAL, PARTIAL]) == [(ALIGNED, PARTIAL)]
