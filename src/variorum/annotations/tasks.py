"""The tasks of a project by what they are of, left in their files until they are asked for."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import numpy as np

from variorum.annotations.export import RawTask
from variorum.cache.packing import pack
from variorum.folder import ExportFile
from variorum.kernel.arrays import Ints
from variorum.keyed_rows import Gathered, KeyedRows, Keys
from variorum.storage import read_range

DIGEST = 16
"""Bytes of a task's digest."""
_READ = 8 << 20
"""Bytes read at once, which are held: more than a shard has, so that what it has of an export in one place is one request."""
_GAP = 64 << 10
"""Bytes that are read in vain rather than begin another read: a store that sends 6 MB/s has sent them in the 10 ms that a
request takes at the least."""


class Source(NamedTuple):
    """An export, and the (unpacked) file that its tasks are read from."""

    export: ExportFile
    path: Path


class TaskPlace(NamedTuple):
    """Where a task lies: its source, bytes in its file, the line that it begins on; the digest of its bytes."""

    source: Source
    offset: int
    length: int
    line: int
    digest: bytes

    def read(self) -> RawTask:
        """The task."""
        return next(_read([self]))


_LENGTH, _LINE, _DIGEST, _SOURCE = 1, 2, slice(3, 5), -1
_WIDTH = 6


def place_rows(offsets: Ints, lengths: Ints, lines: Ints, digests: bytes) -> Ints:
    """Places as rows, shape (tasks, 5): the digest of each is its last two numbers."""
    return np.column_stack([offsets, lengths, lines, np.frombuffer(digests, "<i8").reshape(-1, 2)])


def place_of(source: Source, row: Ints) -> TaskPlace:
    """A row as a place."""
    offset, length, line = row[:3].tolist()
    return TaskPlace(source, offset, length, line, row[_DIGEST].tobytes())


class Tasks(Mapping[str, list[RawTask]]):
    """The tasks of one project by key: a document's id, or two joined. Only their places are held, some 72 bytes each."""

    def __init__(self) -> None:
        self._sources: dict[int, Source] = {}
        self._gathered = Gathered(_WIDTH)

    def add(self, source: Source, keys: Sequence[str], rows: Ints) -> None:
        """Adds tasks of a source, each with its key, behind those that their documents or pairs have."""
        number = len(self._sources)
        self._sources[number] = source
        self._gathered.add(keys, np.column_stack([rows, np.full(len(rows), number)]))

    def __getitem__(self, key: str) -> list[RawTask]:
        if key not in self._keyed:
            raise KeyError(key)
        return self.read([key])[key]

    def __contains__(self, key: object) -> bool:
        return key in self._keyed

    def __iter__(self) -> Iterator[str]:
        return iter(self._keyed)

    def __len__(self) -> int:
        return len(self._keyed)

    @property
    def _keyed(self) -> KeyedRows:
        return self._gathered.keyed

    @property
    def size(self) -> int:
        """Bytes that they take in all."""
        return int(self._keyed.rows[:, _LENGTH].sum())

    def sizes(self, keys: Keys) -> Ints:
        """Bytes that the tasks of some documents take, of each."""
        return self._keyed.totals(_LENGTH, keys)

    def digest(self) -> str:
        """The SHA-256 of what they say, whose they are and the names of their exports, wherever in these they stand."""
        keyed = self._keyed
        numbers, exports = np.unique(keyed.rows[:, _SOURCE], return_inverse=True)
        names = [self._sources[number].export.name for number in numbers.tolist()]
        told = [keyed.keys.tolist(), names, keyed.starts, exports, keyed.rows[:, _DIGEST]]
        return sha256(pack(told)).hexdigest()

    def lines(self) -> list[int]:
        """The line that each begins on."""
        found: list[int] = self._keyed.rows[:, _LINE].tolist()
        return found

    def only(self, keys: Iterable[str]) -> "Tasks":
        """Those of some documents, as a worker is sent them."""
        found = Tasks()
        keyed = self._keyed.only(keys)
        found._gathered = Gathered(_WIDTH, keyed)
        found._sources = {number: self._sources[number] for number in np.unique(keyed.rows[:, _SOURCE]).tolist()}
        return found

    def read(self, keys: Iterable[str]) -> dict[str, list[RawTask]]:
        """The tasks of some documents, each file gone through once, those that lie together read together."""
        wanted = [(place, key) for key in dict.fromkeys(keys) for place in self._places(key)]
        found: dict[TaskPlace, RawTask] = {}
        for run in _runs(sorted({place for place, _ in wanted}, key=lambda place: (place.source.path, place.offset))):
            found.update(zip(run, _read(run), strict=True))
        tasks: dict[str, list[RawTask]] = defaultdict(list)
        for place, key in wanted:
            tasks[key].append(found[place])
        return tasks

    def _places(self, key: str) -> list[TaskPlace]:
        return [place_of(self._sources[int(row[_SOURCE])], row) for row in self._keyed[key]]


def digest_of(written: bytes | memoryview) -> bytes:
    """The digest of a task as it is written."""
    return sha256(written).digest()[:DIGEST]


def _runs(places: Iterable[TaskPlace]) -> Iterator[list[TaskPlace]]:
    """Places in runs that are read at once, each of one file and with little between its tasks."""
    run: list[TaskPlace] = []
    for place in places:
        if run and not _adjoins(run, place):
            yield run
            run = []
        run.append(place)
    if run:
        yield run


def _adjoins(run: list[TaskPlace], place: TaskPlace) -> bool:
    end = run[-1].offset + run[-1].length
    short = place.offset + place.length - run[0].offset <= _READ
    return place.source.path == run[0].source.path and place.offset - end <= _GAP and short


def _read(run: list[TaskPlace]) -> Iterator[RawTask]:
    held = read_range(run[0].source.path, run[0].offset, run[-1].offset + run[-1].length - run[0].offset)
    for place in run:
        start = place.offset - run[0].offset
        yield RawTask(place.source.export, held[start : start + place.length], place.line)
