"""Which span is which: unit tests of the pairing inside one document."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from variorum.difference.match import Anchor, Span, anchors, nearest, paired, scale


def span(start: int, text: str, type_: str = "PERSON", labels: str = "") -> Span:
    return Span(start, start + len(text), text, type_, labels or type_, 2 * start)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param([span(0, "Ann")], [span(0, "Ann")], [(0, 0)], id="equal"),
        pytest.param([span(0, "Ann")], [span(0, "Ann", "ORG")], [(0, 0)], id="relabelled"),
        pytest.param([span(0, "Ann")], [span(40, "Ann")], [(0, 0)], id="moved"),
        pytest.param([span(0, "Ann")], [span(0, "Ann Lee")], [(0, 0)], id="resized"),
        pytest.param([span(0, "Ann")], [span(0, "Ann Lee", "ORG")], [(None, 0), (0, None)], id="resized and relabelled"),
        pytest.param([span(0, "Ann")], [span(40, "Bob")], [(None, 0), (0, None)], id="another"),
        pytest.param([span(0, "Ann"), span(50, "Ann")], [span(45, "Ann")], [(0, None), (1, 0)], id="the nearer moved"),
        pytest.param(
            [span(0, "Ann"), span(0, "Ann", "ORG")], [span(0, "Ann", "ORG")], [(0, None), (1, 0)], id="two at one place"
        ),
        pytest.param([span(0, "a b c")], [span(0, "a"), span(2, "b c")], [(None, 0), (0, 1)], id="the greater overlap"),
    ],
)
def test_spans_find_each_other(before: list[Span], after: list[Span], expected: list[tuple[int | None, int | None]]) -> None:
    assert sorted(paired(before, after), key=repr) == sorted(expected, key=repr)


def test_sentences_that_stand_once_in_both_texts_say_how_far_it_shifted() -> None:
    before = [(0, "Header."), (8, "One."), (13, "Same."), (19, "Same."), (25, "Two.")]
    after = [(0, "One."), (5, "New."), (10, "Two."), (15, "Same.")]

    found = anchors(before, after)

    assert found == [Anchor(8, 0), Anchor(25, 10)]
    forth, back = scale(found, 0), scale(found, 1)
    assert forth(9) == back(1)
    assert forth(26) == back(11)
    assert scale([], 0)(7) == 14


POINTS = st.lists(st.integers(0, 50), max_size=12, unique=True)


@given(POINTS, POINTS)
def test_the_nearest_points_are_paired_first(before: list[int], after: list[int]) -> None:
    """The same as looking for the nearest pair again and again, which takes n cubed."""
    after = [2 * point + 101 for point in after]  # no point of one list is at one of the other
    before = [2 * point for point in before]
    left, right, distances = list(before), list(after), []
    while left and right:
        distance, one, other = min((abs(one - other), one, other) for one in left for other in right)
        distances.append(distance)
        left.remove(one)
        right.remove(other)

    found = nearest(before, after)

    assert len({one for one, _ in found}) == len({other for _, other in found}) == min(len(before), len(after))
    assert [abs(before[one] - after[other]) for one, other in found][:1] == distances[:1]


@given(POINTS, POINTS)
def test_it_does_not_matter_which_is_first(before: list[int], after: list[int]) -> None:
    after = [point for point in after if point not in before]

    assert sorted((other, one) for one, other in nearest(before, after)) == sorted(nearest(after, before))
