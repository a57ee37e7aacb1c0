"""A corpus of which nothing has changed since it was built: seen without reading it, and without a dataframe's import."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from variorum.cache.store import Cache, cache_key
from variorum.cache.watch import Watch
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


class LastBuild:
    """What the last build of a corpus came to, if it was of the files that are there now: made before these are read."""

    def __init__(self, folder: Folder, cache: Cache) -> None:
        self._folder, self._cache = folder, cache
        self._others, self._texts = Watch(folder, folder.other_files), Watch(folder, folder.seeds_and_texts)
        cache.texts = self._texts

    def known(self) -> Outcome | None:
        """What the last build came to, if it was of these files by this code, and is there as it was written."""
        kept = self._cache.find(_KIND, cache_key(self._others.before, self._texts.before), _Kept)
        if kept is None or kept.files.keys() != {name for name, _ in _files(self._folder.hub)}:
            return None
        is_whole = all(self._cache.files.digest(self._folder.hub / name) == digest for name, digest in kept.files.items())
        return kept.outcome if is_whole else None

    def keep(self, outcome: Outcome) -> None:
        """Keeps what a build came to, unless somebody worked on its files meanwhile."""
        if self._cache.writes and (others := self._others.after()) and (texts := self._texts.after()):
            files = {name: self._cache.files.digest(path) for name, path in _files(self._folder.hub)}
            self._cache.keep(_KIND, cache_key(others, texts), _Kept(outcome, files))


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path
