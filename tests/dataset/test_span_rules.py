"""Rules on the spans of one layer."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from variorum.annotations.export import RawTask
from variorum.annotations.ladder import Span
from variorum.annotations.regions import Region, Regions
from variorum.annotations.task import Result
from variorum.dataset.segmentation import segment
from variorum.dataset.span_rules import check_spans, clashes, enclosing
from variorum.findings import Level, Where
from variorum.folder import ExportFile

EXPORT = ExportFile(Path("a1.json"), "annotations/documents/round1/a1.json", "documents", "round1", "a1")
RAW = RawTask(EXPORT, b"{}", 1)
SPANS = st.lists(st.tuples(st.integers(0, 12), st.integers(1, 8)).map(lambda each: (each[0], each[0] + each[1])), max_size=8)


def regions(*spans: tuple[int, int], layer: str = "mention") -> list[Region]:
    """Regions r0, r1, ... of these spans."""
    made = []
    for index, (start, end) in enumerate(spans):
        result = Result(index, f"r{index}", "entity_type", "labels", {}, {}, RAW, Where(EXPORT.name))
        made.append(Region(f"r{index}", layer, Span(start, end, "exact"), "GPE", {}, result))
    return made


def found(*spans: tuple[int, int]) -> list[tuple[str, str, str]]:
    return [(region.id, other.id, rule) for region, other, rule in clashes(regions(*spans))]


@given(SPANS)
def test_something_crosses_or_is_double_just_where_comparing_every_two_spans_says_so(spans: list[tuple[int, int]]) -> None:
    double = len(set(spans)) < len(spans)
    crossing = any(one[0] < other[0] < one[1] < other[1] for one in spans for other in spans)
    rules = {rule for _, _, rule in clashes(regions(*spans))}

    assert ("span-duplicate" in rules) is double
    assert ("span-crossing" in rules) is crossing


@given(SPANS)
def test_each_pair_that_is_named_does_cross_or_is_double(spans: list[tuple[int, int]]) -> None:
    for region, other, rule in clashes(regions(*spans)):
        one, two = region.span, other.span
        if rule == "span-duplicate":
            assert (one.start, one.end) == (two.start, two.end)
        else:
            assert two.start < one.start < two.end < one.end


@given(SPANS)
def test_the_region_around_another_is_the_smallest_that_holds_it(spans: list[tuple[int, int]]) -> None:
    made = regions(*spans)
    if list(clashes(made)):
        return
    expected = {}
    for inner in made:
        around = [
            outer
            for outer in made
            if outer is not inner and outer.span.start <= inner.span.start and inner.span.end <= outer.span.end
        ]
        if around:
            expected[inner.id] = min(around, key=lambda outer: outer.span.end - outer.span.start).id

    assert enclosing(made) == expected


def test_touching_and_nested_spans_do_not_clash() -> None:
    assert found((0, 3), (3, 6), (0, 6), (1, 2), (4, 6)) == []


def test_a_crossing_names_the_later_span_first() -> None:
    assert found((2, 6), (0, 4)) == [("r0", "r1", "span-crossing")]


def test_the_same_span_twice_is_double() -> None:
    assert found((0, 4), (7, 9), (0, 4)) == [("r2", "r0", "span-duplicate")]


@pytest.mark.parametrize(
    ("span", "rules"),
    [
        ((0, 4), []),
        ((1, 4), ["span-inside-word"]),
        ((0, 3), ["span-inside-word"]),
        ((11, 21), ["mention-outside-sentence"]),
        ((28, 31), ["mention-outside-sentence"]),
    ],
)
def test_a_mention_lies_in_one_sentence_and_cuts_no_word(span: tuple[int, int], rules: list[str]) -> None:
    text = "Oslo said a fox. Snow lay.\n\n* *\n\nIt was so."

    findings = list(check_spans(Regions({"mention": regions(span)}), text, segment(text), None))

    assert [each.rule for each in findings] == rules


@pytest.mark.parametrize(
    ("text", "span", "is_told"),
    [
        ("习近平主席会见普京。", (0, 3), False),
        ("岸田文雄はオスロで会見した。", (5, 8), False),
        ("서울시장은 말했다.", (0, 2), True),
    ],
)
def test_where_words_have_no_blanks_between_them_none_is_cut(text: str, span: tuple[int, int], is_told: bool) -> None:
    findings = list(check_spans(Regions({"mention": regions(span)}), text, segment(text), None))

    assert ["span-inside-word" in each.rule for each in findings] == [True] * is_told


def test_a_claim_may_run_over_sentences_but_not_lie_outside_all() -> None:
    text = "Oslo said a fox. Snow lay.\n\n* *\n\nIt was so."
    claims = regions((0, 25), (28, 31), layer="claim")

    findings = list(check_spans(Regions({"claim": claims}), text, segment(text), Level.WARNING))

    assert [(each.rule, each.where.region, each.level) for each in findings] == [
        ("claim-outside-sentence", "r1", Level.WARNING)
    ]


@pytest.mark.parametrize(
    ("words", "warned"),
    [("Snow lay.", True), ("Snow lay", False), (", snow lay", True), ("She left the U.S.", False), ("Did snow lie?", True)],
)
def test_punctuation_at_the_edge_of_a_claim_is_a_warning(words: str, warned: bool) -> None:
    text = f"Then {words} And more."
    claims = regions((5, 5 + len(words)), layer="claim")

    found = [each.rule for each in check_spans(Regions({"claim": claims}), text, segment(text), None)]

    assert found == (["claim-edge-punctuation"] if warned else [])


def test_spans_of_different_layers_do_not_clash() -> None:
    text = "Oslo said a fox came."

    layers = {"mention": regions((0, 9)), "claim": regions((5, 14), layer="claim")}
    findings = check_spans(Regions(layers), text, segment(text), None)

    assert list(findings) == []
