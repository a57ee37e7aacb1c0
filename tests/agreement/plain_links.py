"""The figures of a link layer, each as a plain function of the links of two annotators of one task."""

from collections.abc import Callable, Iterable, Sequence

from msgspec.structs import replace
from tests.agreement.plain_shares import f1_by, f1_by_label

from variorum.agreement.links import ends_of, label_of
from variorum.agreement.share import Share, f1
from variorum.agreement.spans import match
from variorum.annotations.work import Link, Marked, Place

_Links = Sequence[Link]


def exact_f1(first: _Links, second: _Links) -> Share:
    """F1 where both ends and all values are the same."""
    return f1_by(lambda link: (link.start, link.end, link.values), first, second)


def label_f1(first: _Links, second: _Links) -> Share:
    """F1 where both ends and the label are the same; further values, such as operations, may differ."""
    return f1_by(_ends_and_label, first, second)


def label_f1_by_label(first: _Links, second: _Links) -> dict[str, Share]:
    """`label_f1` of the links of each label."""
    return f1_by_label(_ends_and_label, lambda link: label_of(link.values), first, second)


def ends_f1(first: _Links, second: _Links) -> Share:
    """F1 where both ends are the same, whatever the values."""
    return f1_by(ends_of, first, second)


def weighted_f1(first: _Links, second: _Links) -> Share:
    """F1 where the same ends count one with the same label and one half with different ones (aligned, partially aligned)."""
    hits = (label_f1(first, second).part + ends_f1(first, second).part) / 4
    return f1(hits, len(first), len(second))


def matched_f1(first: _Links, second: _Links) -> Share:
    """`label_f1` where ends may differ a little: starts, and likewise ends, that `spans.match` pairs count as the same."""
    starts = _counterparts([link.start for link in first], [link.start for link in second])
    ends = _counterparts([link.end for link in first], [link.end for link in second])
    moved = [replace(link, start=starts.get(link.start, link.start), end=ends.get(link.end, link.end)) for link in second]
    return label_f1(first, moved)


def _ends_and_label(link: Link) -> tuple[tuple[Place, Place], str]:
    return ends_of(link), label_of(link.values)


def _counterparts(first: Iterable[Place], second: Iterable[Place]) -> dict[Place, Place]:
    """The first's place for each of the second's that matches one."""
    ones, others = ([Marked(place, (), "") for place in set(places)] for places in (first, second))
    return {other.place: one.place for one, other in match(ones, others)}


LINK_FORMULAS: dict[str, Callable[[_Links, _Links], Share]] = {
    "exact_f1": exact_f1,
    "label_f1": label_f1,
    "ends_f1": ends_f1,
    "weighted_f1": weighted_f1,
    "matched_f1": matched_f1,
}
