"""What the card says of the tables, gathered part by part: no table has to be held whole for it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from variorum.annotations.review import Ledger
from variorum.cache.packing import pack_tight, unpack_tight
from variorum.corpus.settings import Settings
from variorum.corpus.splits import Leaks
from variorum.schema.labels import Labels
from variorum.schema.projects import documents_of

LOOKED_THROUGH = 1000
"""Rows of each table that an example is looked for in."""
LISTED = 20
"""Documents that the card lists, the first of many."""
WHOLE = ("claim_clusters", "agreement")
"""Tables that the card reads whole."""
COUNTED = {
    "entity_type": ("entities", "type"),
    "checkworthiness": ("claims", "checkworthiness"),
    "claim_type": ("claims", "claim_types"),
    "attribution": ("claims", "attribution"),
    "modality": ("claims", "modality"),
    "relation_type": ("relations", "type"),
    "alignment": ("alignments", "label"),
    "operation": ("alignments", "operations"),
    "claim_relation": ("claim_clusters", "relation"),
    "reading_level": ("readability", "reading_level"),
    "document_role": ("documents", "role"),
}
"""The inventories whose labels are counted, and where."""

Curated = tuple[str, str, str, str]
"""Project, round, layer and rule of decisions."""


@dataclass(frozen=True)
class Example:
    """A row of a table, out of so many looked through: the first whose words may be passed on, which is the one at `place`.

    Where there is none, `place` is None and the row is the first. It waits packed for those of all parts: as frames, each with
    its schema, they took 50 kB a part, and 0.3 s to read from a cache of 42.
    """

    packed: bytes
    place: int | None
    looked_through: int

    @property
    def row(self) -> pl.DataFrame:
        """The row, as a frame."""
        return unpack_tight(self.packed, pl.DataFrame)

    def before(self, other: "Example") -> "Example":
        """The example of the rows of both, those of the other coming after."""
        looked_through = min(self.looked_through + other.looked_through, LOOKED_THROUGH)
        if self.place is None and other.place is not None and self.looked_through + other.place < LOOKED_THROUGH:
            return Example(other.packed, self.looked_through + other.place, looked_through)
        return Example(self.packed, self.place, looked_through)


@dataclass
class Seen:
    """What was seen of some tables: a row of each, documents to list, labels and decisions counted, some tables whole.

    It crosses processes, shard by shard: the first thousand rows of every table would be 9 MB a shard, this is 15 kB.
    """

    examples: dict[str, Example] = field(default_factory=dict)
    documents: pl.DataFrame | None = None
    labels: dict[str, Counter[str]] = field(default_factory=dict)
    curated: Counter[Curated] = field(default_factory=Counter)
    whole: dict[str, pl.DataFrame] = field(default_factory=dict)


@dataclass(frozen=True)
class Facts:
    """What the card says of a build: rows by config and split, what was seen of them, what leaks between splits.

    `splits` are those of the documents, by id; `withheld` are those whose words may not be passed on.
    """

    settings: Settings
    labels: Labels
    counts: dict[str, dict[str, int]]
    seen: Seen
    leaks: Leaks
    ledgers: dict[str, Ledger]
    splits: dict[str, str]
    withheld: frozenset[str] = frozenset()


def seen(tables: Mapping[str, pl.DataFrame], withheld: frozenset[str] = frozenset()) -> Seen:
    """What is to be seen of tables, each with all its splits; the words of `withheld` documents may not be passed on."""
    found = Seen({config: _example(frame, withheld) for config, frame in tables.items() if frame.height})
    if "documents" in tables:
        listed = tables["documents"].head(LISTED)
        told = [name for name in _TOLD if name in listed.columns]  # other projects' documents have no reading level
        found.documents = listed.select(*told, pl.col("sentences").list.len())
    for inventory, (config, column) in COUNTED.items():
        if config in tables and column in tables[config].columns:
            found.labels[inventory] = Counter(label_counts(tables[config], column))
    if "decisions" in tables:
        counted = tables["decisions"].group_by("project", "round", "layer", "rule").len().iter_rows()
        found.curated = Counter({(project, round_, layer, rule): count for project, round_, layer, rule, count in counted})
    found.whole = {config: tables[config] for config in WHOLE if config in tables}
    return found


_TOLD = ("document_id", "role", "reading_level", "source_date", "token_count")


def _example(frame: pl.DataFrame, withheld: frozenset[str]) -> Example:
    head = frame.head(LOOKED_THROUGH)
    named = head.select(name for name in _NAMING if name in head.columns).iter_rows(named=True)
    place = next((place for place, row in enumerate(named) if not withheld & _documents_of(row)), None)
    # Made anew: a slice of a frame is pickled with all texts of the frame, 1.3 MB for a row of `decisions`.
    row = pl.DataFrame(head[place or 0].to_dicts(), schema=frame.schema)
    return Example(pack_tight(row), place, head.height)


_NAMING = ("document_id", "first_document_id", "second_document_id", "task")
"""The columns that say which documents a row is of."""


def _documents_of(row: Mapping[str, Any]) -> set[str]:
    return {own for named in row.values() if named for own in documents_of(named)}


def all_seen(parts: Iterable[Seen]) -> Seen:
    """What was seen of several parts, in their order."""
    whole = Seen()
    for part in parts:
        for config, example in part.examples.items():
            whole.examples[config] = whole.examples[config].before(example) if config in whole.examples else example
        if part.documents is not None:
            listed = part.documents if whole.documents is None else pl.concat([whole.documents, part.documents])
            whole.documents = listed.head(LISTED)
        for config, frame in part.whole.items():
            whole.whole[config] = pl.concat([whole.whole.get(config, frame.clear()), frame])
        for inventory, counts in part.labels.items():
            whole.labels.setdefault(inventory, Counter()).update(counts)
        whole.curated.update(part.curated)
    return whole


def label_counts(frame: pl.DataFrame, column: str) -> dict[str, int]:
    """How often each label stands in a column, or in the lists of a column."""
    values = frame.select(pl.col(column))
    if isinstance(values.schema[column], pl.List):
        values = values.explode(column)
    return dict(values.drop_nulls().group_by(column).len().iter_rows())
