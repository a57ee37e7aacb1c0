"""`build` and `validate` with what earlier builds have left in build/cache: nothing that has not changed is done again.

The heavy modules are imported only where there is something to do: seeing that nothing has changed takes 0.3 s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from variorum.cache.last_build import Outcome, Watch
from variorum.cache.store import Cache
from variorum.findings import Finding, failed
from variorum.progress import Progress, no_progress
from variorum.stages import Recording, recorded

if TYPE_CHECKING:
    from variorum.folder import Folder
    from variorum.tabulate import Build


def rebuild(folder: Folder, progress: Progress = no_progress, workers: int = 1) -> tuple[Outcome, Recording]:
    """What `build` does to `build/hub`, of what has changed since the last time; and what it spent its time on."""
    cache = Cache(folder.cache)
    with recorded() as recording:
        watch = Watch(folder, cache)
        outcome = watch.last()
    if outcome is None:
        from variorum.build import build

        built = build(folder, progress, workers=workers, cache=cache)
        outcome, recording = _outcome(built), built.recording
        if not failed(outcome.findings):
            watch.keep(outcome)
    cache.close()
    return outcome, recording


def revalidate(folder: Folder, progress: Progress = no_progress, workers: int = 1) -> list[Finding]:
    """What `validate` finds; nothing is written, to the cache neither."""
    cache = Cache(folder.cache, writes=False)
    outcome = Watch(folder, cache).last()
    if outcome is not None:
        return outcome.findings
    from variorum.build import validate

    return validate(folder, progress, workers, cache)


def _outcome(built: Build) -> Outcome:
    ledgers = built.ledgers.values()
    return Outcome(
        built.findings,
        built.counts,
        sum(ledger.results for ledger in ledgers),
        sum(ledger.rows for ledger in ledgers),
        sum(sum(ledger.repairs.values()) for ledger in ledgers),
    )
