"""The listing of what annotators disagree on."""

import random

from hypothesis import given
from hypothesis import strategies as st
from tests.agreement.made import SPANS, TEXT, claim, place, span, work

from variorum.agreement.confusion import Confused, Confusion, Side, confusion_counts, confusions
from variorum.annotations.work import Marked

TEXTS = {"d1": TEXT, "d2": TEXT}


def compared(first: list[Marked], second: list[Marked], layer: str = "mention") -> list[Confusion]:
    return confusions([work("a1", spans={layer: tuple(first)}), work("a2", spans={layer: tuple(second)})], TEXTS)


def test_each_kind_is_told_with_both_sides() -> None:
    first = [span(0, 3, "GPE", region="r1"), span(4, 9, "ORG", region="r2"), span(14, 18, region="r3")]
    second = [span(0, 3, "ORG", region="s1"), span(0 + 4, 12, "ORG", region="s2")]

    assert [(each.kind, each.first.text, each.second.text) for each in compared(first, second)] == [
        ("type", "The", "The"),
        ("boundary", "mayor", "mayor of"),
        ("only", "Oslo", ""),
    ]
    last = compared(first, second)[-1]
    assert last.first == Side(place(14, 18), "Oslo", (("type", ("GPE",)),), "r3")
    assert last.second == Side()
    assert (last.place, last.task, last.first_annotator, last.second_annotator) == (place(14, 18), "d1", "a1", "a2")


def test_what_the_second_alone_marked_has_an_empty_first_side() -> None:
    (found,) = compared([], [span(4, 9)])

    assert (found.kind, found.first, found.place) == ("only", Side(), place(4, 9))


def test_spans_are_paired_with_the_closest() -> None:
    """Of two spans over the other's one, the nearer is its counterpart; the farther is alone."""
    found = compared([span(4, 9), span(4, 18)], [span(4, 12)])

    assert [(each.kind, each.first.text) for each in found] == [("boundary", "mayor"), ("only", "mayor of (Oslo")]


@given(SPANS)
def test_annotators_who_agree_have_nothing_listed(spans: list[Marked]) -> None:
    assert compared(spans, spans) == []


@given(SPANS, SPANS, st.randoms())
def test_the_listing_is_the_same_in_any_order(first: list[Marked], second: list[Marked], dice: random.Random) -> None:
    works = [work("a1", spans={"mention": tuple(first)}), work("a2", spans={"mention": tuple(second)})]
    shuffled = [
        work("a2", spans={"mention": tuple(dice.sample(second, len(second)))}),
        work("a1", spans={"mention": tuple(dice.sample(first, len(first)))}),
    ]

    assert confusions(shuffled, TEXTS) == confusions(works, TEXTS)


@given(SPANS, SPANS)
def test_every_span_that_is_not_agreed_on_is_listed_once(first: list[Marked], second: list[Marked]) -> None:
    found = compared(first, second)
    listed = [side for each in found for side in (each.first, each.second) if side.place]
    agreed = len(first) + len(second) - len(listed)

    assert agreed % 2 == 0
    assert sum(each.kind == "type" for each in found) + agreed // 2 >= len({*first} & {*second})


def test_the_listing_is_sorted_by_task_and_place_and_takes_each_two_annotators() -> None:
    found = confusions(
        [
            work("a2", "d2", spans={"mention": ()}),
            work("a1", "d2", spans={"mention": (span(4, 9, document="d2"), span(0, 3, document="d2"))}),
            *(work(each, "d1", spans={"mention": (span(0, 3),) if each == "a2" else ()}) for each in ("a3", "a1", "a2")),
        ],
        TEXTS,
    )

    assert [(each.task, each.place.start, each.first_annotator, each.second_annotator) for each in found] == [
        ("d1", 0, "a1", "a2"),
        ("d1", 0, "a2", "a3"),
        ("d2", 0, "a1", "a2"),
        ("d2", 4, "a1", "a2"),
    ]


def test_types_that_are_confused_are_counted_whoever_gave_which() -> None:
    found = compared([span(0, 3, "GPE"), span(4, 9, "ORG"), span(14, 18)], [span(0, 3, "ORG"), span(4, 12, "GPE")])

    assert confusion_counts(found) == [Confused("mention", "type", "GPE", "ORG", 2)]


def test_claims_are_counted_by_attribute_and_boundaries_alone_are_no_confusion() -> None:
    first = [claim(0, 9, modality=("asserted",), claim_type=("causal", "numerical")), claim(20, 30, modality=("asserted",))]
    second = [claim(0, 8, modality=("negated",), claim_type=("causal",)), claim(20, 29, modality=("asserted",))]

    assert confusion_counts(compared(first, second, "claim")) == [
        Confused("claim", "claim_type", "causal", "causal+numerical", 1),
        Confused("claim", "modality", "asserted", "negated", 1),
    ]
