"""Claims of several tellings that state one proposition: clusters, from pairs that people judged.

A cluster is the closure of the pairs judged equivalent, more specific or more general; a claim that others only contradict
or overlap with is one by itself. How a member stands to the canonical
claim follows from what implies what: the more specific claim implies the more general one, equivalent ones imply each
other, and implication carries on.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from variorum.annotations.work import INVERSE
from variorum.tellings.closure import reached

EQUIVALENT, MORE_SPECIFIC, MORE_GENERAL = "equivalent", "more_specific", "more_general"
CONTRADICTS, OVERLAPS = "contradicts", "overlaps"
_SAME_PROPOSITION = (EQUIVALENT, MORE_SPECIFIC, MORE_GENERAL)


@dataclass(frozen=True, order=True)
class Judged:
    """A pair of claims and how the first stands to the second."""

    first: str
    second: str
    relation: str

    @property
    def turned(self) -> "Judged":
        """The same pair, seen from the second."""
        return Judged(self.second, self.first, INVERSE.get(self.relation, self.relation))


@dataclass(frozen=True)
class Member:
    """A claim in a cluster and how it stands to another: the canonical claim, or the member that it contradicts or overlaps.

    `is_member` is false for a claim that only does the latter; `is_judged` is false where the relation follows from others.
    """

    cluster: str
    claim: str
    relation: str
    to: str
    is_member: bool
    is_judged: bool


class Clusters:
    """The clusters of some judged pairs. `order` ranks claims where nothing else does, as by their place in the corpus."""

    def __init__(self, pairs: Iterable[Judged], order: Sequence[str]) -> None:
        self.pairs = sorted(set(pairs))
        self.rank = {claim: place for place, claim in enumerate(order)}
        self.judged = {(each.first, each.second): each.relation for pair in self.pairs for each in (pair, pair.turned)}
        self.judged_of: dict[str, list[str]] = defaultdict(list)
        for other, claim in self.judged:
            self.judged_of[claim].append(other)
        self.implied = self._implications()
        self.members = {self._canonical(claims): claims for claims in self._closure()}
        self.canonical = {claim: canonical for canonical, claims in self.members.items() for claim in claims}

    def _implications(self) -> dict[str, set[str]]:
        """What each claim implies, itself left out."""
        direct: dict[str, set[str]] = defaultdict(set)
        for (first, second), relation in self.judged.items():
            if relation in (EQUIVALENT, MORE_SPECIFIC):
                direct[first].add(second)
        return {claim: reached(claim, direct) for claim in list(direct)}

    def _closure(self) -> list[list[str]]:
        """The claims of each cluster, in their order."""
        joined: dict[str, set[str]] = defaultdict(set)
        for pair in self.pairs:
            if pair.relation in _SAME_PROPOSITION:
                joined[pair.first].add(pair.second)
                joined[pair.second].add(pair.first)
        found: dict[frozenset[str], list[str]] = {}
        for pair in self.pairs:  # what contradicts or overlaps is shown, even where nobody else states either
            if pair.relation in (CONTRADICTS, OVERLAPS) and not {pair.first, pair.second} & joined.keys():
                joined[min(pair.first, pair.second, key=self._place)] = set()
        for claim in joined:
            group = frozenset({claim} | reached(claim, joined))
            found.setdefault(group, sorted(group, key=self._place))
        return sorted(found.values(), key=lambda claims: self._place(claims[0]))

    def _place(self, claim: str) -> tuple[int, str]:
        return self.rank.get(claim, len(self.rank)), claim

    def _canonical(self, claims: list[str]) -> str:
        """The claim that most others are equivalent to; the first of several."""
        return max(
            claims, key=lambda claim: sum(self.relation(other, claim) == EQUIVALENT for other in claims if other != claim)
        )

    def relation(self, claim: str, other: str) -> str:
        """How a member stands to another: what was judged, or what follows; members that neither implies overlap."""
        return self.judged.get((claim, other)) or self._following(claim, other) or OVERLAPS

    def _following(self, claim: str, other: str) -> str:
        """The relation that follows from what implies what; empty where neither implies the other."""
        forth = other in self.implied.get(claim, ())
        back = claim in self.implied.get(other, ())
        return EQUIVALENT if forth and back else MORE_SPECIFIC if forth else MORE_GENERAL if back else ""

    def rows(self) -> Iterator[Member]:
        """Every claim of every cluster, members first, then what contradicts or overlaps with one of them."""
        for canonical, claims in self.members.items():
            for claim in claims:
                relation = EQUIVALENT if claim == canonical else self.relation(claim, canonical)
                is_judged = claim == canonical or (claim, canonical) in self.judged
                yield Member(canonical, claim, relation, canonical, is_member=True, is_judged=is_judged)
            yield from self._beside(canonical, claims)

    def _beside(self, canonical: str, claims: list[str]) -> Iterator[Member]:
        for claim in claims:
            found = [(other, self.judged[other, claim]) for other in self.judged_of[claim]]
            for other, relation in sorted(found, key=lambda each: self._place(each[0])):
                told = other in claims and claim == canonical
                if relation in (CONTRADICTS, OVERLAPS) and not told:
                    yield Member(canonical, other, relation, claim, is_member=other in claims, is_judged=True)

    def conflicts(self) -> Iterator[tuple[Judged, str]]:
        """Pairs judged otherwise than what follows from all pairs together, with the relation that follows."""
        for pair in self.pairs:
            follows = self._following(pair.first, pair.second)
            if follows and follows != pair.relation:
                yield pair, follows
