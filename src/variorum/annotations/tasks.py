"""The tasks of a project by what they are of, left in their files until they are asked for."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from variorum.annotations.export import RawTask
from variorum.folder import ExportFile
from variorum.storage import read_range

DIGEST = 16
"""Bytes of a task's digest."""
_READ = 8 << 20  # bytes read at once
_GAP = 64 << 10  # bytes that are read in vain rather than begin another read


class TaskPlace(NamedTuple):
    """Where a task lies: its export, the (unpacked) file, bytes in it, the line that it begins on; the digest of its bytes."""

    export: ExportFile
    path: Path
    offset: int
    length: int
    line: int
    digest: bytes

    def read(self) -> RawTask:
        """The task."""
        return next(_read([self]))


class Tasks(Mapping[str, list[RawTask]]):
    """The tasks of one project by key: a document's id, or two joined. Only the places are held of those that have one."""

    def __init__(self, places: Mapping[str, Sequence[TaskPlace | RawTask]] | None = None) -> None:
        self._places: dict[str, list[TaskPlace | RawTask]] = defaultdict(list)
        self._places.update({key: list(own) for key, own in (places or {}).items()})

    def add(self, key: str, place: TaskPlace) -> None:
        """Adds a task behind those that its document or pair has."""
        self._places[key].append(place)

    def __getitem__(self, key: str) -> list[RawTask]:
        if key not in self._places:
            raise KeyError(key)
        return self.read([key])[key]

    def __contains__(self, key: object) -> bool:
        return key in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def size(self, key: str) -> int:
        """Bytes that the tasks of a document take."""
        places = self._places.get(key, [])
        return sum(place.length if isinstance(place, TaskPlace) else len(place.source) for place in places)

    def digests(self, key: str) -> Iterator[tuple[ExportFile, int, bytes]]:
        """The export, line and digest of each task of a document."""
        for place in self._places.get(key, []):
            yield place.export, place.line, place.digest if isinstance(place, TaskPlace) else digest_of(place.source)

    def only(self, keys: Iterable[str]) -> "Tasks":
        """Those of some documents, as a worker is sent them."""
        return Tasks({key: self._places[key] for key in keys if key in self._places})

    def read(self, keys: Iterable[str]) -> dict[str, list[RawTask]]:
        """The tasks of some documents, each file gone through once, those that lie together read together."""
        wanted = [(place, key) for key in dict.fromkeys(keys) if key in self._places for place in self._places[key]]
        found: dict[TaskPlace, RawTask] = {}
        places = {place for place, _ in wanted if isinstance(place, TaskPlace)}
        for run in _runs(sorted(places, key=lambda place: (place.path, place.offset))):
            found.update(zip(run, _read(run), strict=True))
        tasks: dict[str, list[RawTask]] = defaultdict(list)
        for place, key in wanted:
            tasks[key].append(found[place] if isinstance(place, TaskPlace) else place)
        return tasks


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
    return place.path == run[0].path and place.offset - end <= _GAP and short


def _read(run: list[TaskPlace]) -> Iterator[RawTask]:
    held = read_range(run[0].path, run[0].offset, run[-1].offset + run[-1].length - run[0].offset)
    for place in run:
        start = place.offset - run[0].offset
        yield RawTask(place.export, held[start : start + place.length], place.line)
