"""Which span of one build is which of the other, inside one document.

Where the text changed, its sentences say how far it shifted: a sentence that stands once in both texts is an anchor, and
what stands in it or behind it is looked for as much further on. Every step treats both builds alike, so that comparing
them the other way round pairs the same spans.
"""

from bisect import bisect
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from heapq import heapify, heappop, heappush
from typing import NamedTuple

Pair = tuple[int | None, int | None]
"""The places of a span in both lists; None where one side has none."""


class Span(NamedTuple):
    """A span to be paired. `type` is what stays when it moves; `labels` are all that is said of it.

    `at` is twice the offset halfway between where it starts in its own text and where that is in the other.
    """

    start: int
    end: int
    text: str
    type: str
    labels: Hashable
    at: int

    @property
    def until(self) -> int:
        """Where it ends, on the same scale as `at`."""
        return self.at + 2 * (self.end - self.start)


class Anchor(NamedTuple):
    """A sentence that both texts have: where it starts in each."""

    before: int
    after: int


def anchors(before: Iterable[tuple[int, str]], after: Iterable[tuple[int, str]]) -> list[Anchor]:
    """The sentences, given as starts and texts, that stand once in each of two texts."""
    first, second = _once(before), _once(after)
    return sorted(Anchor(start, second[text]) for text, start in first.items() if text in second)


def _once(sentences: Iterable[tuple[int, str]]) -> dict[str, int]:
    found: dict[str, list[int]] = defaultdict(list)
    for start, text in sentences:
        found[text].append(start)
    return {text: starts[0] for text, starts in found.items() if len(starts) == 1}


def scale(anchored: Sequence[Anchor], side: int) -> Callable[[int], int]:
    """How offsets of one side (0 before, 1 after) become those of `Span.at`; the anchor before an offset counts."""
    if all(anchor.before == anchor.after for anchor in anchored):
        return lambda offset: 2 * offset
    known = sorted(anchored, key=lambda anchor: anchor[side])
    starts = [anchor[side] for anchor in known]
    shifts = [anchor[1 - side] - anchor[side] for anchor in known]
    return lambda offset: 2 * offset + shifts[max(bisect(starts, offset) - 1, 0)]


def paired(before: Sequence[Span], after: Sequence[Span]) -> list[Pair]:
    """Each span of both lists once, with the one it is in the other.

    Equal ones first, then those of the same place (relabelled), of the same type and text (moved, the nearest first),
    those of the same type that overlap (resized, those that share most first); the rest has no counterpart.
    """
    left, right = dict(enumerate(before)), dict(enumerate(after))
    found: list[Pair] = []
    for step in (_equal, _in_place, _moved, _resized):
        for one, other in step(left, right):
            found.append((one, other))
            del left[one], right[other]
    return [*found, *((one, None) for one in left), *((None, other) for other in right)]


Spans = dict[int, Span]
Pairs = list[tuple[int, int]]


def _equal(left: Spans, right: Spans) -> Pairs:
    return [
        pair
        for ones, others in _alike(left, right, lambda span: (span.at, span.text, span.type, span.labels))
        for pair in zip(ones, others, strict=False)
    ]


def _in_place(left: Spans, right: Spans) -> Pairs:
    return [
        pair
        for ones, others in _alike(left, right, lambda span: (span.at, span.text))
        for pair in zip(_by_labels(ones, left), _by_labels(others, right), strict=False)
    ]


def _by_labels(indices: Iterable[int], spans: Spans) -> list[int]:
    return sorted(indices, key=lambda index: (spans[index].type, repr(spans[index].labels)))


def _moved(left: Spans, right: Spans) -> Pairs:
    pairs = []
    for ones, others in _alike(left, right, lambda span: (span.type, span.text)):
        for one, other in nearest([left[index].at for index in ones], [right[index].at for index in others]):
            pairs.append((ones[one], others[other]))
    return pairs


def _alike(left: Spans, right: Spans, key: Callable[[Span], Hashable]) -> list[tuple[list[int], list[int]]]:
    """The spans of both sides that have one key, for every key that both sides have."""
    keyed: dict[Hashable, tuple[list[int], list[int]]] = {}
    for index, span in left.items():
        keyed.setdefault(key(span), ([], []))[0].append(index)
    for index, span in right.items():
        if (own := keyed.get(key(span))) is not None:
            own[1].append(index)
    return [own for own in keyed.values() if own[1]]


def nearest(before: Sequence[int], after: Sequence[int]) -> Pairs:
    """Points on a line paired with points of the other list, the nearest two first, in n log n.

    The nearest two are always neighbours; when they are gone, those around them become neighbours.
    """
    line = sorted(
        [(point, 0, index) for index, point in enumerate(before)] + [(point, 1, index) for index, point in enumerate(after)]
    )
    to_left, to_right = list(range(-1, len(line) - 1)), list(range(1, len(line) + 1))
    gone = [False] * len(line)
    heap = [_gap(line, place, place + 1) for place in range(len(line) - 1) if line[place][1] != line[place + 1][1]]
    heapify(heap)
    pairs = []
    while heap:
        *_, one, other = heappop(heap)
        if gone[one] or gone[other]:
            continue
        gone[one] = gone[other] = True
        pairs.append((line[one][2], line[other][2]) if line[one][1] == 0 else (line[other][2], line[one][2]))
        around = to_left[one], to_right[other]
        if around[0] >= 0:
            to_right[around[0]] = around[1]
        if around[1] < len(line):
            to_left[around[1]] = around[0]
        if around[0] >= 0 and around[1] < len(line) and line[around[0]][1] != line[around[1]][1]:
            heappush(heap, _gap(line, *around))
    return pairs


def _gap(line: list[tuple[int, int, int]], one: int, other: int) -> tuple[int, int, int, int]:
    return line[other][0] - line[one][0], line[one][0], one, other


def _resized(left: Spans, right: Spans) -> Pairs:
    """Overlapping spans of one type; only neighbours in the text are compared."""
    shares = sorted(
        (-_share(left[one], right[other]), sorted((left[one][:2], right[other][:2])), one, other)
        for one, other in _overlapping(left, right)
    )
    pairs: Pairs = []
    taken: tuple[set[int], set[int]] = (set(), set())
    for *_, one, other in shares:
        if one not in taken[0] and other not in taken[1]:
            pairs.append((one, other))
            taken[0].add(one)
            taken[1].add(other)
    return pairs


def _overlapping(left: Spans, right: Spans) -> Pairs:
    pairs: Pairs = []
    line = sorted(
        [(span.at, 0, index) for index, span in left.items()] + [(span.at, 1, index) for index, span in right.items()]
    )
    spans = (left, right)
    still: list[tuple[int, int]] = []
    for at, side, index in line:
        still = [(its, which) for its, which in still if spans[its][which].until > at]
        for its, which in still:
            if its != side and spans[its][which].type == spans[side][index].type:
                pairs.append((which, index) if side else (index, which))
        still.append((side, index))
    return pairs


def _share(one: Span, other: Span) -> float:
    shared = min(one.until, other.until) - max(one.at, other.at)
    return shared / (max(one.until, other.until) - min(one.at, other.at))
