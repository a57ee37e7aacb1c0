"""What several annotators made of one task, brought together item by item: who marked the same thing, and as what.

Spans of the same offsets are one item; of the rest, those that overlap most are, as long as they share half of what they
cover together. Links are one item where their ends are; answers about the whole task are one item each.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from variorum.annotations.work import Link, Marked, Place, Work
from variorum.folder import GOLD

OVERLAP = 0.5
"""How much of what two spans cover together they must share to be candidates for one item."""


class Words(msgspec.Struct, frozen=True, order=True, forbid_unknown_fields=True):
    """A span with what it says, so that a decision can be read without the text. Code points, half-open."""

    document_id: str
    start: int
    end: int
    text: str

    @property
    def place(self) -> Place:
        """Where the words stand."""
        return Place(self.document_id, self.start, self.end)


class Content(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is claimed of the text: one span, or the two ends of a link, or none for an answer about the whole task.

    `ends` names the items that a link leads from and to, where they are items of the same task.
    """

    spans: tuple[Words, ...] = ()
    values: dict[str, tuple[str, ...]] = {}
    ends: tuple[str, ...] = ()


class Candidate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one annotator proposed for an item; `region_id` leads back to the export."""

    annotator: str
    region_id: str
    content: Content
    note: str = ""


class Item(msgspec.Struct, frozen=True):
    """One thing to decide. `annotators` are all who finished the task: who is not among the candidates marked nothing here."""

    item: str
    task: str
    layer: str
    round: str
    annotators: tuple[str, ...]
    candidates: tuple[Candidate, ...]


def items_of(works: Sequence[Work], texts: Mapping[str, str]) -> list[Item]:
    """The items of one task, spans before the links that join them, each layer in the order of the text.

    A curator's work among them is a candidate of `gold`, which is none of the annotators and gives no item its name.
    """
    return list(_Task(sorted(works, key=lambda work: work.annotator), texts).items())


class _Task:
    """The works of one task, by annotator."""

    def __init__(self, works: Sequence[Work], texts: Mapping[str, str]) -> None:
        self.works = works
        self.texts = texts
        self.task = works[0].task
        self.round = max(work.round for work in works)
        self.annotators = tuple(work.annotator for work in works if work.annotator != GOLD)
        self.owners: dict[tuple[str, str, Place], str] = {}
        """The item of each annotator's span of a layer."""

    def items(self) -> Iterator[Item]:
        for layer in _layers(work.spans for work in self.works):
            yield from self._span_items(layer)
        for layer in _layers(work.links for work in self.works):
            yield from self._link_items(layer)
        for name in _layers(work.answers for work in self.works):
            given = [(work.annotator, work.answers[name]) for work in self.works if name in work.answers]
            candidates = [Candidate(annotator, "", Content((), {name: answer})) for annotator, answer in given]
            yield self._item(name, "", candidates)

    def _item(self, layer: str, name: str, candidates: Iterable[Candidate]) -> Item:
        own = f"{self.task}/{layer}/{name}".rstrip("/")
        return Item(own, self.task, layer, self.round, self.annotators, tuple(candidates))

    def _span_items(self, layer: str) -> Iterator[Item]:
        marked = [(work.annotator, each) for work in self.works for each in work.spans.get(layer, ())]
        groups = grouped([pair for pair in marked if pair[0] != GOLD])
        for group in with_gold(groups, [pair for pair in marked if pair[0] == GOLD]):
            proposed = [each.place for annotator, each in group if annotator != GOLD]
            name = _named(min(proposed or [each.place for _, each in group]), self.task)
            item = self._item(layer, name, [self._span(annotator, each) for annotator, each in group])
            self.owners |= {(annotator, layer, each.place): item.item for annotator, each in group}
            yield item

    def _span(self, annotator: str, marked: Marked) -> Candidate:
        return Candidate(annotator, marked.region_id, Content((self._words(marked.place),), dict(marked.values)), marked.note)

    def _words(self, place: Place) -> Words:
        return Words(place.document_id, place.start, place.end, self.texts[place.document_id][place.start : place.end])

    def _link_items(self, layer: str) -> Iterator[Item]:
        """One item for all links of the same ends; inside a document, where several types may join them, of each type."""
        found: dict[tuple[str, ...], list[Candidate]] = defaultdict(list)
        for work in self.works:
            for link in work.links.get(layer, ()):
                ends = tuple(self._end(work.annotator, link, index) for index in (0, 1))
                type_ = dict(link.values)["type"] if link.start.document_id == link.end.document_id else ()
                found[*ends, *type_].append(self._link(work.annotator, link, ends))
        for key, candidates in sorted(found.items(), key=lambda each: _first(each[1])):
            short = ">".join(each.removeprefix(f"{self.task}/") for each in key[:2])
            yield self._item(layer, ":".join([short, *key[2:]]), candidates)

    def _end(self, annotator: str, link: Link, index: int) -> str:
        """The item that a link leads from or to; what was made beforehand is no item, and is named by its place."""
        place = (link.start, link.end)[index]
        return self.owners.get((annotator, link.layers[index], place), _named(place, self.task))

    def _link(self, annotator: str, link: Link, ends: tuple[str, ...]) -> Candidate:
        spans = self._words(link.start), self._words(link.end)
        owned = ends if all(each.startswith(f"{self.task}/") for each in ends) else ()
        return Candidate(annotator, link.region_id, Content(spans, dict(link.values), owned))


def _layers(found: Iterable[Mapping[str, Any]]) -> list[str]:
    """The layers that any of the works has, in the order of the alphabet."""
    return sorted({layer for each in found for layer in each})


def _named(place: Place, task: str) -> str:
    """A place, with its document where the task is of two."""
    offsets = f"{place.start}-{place.end}"
    return offsets if place.document_id == task else f"{place.document_id}:{offsets}"


def _first(candidates: list[Candidate]) -> tuple[Words, ...]:
    return min(candidate.content.spans for candidate in candidates)


Pair = tuple[str, Marked]


def grouped(marked: Sequence[Pair]) -> list[list[Pair]]:
    """The spans of one layer as groups of at most one an annotator: the same place first, then the greatest overlap."""
    same: dict[Place, list[Pair]] = defaultdict(list)
    for annotator, each in marked:
        same[each.place].append((annotator, each))
    places = sorted(same)
    group = {place: [place] for place in places}
    for one, other in _by_overlap(places):
        first, second = group[one], group[other]
        if first is not second and not (_annotators(first, same) & _annotators(second, same)):
            first += second
            group |= dict.fromkeys(second, first)
    found = [group[place] for place in places if group[place][0] == place]
    return [sorted((pair for place in each for pair in same[place]), key=lambda pair: pair[0]) for each in found]


def _annotators(places: list[Place], same: Mapping[Place, list[Pair]]) -> set[str]:
    return {annotator for place in places for annotator, _ in same[place]}


def _by_overlap(places: list[Place]) -> list[tuple[Place, Place]]:
    """Pairs of places that share enough, those that share most first; only neighbours in the text are compared."""
    pairs = []
    for index, one in enumerate(places):
        for other in places[index + 1 :]:
            if not _near(one, other):
                break
            if overlap(one, other) >= OVERLAP:
                pairs.append((-overlap(one, other), one, other))
    return [(one, other) for _, one, other in sorted(pairs)]


def with_gold(groups: list[list[Pair]], gold: Sequence[Pair]) -> list[list[Pair]]:
    """The groups of the annotators with a curator's spans attached to them; what fits none is a group of its own.

    Attached afterwards, so that a curator's span changes nothing about which of the annotators' belong together.
    """
    rest = list(gold)
    shares = sorted(
        (-max(overlap(each.place, own[1].place) for _, each in group), own[1].place, index)
        for index, group in enumerate(groups)
        for own in rest
    )
    attached = [list(group) for group in groups]
    for share, place, index in shares:
        own = next((pair for pair in rest if pair[1].place == place), None)
        if own and -share >= OVERLAP and len(attached[index]) == len(groups[index]):
            attached[index].append(own)
            rest.remove(own)
    return attached + [[own] for own in rest]


def _near(one: Place, other: Place) -> bool:
    """Whether a span that begins later still begins inside the first."""
    return one.document_id == other.document_id and other.start < one.end


def overlap(one: Place, other: Place) -> float:
    """Length of what two spans share by the length of what they cover together; 0 in different texts."""
    if one.document_id != other.document_id:
        return 0.0
    shared = min(one.end, other.end) - max(one.start, other.start)
    return max(shared, 0) / (max(one.end, other.end) - min(one.start, other.start))
