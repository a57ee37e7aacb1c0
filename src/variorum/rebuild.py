"""`build` and `validate` with what earlier builds have left in build/cache: nothing that has not changed is done again.

The heavy modules are imported only where there is something to do: seeing that nothing has changed takes 0.3 s.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from variorum.cache.last_build import LastBuild, Outcome
from variorum.cache.store import Cache
from variorum.engines import ALONE, Working
from variorum.findings import Finding, failed
from variorum.progress import Progress, no_progress
from variorum.stages import Recording, recorded
from variorum.storage import StoredPath

if TYPE_CHECKING:
    from pathlib import Path

    from variorum.folder import Folder
    from variorum.tabulate import Build


def rebuild(
    folder: Folder, progress: Progress = no_progress, target: Path | None = None, working: Working = ALONE
) -> tuple[Outcome, Recording]:
    """What `build` does to `build/hub`, of what has changed since the last time; and what it spent its time on.

    A build into another `target`, or of a folder in a store, is a whole one.
    """
    if isinstance(folder.root, StoredPath) or target not in {None, folder.hub}:
        return _built(folder, progress, target, working)
    cache = Cache(folder.cache)
    with recorded() as recording:
        last = LastBuild(folder, cache)
        outcome = last.known()
    if outcome is None:
        outcome, recording = _built(folder, progress, None, replace(working, cache=cache))
        if not failed(outcome.findings):
            last.keep(outcome)
    cache.close()
    return outcome, recording


def revalidate(folder: Folder, progress: Progress = no_progress, working: Working = ALONE) -> list[Finding]:
    """What `validate` finds; nothing is written, to the cache neither."""
    cache = Cache(None if isinstance(folder.root, StoredPath) else folder.cache, writes=False)
    outcome = LastBuild(folder, cache).known() if cache.folder else None
    if outcome is not None:
        return outcome.findings
    from variorum.build import validate

    return validate(folder, progress, replace(working, cache=cache))


def _built(folder: Folder, progress: Progress, target: Path | None, working: Working) -> tuple[Outcome, Recording]:
    from variorum.build import build

    built = build(folder, progress, target, working)
    return _outcome(built), built.recording


def _outcome(built: Build) -> Outcome:
    ledgers = built.ledgers.values()
    return Outcome(
        built.findings,
        built.counts,
        sum(ledger.results for ledger in ledgers),
        sum(ledger.rows for ledger in ledgers),
        sum(sum(ledger.repairs.values()) for ledger in ledgers),
    )
