"""Shards worked on by Ray: by one of our own on this machine, or by a cluster that is there already.

Only who asks for it imports this module; it needs the extra `ray`.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from tempfile import TemporaryDirectory
from typing import Any

# Ray reads these as it is imported: nothing is told to its makers, and no working folder is sent about because `uv run`
# started us (workers have the package installed).
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
os.environ.setdefault("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")

import ray
from ray.exceptions import RayError, RayTaskError

from variorum.engines import AHEAD, ATTEMPTS, ONE_THREAD, Engine, R, T, WorkersLostError, tried
from variorum.engines.local import usable

_STORE = 256_000_000
"""Bytes of shared memory for what workers give back: a part of the build is a few MB, and two a worker wait."""


def on_ray(address: str = "") -> Engine:
    """The engine that joins the cluster at an address, or else starts a Ray on this machine and stops it in the end.

    An address is what `ray.init` takes: `HOST:PORT`, `ray://HOST:PORT`, or `auto` for the cluster of this machine.
    """
    return partial(_worked, address)


def _worked(address: str, work: Callable[[T], R], items: Sequence[T], workers: int, /) -> Iterator[R]:
    with _joined(address) if address or ray.is_initialized() else started(workers or usable()) as room:
        most = workers if workers and address else AHEAD * room
        # A task whose worker is lost is given out again, to another node if need be; one that raises is not.
        task = ray.remote(tried).options(num_cpus=1, max_retries=ATTEMPTS - 1)
        yield from _in_order(partial(task.remote, work), items, max(most, 1))


def _in_order(begin: Callable[[T], Any], items: Iterable[T], most: int) -> Iterator[Any]:
    """The results in order, no more than so many items given out at once."""
    rest = iter(items)
    waiting = deque(begin(item) for item in islice(rest, most))
    try:
        while waiting:
            yield _result(waiting.popleft())
            waiting.extend(begin(item) for item in islice(rest, 1))
    finally:
        for each in waiting:
            ray.cancel(each, force=True)


def _result(reference: Any) -> Any:
    """What a task came to; what it raised is raised as it was, without Ray's account of where."""
    try:
        return ray.get(reference)
    except RayTaskError as error:
        raise error.cause from error
    except RayError as error:
        fact = f"A shard was lost with its worker {ATTEMPTS} times, or could not be given out"
        hint = "Most often memory runs out: try fewer with --workers."
        raise WorkersLostError(f"{fact} ({_first_line(error)}). {hint}") from error


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0].rstrip(".")


@contextmanager
def _joined(address: str) -> Iterator[int]:
    """A cluster that is there already, which goes on when we leave; gives the number of its processors.

    What a script has joined or started itself is taken as it is.
    """
    is_ours_to_leave = not ray.is_initialized()
    try:
        if is_ours_to_leave:
            ray.init(address=address, runtime_env={"env_vars": ONE_THREAD}, log_to_driver=False, logging_level="error")
    except (RayError, RuntimeError, ValueError, ConnectionError) as error:
        raise WorkersLostError(f"There is no Ray to join at {address} ({_first_line(error)}).") from error
    try:
        yield int(ray.cluster_resources().get("CPU", 1))
    finally:
        if is_ours_to_leave:
            ray.shutdown()


@contextmanager
def started(workers: int) -> Iterator[int]:
    """A Ray of our own for so many workers, reached from this machine only and gone in the end; gives their number.

    The system ends its processes with ours, however that ends.
    """
    with TemporaryDirectory(prefix="variorum-", ignore_cleanup_errors=True) as folder:
        try:
            _start(workers, folder)
        except Exception as error:  # Ray raises Exception itself where it does not come up within half a minute
            ray.shutdown()
            fact = f"Ray did not start on this machine ({_first_line(error)})"
            raise WorkersLostError(f"{fact}. Try again when it has less to do, or without --engine ray.") from error
        try:
            yield workers
        finally:
            ray.shutdown()


def _start(workers: int, folder: str) -> None:
    """Starts Ray. It listens on all of the machine's addresses unless it takes it for one that has no cluster."""
    ray._private.ray_constants.ENABLE_RAY_CLUSTER = False  # noqa: SLF001 # the environment is looked at as Ray is imported
    for name, value in ONE_THREAD.items():  # the workers' environment is ours; one of their own costs their start again
        os.environ.setdefault(name, value)
    ray.init(
        address="local",
        num_cpus=workers,
        include_dashboard=False,
        object_store_memory=_STORE,
        log_to_driver=False,
        logging_level="error",
        _temp_dir=folder,
        _system_config={"task_oom_retries": ATTEMPTS - 1},  # by default it tries for ever
    )
