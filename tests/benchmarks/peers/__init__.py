"""What the build is measured against: each module has `RUNS`, by name a function that prepares a run and returns it.

A run is prepared from a corpus folder and an empty target; only what is returned is timed. Modules of other tools import
nothing of variorum, since they may run in an environment of their own. All read the annotators' exports and no more: gold,
decisions, texts, catalogue, repairs, checks, agreement and readability are work that only the build itself does.
"""

from collections.abc import Callable
from pathlib import Path

Run = Callable[[], object]
Prepare = Callable[[Path, Path], Run]


def exports(corpus: Path) -> list[Path]:
    """The annotators' exports."""
    return sorted((corpus / "annotations" / "documents" / "round1").glob("*.json"))
