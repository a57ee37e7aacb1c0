"""Agreement of two annotators on the links of one task, as F1 over links. Links have a direction.

Never kappa over all pairs of ends: nearly all of them are joined by nobody, and that alone would make it high or unstable.
"""

from collections import defaultdict
from collections.abc import Sequence

from variorum.agreement.share import one_to_one
from variorum.annotations.work import Link, Place, Values

_Links = Sequence[Link]
_Ends = tuple[Place, Place]


def label_of(values: Values) -> str:
    """What a link says its ends are to each other: the answer `type`, or else the first answer; empty without answers."""
    return "+".join(sorted(dict(values).get(label_name(values), ())))


def label_name(values: Values) -> str:
    """The name of the answer that is a link's label; empty where there are no answers."""
    names = [name for name, _ in values]
    return "type" if "type" in names else next(iter(names), "")


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


def _order(link: Link) -> tuple[_Ends, Values, str]:
    return ends_of(link), link.values, link.region_id


LINK_FIGURES = (
    "exact_f1",  # the same ends and values
    "label_f1",  # the same ends and label; further values, such as operations, may differ
    "ends_f1",  # the same ends, whatever the values
    "weighted_f1",  # the same ends count one with the same label, one half with another (aligned, partially aligned)
    "matched_f1",  # `label_f1` where starts, and likewise ends, that `spans.match` pairs count as the same
)
"""The figures of a link layer. All of a round are counted at once, in `agreement.layers`, and one by one in the tests."""
