"""What changed in one document, layer by layer, given its rows in both builds."""

from bisect import bisect
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import zip_longest
from typing import Any, NamedTuple, TypeVar

from variorum.difference.changes import Change, Item, Kind, Labels, Layer, Place
from variorum.difference.match import Span, anchors, paired, scale
from variorum.difference.read import SPLIT

Row = dict[str, Any]
Rows = Mapping[str, list[Row]]
"""The rows of one document by config."""
Columns = Mapping[str, Iterable[str]]
"""The columns that both builds have, by config: what only one has is a change of the schema and of no row."""

METADATA = ("title", "language", "story_id", "role", "simplified_of", "source_date", "source_date_precision", "licence")
CONFIGS = {
    "documents": ("text", "sentences", *METADATA),
    "readability": ("reading_level",),
    "entities": ("mention_id", "start", "end", "text", "type", "note", "entity_cluster_id", "wikidata_id", "wikidata_status"),
    "claims": (
        *("claim_id", "start", "end", "text", "checkworthiness", "claim_types", "modality", "note"),
        *("attribution", "claimer_ids"),
    ),
    "relations": ("from_id", "to_id", "type"),
}
"""The configs that say what the layers of a document hold, with the columns that count."""
REQUIRED = {
    "documents": (),
    "readability": (),
    "entities": ("mention_id", "start", "end", "text"),
    "claims": ("claim_id", "start", "end", "text"),
    "relations": ("from_id", "to_id", "type"),
}
"""The columns without which nothing is compared but the number of rows."""
_LABELS: dict[Layer, tuple[str, tuple[str, ...]]] = {
    "documents": ("documents", METADATA),
    "levels": ("readability", ("reading_level",)),
    "mentions": ("entities", ("type", "note")),
    "entity_clusters": ("entities", ("entity_cluster_id", "wikidata_id", "wikidata_status")),
    "claims": ("claims", ("checkworthiness", "claim_types", "modality", "note")),
    "relations": ("relations", ("type",)),
}
"""The config that a layer is in, and the columns that are its labels."""
IDS = {"mention_id": "entities", "claim_id": "claims"}
"""The configs whose rows links lead from and to, by the names of their ids."""
_ID_OF: dict[Layer, str] = {"mentions": "mention_id", "claims": "claim_id"}

Token = tuple[str, int]
"""What an end of a link is called in both builds: its layer and the number of its pair."""
T = TypeVar("T")
Both = tuple[T | None, T | None]
"""Something before and after; None where one build has it not."""


class Respanned(NamedTuple):
    """A claim whose words are others than before; what names it by its words must be told."""

    document_id: str
    before: str
    after: str


class Entry(NamedTuple):
    """A mention or claim: its row, and what is shown of it."""

    row: Row
    item: Item


class Document:
    """One document in both builds. `respanned` fills as the changes are asked for.

    Mentions and claims that are the same in both builds, ids and all, may be left out of the rows of a document whose
    text is. `ends` gives all of one side by their ids; it is asked only where a link has changed.
    """

    def __init__(
        self, document_id: str, before: Rows, after: Rows, columns: Columns, ends: Callable[[int], dict[str, Row]]
    ) -> None:
        self.id = document_id
        self.rows = (before, after)
        self.labels = {
            layer: (config, [name for name in names if name in columns.get(config, ())])
            for layer, (config, names) in _LABELS.items()
        }
        self.claim_columns = set(columns.get("claims", ()))
        self.all_ends = ends
        self.tokens: tuple[dict[str, Token], dict[str, Token]] = ({}, {})
        self.respanned: list[Respanned] = []
        own = [self._only("documents", side) or {} for side in (0, 1)]
        self.texts = (own[0].get("text") or "", own[1].get("text") or "")
        self.is_shifted = self.texts[0] != self.texts[1]
        self.anchors = anchors(*map(_sentences, own)) if self.is_shifted else []

    def changes(self) -> Iterator[Change]:
        """All changes, in the order of the layers; inside a layer in that of the text."""
        yield from self._document()
        yield from self._stepped("levels", *(self._level(side) for side in (0, 1)))
        yield from self._mentions()
        yield from self._claims()
        yield from self._relations()

    @cached_property
    def ends(self) -> tuple[dict[str, Row], dict[str, Row]]:
        """Mentions and claims by their ids, of both builds."""
        return self.all_ends(0), self.all_ends(1)

    def _only(self, config: str, side: int) -> Row | None:
        """The row of a table that has one a document."""
        rows = self.rows[side].get(config)
        return rows[0] if rows else None

    def _item(self, layer: Layer, row: Row, *places: Place) -> Item:
        return Item(places, _labels(row, self.labels[layer][1]))

    def _change(self, layer: Layer, kind: Kind, before: Item | None, after: Item | None) -> Change:
        return Change(layer, kind, self.id, before, after)

    def _stepped(self, layer: Layer, before: Item | None, after: Item | None) -> Iterator[Change]:
        """What does not move: it is added, removed or relabelled, or the same."""
        if before and after:
            if before.labels != after.labels:
                yield self._change(layer, "relabelled", before, after)
        elif before or after:
            yield self._change(layer, "added" if after else "removed", before, after)

    def _document(self) -> Iterator[Change]:
        own = [self._only("documents", side) for side in (0, 1)]
        before, after = (self._item("documents", row) if row else None for row in own)
        yield from self._stepped("documents", before, after)
        if before and after and self.is_shifted:
            first, second = unlike(self.id, *self.texts)
            yield self._change("documents", "text-changed", Item((first,), before.labels), Item((second,), after.labels))
        splits = [Item((), {SPLIT: (row[SPLIT],)}) for row in own if row]
        if before and after and splits[0] != splits[1]:
            yield self._change("splits", "moved", *splits)

    def _level(self, side: int) -> Item | None:
        row = self._only("readability", side)
        item = self._item("levels", row) if row else None
        return item if item and item.labels else None

    def _mentions(self) -> Iterator[Change]:
        names = self.labels["entity_clusters"][1]
        for before, after in self._paired("mentions"):
            yield from self._of_span("mentions", before, after)
            if before and after and any(before.row[name] != after.row[name] for name in names):
                yield from self._stepped("entity_clusters", self._entity(before), self._entity(after))

    def _entity(self, entry: Entry) -> Item | None:
        item = self._item("entity_clusters", entry.row, *entry.item.places)
        return item if "entity_cluster_id" in item.labels else None

    def _claims(self) -> Iterator[Change]:
        for before, after in self._paired("claims"):
            yield from self._of_span("claims", before, after)
            if before and after:
                yield from self._attributed(before, after)
                if (before.row["text"] or "") != (after.row["text"] or ""):
                    self.respanned.append(Respanned(self.id, before.row["text"] or "", after.row["text"] or ""))

    def _attributed(self, before: Entry, after: Entry) -> Iterator[Change]:
        """Whether somebody else puts the claim forward; a claimer that only moved is the same."""
        both = (before, after)
        is_told = "attribution" in self.claim_columns and before.row["attribution"] != after.row["attribution"]
        first, second = ({self._token(side, id_) for id_ in self._claimers(entry)} for side, entry in enumerate(both))
        if is_told or first != second:
            yield self._change("claims", "re-attributed", *(self._attribution(side, entry) for side, entry in enumerate(both)))

    def _claimers(self, entry: Entry) -> list[str]:
        return (entry.row["claimer_ids"] or []) if "claimer_ids" in self.claim_columns else []

    def _attribution(self, side: int, entry: Entry) -> Item:
        labels = _labels(entry.row, ["attribution"] if "attribution" in self.claim_columns else [])
        claimers = sorted((self._end(side, id_) for id_ in self._claimers(entry)), key=_in_text)
        if claimers:
            labels["claimers"] = tuple(place.text for place in claimers)
        return Item(entry.item.places, labels)

    def _of_span(self, layer: Layer, before: Entry | None, after: Entry | None) -> Iterator[Change]:
        if not before or not after:
            own = [entry.item if entry else None for entry in (before, after)]
            yield self._change(layer, "added" if after else "removed", *own)
            return
        if before.row["start"] != after.row["start"] or before.row["end"] != after.row["end"]:
            yield self._change(layer, "moved", before.item, after.item)
        if before.item.labels != after.item.labels:
            yield self._change(layer, "relabelled", before.item, after.item)

    def _paired(self, layer: Layer) -> list[Both[Entry]]:
        """The mentions or claims that are not equal, each with what it is in the other build; links find their ends by it."""
        config, id_ = self.labels[layer][0], _ID_OF[layer]
        entries = [[self._entry(layer, row) for row in own.get(config, ())] for own in self.rows]
        spans = [[_span(entry, at) for entry in own] for own, at in zip(entries, map(self._scale, (0, 1)), strict=True)]
        found: list[Both[Entry]] = []
        for number, (one, other) in enumerate(paired(*spans)):
            pair = (None if one is None else entries[0][one], None if other is None else entries[1][other])
            found.append(pair)
            for side, entry in enumerate(pair):
                if entry:
                    self.tokens[side][entry.row[id_]] = (layer, number)
        return sorted(found, key=lambda pair: min(_in_text(entry.item.places[0]) for entry in pair if entry))

    def _scale(self, side: int) -> Callable[[int], int]:
        return scale(self.anchors, side)

    def _entry(self, layer: Layer, row: Row) -> Entry:
        return Entry(row, self._item(layer, row, Place(self.id, row["start"], row["end"], row["text"] or "")))

    def _token(self, side: int, id_: str) -> Token:
        """What an end is called; one that is equal in both builds is called by its id."""
        return self.tokens[side].get(id_, (id_, -1))

    def _end(self, side: int, id_: str) -> Place:
        row = self.ends[side].get(id_)
        return Place(self.id, row["start"], row["end"], row["text"] or "") if row else Place(self.id, None, None, id_)

    def _relations(self) -> Iterator[Change]:
        """Links of the same ends are the same, whatever the ids of their ends are and wherever these have moved."""
        joined: dict[tuple[Token, Token], tuple[list[Item], list[Item]]] = defaultdict(lambda: ([], []))
        for side, rows in enumerate(self._unequal_relations()):
            for row in rows:
                item = self._item("relations", row, self._end(side, row["from_id"]), self._end(side, row["to_id"]))
                joined[self._ends(side, row)][side].append(item)
        pairs = [pair for own in joined.values() for pair in steps(*own)]
        for pair in sorted(pairs, key=lambda pair: min([*map(_in_text, item.places)] for item in pair if item)):
            yield from self._stepped("relations", *pair)

    def _unequal_relations(self) -> list[list[Row]]:
        keyed = [
            {(*self._ends(side, row), row["type"]): row for row in self.rows[side].get("relations", [])} for side in (0, 1)
        ]
        return [[row for key, row in keyed[side].items() if key not in keyed[1 - side]] for side in (0, 1)]

    def _ends(self, side: int, row: Row) -> tuple[Token, Token]:
        return self._token(side, row["from_id"]), self._token(side, row["to_id"])


def steps(before: Sequence[Item], after: Sequence[Item]) -> list[Both[Item]]:
    """Items at one place: those with the same labels cancel, the rest is paired in the order of the labels."""
    rest = list(after)
    gone = []
    for item in before:
        same = next((index for index, other in enumerate(rest) if other.labels == item.labels), None)
        if same is None:
            gone.append(item)
        else:
            del rest[same]
    left, right = (sorted(each, key=lambda item: sorted(item.labels.items())) for each in (gone, rest))
    return list(zip_longest(left, right))


def unlike(document_id: str, before: str, after: str) -> tuple[Place, Place]:
    """The one stretch of each text outside which the two are the same."""
    head = _shared(before, after)
    room = min(len(before), len(after)) - head
    tail = _shared(before[len(before) - room :][::-1], after[len(after) - room :][::-1])
    ends = len(before) - tail, len(after) - tail
    return Place(document_id, head, ends[0], before[head : ends[0]]), Place(document_id, head, ends[1], after[head : ends[1]])


def _shared(one: str, other: str) -> int:
    """How many characters two texts begin with in common."""
    lengths = range(1, min(len(one), len(other)) + 1)
    return bisect(lengths, 0, key=lambda length: one[:length] != other[:length])


def _sentences(row: Row) -> list[tuple[int, str]]:
    """The sentences of a document as starts and texts."""
    return [(span["start"], (row["text"] or "")[span["start"] : span["end"]]) for span in row.get("sentences") or ()]


def _span(entry: Entry, at: Callable[[int], int]) -> Span:
    place, row = entry.item.places[0], entry.row
    labels = tuple(entry.item.labels.items())
    return Span(row["start"], row["end"], place.text, row.get("type") or "", labels, at(row["start"]))


def _labels(row: Row, names: Iterable[str]) -> Labels:
    """The labels that a row has, by name; empty ones are left out."""
    found: Labels = {}
    for name in names:
        value = row[name]
        if value is not None and value not in ("", []):
            found[name] = tuple(map(str, value)) if isinstance(value, list) else (str(value),)
    return found


def _in_text(place: Place) -> tuple[int, int, str]:
    """What sorts places of one document: in the order of the text, outer ones first; those that are unknown at the end."""
    return (-1 if place.start is None else place.start, -(place.end or 0), place.text)
