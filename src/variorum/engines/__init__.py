"""Where shards are worked on: an engine is given work and items and gives the results back in their order.

What shards are and what comes of them no engine knows, so that no byte of a build depends on which one it was.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from variorum.cache.store import Cache

T = TypeVar("T")
R = TypeVar("R")

ATTEMPTS = 3
"""How often a shard is begun whose worker is lost."""
AHEAD = 2
"""Items a worker that are given out at once: results wait in memory, and no worker waits for its next item."""
ONE_THREAD = dict.fromkeys(("POLARS_MAX_THREADS", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1")
"""What a worker's environment says before it loads anything: threads of polars, Arrow and OpenBLAS would be as many a worker
as there are processors, which all workers share."""


class Engine(Protocol):
    """Plain functions of this form are engines; `workers` is how many work side by side, 0 for as many as there is room for.

    Raises WorkersLostError where a worker is lost ATTEMPTS times on end, and what `work` raises.
    """

    def __call__(self, work: Callable[[T], R], items: Sequence[T], workers: int, /) -> Iterator[R]:
        """The results of `work` on each item, in the order of the items."""
        ...


@dataclass(frozen=True)
class Working:
    """How work is done: by so many `workers` of an engine, 0 for as many as it has room for, processes of this machine if none
    is named; what is in the `cache` is not done.
    """

    workers: int = 1
    engine: Engine | None = None
    cache: Cache | None = None


ALONE = Working()


class WorkersLostError(OSError):
    """Workers ended again and again, or there are none; the message says what to try."""
