"""Which documents are worked on together, and where all that belongs to them lies: shards that the input alone decides on."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, overload

import numpy as np

from variorum.cache.store import cache_key
from variorum.corpus.settings import SPLITS
from variorum.curation.decisions import Decisions
from variorum.findings import failed
from variorum.inputs import Inputs
from variorum.kernel.arrays import Ints
from variorum.keyed_rows import Keys
from variorum.part import ShardPlan
from variorum.schema.projects import DOCUMENTS, PROJECTS, documents_of


@dataclass(frozen=True)
class Kept:
    """What is kept of a build: figures and metrics, tables in memory or in a folder."""

    measure: bool = True
    tables: bool = False
    folder: Path | None = None


SHARD = 6_000_000
"""Bytes of exports and texts that a shard has at most, unless its last document is large: memory is that of the largest."""


class Cut(NamedTuple):
    """A shard: which entries of the catalogue it is of, and the bytes that belong to them."""

    places: Ints
    size: int


@dataclass(frozen=True)
class Plans(Sequence[ShardPlan]):
    """Shards, each planned when it is asked for, and again when it is asked for again.

    All plans at once took 150 bytes a document, and they would be waiting while others are worked on. `all_shards` are those
    of the corpus, `numbers` those that there are plans of here; `made_keys` are what those made so far are kept under.
    """

    inputs: Inputs
    kept: Kept
    all_shards: list[Cut]
    numbers: Sequence[int]
    made_keys: dict[int, tuple[str, str]] = field(default_factory=dict)

    def only(self, places: Iterable[int]) -> "Plans":
        """Those in some places."""
        return replace(self, numbers=[self.numbers[place] for place in places])

    @property
    def shards(self) -> list[Cut]:
        """What is in each of them."""
        return [self.all_shards[number] for number in self.numbers]

    @property
    def documents(self) -> int:
        """How many documents there are in all."""
        return sum(len(shard.places) for shard in self.shards)

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, place: int) -> ShardPlan: ...
    @overload
    def __getitem__(self, place: slice) -> "Plans": ...
    def __getitem__(self, place: int | slice) -> "ShardPlan | Plans":
        if isinstance(place, slice):
            return self.only(range(*place.indices(len(self))))
        number = self.numbers[place]
        key, lines = self._key(number) if self.may_be_kept else ("", "")
        return replace(self._plan(number), key=key, lines=lines)

    @cached_property
    def may_be_kept(self) -> bool:
        """Whether parts are looked for in the cache, and kept there: not those of one shard, or that are but checked."""
        return self.inputs.working.cache.folder is not None and not self._keeps_frames and not self._check_only

    def part_keys(self) -> Iterator[tuple[str, str]]:
        """What the part of each is kept under, and the digest of the lines that its findings may name."""
        return map(self._key, self.numbers)

    def _key(self, number: int) -> tuple[str, str]:
        if number not in self.made_keys:
            self.made_keys[number] = self._made_key(self.all_shards[number].places)
        return self.made_keys[number]

    def _made_key(self, places: Ints) -> tuple[str, str]:
        """Texts are in it by the digests that the catalogue has of them. No plan is made for it, as most are of no use then."""
        entries, ids = self.inputs.entries, self.inputs.entries.ids(places)
        tasks = self.inputs.tasks[DOCUMENTS].only(ids)
        decisions = self._decisions.only(ids) if self._decisions else None
        content = (
            entries.digest_of(places),
            tasks.digest(),
            decisions and decisions.digest(),
            sorted(self._linked.intersection(ids)),
        )
        lines = entries.where(places), tasks.lines(), decisions and decisions.lines()
        return cache_key(content, self._shared), cache_key(lines)

    @cached_property
    def _shared(self) -> list[object]:
        """What the parts of all shards depend on."""
        inputs, folder = self.inputs, self.inputs.folder
        files = [
            inputs.digests.get(folder.name(path)) for path in (folder.labels, folder.project_config, folder.entity_clusters)
        ]
        settings = inputs.settings
        return [files, settings.gold, settings.may_reject, settings.abbreviations, self._catalogue, self._decided_in]

    @cached_property
    def _linked(self) -> frozenset[str]:
        tasks = self.inputs.tasks
        return frozenset(id_ for name in PROJECTS if name != DOCUMENTS for key in tasks[name] for id_ in documents_of(key))

    @cached_property
    def _check_only(self) -> bool:
        return failed(self.inputs.findings)

    @property
    def _is_only(self) -> bool:
        return len(self.all_shards) == 1

    @property
    def _keeps_frames(self) -> bool:
        return self.kept.tables or (self.kept.folder is not None and self._is_only)

    @property
    def _decisions(self) -> Decisions | None:
        return self.inputs.decisions.get(DOCUMENTS)

    @property
    def _catalogue(self) -> str:
        return self.inputs.folder.name(self.inputs.folder.catalogue)

    @property
    def _decided_in(self) -> str:
        return self.inputs.folder.name(self.inputs.folder.decisions(DOCUMENTS))

    def _plan(self, number: int) -> ShardPlan:
        inputs, kept, shard = self.inputs, self.kept, self.all_shards[number]
        entries = tuple(inputs.entries.at(shard.places.tolist()))
        ids = [entry.document.document_id for entry in entries]
        return ShardPlan(
            entries=entries,
            texts=inputs.texts.only(ids),
            tasks=inputs.tasks[DOCUMENTS].only(ids),
            decisions=self._decisions.only(ids) if self._decisions else None,
            labels=inputs.labels,
            abbreviations=inputs.settings.abbreviations,
            clusters=inputs.entity_clusters,
            linked=self._linked.intersection(ids),
            measure=kept.measure,
            check_only=self._check_only,
            keeps_frames=self._keeps_frames,
            folder=kept.folder / f"{number:05d}" if kept.folder and not self._is_only else None,
            catalogue=self._catalogue,
            decided_in=self._decided_in,
            size=shard.size,
        )


def plans_of(inputs: Inputs, kept: Kept) -> Plans:
    """All documents that have a text, in shards that the input alone decides on; only to be checked where anything is wrong."""
    shards = _cut(inputs)
    return Plans(inputs, kept, shards, range(len(shards)))


def _cut(inputs: Inputs) -> list[Cut]:
    """Documents in shards; one shard at least.

    Where there are several, each is of one split: a table of a shard is then one file, which takes half the time of three.
    """
    keys = inputs.entries.keys()
    there = inputs.texts.has(keys)
    sizes = inputs.tasks[DOCUMENTS].sizes(keys) + inputs.texts.sizes(keys)
    if sizes[there].sum() < SHARD:
        return [_cut_of([*_sized(np.flatnonzero(there), keys, sizes)])]
    own = (np.flatnonzero(there & inputs.entries.in_split(split)) for split in SPLITS)
    return [shard for places in own for shard in cut_split(_sized(places, keys, sizes))]


def _sized(places: Ints, keys: Keys, sizes: Ints) -> Iterator["Sized"]:
    """Documents one by one: objects for all at once would stand where memory is then kept from the system."""
    return (Sized(int(place), keys[place].decode(), int(sizes[place])) for place in places)


class Sized(NamedTuple):
    """A document, its place in the catalogue, and the bytes that belong to it."""

    place: int
    document_id: str
    size: int


def cut_split(documents: Iterable[Sized]) -> Iterator[Cut]:
    """Documents in their order, in shards.

    A shard ends at the first document that takes it to SHARD bytes, or past three quarters of SHARD at one that the draw
    picks, which hangs on that document alone: one that is added, or grows, seldom moves another shard than its own. This is
    how content-defined chunking cuts, by documents instead of bytes.
    """
    shard: list[Sized] = []
    size = 0
    for each in documents:
        shard.append(each)
        size += each.size
        if size >= SHARD or (size >= SHARD * 3 / 4 and _ends(each)):
            yield _cut_of(shard)
            shard, size = [], 0
    if shard:
        yield _cut_of(shard)


def _cut_of(documents: Sequence[Sized]) -> Cut:
    return Cut(np.array([each.place for each in documents], np.int64), sum(each.size for each in documents))


def _ends(each: Sized) -> bool:
    """Whether a shard may end with a document: drawn by its id, on average once in a sixteenth of SHARD bytes."""
    drawn = int.from_bytes(sha256(each.document_id.encode()).digest()[:8]) / 2**64
    return drawn < each.size / (SHARD / 16)
