"""Shards worked on side by side in processes of this machine."""

import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from functools import cache
from itertools import islice
from multiprocessing import forkserver, get_all_start_methods, get_context, resource_tracker
from multiprocessing.context import ForkServerContext, SpawnContext
from threading import Event, Thread

from variorum.engines import AHEAD, ATTEMPTS, R, T, WorkersLostError, tried
from variorum.safe_write import is_running


def usable() -> int:
    """How many workers this machine has room for: one a processor that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def worked(work: Callable[[T], R], items: Sequence[T], workers: int) -> Iterator[R]:
    """An engine; it works in this process where there is one item or one worker.

    A worker that is lost (killed, out of memory) costs what it and its neighbours had begun, which is done again.
    """
    workers = workers or usable()
    if min(workers, len(items)) <= 1:
        yield from map(work, items)
        return
    done = failures = 0
    while done < len(items):
        try:
            for result in _pooled(work, items[done:], workers):
                yield result
                done, failures = done + 1, 0
        except BrokenProcessPool as error:
            failures += 1
            if failures == ATTEMPTS:
                raise WorkersLostError(
                    f"A worker was ended {failures} times while it worked on shard {done + 1} of {len(items)}. "
                    "Most often memory runs out: try fewer with --workers. A script of your own needs the guard "
                    '`if __name__ == "__main__"`: each worker begins by importing it.'
                ) from error
            # A server that was killed counts as running until the system has cleared it away; till then it refuses at once.
            time.sleep(failures / 2)


def worked_meanwhile(work: Callable[[T], R], items: Sequence[T], workers: int) -> Iterator[R]:
    """As `worked`, of light work: this process does it until there are workers, which takes a second."""
    done = 0
    if min(workers or usable(), len(items)) > 1:
        are_there = _workers_are_there()
        while done < len(items) and not are_there.is_set():
            yield work(items[done])
            done += 1
    yield from worked(work, items[done:], workers)


@cache
def _workers_are_there() -> Event:
    """Is set once workers can be started at once: the first one waits until the server that they are forked from is loaded."""
    are_there = Event()
    Thread(target=_start_one, args=(are_there,), daemon=True).start()
    return are_there


def _start_one(is_there: Event) -> None:
    """Begins a process that does nothing and holds nothing: a pool's would look for its locks, which go with a build that ends
    before the server is loaded.
    """
    with suppress(OSError, EOFError):  # who asks for workers next meets what is wrong with the server, and says so
        process = _context().Process(target=usable, daemon=True)
        process.start()
        process.join()
    is_there.set()


def _begin(leader: int, environment: dict[str, str]) -> None:
    """Has a worker follow who it works for, with whose environment: that of the server it was forked from is older.

    It says where a store is, and who may read it.
    """
    os.environ.update(environment)
    follow(leader)


def follow(leader: int) -> None:
    """Has this process end with the one that it works for: when that is killed, nobody else would tell it.

    Ctrl-C reaches all of them; what it means, that process alone decides and says.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with, args=(leader,), daemon=True).start()


def _end_with(leader: int) -> None:
    while is_running(leader):
        time.sleep(1)
    os._exit(1)


def _pooled(work: Callable[[T], R], items: Iterable[T], workers: int) -> Iterator[R]:
    """The results in order, no more than AHEAD items a worker given out at once."""
    rest = iter(items)
    with ProcessPoolExecutor(workers, _context(), initializer=_begin, initargs=(os.getpid(), dict(os.environ))) as pool:
        waiting: list[Future[R]] = [_given(pool, work, item) for item in islice(rest, AHEAD * workers)]
        try:
            while waiting:
                yield waiting.pop(0).result()
                waiting += [_given(pool, work, item) for item in islice(rest, 1)]
        finally:
            for future in waiting:
                future.cancel()


def _given(pool: ProcessPoolExecutor, work: Callable[[T], R], item: T) -> Future[R]:
    """An item given out, which starts a worker while there are too few."""
    try:
        return pool.submit(tried, work, item)
    except (EOFError, ConnectionError) as error:
        raise BrokenProcessPool("The server that workers are forked from was ended while it loaded.") from error


def _context() -> ForkServerContext | SpawnContext:
    """Processes forked from a server that has loaded the package and started no thread; it is started if it is not there.

    polars' threads do not survive a fork, and loading it all takes a second a worker.
    """
    if "forkserver" not in get_all_start_methods():
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload(["variorum.worker"])
    with no_interrupt():  # which it ignores, but only once it has loaded
        forkserver.ensure_running()
    return context


@contextmanager
def no_interrupt() -> Iterator[None]:
    """Has a process that is started here never hear Ctrl-C, not while it loads either; this one hears it afterwards."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # the first start would begin with it, which has Ctrl-C heard again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
