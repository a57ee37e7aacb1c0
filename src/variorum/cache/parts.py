"""Parts of a build by the content of their shards: what has not changed is not worked on again."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from variorum.cache.store import Cache
from variorum.part import Part, ShardPlan, Stored, TablePlace

_KIND = "parts"


@dataclass(frozen=True)
class _Kept:
    """A part as it is kept. `lines` are those that its findings may name; `files` the bytes and times of its tables."""

    part: Part
    lines: str
    files: dict[TablePlace, tuple[int, int]]


def find_part(cache: Cache, key: str, lines: str) -> Part | None:
    """The part that the shard of this key came to before.

    That lines before it have come or gone changes nothing in it but the lines that findings name, if it has any. Tables
    that somebody has written to since are as good as not there.
    """
    folder = cache.entry(_KIND, key)
    kept = cache.find(_KIND, key, _Kept)
    if folder is None or kept is None or (_has_findings(kept.part) and kept.lines != lines):
        return None
    part = _with_tables_in(folder, kept.part)
    return part if _files(part) == kept.files else None


def keep_part(cache: Cache, plan: ShardPlan, part: Part) -> Part:
    """Keeps a part whose tables were written; returns it with its tables where they are then."""
    if plan.folder is None or plan.check_only or not plan.measure or not plan.folder.is_dir():
        return part
    kept = cache.keep(_KIND, plan.key, _Kept(part, plan.lines, _files(part)), plan.folder)
    return _with_tables_in(kept, part) if kept else part


def _has_findings(part: Part) -> bool:
    return bool(part.findings.count or part.curation or part.whole)


def _with_tables_in(folder: Path, part: Part) -> Part:
    return replace(part, tables={place: _moved(stored, folder) for place, stored in part.tables.items()})


def _moved(stored: Stored, folder: Path) -> Stored:
    return replace(stored, path=folder / stored.path.name) if stored.path else stored


def _files(part: Part) -> dict[TablePlace, tuple[int, int]]:
    return dict(_stamps(part))


def _stamps(part: Part) -> Iterator[tuple[TablePlace, tuple[int, int]]]:
    for place, stored in part.tables.items():
        if stored.path and stored.path.is_file():
            found = stored.path.stat()
            yield place, (found.st_size, found.st_mtime_ns)
