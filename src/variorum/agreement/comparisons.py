"""Who is compared with whom on which task, and which of their marks lie on each other, for all tasks of a round at once.

Marks are rows of arrays here.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from variorum.agreement.spans import MINIMUM_IOU, matches
from variorum.annotations.work import Marked, Place, Work
from variorum.kernel.arrays import Ints, owners, ranges

_TWO = 2


@dataclass(frozen=True)
class Comparisons:
    """A row for each two works of a task, in the order of tasks; `works` are indices of works, `pairs` of annotators."""

    annotators: tuple[tuple[str, str], ...]
    tasks: Ints
    pairs: Ints
    works: tuple[Ints, Ints]

    def __len__(self) -> int:
        return len(self.tasks)

    def by_pair(self) -> Iterator[tuple[tuple[str, str], Ints]]:
        """Each pair of annotators with its rows."""
        for index, pair in enumerate(self.annotators):
            yield pair, np.flatnonzero(self.pairs == index)


def comparisons_of(by_task: Iterable[Sequence[tuple[int, Work]]]) -> Comparisons:
    """All comparisons, from the works of each task with their indices, in the order of their annotators."""
    found = [
        (task, one, other, (first.annotator, second.annotator))
        for task, works in enumerate(by_task)
        for (one, first), (other, second) in combinations(works, 2)
    ]
    annotators = tuple(sorted({each[3] for each in found}))
    index = {pair: place for place, pair in enumerate(annotators)}
    tasks, ones, others = (np.array([each[place] for each in found], np.int64) for place in range(3))
    return Comparisons(annotators, tasks, np.array([index[each[3]] for each in found], np.int64), (ones, others))


def ragged(groups: Ints, sizes: Ints) -> tuple[Ints, Ints]:
    """The rows of these groups, one group after another, and the position in `groups` of each row.

    `sizes` are those of all groups, whose rows stand one group after another.
    """
    firsts = (np.cumsum(sizes) - sizes)[groups]
    ends = firsts + sizes[groups]
    return ranges(firsts, ends), owners(firsts, ends)


@dataclass(frozen=True)
class Sides:
    """The marks of either side of all comparisons, (positions,) each: rows, comparison, whether it is the second side."""

    marks: Ints
    comparison: Ints
    second: NDArray[np.bool_]


def sides_of(comparisons: Comparisons, sizes: Ints) -> Sides:
    """Both sides of each comparison, from how many marks each work has."""
    (ones, first), (others, second) = (ragged(works, sizes) for works in comparisons.works)
    is_second = np.arange(len(ones) + len(others)) >= len(ones)
    return Sides(np.concatenate([ones, others]), np.concatenate([first, second]), is_second)


@dataclass(frozen=True)
class Places:
    """Where marks lie: the index of their document, and offsets (code points, half-open)."""

    documents: Ints
    starts: Ints
    ends: Ints

    @property
    def codes(self) -> Ints:
        """A number for each place, the same for the same place."""
        stride = int(self.ends.max(initial=0)) + 1
        keys = (self.documents * stride + self.starts) * stride + self.ends
        return np.asarray(np.unique(keys, return_inverse=True)[1])


def places_of(places: Sequence[Place]) -> Places:
    """Places as arrays; documents are numbered as they come."""
    known: dict[str, int] = {}
    columns = (
        [known.setdefault(place.document_id, len(known)) for place in places],
        [place.start for place in places],
        [place.end for place in places],
    )
    return Places(*(np.array(column, np.int64) for column in columns))


@dataclass(frozen=True)
class Touching:
    """Marks that lie on each other, as positions in the sides.

    `first` and `second` (pairs,) touch, and `heaps` (heaps,) begin with each of these pairs (indices): in a heap one side has
    a single mark, which holds of nearly all, so that only one of its pairs can count. `groups` are the rest, of each those of
    either side.
    """

    first: Ints
    second: Ints
    heaps: Ints
    groups: list[tuple[list[int], list[int]]]

    def best(self, worth: Ints) -> Ints:
        """The largest worth in each heap."""
        return np.maximum.reduceat(worth, self.heaps) if len(self.heaps) else worth


def touching(sides: Sides, places: Places, labels: Ints) -> Touching:
    """The marks of both sides that touch, heap by heap: a heap ends where a mark begins after all before it have ended.

    Where both sides of a heap have the same places with the same labels (by row), each two of them are a heap of their own.
    """
    if not len(sides.marks):
        return Touching(sides.marks, sides.marks, sides.marks, [])
    starts, ends = places.starts[sides.marks], places.ends[sides.marks]
    slot = sides.comparison * (int(places.documents.max()) + 1) + places.documents[sides.marks]
    begin = slot * (int(places.ends.max()) + 2) + starts
    order = np.lexsort((sides.second, ends, begin))
    reach = np.maximum.accumulate((begin + np.maximum(ends - starts, 1))[order])
    heaps = np.flatnonzero(np.r_[True, begin[order][1:] >= reach[:-1]])
    same = np.r_[(begin[order][1:] == begin[order][:-1]) & (ends[order][1:] == ends[order][:-1]), False]
    equal = same & np.r_[labels[sides.marks[order]][1:] == labels[sides.marks[order]][:-1], False]
    heaps = _with_twins_apart(heaps, sides.second[order], same, equal)
    sizes = np.diff(np.r_[heaps, len(order)])
    seconds = np.add.reduceat(sides.second[order].astype(int), heaps)
    both = (seconds > 0) & (seconds < sizes)
    # A span of no characters lies in another and shares none: it is left to the careful way, if there is any.
    star = both & ((seconds == 1) | (sizes - seconds == 1)) & np.minimum.reduceat((ends > starts)[order], heaps)
    groups = [order[begin : begin + size] for begin, size in zip(heaps[both & ~star], sizes[both & ~star], strict=True)]
    divided = [(group[~sides.second[group]].tolist(), group[sides.second[group]].tolist()) for group in groups]
    singles = _Stars(order, heaps[star], sizes[star], (seconds == 1)[star])
    return Touching(*_star_pairs(sides, singles, starts, ends), divided)


def _with_twins_apart(heaps: Ints, second: NDArray[np.bool_], same: NDArray[np.bool_], equal: NDArray[np.bool_]) -> Ints:
    """Where heaps begin, each pair of twins being one in a heap that has nothing else.

    `second` tells the side of each mark, `same` and `equal` whether the next has the same place, and the same label as well.
    """
    place = np.arange(len(second)) - np.repeat(heaps, np.diff(np.r_[heaps, len(second)]))
    is_first = place % 2 == 0
    expected = np.where(is_first, ~second & equal, second & ~same)
    twins = np.minimum.reduceat(expected, heaps)
    apart = np.repeat(twins, np.diff(np.r_[heaps, len(second)])) & is_first
    return np.union1d(heaps, np.flatnonzero(apart))


@dataclass(frozen=True)
class _Stars:
    """Heaps with a single mark on one side: where each begins in the order of all marks, how many marks, and which side."""

    order: Ints
    begins: Ints
    sizes: Ints
    is_second: NDArray[np.bool_]


def _star_pairs(sides: Sides, stars: _Stars, starts: Ints, ends: Ints) -> tuple[Ints, Ints, Ints]:
    """The pairs that touch, and where each heap begins among them."""
    heap = np.repeat(np.arange(len(stars.sizes)), stars.sizes)
    within = np.arange(len(heap)) - np.repeat(np.cumsum(stars.sizes) - stars.sizes, stars.sizes)
    marks, of_second = stars.order[stars.begins[heap] + within], stars.is_second[heap]
    is_single = sides.second[marks] == of_second
    single, others, of_second = marks[is_single][heap[~is_single]], marks[~is_single], of_second[~is_single]
    touch = np.minimum(ends[single], ends[others]) > np.maximum(starts[single], starts[others])
    pairs = np.where(of_second, others, single)[touch], np.where(of_second, single, others)[touch]
    return *pairs, np.flatnonzero(np.diff(heap[~is_single][touch], prepend=-1))


Chosen = Callable[[Sequence[int]], Sequence[Marked]]
"""Marks by their rows."""


def matched(sides: Sides, places: Places, values: Ints, marks: Chosen, found: Touching) -> tuple[Ints, Ints]:
    """The pairs of `spans.match` as positions in the sides, from what touches; the order of values is that of their numbers."""
    first, second = _closest(sides, places, values, found)
    pairs = [
        (ones[one], others[other])
        for ones, others in found.groups
        for one, other in matches(marks(sides.marks[ones].tolist()), marks(sides.marks[others].tolist()))
    ]
    rest = np.array(pairs, np.int64).reshape(-1, _TWO)
    return np.concatenate([first, rest[:, 0]]), np.concatenate([second, rest[:, 1]])


def _closest(sides: Sides, places: Places, values: Ints, found: Touching) -> tuple[Ints, Ints]:
    """The pair of each heap that `spans.match` takes first, where it is close enough: the single mark has no other."""
    one, other = sides.marks[found.first], sides.marks[found.second]
    shared = np.minimum(places.ends[one], places.ends[other]) - np.maximum(places.starts[one], places.starts[other])
    lengths = places.ends - places.starts
    iou = shared / (lengths[one] + lengths[other] - shared)
    heap = np.cumsum(np.bincount(found.heaps, minlength=len(iou)))
    by_place = (places.starts[one] + places.starts[other], places.ends[one] + places.ends[other])
    by_closeness = np.lexsort((values[one] + values[other], *reversed(by_place), values[one] != values[other], -iou, heap))
    best = by_closeness[found.heaps]
    best = best[iou[best] >= MINIMUM_IOU]
    return found.first[best], found.second[best]


def shared(sides: Sides, codes: Ints) -> tuple[Ints, Ints]:
    """What both sides of a comparison have, by code: a position in the sides for each, and how many of it both have."""
    keys = sides.comparison * (int(codes.max(initial=0)) + 1) + codes
    found, position, inverse = np.unique(keys, return_index=True, return_inverse=True)
    hits = np.bincount(inverse + sides.second * len(found), minlength=2 * len(found)).reshape(_TWO, -1).min(axis=0)
    return position[hits > 0], hits[hits > 0]


def counterparts(sides: Sides, codes: Ints, places: Sequence[Place]) -> Ints:
    """The codes, indices of places, with the first side's place for each of the second's that `spans.match` pairs with it."""
    span = len(places)
    keys, inverse = np.unique((sides.comparison * 2 + sides.second) * span + codes, return_inverse=True)
    distinct = Sides(keys % span, keys // (2 * span), keys // span % 2 == 1)
    at = places_of(places)
    plain = np.zeros(span, np.int64)
    found = touching(distinct, at, plain)
    pairs = matched(distinct, at, plain, lambda rows: [Marked(places[row], (), "") for row in rows], found)
    moved = distinct.marks.copy()
    moved[pairs[1]] = distinct.marks[pairs[0]]
    return moved[inverse]
