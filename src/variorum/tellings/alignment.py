"""Sentence alignment between two tellings: links become groups of sentences, and departures of fact find their group."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from variorum.annotations.work import Link, Marked, Place, Work
from variorum.tellings.closure import reached

ALIGNED, PARTIALLY_ALIGNED = "aligned", "partially_aligned"


@dataclass(frozen=True)
class Departure:
    """Where the second text departs from the facts of the first; a substitution has a span in both."""

    type: str
    severity: str
    first: Place | None
    second: Place | None
    note: str


@dataclass
class Group:
    """Sentences of the first telling and of the second that are joined by links, each side in the order of its text."""

    links: list[Link]
    departures: list[Departure] = field(default_factory=list)

    @property
    def first(self) -> list[Place]:
        """The sentences of the first telling."""
        return sorted({link.start for link in self.links})

    @property
    def second(self) -> list[Place]:
        """The sentences of the second telling."""
        return sorted({link.end for link in self.links})

    @property
    def label(self) -> str:
        """`aligned` if every link is."""
        return ALIGNED if all(label_of(link) == ALIGNED for link in self.links) else PARTIALLY_ALIGNED

    @property
    def operations(self) -> set[str]:
        """The operations of all links."""
        return {name for link in self.links for name in dict(link.values).get("operation", ())}


@dataclass
class Aligned:
    """What an annotation of a pair comes to: its groups, and what has no place in them."""

    groups: list[Group]
    outside: list[Marked] = field(default_factory=list)
    unpaired: list[Marked] = field(default_factory=list)
    unlike: list[Marked] = field(default_factory=list)


def label_of(link: Link) -> str:
    """A link's label."""
    return dict(link.values)["type"][0]


def align(work: Work) -> Aligned:
    """The groups of an annotation, with the departures inside them.

    `outside` are departures in no linked sentence, `unpaired` substitutions without their counterpart, `unlike` those whose
    counterpart is no substitution or of another severity.
    """
    found = Aligned(list(groups(work.links.get("alignment", ()))))
    spans = {marked.place: marked for marked in work.spans.get("factuality", ())}
    pairs = [(spans[link.start], spans[link.end]) for link in work.links.get("substitution", ())]
    for first, second in pairs:
        if _is_substitution(first) and _is_substitution(second) and _answer(first, "severity") == _answer(second, "severity"):
            _place(found, first, second)
        else:
            found.unlike.append(first)
    paired = {marked.place for pair in pairs for marked in pair}
    for marked in spans.values():
        if not _is_substitution(marked):
            _place(found, *((None, marked) if _answer(marked, "type") == "insertion" else (marked, None)))
        elif marked.place not in paired:
            found.unpaired.append(marked)
    return found


def _is_substitution(marked: Marked) -> bool:
    return _answer(marked, "type") == "substitution"


def _answer(marked: Marked, name: str) -> str:
    return dict(marked.values)[name][0]


def _place(found: Aligned, first: Marked | None, second: Marked | None) -> None:
    """Gives a departure to the group whose sentences it lies in."""
    there = [marked for marked in (first, second) if marked]
    note = " ".join(dict.fromkeys(marked.note for marked in there if marked.note))
    places = [marked.place if marked else None for marked in (first, second)]
    departure = Departure(_answer(there[0], "type"), _answer(there[0], "severity"), places[0], places[1], note)
    for group in found.groups:
        sentences = [*group.first, *group.second]
        if all(any(_inside(marked.place, sentence) for sentence in sentences) for marked in there):
            group.departures.append(departure)
            return
    found.outside.append(there[0])


def _inside(place: Place, sentence: Place) -> bool:
    return place.document_id == sentence.document_id and sentence.start <= place.start and place.end <= sentence.end


def groups(links: Iterable[Link]) -> Iterator[Group]:
    """Links as groups: all that are joined, directly or through others, are one. In the order of the first telling."""
    of: dict[Place, list[Link]] = defaultdict(list)
    for link in sorted(links, key=lambda link: (link.start, link.end)):
        of[link.start].append(link)
        of[link.end].append(link)
    beside = {place: {end for link in found for end in (link.start, link.end)} for place, found in of.items()}
    seen: set[Place] = set()
    for sentence in sorted(of):
        if sentence not in seen:
            joined = {sentence} | reached(sentence, beside)
            seen |= joined
            found = {(link.start, link.end): link for each in joined for link in of[each]}
            yield Group([found[ends] for ends in sorted(found)])
