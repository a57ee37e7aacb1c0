"""Spans against each other, all documents at once: which lies in which, which clash, and which of them tag tokens.

One idea serves all: sorted by (start, -end), a span that begins behind the end of all before it is a head, and those up to
the next head overlap it or each other. With the heads taken out the rest has heads again, one round a level of nesting.

Beside the plain functions `nesting` takes a seventh of the time and `bio` a ninth (30 spans a document).
"""

from typing import NamedTuple

import numpy as np

from variorum.kernel.arrays import Bools, Ints, owners, ranges


class Nesting(NamedTuple):
    """What lies around each span, (spans,) each, in the order in which the spans were given.

    `around` is the index of the smallest span that holds it, or -1; `clashing` tells spans that double or cross another.
    In a group where any span clashes, `around` means nothing: there the careful reader has the word.
    """

    around: Ints
    clashing: Bools


def nesting(group: Ints, starts: Ints, ends: Ints) -> Nesting:
    """Spans of one layer against those of the same `group` (an annotation): `span_rules.clashes` and `enclosing`."""
    apart = group * (ends.max(initial=0) + 1)
    starts, ends = starts + apart, ends + apart
    around, clashing = np.full(len(starts), -1), np.zeros(len(starts), np.bool_)
    rest = in_order(starts, ends)
    same = (starts[rest[1:]] == starts[rest[:-1]]) & (ends[rest[1:]] == ends[rest[:-1]])
    clashing[rest[1:]] = same
    while len(rest):
        is_head, head = _heads(starts[rest], ends[rest])
        inside, outer = rest[~is_head], rest[head[~is_head]]
        around[inside] = outer
        clashing[inside] |= ends[inside] > ends[outer]
        rest = inside
    return Nesting(around, clashing)


def in_order(starts: Ints, ends: Ints) -> Ints:
    """The indices of spans in the order of the text, outer ones first, and otherwise as they were given."""
    order: Ints = np.lexsort((-ends, starts))
    return order


def _heads(starts: Ints, ends: Ints) -> tuple[Bools, Ints]:
    """Of spans in order, which are heads, and for each the index of the head it stands behind, itself if it is one."""
    is_head = np.ones(len(starts), np.bool_)
    is_head[1:] = starts[1:] >= np.maximum.accumulate(ends)[:-1]
    return is_head, np.flatnonzero(is_head)[np.cumsum(is_head) - 1]


def bio(token_count: int, first: Ints, last: Ints, labels: Ints) -> Ints:
    """A code a token: 0 for O, 2 * label + 1 for B and 2 * label + 2 for I, which is the order of `contract.ner_tags`.

    `first` and `last` are the tokens that each span touches, half-open, the spans in order. Of nested ones the outermost
    counts: a span tags its tokens if no span before it has tagged any of them.
    """
    tagging = _outermost(first, last)
    first, last, labels = first[tagging], last[tagging], labels[tagging]
    codes = np.zeros(token_count, np.int64)
    codes[ranges(first, last)] = 2 * labels[owners(first, last)] + 2
    codes[first] -= 1
    return codes


def _outermost(first: Ints, last: Ints) -> Ints:
    """Which ranges are taken if each, in order, is taken that overlaps none taken before it."""
    taken = np.zeros(len(first), np.bool_)
    rest = np.flatnonzero(first < last)
    while len(rest):
        is_head, head = _heads(first[rest], last[rest])
        taken[rest[is_head]] = True
        rest = rest[~is_head & (first[rest] >= last[rest[head]])]
    return np.flatnonzero(taken)


def by_piece(first: Ints, last: Ints) -> tuple[Ints, Ints]:
    """Pairs of a piece and a span that touches it, by piece and there in the order in which the spans were given.

    `first` and `last` are the pieces that each span touches, half-open.
    """
    pieces = ranges(first, last)
    order = np.argsort(pieces, kind="stable")
    return pieces[order], owners(first, last)[order]
