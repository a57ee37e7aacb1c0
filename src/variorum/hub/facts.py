"""What the card says of the tables, gathered part by part: no table has to be held whole for it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import polars as pl

from variorum.annotations.review import Ledger
from variorum.corpus.settings import Settings
from variorum.corpus.splits import Leaks
from variorum.schema.labels import Labels

LOOKED_THROUGH = 1000
"""Rows of each table that an example is looked for in."""
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


@dataclass
class Seen:
    """What was seen of some tables: their first rows, labels counted by inventory, decisions counted, some tables whole."""

    heads: dict[str, pl.DataFrame] = field(default_factory=dict)
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


def seen(tables: Mapping[str, pl.DataFrame]) -> Seen:
    """What is to be seen of tables, each with all its splits."""
    found = Seen({config: frame.head(LOOKED_THROUGH) for config, frame in tables.items()})
    for inventory, (config, column) in COUNTED.items():
        if config in tables and column in tables[config].columns:
            found.labels[inventory] = Counter(label_counts(tables[config], column))
    if "decisions" in tables:
        counted = tables["decisions"].group_by("project", "round", "layer", "rule").len().iter_rows()
        found.curated = Counter({(project, round_, layer, rule): count for project, round_, layer, rule, count in counted})
    found.whole = {config: tables[config] for config in WHOLE if config in tables}
    return found


def all_seen(parts: Iterable[Seen]) -> Seen:
    """What was seen of several parts, in their order."""
    whole = Seen()
    for part in parts:
        for config, head in part.heads.items():
            known = whole.heads.get(config, head.clear())
            whole.heads[config] = pl.concat([known, head]).head(LOOKED_THROUGH)
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
