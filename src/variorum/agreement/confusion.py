"""What annotators disagree on, span by span: the listing that a lead goes through before the guidelines are changed."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from variorum.agreement.spans import match
from variorum.annotations.work import Marked, Place, Values, Work

Kind = Literal["type", "boundary", "only"]


@dataclass(frozen=True)
class Side:
    """What one annotator marked. Where nothing, `place` is None and the rest is empty."""

    place: Place | None = None
    text: str = ""
    values: Values = ()
    region_id: str = ""


@dataclass(frozen=True)
class Confusion:
    """A span on which two annotators of a task differ.

    `kind` is `type` for the same place with other values, `boundary` for two places that overlap, whatever the values,
    and `only` for a span that overlaps with none of the other's, or only with such as have a closer counterpart.
    """

    project: str
    round: str
    task: str
    layer: str
    kind: Kind
    first_annotator: str
    second_annotator: str
    first: Side
    second: Side

    @property
    def place(self) -> Place:
        """Where the span lies; for two places the one that the first annotator marked."""
        place = self.first.place or self.second.place
        assert place is not None
        return place


@dataclass(frozen=True)
class Confused:
    """How often two different values stood against each other. `name` is the answer that they are values of.

    `one` and `other` are in the order of the alphabet: which annotator gave which is not counted. Labels of an answer
    with several are joined by plus signs; a missing answer is empty.
    """

    layer: str
    name: str
    one: str
    other: str
    n: int


def confusions(works: Sequence[Work], texts: Mapping[str, str]) -> list[Confusion]:
    """All differences between the spans of each two annotators of a task, sorted by task and place.

    Spans are paired one to one, the closest first, from any overlap on. `texts` are by document id. Links and answers
    about whole tasks are not listed.
    """
    by_task: dict[tuple[str, str, str], list[Work]] = defaultdict(list)
    for work in sorted(works, key=lambda work: work.annotator):
        by_task[work.project, work.round, work.task].append(work)
    found = [
        confusion
        for same in by_task.values()
        for one, other in combinations(same, 2)
        for layer in {*one.spans, *other.spans}
        for confusion in _differences(one, other, layer, texts)
    ]
    return sorted(found, key=in_order)


def confusion_counts(found: Iterable[Confusion]) -> list[Confused]:
    """How often which values stood against each other, by layer and answer, the most frequent first.

    These are the types of mentions and each attribute of claims, where both annotators marked a span, at the same place
    or at overlapping ones.
    """
    counted = Counter(key for each in found if each.kind != "only" for key in _differing(each))
    return [Confused(*key, n) for key, n in sorted(counted.items(), key=lambda item: (-item[1], item[0]))]


def _differing(confusion: Confusion) -> Iterator[tuple[str, str, str, str]]:
    sides = [{name: "+".join(sorted(labels)) for name, labels in side.values} for side in (confusion.first, confusion.second)]
    for name in {*sides[0], *sides[1]}:
        one, other = sorted(side.get(name, "") for side in sides)
        if one != other:
            yield confusion.layer, name, one, other


def _differences(one: Work, other: Work, layer: str, texts: Mapping[str, str]) -> Iterator[Confusion]:
    for first, second in _paired(one.spans.get(layer, ()), other.spans.get(layer, ())):
        kind = _kind(first, second)
        if kind:
            names = (one.project, one.round, one.task, layer, kind, one.annotator, other.annotator)
            yield Confusion(*names, _side(first, texts), _side(second, texts))


def _paired(ones: Sequence[Marked], others: Sequence[Marked]) -> Iterator[tuple[Marked | None, Marked | None]]:
    """The pairs that overlap, then what is left of either side."""
    pairs = match(ones, others, minimum=0)
    yield from pairs
    firsts, seconds = Counter(first for first, _ in pairs), Counter(second for _, second in pairs)
    yield from ((span, None) for span in (Counter(ones) - firsts).elements())
    yield from ((None, span) for span in (Counter(others) - seconds).elements())


def _kind(first: Marked | None, second: Marked | None) -> Kind | None:
    """How two sides differ; None where they do not."""
    if first is None or second is None:
        return "only"
    if first.place != second.place:
        return "boundary"
    return "type" if first.values != second.values else None


def _side(span: Marked | None, texts: Mapping[str, str]) -> Side:
    if span is None:
        return Side()
    place = span.place
    return Side(place, texts[place.document_id][place.start : place.end], span.values, span.region_id)


def in_order(confusion: Confusion) -> tuple[object, ...]:
    """What differences are sorted by: task and place, and whose they are."""
    sides = [(side.place or confusion.place, side.values, side.region_id) for side in (confusion.first, confusion.second)]
    names = (confusion.layer, confusion.first_annotator, confusion.second_annotator, confusion.kind)
    return confusion.project, confusion.round, confusion.task, min(sides)[0], names, sides
