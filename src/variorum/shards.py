"""Which documents are worked on together, and where all that belongs to them lies: shards that the input alone decides on."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from variorum.corpus.catalogue import Entry
from variorum.findings import failed
from variorum.inputs import Inputs
from variorum.part import ShardPlan
from variorum.schema.projects import DOCUMENTS, PROJECTS, documents_of


@dataclass(frozen=True)
class Kept:
    """What is kept of a build: figures and metrics, tables in memory or in a folder."""

    measure: bool = True
    tables: bool = False
    folder: Path | None = None


SHARD = 32_000_000
"""Bytes of exports and texts that are worked on at once, and written as one file a config and split."""
TEXT = 4_000
"""Bytes that a text in a file of its own counts for."""


def plans_of(inputs: Inputs, kept: Kept) -> Iterator[ShardPlan]:
    """All documents that have a text, in shards that the input alone decides on; only to be checked where anything is wrong."""
    entries = [entry for entry in inputs.entries if entry.document.document_id in inputs.texts]
    linked = frozenset(
        each for project in PROJECTS if project != DOCUMENTS for key in inputs.tasks[project] for each in documents_of(key)
    )
    shards = list(_cut(entries, inputs))
    for number, shard in enumerate(shards):
        ids = [entry.document.document_id for entry in shard]
        decisions = inputs.decisions.get(DOCUMENTS)
        yield ShardPlan(
            entries=tuple(shard),
            texts=inputs.texts.only(ids),
            tasks=inputs.tasks[DOCUMENTS].only(ids),
            decisions=decisions.only(ids) if decisions else None,
            labels=inputs.labels,
            abbreviations=inputs.settings.abbreviations,
            clusters=inputs.entity_clusters,
            linked=linked.intersection(ids),
            measure=kept.measure,
            check_only=failed(inputs.findings),
            keeps_frames=kept.tables or (kept.folder is not None and len(shards) == 1),
            folder=kept.folder / f"{number:05d}" if kept.folder and len(shards) > 1 else None,
            catalogue=inputs.folder.name(inputs.folder.catalogue),
            decided_in=inputs.folder.name(inputs.folder.decisions(DOCUMENTS)),
        )


def _cut(entries: list[Entry], inputs: Inputs) -> Iterator[list[Entry]]:
    """Documents in their order, cut where a shard is full; there is one shard at least."""
    shard: list[Entry] = []
    size = 0
    for entry in entries:
        document_id = entry.document.document_id
        shard.append(entry)
        size += inputs.tasks[DOCUMENTS].size(document_id) + (inputs.texts.size(document_id) or TEXT)
        if size >= SHARD:
            yield shard
            shard, size = [], 0
    if shard or not entries:
        yield shard
