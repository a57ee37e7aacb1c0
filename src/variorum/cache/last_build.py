"""A corpus of which nothing has changed since it was built: seen without reading it, and without a dataframe's import."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from variorum.cache.file_digests import TICK, stamp
from variorum.cache.store import Cache, cache_key
from variorum.findings import Finding
from variorum.folder import Folder

_KIND = "builds"


@dataclass(frozen=True)
class Outcome:
    """What a build came to: findings, rows by config and split, results that went in, rows that came out, spans repaired."""

    findings: list[Finding]
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    results: int = 0
    rows: int = 0
    repaired: int = 0


@dataclass(frozen=True)
class _Kept:
    outcome: Outcome
    files: dict[str, str]


class Watch:
    """The files that a build depends on, looked at before it begins, so that it can be said what it was of when it is done.

    A file that was written just before may be written again without its times changing: such ones are read, now and then.
    """

    def __init__(self, folder: Folder, cache: Cache) -> None:
        self._folder, self._cache, self._started = folder, cache, time.time_ns()
        self._paths = folder.watched_files()
        self._names = [folder.name(path) for path in self._paths]
        self._known = {path: cache.files.known(path) for path in self._paths}
        unknown = [path for path, digest in self._known.items() if digest is None and not self._is_settled(path)]
        self._unsettled = {path: cache.files.digest(path) for path in unknown}

    def last(self) -> Outcome | None:
        """What the last build came to, if it was of these files by this code, and is there as it was written."""
        key = self._key()
        kept = self._cache.find(_KIND, key, _Kept) if key else None
        if kept is None or kept.files.keys() != {name for name, _ in _files(self._folder.hub)}:
            return None
        is_whole = all(self._cache.files.digest(self._folder.hub / name) == digest for name, digest in kept.files.items())
        return kept.outcome if is_whole else None

    def keep(self, outcome: Outcome) -> None:
        """Keeps what a build came to, unless somebody worked on its files meanwhile."""
        same = self._paths == self._folder.watched_files()
        settled = (path in self._unsettled or self._is_settled(path) for path in self._paths)
        if same and all(settled) and all(self._cache.files.digest(path) == each for path, each in self._unsettled.items()):
            files = {name: self._cache.files.digest(path) for name, path in _files(self._folder.hub)}
            self._cache.keep(_KIND, self._key(read=True), _Kept(outcome, files))

    def _is_settled(self, path: str) -> bool:
        found = stamp(path)
        return found is not None and max(found.modified, found.changed) < self._started - TICK

    def _key(self, read: bool = False) -> str:
        """The key of a build of these files; empty where one was not read before, and is not to be."""
        known = self._known | self._unsettled
        digests = [known[each] or (self._cache.files.digest(each) if read else None) for each in self._paths]
        return cache_key(self._names, digests) if None not in digests else ""


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path
