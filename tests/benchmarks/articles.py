"""Made-up news articles with their mentions, claims and relations, as many as wanted and no two nearly the same.

The sentences of this repository's articles, with what gold marks in them, are the moulds. Every longer lower-case word is
drawn anew from a vocabulary and every mention from the names of its type, so that two texts hardly share eight words in a
row. An article depends on the seed and on its own number, not on how many there are.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise, product
from pathlib import Path
from random import Random

import msgspec

from variorum.annotations.export import read_export
from variorum.annotations.regions import Regions
from variorum.corpus.shingles import LONG_RUN_WORDS
from variorum.dataset.segmentation import TOKEN, Offsets, Segmentation, segment
from variorum.dataset.span_rules import examine, with_surroundings
from variorum.folder import Folder
from variorum.schema.labels import Labels, read_labels
from variorum.schema.projects import DOCUMENTS

REPOSITORY = Path(__file__).parent.parent.parent
WORDS, WORDS_SPREAD, WORDS_LEAST = 320, 80, 120
MENTIONS, CLAIMS, RELATIONS = 25, 6, 3
"""How many of each an annotator marks in a text that has room for them."""
ASTRAL_SHARE = 0.077
"""The share of articles with characters that UTF-16 needs two units for."""
LEAST_FREE = 3
"""With fewer, two of 100,000 articles would share a run of so many words by chance, which is a finding."""
VOCABULARY, NAMES = 50_000, 2000
FLATNESS = 1000
"""The word of rank r is drawn in proportion to 1 / (r + FLATNESS), after Zipf and Mandelbrot."""
EMOJI = ("\U0001f680", "\U0001f30d", "\U0001f4c8", "\U0001f1e9\U0001f1ea", "\U0001f91d")
FIRST_NAMES = ("Ana", "José", "Łukasz", "Zoë", "Søren", "Müge", "Oleksandr", "Wei", "Françoise", "Þóra", "Amadou", "Kim")
LAST_NAMES = ("Li", "Kovač", "Nguyễn", "Müller", "Gonçalves", "Okonkwo", "Лисенко", "Haddad", "Åkesson", "García")
KINDS = {
    "NORP": ("",), "LOC": ("Sea", "River"), "ORG": ("Council", "Bank", "University"), "FAC": ("Bridge",), "LAW": ("Treaty",),
    "EVENT": ("Forum", "Summit"), "PROGRAM": ("Initiative",), "TITLE": ("",), "PRODUCT": ("",), "WORK_OF_ART": ("",),
}  # fmt: skip
"""What made names end with, by their type."""
MONTHS = ("January", "March", "April", "May", "June", "July", "August", "October")
PLACES = ("São Paulo", "北京", "Київ", "Zürich", "Łódź", "Reykjavík", "Curaçao", "Tromsø", "Ankara", "Türkiye")


@dataclass(frozen=True)
class Mould:
    """A sentence as pieces. A mention is one of them, a claim a run of them; relations join these by their places."""

    pieces: tuple[str, ...]
    mentions: dict[int, str]
    claims: tuple[tuple[int, int, dict[str, tuple[str, ...]]], ...]
    relations: tuple[tuple[str, int, int], ...]

    @cached_property
    def freedom(self) -> int:
        """How many words at least are drawn anew in any run of as many as must not be shared."""
        free = [place in self.mentions or _is_free(piece) for place, piece in enumerate(self.pieces) if not piece.isspace()]
        return min((sum(free[at : at + LONG_RUN_WORDS]) for at in range(len(free) - LONG_RUN_WORDS + 1)), default=0)

    @cached_property
    def words(self) -> int:
        """How many words the sentence has."""
        return sum(piece.isalnum() for piece in self.pieces)


@dataclass(frozen=True)
class Mark:
    """A span with its type (of a mention) or its answers (of a claim). Code points, half-open."""

    start: int
    end: int
    type: str = ""
    answers: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True)
class Relation:
    """A directed relation between two marks."""

    type: str
    from_: Mark
    to: Mark


@dataclass(frozen=True)
class Marks:
    """What one annotator makes of an article."""

    mentions: tuple[Mark, ...]
    claims: tuple[Mark, ...]
    relations: tuple[Relation, ...]
    level: str


@dataclass(frozen=True)
class Article:
    """A text, how it falls apart, and what there is to mark in it."""

    text: str
    segmentation: Segmentation
    marks: Marks


class Press:
    """Makes articles: `article(number)` is the same whenever it is asked for."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.labels: Labels = read_labels(Folder(REPOSITORY).labels.read_bytes(), "labels.yaml")[0]
        self.moulds = [mould for mould in _moulds(self.labels) if mould.freedom >= LEAST_FREE]
        chance = Random(seed)  # noqa: S311 # not for secrets
        self.vocabulary = _vocabulary(self.moulds, chance)
        self.weights = list(accumulate(1 / (rank + FLATNESS) for rank in range(len(self.vocabulary))))
        self.names = _names(self.moulds, self.vocabulary, chance)

    def chance(self, number: int, purpose: str = "") -> Random:
        """The source of all that is random about an article."""
        return Random(f"{self.seed}:{number}:{purpose}")  # noqa: S311 # not for secrets

    def article(self, number: int) -> Article:
        """The article of a number."""
        chance = self.chance(number)
        offered = _Offered()
        parts: list[str] = []
        at = words = 0
        wanted = max(WORDS_LEAST, chance.gauss(WORDS, WORDS_SPREAD))
        emoji = chance.choice(EMOJI) if chance.random() < ASTRAL_SHARE else ""
        for place, mould in enumerate(chance.sample(self.moulds, len(self.moulds))):
            if words >= wanted:
                break
            gap = "" if not place else "\n\n" if place % 4 == 0 else " "
            lead = gap + (f"{emoji} " if emoji and place % 7 == 0 else "")
            pieces = self._cast(mould, chance)
            parts += [lead, *pieces]
            at = offered.add(mould, pieces, at + len(lead))
            words += mould.words
        text = "".join(parts)
        segmentation = segment(text)
        level = chance.choice(self.labels["reading_level"].names)
        return Article(text, segmentation, offered.chosen(segmentation, chance, level))

    def _cast(self, mould: Mould, chance: Random) -> list[str]:
        drawn = iter(chance.choices(self.vocabulary, cum_weights=self.weights, k=len(mould.pieces)))
        return [
            chance.choice(self.names[mould.mentions[place]])
            if place in mould.mentions
            else next(drawn)
            if _is_free(piece)
            else piece
            for place, piece in enumerate(mould.pieces)
        ]

    def second_opinion(self, marks: Marks, number: int) -> Marks:
        """What another annotator makes of the same article: some mentions typed otherwise or left out, some answers changed."""
        chance = self.chance(number, "second")
        ends = {end for each in marks.relations for end in (each.from_, each.to)}
        types = self.labels["entity_type"].names
        kept = [each for each in marks.mentions if each in ends or chance.random() > 0.06]  # about one a text
        retyped = {each: Mark(each.start, each.end, chance.choice(types)) for each in kept if chance.random() < 0.05}
        asked = {each: self._answered_anew(each, chance) for each in marks.claims}
        new = retyped | asked
        relations = (
            Relation(each.type, new.get(each.from_, each.from_), new.get(each.to, each.to)) for each in marks.relations
        )
        level = chance.choice([marks.level, marks.level, *self.labels["reading_level"].names])
        mentions = tuple(new.get(each, each) for each in kept)
        return Marks(mentions, tuple(asked.values()), tuple(relations), level)

    def _answered_anew(self, claim: Mark, chance: Random) -> Mark:
        answers = (
            (name, (chance.choice(self.labels[name].names),) if chance.random() < 0.07 else given)
            for name, given in claim.answers
        )
        return Mark(claim.start, claim.end, "", tuple(answers))


class _Offered:
    """All that could be marked in an article, as its sentences are put together."""

    def __init__(self) -> None:
        self.mentions: list[Mark] = []
        self.claims: list[Mark] = []
        self.relations: list[Relation] = []

    def add(self, mould: Mould, pieces: list[str], at: int) -> int:
        """Adds what a sentence that begins at `at` offers, and says where it ends."""
        edges = list(accumulate(map(len, pieces), initial=at))
        mentions = {place: Mark(edges[place], edges[place + 1], type_) for place, type_ in mould.mentions.items()}
        claims = [Mark(edges[first], edges[last], "", tuple(answers.items())) for first, last, answers in mould.claims]
        self.mentions += mentions.values()
        self.claims += claims
        for type_, one, other in mould.relations:
            self.relations.append(Relation(type_, claims[one] if type_ == "claimer" else mentions[one], mentions[other]))
        return edges[-1]

    def chosen(self, segmentation: Segmentation, chance: Random, level: str) -> Marks:
        """As much of it as an annotator marks; what ended up in two sentences, as names with a full stop may, is left."""
        mentions = [each for each in self.mentions if segmentation.sentence_of(each.start, each.end) is not None]
        offered = {*mentions, *self.claims}
        relations = [each for each in self.relations if each.from_ in offered and each.to in offered]
        relations = chance.sample(relations, min(RELATIONS, len(relations)))
        ends = dict.fromkeys(end for each in relations for end in (each.from_, each.to))
        claims = _drawn(self.claims, ends, CLAIMS, chance)
        marked = _drawn(mentions, ends, MENTIONS, chance)
        claimed = {each.from_ for each in relations}
        free = [claim for claim in claims if claim not in claimed][: RELATIONS - len(relations)]
        relations += [Relation("claimer", claim, chance.choice(marked)) for claim in free if marked]
        return Marks(marked, claims, tuple(relations), level)


def _drawn(offered: list[Mark], needed: Iterable[Mark], count: int, chance: Random) -> tuple[Mark, ...]:
    """So many of what is offered, what is needed among them, in the order of the text."""
    first = [each for each in needed if each in offered]
    rest = [each for each in offered if each not in first]
    drawn = chance.sample(rest, min(len(rest), max(0, count - len(first))))
    return tuple(sorted([*first, *drawn], key=lambda each: (each.start, -each.end)))


def _is_free(piece: str) -> bool:
    return len(piece) > 3 and piece.isalpha() and piece.islower()  # what is shorter holds a sentence together


def _moulds(labels: Labels) -> Iterator[Mould]:
    """The sentences of this repository's articles with what gold marks in them."""
    folder = Folder(REPOSITORY)
    for raw in read_export(folder.gold(DOCUMENTS))[0]:
        document_id = msgspec.json.decode(raw.source)["data"]["document_id"]
        text = folder.text(document_id).read_text("utf-8")
        segmentation = segment(text)
        (reviewed,) = examine({document_id: (text, segmentation)}, [raw], labels).reviewed
        for sentence in segmentation.sentences:
            yield _mould(text, sentence, reviewed.regions)


def _mould(text: str, sentence: Offsets, regions: Regions) -> Mould:
    """A sentence in pieces: outermost mentions whole, the rest token by token with the blanks between."""
    start, end = sentence
    outermost = {
        (region.span.start, region.span.end): region
        for region, outer in with_surroundings(regions.mentions)
        if outer is None and start <= region.span.start and region.span.end <= end
    }
    covered = [range(*span) for span in outermost]
    tokens = [match.span() for match in TOKEN.finditer(text, start, end) if not any(match.start() in span for span in covered)]
    spans = sorted([*tokens, *outermost])
    edges = sorted({start, end, *(edge for span in spans for edge in span)})
    place = {edge: index for index, edge in enumerate(edges)}
    claims = [
        region
        for region in regions.claims
        if region.span.start in place and region.span.end in place and start <= region.span.start < end
    ]
    ids = {region.id: place[region.span.start] for region in outermost.values()}
    claim_ids = {region.id: index for index, region in enumerate(claims)}
    relations = (
        (each.type, (claim_ids if each.type == "claimer" else ids)[each.from_id], ids[each.to_id])
        for each in regions.relations
        if each.to_id in ids and each.from_id in (claim_ids if each.type == "claimer" else ids)
    )
    return Mould(
        tuple(text[one:other] for one, other in pairwise(edges)),
        {place[region.span.start]: region.label for region in outermost.values()},
        tuple((place[each.span.start], place[each.span.end], each.attributes) for each in claims),
        tuple(relations),
    )


def _vocabulary(moulds: list[Mould], chance: Random) -> list[str]:
    """Words that look English: the first half of one word of the articles and the second half of another."""
    words = sorted({piece for mould in moulds for piece in mould.pieces if _is_free(piece)})
    halves = product((word[: len(word) // 2] for word in words), (word[len(word) // 2 :] for word in words))
    made = sorted({first + last for first, last in halves})
    return chance.sample(made, VOCABULARY)


def _names(moulds: list[Mould], vocabulary: list[str], chance: Random) -> dict[str, list[str]]:
    """The names of each type of mention: those in the articles, and made ones."""
    names: dict[str, list[str]] = defaultdict(list)
    for mould in moulds:
        for place, type_ in mould.mentions.items():
            if (
                type_ not in KINDS or mould.pieces[place].count(" ") < 2
            ):  # a long name is nearly a run of words that texts share
                names[type_].append(mould.pieces[place])
    drawn = iter(chance.sample(vocabulary, 40_000))
    for type_, kinds in KINDS.items():
        names[type_] += [" ".join(filter(None, (next(drawn).title(), kind))) for kind in kinds for _ in range(NAMES)]
    made = [next(drawn).title() for _ in range(NAMES)]
    names["PERSON"] += [" ".join(pair) for pair in product(FIRST_NAMES, [*LAST_NAMES, *made])]
    names["GPE"] += [*PLACES * 10, *made]
    names["CARDINAL"] += [f"{number:,}" for number in range(1013, 90_000, 17)]
    names["ORDINAL"] += [f"{number}th" for number in range(24, 9000, 10)]
    names["DATE"] += [f"{day} {month} {year}" for day, month, year in product(range(1, 29), MONTHS, range(1900, 2025))]
    names["QUANTITY"] += [f"{number} {unit}" for number, unit in product(range(3, 200), ("barrels", "kilometres", "litres"))]
    names["PERCENT"] += [f"{number / 10} percent" for number in range(11, 990, 7)]
    return {type_: sorted(found) for type_, found in names.items()}
