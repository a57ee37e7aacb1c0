"""Where shards are worked on: an engine is given work and items and gives the results back in their order.

What shards are and what comes of them no engine knows, so that no byte of a build depends on which one it was.
"""

import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from os import getpid
from traceback import format_exception_only
from typing import Protocol, TypeVar, overload

from variorum.cache.store import Cache
from variorum.stages import measured, taken_up

T = TypeVar("T")
R = TypeVar("R")

ATTEMPTS = 3
"""How often a shard is begun whose worker is lost."""
AHEAD = 2
"""Items a worker that are given out at once: results wait in memory, and no worker waits for its next item."""
LIGHT = 8_000_000
"""Bytes that are gone through before there are any workers, which takes a second: texts in 0.4 s, exports in 0.05."""
CHUNK = 512
"""Documents that a worker is given at once of light work: from 64 on a text takes as long to compare as with any more, and what
comes back of 512 are 5 MB."""
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
    cache: Cache = field(default_factory=Cache)

    def done(self, work: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
        """The results of `work` on each item, in the order of the items; several items are worked on side by side."""
        from variorum.engines.local import worked

        return map(taken_up, (self.engine or worked)(partial(measured, work, getpid()), items, self.workers))

    def done_here(self, work: Callable[[T], R], items: Sequence[T], size: int) -> Iterator[R]:
        """The same of light work on so many bytes by processes of this machine, whatever the engine.

        To have another machine begin does not pay for it, nor to start processes for LIGHT bytes.
        """
        from variorum.engines.local import worked_meanwhile

        workers = 1 if size < LIGHT else self.workers if self.engine is None else 0
        return map(taken_up, worked_meanwhile(partial(measured, work, getpid()), items, workers))


@dataclass(frozen=True)
class Made(Sequence[T]):
    """Items that are made, by number, when they are asked for: those that wait would take memory."""

    make: Callable[[int], T]
    numbers: range

    def __len__(self) -> int:
        return len(self.numbers)

    def __iter__(self) -> Iterator[T]:  # that of Sequence takes an IndexError of `make` for the end
        return map(self.make, self.numbers)

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> "Made[T]": ...
    def __getitem__(self, place: int | slice) -> "T | Made[T]":
        found = self.numbers[place]
        return self.make(found) if isinstance(found, int) else Made(self.make, found)


ALONE = Working()


class WorkersLostError(OSError):
    """Workers ended again and again, or there are none; the message says what to try."""


def tried(work: Callable[[T], R], item: T) -> R:
    """What `work` gives, done by a worker; what it raises is raised in such a form that it reaches who waits for it."""
    try:
        return work(item)
    except Exception as error:
        if other := stand_in(error):
            raise other from error
        raise


def stand_in(error: Exception) -> RuntimeError | None:
    """An error that names one that cannot be sent to another process; None for one that can.

    There an error is made anew from its message: of a class that takes more, this fails, and looks like a worker that was lost.
    """
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 # it is our own
    except Exception:  # noqa: BLE001 # a class may raise whatever it likes
        return RuntimeError("".join(format_exception_only(error)).rstrip())
    return None
