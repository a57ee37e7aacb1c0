"""Which documents are worked on together, and where all that belongs to them lies: shards that the input alone decides on."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from variorum.cache.store import cache_key
from variorum.corpus.catalogue import Entry
from variorum.corpus.settings import SPLITS
from variorum.corpus.texts import TEXT
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


SHARD = 8_000_000
"""Bytes of exports and texts that a shard has at most, unless its last document is large: memory is that of the largest."""


def plans_of(inputs: Inputs, kept: Kept) -> Iterator[ShardPlan]:
    """All documents that have a text, in shards that the input alone decides on; only to be checked where anything is wrong."""
    entries = [entry for entry in inputs.entries if entry.document.document_id in inputs.texts]
    linked = frozenset(
        each for project in PROJECTS if project != DOCUMENTS for key in inputs.tasks[project] for each in documents_of(key)
    )
    shards = _cut(entries, inputs)
    for number, (shard, size) in enumerate(shards):
        ids = [entry.document.document_id for entry in shard]
        decisions = inputs.decisions.get(DOCUMENTS)
        plan = ShardPlan(
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
            size=size,
        )
        yield replace(plan, key=_key(plan, inputs), lines=_lines(plan)) if inputs.working.cache.folder else plan


def _key(plan: ShardPlan, inputs: Inputs) -> str:
    """The digest of all that a part depends on but lines. Texts are in it by the digests that the catalogue has of them."""
    folder, ids = inputs.folder, [entry.document.document_id for entry in plan.entries]
    return cache_key(
        [entry.document for entry in plan.entries],
        [(export.name, digest) for id_ in ids for export, _, digest in plan.tasks.digests(id_)],
        plan.decisions.digest() if plan.decisions is not None else None,
        [inputs.digests.get(folder.name(path)) for path in (folder.labels, folder.project_config, folder.entity_clusters)],
        [
            inputs.settings.gold,
            inputs.settings.may_reject,
            plan.abbreviations,
            sorted(plan.linked),
            plan.catalogue,
            plan.decided_in,
        ],
    )


def _lines(plan: ShardPlan) -> str:
    """The digest of the lines that findings may name."""
    return cache_key(
        [(entry.file, entry.line) for entry in plan.entries],
        [line for entry in plan.entries for _, line, _ in plan.tasks.digests(entry.document.document_id)],
        plan.decisions.lines() if plan.decisions is not None else [],
    )


def _cut(entries: list[Entry], inputs: Inputs) -> list[tuple[list[Entry], int]]:
    """Documents in shards, and their bytes; one shard at least.

    Where there are several, each is of one split: a table of a shard is then one file, which takes half the time of three.
    """
    sized = [(entry, _size(entry, inputs)) for entry in entries]
    size = sum(own for _, own in sized)
    if size < SHARD:
        return [(entries, size)]
    return [shard for split in SPLITS for shard in _cut_split([each for each in sized if each[0].document.split == split])]


def _size(entry: Entry, inputs: Inputs) -> int:
    document_id = entry.document.document_id
    return inputs.tasks[DOCUMENTS].size(document_id) + (inputs.texts.size(document_id) or TEXT)


def _cut_split(entries: list[tuple[Entry, int]]) -> Iterator[tuple[list[Entry], int]]:
    """Documents in their order, in shards of three quarters of SHARD bytes to all of them.

    Where a shard ends hangs on its last document alone, once it is so full: so that a document that is added, or grows,
    seldom moves another shard than its own. This is how content-defined chunking cuts, by documents instead of bytes.
    """
    shard: list[Entry] = []
    size = 0
    for entry, own in entries:
        shard.append(entry)
        size += own
        if size >= SHARD or (size >= SHARD * 3 / 4 and _ends(entry.document.document_id, own)):
            yield shard, size
            shard, size = [], 0
    if shard:
        yield shard, size


def _ends(document_id: str, size: int) -> bool:
    """Whether a shard may end with a document: drawn by its id, on average once in a sixteenth of SHARD bytes."""
    drawn = int.from_bytes(sha256(document_id.encode()).digest()[:8]) / 2**64
    return drawn < size / (SHARD / 16)
