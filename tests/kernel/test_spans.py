"""Spans against each other, many annotations at once, against the plain functions on one."""

from pathlib import Path
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from tests.kernel.made import TEXTS, ints

from variorum.annotations.export import RawTask
from variorum.annotations.ladder import Span
from variorum.annotations.regions import Region
from variorum.annotations.task import Result
from variorum.dataset.rows import bio_tags, in_order
from variorum.dataset.segmentation import segment
from variorum.dataset.span_rules import clashes, enclosing
from variorum.findings import Where
from variorum.folder import ExportFile
from variorum.kernel import spans
from variorum.kernel.texts import TextBatch

RAW = RawTask(ExportFile(Path("a1.json"), "annotations/documents/round1/a1.json", "documents", "round1", "a1"), b"{}", 1)
OFFSETS = st.tuples(st.integers(0, 20), st.integers(1, 9)).map(lambda each: (each[0], each[0] + each[1]))
LAYERS = st.lists(st.lists(OFFSETS, max_size=7), max_size=4)


def regions(offsets: list[tuple[int, int]]) -> list[Region]:
    """Regions 00, 01, ... of these spans; their labels differ."""
    made = []
    for index, (start, end) in enumerate(offsets):
        result = Result(index, f"{index:02}", "entity_type", "labels", {}, {}, RAW, Where("a1.json"))
        made.append(Region(f"{index:02}", "mention", Span(start, end, "exact"), f"L{index}", {}, result))
    return made


@given(LAYERS, st.randoms(use_true_random=False))
def test_what_clashes_and_what_lies_in_what_is_as_in_each_annotation(
    layers: list[list[tuple[int, int]]], random: Random
) -> None:
    placed = [(group, place, *span) for group, layer in enumerate(layers) for place, span in enumerate(layer)]
    random.shuffle(placed)
    group, _, starts, ends = (ints([each[column] for each in placed]) for column in range(4))

    around, clashing = spans.nesting(group, starts, ends)

    # Of spans that are the same, regions and arrays keep the order given; here it is the shuffled one.
    for number in range(len(layers)):
        inside = [index for index, each in enumerate(placed) if each[0] == number]
        made = regions([placed[index][2:] for index in inside])
        assert bool(clashing[inside].any()) is bool(list(clashes(made)))
        if not clashing[inside].any():
            outer = enclosing(made)
            expected = [inside[int(outer[region.id])] if region.id in outer else -1 for region in made]
            assert around[inside].tolist() == expected


@given(st.lists(st.tuples(TEXTS, st.lists(OFFSETS, max_size=8)), max_size=4))
def test_tags_are_those_of_each_text(cases: list[tuple[str, list[tuple[int, int]]]]) -> None:
    """Nested, doubled and crossing ones too, and those that touch no token."""
    batch = TextBatch.of([text for text, _ in cases])
    made = [
        in_order(regions([(start, min(end, len(text))) for start, end in layer if start < len(text)])) for text, layer in cases
    ]
    starts = ints([base + each.span.start for base, layer in zip(batch.text_starts, made, strict=True) for each in layer])
    ends = ints([base + each.span.end for base, layer in zip(batch.text_starts, made, strict=True) for each in layer])
    labels = ints([int(each.id) for layer in made for each in layer])
    names = ["O", *(f"{prefix}-L{index}" for index in range(8) for prefix in "BI")]

    codes = spans.bio(len(batch.tokens.starts), *batch.tokens.touched(starts, ends), labels)

    expected = [bio_tags(segment(text), layer) for (text, _), layer in zip(cases, made, strict=True)]
    assert [names[code] for code in codes] == [tag for tags in expected for tag in tags]


@given(st.lists(OFFSETS, max_size=8))
def test_the_order_is_that_of_rows(offsets: list[tuple[int, int]]) -> None:
    order = spans.in_order(ints([start for start, _ in offsets]), ints([end for _, end in offsets]))

    assert order.tolist() == [int(region.id) for region in in_order(regions(offsets))]


@given(st.lists(OFFSETS, max_size=8))
def test_pieces_have_the_spans_that_touch_them(touched: list[tuple[int, int]]) -> None:
    pieces, owners = spans.by_piece(ints([first for first, _ in touched]), ints([last for _, last in touched]))

    expected = [(piece, place) for place, (first, last) in enumerate(touched) for piece in range(first, last)]
    assert list(zip(pieces.tolist(), owners.tolist(), strict=True)) == sorted(expected)
