"""A difference counted: how many changes of each kind a layer has, with which labels."""

from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from variorum.difference.changes import Difference, Kind, Layer

NOUNS: dict[Layer, tuple[str, str]] = {
    "documents": ("document", "documents"),
    "splits": ("document's split", "documents' splits"),
    "levels": ("reading level", "reading levels"),
    "mentions": ("mention", "mentions"),
    "entity_clusters": ("mention's entity", "mentions' entities"),
    "claims": ("claim", "claims"),
    "relations": ("relation", "relations"),
    "alignments": ("alignment", "alignments"),
    "clusters": ("claim in a cluster", "claims in clusters"),
}
"""What the items of a layer are called, one and several."""


class Sum(NamedTuple):
    """All changes of one kind in a layer, and how many of them there are with each label, the most frequent first."""

    layer: Layer
    kind: Kind
    n: int
    labels: tuple[tuple[str, int], ...]

    @property
    def noun(self) -> str:
        """What was changed."""
        return NOUNS[self.layer][self.n != 1]

    @property
    def shares(self) -> str:
        """The labels with their numbers, or the one that all have; empty where there is none."""
        told = [(label, n) for label, n in self.labels if label]
        return told[0][0] if len(self.labels) == len(told) == 1 else ", ".join(f"{n} {label}" for label, n in told)


def sums(difference: Difference) -> Iterator[Sum]:
    """The sums of a difference, in the order of layers and kinds."""
    for (layer, kind), counts in groupby(difference.counts, attrgetter("layer", "kind")):
        labels = sorted(((count.label, count.n) for count in counts), key=lambda each: (-each[1], each[0]))
        yield Sum(layer, kind, sum(n for _, n in labels), tuple(labels))


def total(difference: Difference) -> int:
    """How many changes there are, listed or not."""
    return sum(count.n for count in difference.counts)
