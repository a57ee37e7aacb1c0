"""Work in a process of its own, whose memory goes with it."""

import os
import pickle
import signal
import sys
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from traceback import format_exc
from typing import Any, NamedTuple, TypeVar

from variorum.engines import ATTEMPTS, WorkersLostError, stand_in
from variorum.engines.local import follow, no_interrupt
from variorum.lean_import import hide_pandas
from variorum.progress import Progress, Step
from variorum.stages import Recording, peak_memory, recorded, take_up

R = TypeVar("R")


_PATIENCE = 10
"""Seconds that a process has to end what it began and delete what it wrote, once nobody wants that any more."""


class _Done(NamedTuple):
    """What came of the work, or the error that it raised, and what the process recorded of itself."""

    result: Any
    error: Exception | None
    recording: Recording
    process: int
    peak: int | None


def done_apart(work: Callable[[Progress], R], progress: Progress) -> R:
    """What `work` gives, done by a process of its own, which tells its progress from there; what it raises is raised.

    Python gives memory back in blocks of 1 MB that hold nothing any more, and most of them hold something: behind reading
    100,000 documents a process kept 178 MB, and one that was sent what had been read 109. Work that is lost is begun again.
    """
    for _ in range(ATTEMPTS):
        if done := _attempt(work, progress):
            take_up(done.recording, done.process, done.peak)
            if done.error:
                raise done.error
            result: R = done.result
            return result
    raise WorkersLostError(
        f"The process that reads the corpus was ended {ATTEMPTS} times. Most often memory runs out: end other programs, or try "
        '--workers 1. A script of your own needs the guard `if __name__ == "__main__"`: the process begins by importing it.'
    )


def _attempt(work: Callable[[Progress], R], progress: Progress) -> _Done | None:
    """What came of it; None where the process ended before it told that."""
    context = get_context("spawn")  # one forked from the server of our workers would start another for its own
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(there, pickle.dumps(work), os.getpid()))
    try:
        with no_interrupt():
            process.start()
        there.close()
        return _told(here, progress)
    except BaseException:
        if process.pid:
            process.terminate()
            process.join(_PATIENCE)
            process.kill()
        raise
    finally:
        here.close()
        if process.pid:
            process.join()


def _told(here: Connection, progress: Progress) -> _Done | None:
    while isinstance(told := _received(here), Step):
        progress(told)
    return told


def _received(here: Connection) -> _Done | Step | None:
    """What comes next; None where the process ended, be it while it was telling that."""
    here.poll(None)  # polars has read(2) begin again behind a signal, so that Ctrl-C would wait; poll(2) never does
    try:
        told: _Done | Step = here.recv()
    except (EOFError, OSError):
        return None
    return told


def _work(there: Connection, packed: bytes, leader: int) -> None:
    follow(leader)
    signal.signal(signal.SIGTERM, _end)
    hide_pandas()  # before what `work` needs is imported
    work: Callable[[Progress], Any] = pickle.loads(packed)  # noqa: S301 # it is our own
    result = error = None
    with recorded() as recording:
        try:
            result = work(there.send)
        except Exception as raised:  # noqa: BLE001 # whoever waits for it raises it again
            error = stand_in(raised) or raised
            error.add_note(format_exc())
    done = _Done(result, error, recording, os.getpid(), peak_memory())
    try:
        there.send(done)
    except (
        pickle.PicklingError,
        TypeError,
        AttributeError,
    ) as fault:  # what cannot be sent would look like a process that was lost
        there.send(done._replace(result=None, error=fault))


def _end(*_: object) -> None:
    """Leaves all blocks, so that workers are waited for and temporary folders go."""
    sys.exit(1)
