"""Agreement of two annotators on the links of one task, as F1 over links. Links have a direction.

Never kappa over all pairs of ends: nearly all of them are joined by nobody, and that alone would make it high or unstable.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from msgspec.structs import replace

from variorum.agreement.share import Share, f1, f1_by, f1_by_label, one_to_one
from variorum.agreement.spans import match
from variorum.annotations.work import Link, Marked, Place, Values

_Links = Sequence[Link]
_Ends = tuple[Place, Place]


def label_of(values: Values) -> str:
    """What a link says its ends are to each other: the answer `type`, or else the first answer; empty without answers."""
    return "+".join(sorted(dict(values).get(label_name(values), ())))


def label_name(values: Values) -> str:
    """The name of the answer that is a link's label; empty where there are no answers."""
    names = [name for name, _ in values]
    return "type" if "type" in names else next(iter(names), "")


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


def same_ends(first: _Links, second: _Links) -> list[tuple[Link, Link]]:
    """One-to-one pairs of links with the same ends; where there are several, those with the same values first."""
    ones, others = (sorted(links, key=_order) for links in (first, second))
    by_ends: dict[_Ends, list[int]] = defaultdict(list)
    for index, link in enumerate(others):
        by_ends[ends_of(link)].append(index)
    pairs = [(one, other) for one, link in enumerate(ones) for other in by_ends[ends_of(link)]]
    pairs.sort(key=lambda pair: (ones[pair[0]].values != others[pair[1]].values, pair))
    return [(ones[one], others[other]) for one, other in sorted(one_to_one(pairs))]


def ends_of(link: Link) -> _Ends:
    """Both places that a link joins."""
    return link.start, link.end


def _ends_and_label(link: Link) -> tuple[_Ends, str]:
    return ends_of(link), label_of(link.values)


def _order(link: Link) -> tuple[_Ends, Values, str]:
    return ends_of(link), link.values, link.region_id


def _counterparts(first: Iterable[Place], second: Iterable[Place]) -> dict[Place, Place]:
    """The first's place for each of the second's that matches one."""
    ones, others = ([Marked(place, (), "") for place in set(places)] for places in (first, second))
    return {other.place: one.place for one, other in match(ones, others)}


LINK_FIGURES: dict[str, Callable[[_Links, _Links], Share]] = {
    "exact_f1": exact_f1,
    "label_f1": label_f1,
    "ends_f1": ends_f1,
    "weighted_f1": weighted_f1,
    "matched_f1": matched_f1,
}
"""The figures of a link layer by the name of their metric."""
