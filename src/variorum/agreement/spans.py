"""Agreement of two annotators on the spans of one task. Every figure is symmetric and independent of any order.

Where neither annotator has two spans that overlap, `exact_f1`, `span_f1` and `partial_f1` are the F1 of nervaluate 1.2.1
under `strict`, `exact` and `partial`. `overlap_f1` is its `ent_type` where, besides, no span overlaps with two of the
other's. Elsewhere nervaluate takes pairs in the order in which spans are listed, so that its figures change when spans
or annotators change places; here the largest possible number of pairs is taken, which is never less. An overlap is one
character here and one per cent of a span there, which is the same up to 100 characters.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from variorum.agreement.share import Share, f1, one_to_one
from variorum.annotations.work import Marked, Place, Values

MINIMUM_IOU = 0.5
"""What two spans share, divided by what they cover together (in code points), from which on they are a match."""

_EDGE = r"\s.,;:!?…\"'()\[\]{}«»\u2039\u203a\u2018-\u201f\u2013\u2014"
_FEW = 9
"""Comparisons up to which places are compared each with each: for three and three a fifth of the time of sorting them. A guess:
for twelve and twelve it is still less."""
_INNER = re.compile(rf"[^{_EDGE}](?:.*[^{_EDGE}])?", re.DOTALL)
"""A span without the blanks, stops, quotation marks, brackets and dashes at its edges. Signs stay: 12 is not 12%."""

_Spans = Sequence[Marked]
_Pair = tuple[int, int]
_At = tuple[str, int, int]
"""A place as a plain tuple, which is compared and counted several times as fast."""


def type_of(values: Values) -> str:
    """The answer named `type`, several labels joined by plus signs; empty where there is none, as for claims."""
    return "+".join(sorted(dict(values).get("type", ())))


def overlap_f1(first: _Spans, second: _Spans) -> Share:
    """F1 over the largest number of one-to-one pairs that share a character and have the same type."""
    ones, others = list(map(_at, first)), list(map(_at, second))
    pairs = [(one, other) for one, other in _overlapping(ones, others) if _type(first[one]) == _type(second[other])]
    return f1(_most(ones, others, pairs), len(first), len(second))


def partial_f1(first: _Spans, second: _Spans) -> Share:
    """F1 where the same place counts one and an overlap one half, whatever the type; one-to-one, the best there is.

    The same places can be paired first: whatever they would be paired with instead gives two halves at most.
    """
    ones, others = Counter(map(_at, first)), Counter(map(_at, second))
    left, right = list((ones - others).elements()), list((others - ones).elements())
    hits = (ones & others).total() + _most(left, right, _overlapping(left, right)) / 2
    return f1(hits, len(first), len(second))


def match(first: _Spans, second: _Spans, minimum: float = MINIMUM_IOU) -> list[tuple[Marked, Marked]]:
    """One-to-one pairs of overlapping spans with at least this intersection over union, in the order of the first's.

    Greedy: the closest pair is taken first, then the closest of what is left. Of pairs equally close, those with the
    same values come first, then those further left in the text. `minimum` 0 takes any overlap.
    """
    return [(first[one], second[other]) for one, other in matches(first, second, minimum)]


def matches(first: _Spans, second: _Spans, minimum: float = MINIMUM_IOU) -> list[_Pair]:
    """`match` as indices of either side."""
    order, other_order = _in_order(first), _in_order(second)
    ones, others = [first[index] for index in order], [second[index] for index in other_order]
    places, other_places = list(map(_at, ones)), list(map(_at, others))
    ious = {(one, other): _iou(places[one], other_places[other]) for one, other in _overlapping(places, other_places)}

    def closeness(pair: _Pair) -> tuple[float, bool, list[_At], _Pair]:
        one, other = pair
        return -ious[pair], ones[one].values != others[other].values, sorted((places[one], other_places[other])), pair

    close = sorted((pair for pair, iou in ious.items() if iou >= minimum), key=closeness)
    return [(order[one], other_order[other]) for one, other in sorted(one_to_one(close))]


def trimmed(spans: _Spans, texts: Mapping[str, str]) -> list[Marked]:
    """The spans without blanks and punctuation at their edges; one that holds nothing else stays as it is."""
    moved = [(span, *inner(span.place, texts[span.place.document_id])) for span in spans]
    return [
        span if (start, end) == (span.place.start, span.place.end) else _moved(span, start, end) for span, start, end in moved
    ]


def inner(place: Place, text: str) -> tuple[int, int]:
    """The offsets of a place without what stands at its edges; letters and digits at both, as nearly always, need no search."""
    if text[place.start : place.start + 1].isalnum() and text[place.end - 1 : place.end].isalnum():
        return place.start, place.end
    found = _INNER.search(text, place.start, place.end)
    return found.span() if found else (place.start, place.end)


def _moved(span: Marked, start: int, end: int) -> Marked:
    return replace(span, place=replace(span.place, start=start, end=end))


def _type(span: Marked) -> str:
    return type_of(span.values)


def _at(span: Marked) -> _At:
    return span.place.document_id, span.place.start, span.place.end


def _order(span: Marked) -> tuple[_At, Values, str]:
    return _at(span), span.values, span.region_id


def _in_order(spans: _Spans) -> list[int]:
    return sorted(range(len(spans)), key=lambda index: _order(spans[index]))


def _overlapping(first: Sequence[_At], second: Sequence[_At]) -> Iterator[_Pair]:
    """The indices of any two places, one of each, that share a character: one pass in the order of their starts, if not few."""
    if len(first) * len(second) <= _FEW:
        for one, (document, start, end) in enumerate(first):
            for other, (its_document, its_start, its_end) in enumerate(second):
                if its_start < end and start < its_end and document == its_document:
                    yield one, other
        return
    sides = (first, second)
    begun: tuple[list[int], list[int]] = ([], [])
    marked = [(at, side, index) for side, places in enumerate(sides) for index, at in enumerate(places)]
    for at, side, index in sorted(marked):
        others = sides[1 - side]
        begun[1 - side][:] = [other for other in begun[1 - side] if _reaches(others[other], at)]
        yield from ((other, index) if side else (index, other) for other in begun[1 - side])
        begun[side].append(index)


def _reaches(earlier: _At, later: _At) -> bool:
    return earlier[0] == later[0] and earlier[2] > later[1]


def _most(first: Sequence[_At], second: Sequence[_At], pairs: Iterable[_Pair]) -> int:
    """The largest number of these overlapping pairs that is one-to-one.

    It takes the place that ends first with the partner that ends first, again and again. No other choice gives more: had
    the two other partners, those would overlap as well, since each holds or passes the end of the place that ends first.
    """
    ends = {(one, other): sorted((first[one][2], second[other][2])) for one, other in pairs}
    return len(one_to_one(sorted(ends, key=lambda pair: ends[pair])))


def _iou(one: _At, other: _At) -> float:
    """Intersection over union of two places in one document."""
    shared = min(one[2], other[2]) - max(one[1], other[1])
    return shared / (one[2] - one[1] + other[2] - other[1] - shared)


SPAN_FIGURES = (
    "exact_f1",  # the same place and type
    "span_f1",  # the same place, whatever the type
    "overlap_f1",
    "partial_f1",
    "matched_f1",  # the pairs of `match`, whatever the values
)
"""The figures of a span layer. The headline of mentions is `exact_f1`.

They are counted for all of a round at once, in `agreement.layers`; each is a plain function here or in the tests.
"""
