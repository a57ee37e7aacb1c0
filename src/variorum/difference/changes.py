"""What a difference is made of: plain data, which is also the form of `--format json`."""

from typing import Literal

import msgspec

Layer = Literal["documents", "splits", "levels", "mentions", "entity_clusters", "claims", "relations", "alignments", "clusters"]
Kind = Literal["added", "removed", "moved", "relabelled", "re-attributed", "text-changed"]
SchemaKind = Literal[
    "config-added",
    "config-removed",
    "column-added",
    "column-removed",
    "column-retyped",
    "labels-added",
    "labels-removed",
    "labels-reordered",
]
LAYERS: tuple[Layer, ...] = (
    "documents",
    "splits",
    "levels",
    "mentions",
    "entity_clusters",
    "claims",
    "relations",
    "alignments",
    "clusters",
)
KINDS: tuple[Kind, ...] = ("added", "removed", "moved", "relabelled", "re-attributed", "text-changed")
MAIN_LABEL: dict[Layer, str] = {
    "documents": "role",
    "splits": "split",
    "levels": "reading_level",
    "mentions": "type",
    "claims": "checkworthiness",
    "relations": "type",
    "alignments": "label",
    "clusters": "relation",
}
"""The label that the items of a layer are counted by. Entity clusters have none: there may be as many as mentions."""
_CLOSED = {*MAIN_LABEL.values(), "claim_types", "modality", "attribution", "operations", "standing", "wikidata_status"}
"""The labels of closed sets: what may be written freely is counted by its name alone."""


class Place(msgspec.Struct, frozen=True, gc=False):
    """A span of a document, code points, half-open; offsets are null where the build does not tell them."""

    document_id: str
    start: int | None
    end: int | None
    text: str


Labels = dict[str, tuple[str, ...]]


class Item(msgspec.Struct, frozen=True):
    """A thing as one build has it: one span, the two ends of a link, sentences or none, and its labels by name."""

    places: tuple[Place, ...]
    labels: Labels


class Decided(msgspec.Struct, frozen=True):
    """How an item was decided, as the table `decisions` of one of the builds has it. `curator` is empty where a rule did."""

    build: Literal["before", "after"]
    rule: str
    decision: str
    curator: str
    annotators: tuple[str, ...]
    reason: str


class Change(msgspec.Struct, frozen=True):
    """One change. `before` is null for what was added, `after` for what was removed; of a link between two documents
    `document_id` is the first.
    """

    layer: Layer
    kind: Kind
    document_id: str
    before: Item | None
    after: Item | None
    decided: tuple[Decided, ...] = ()

    @property
    def item(self) -> Item:
        """The thing as it is, or was."""
        found = self.after or self.before
        assert found
        return found

    @property
    def label(self) -> str:
        """What the change is counted by: the item's main label, or those that changed as `before -> after`."""
        main = MAIN_LABEL.get(self.layer, "")
        if self.before and self.after and self.kind in {"relabelled", "re-attributed"}:
            names = sorted(changed_names(self.before, self.after), key=lambda name: (name != main, name))
            return " and ".join(_step(self.before, self.after, name, main) for name in names)
        return _values(self.before or self.item, self.after or self.item, main)


def changed_names(before: Item, after: Item) -> list[str]:
    """The names of the labels that differ."""
    return [name for name in {**before.labels, **after.labels} if before.labels.get(name) != after.labels.get(name)]


def _step(before: Item, after: Item, name: str, main: str) -> str:
    if name not in _CLOSED:
        return name
    step = told_step(before.labels.get(name, ()), after.labels.get(name, ()))
    return step if name == main else f"{name} {step}"


def told_step(before: tuple[str, ...], after: tuple[str, ...]) -> str:
    """From one label to another, or of several what has gone and what is new."""
    if len(before) <= 1 and len(after) <= 1:
        return f"{' '.join(before) or 'none'} -> {' '.join(after) or 'none'}"
    gone = [f"-{value}" for value in before if value not in after]
    return " ".join(gone + [f"+{value}" for value in after if value not in before]) or "in another order"


def _values(before: Item, after: Item, name: str) -> str:
    first, second = (" ".join(item.labels.get(name, ())) for item in (before, after))
    return first if first == second else f"{first or 'none'} -> {second or 'none'}"


class Count(msgspec.Struct, frozen=True):
    """How many changes of one kind a layer has with one label."""

    layer: Layer
    kind: Kind
    label: str
    n: int


class RowCount(msgspec.Struct, frozen=True):
    """How many rows of a table only one of the builds has."""

    before: int = 0
    after: int = 0

    def __add__(self, other: "RowCount") -> "RowCount":
        return RowCount(self.before + other.before, self.after + other.after)

    def __bool__(self) -> bool:
        return bool(self.before or self.after)


class SchemaChange(msgspec.Struct, frozen=True):
    """A change of what tables there are, their columns or the labels of their closed sets.

    `column` is empty for a config; a column inside structs is named by its path. `before` and `after` are types or labels.
    """

    kind: SchemaKind
    config: str
    column: str = ""
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


class MetadataChange(msgspec.Struct, frozen=True):
    """A change of what the manifest and the card say; empty where one of the builds says nothing."""

    name: str
    before: str
    after: str


class Edition(msgspec.Struct, frozen=True):
    """Which build it is: name and version of the dataset, and the id that follows from its inputs."""

    name: str
    version: str
    build_id: str


class Difference(msgspec.Struct, frozen=True):
    """Everything that differs between two builds.

    `counts` are full; `changes` are as many as were asked for. `rows` has the tables with rows that only one build has.
    """

    before: Edition
    after: Edition
    schema: tuple[SchemaChange, ...] = ()
    metadata: tuple[MetadataChange, ...] = ()
    rows: dict[str, RowCount] = {}
    counts: tuple[Count, ...] = ()
    changes: tuple[Change, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the builds differ in nothing."""
        return not (self.schema or self.metadata or self.rows or self.counts)
