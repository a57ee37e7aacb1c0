"""Settling the regions of many annotations at once, against the ladder's reading of each."""

from itertools import accumulate

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from tests.kernel.made import CHARACTERS, PIECES, ints

from variorum.annotations.ladder import OffsetText, Span, counts_utf16
from variorum.annotations.ladder import settle as settle_one
from variorum.kernel.offsets import Settled, Written, settle
from variorum.kernel.texts import TextBatch

Asked = tuple[int, int, str | None]
Annotated = tuple[str, list[list[Asked]]]


def units(text: str) -> list[int]:
    """How many UTF-16 units stand before each character, and before the end."""
    return list(accumulate((2 if character > "\uffff" else 1 for character in text), initial=0))


@st.composite
def annotated(draw: st.DrawFn) -> Annotated:
    """A text, and annotations of it: in code points or UTF-16 units, faithful for the most part."""
    text = draw(st.lists(st.sampled_from([*PIECES, "😀", "aa ", "Oslo"]) | CHARACTERS, min_size=1, max_size=10).map("".join))
    return text, [draw(annotation(text)) for _ in range(draw(st.integers(0, 3)))]


@st.composite
def annotation(draw: st.DrawFn, text: str) -> list[Asked]:
    counted = draw(st.sampled_from([list(range(len(text) + 1)), units(text)]))
    regions: list[Asked] = []
    for _ in range(draw(st.integers(0, 4))):
        start, end = sorted(draw(st.lists(st.integers(0, len(text)), min_size=2, max_size=2, unique=True)))
        regions.append((counted[start], counted[end], text[start:end]))
        if draw(st.integers(0, 9)) == 0:
            shift, quoted = draw(st.integers(-2, 4)), draw(st.sampled_from([None, "", "aa", " a", text[start:end].strip()]))
            regions[-1] = (regions[-1][0] + shift, regions[-1][1] + draw(st.integers(-1, 3)), quoted)
    return regions


def settled(cases: list[Annotated]) -> tuple[TextBatch, Settled]:
    batch = TextBatch.of([text for text, _ in cases])
    rows = [
        (index, *region, number)
        for number, (index, regions) in enumerate((index, each) for index, (_, made) in enumerate(cases) for each in made)
        for region in regions
    ]
    columns = ([row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows], [row[4] for row in rows])
    index, starts, ends, number = (ints(list(column)) for column in columns)
    return batch, settle(batch, Written(index, starts, ends, pa.array([row[3] for row in rows], pa.string()), number))


@given(st.lists(annotated(), max_size=3))
def test_what_is_settled_is_what_the_ladder_says(cases: list[Annotated]) -> None:
    batch, found = settled(cases)
    spans = iter(zip(found.starts.tolist(), found.ends.tolist(), found.recounted.tolist(), strict=True))
    plain = iter([*found.plain.tolist(), *[True] * 9])  # the last annotations may have no regions

    for (text, made), base in zip(cases, batch.text_starts.tolist(), strict=True):
        for regions in made:
            assert_as_the_ladder(text, regions, [next(spans) for _ in regions], base, is_plain=next(plain))


def assert_as_the_ladder(
    text: str, regions: list[Asked], spans: list[tuple[int, int, bool]], base: int, *, is_plain: bool
) -> None:
    whole = [(start, end, quoted) for start, end, quoted in regions if quoted is not None and 0 <= start < end]
    prefer = counts_utf16(OffsetText(text), whole)
    right = all(0 <= start < end for start, end, _ in regions)
    expected = [settle_one(OffsetText(text), *region, prefer_utf16=prefer) for region in regions] if right else [None]
    if is_plain:
        assert [
            Span(start - base, end - base, "utf16" if recounted else "exact") for start, end, recounted in spans
        ] == expected
    else:
        assert [span.rung if span else None for span in expected] != ["exact"] * len(regions)
        assert all(base <= start <= end <= base + len(text) for start, end, _ in spans)


def test_an_annotation_in_utf16_units_is_recounted() -> None:
    text = "Oslo 😀 Bergen and Oslo"
    _, found = settled(
        [(text, [[(0, 4, "Oslo"), (8, 14, "Bergen")], [(7, 13, "Bergen")], [(8, 14, "Bergen"), (18, 22, "Oslo")]])]
    )

    assert found.plain.tolist() == [True, True, False]
    assert found.recounted.tolist()[:3] == [False, True, False]
    assert (found.starts.tolist()[:3], found.ends.tolist()[:3]) == ([0, 7, 7], [4, 13, 13])


def test_what_both_readings_may_mean_is_left_to_the_ladder() -> None:
    """As code points the region holds the same text but for a character that the ladder overlooks."""
    _, found = settled([("😀aa\u200ba", [[(2, 5, "aa\u200b")]])])

    assert found.plain.tolist() == [False]
