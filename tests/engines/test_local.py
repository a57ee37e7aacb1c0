"""Shards in processes: the same bytes as in one, whatever is killed, and nothing lost."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

from variorum import shards
from variorum.build import build
from variorum.engines import ATTEMPTS, LIGHT, Made, WorkersLostError, Working
from variorum.engines.local import _workers_are_there, worked, worked_meanwhile
from variorum.folder import Folder
from variorum.run_record import record_of
from variorum.safe_write import is_running, recover


def doubled(number: int) -> int:
    return 2 * number


def process_of(_: int) -> int:
    return os.getpid()


def pandas_is_loaded(numbers: list[int]) -> bool:
    """Arrow would load it with the first array that numpy is given."""
    pa.array(numbers).to_numpy()
    return "pandas" in sys.modules


def lost_once(marker: Path, number: int) -> int:
    """Ends its process the first time that it is asked for 3."""
    if number == 3 and not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def lost(number: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return number


class PlaceError(Exception):
    """Cannot be made anew from its message, which is what arrives of an error in another process."""

    def __init__(self, place: str, fact: str) -> None:
        super().__init__(f"{place}: {fact}")


def misplaced(_: object) -> int:
    raise PlaceError("here", "nothing is right")


def slow_at_last(marker: Path, number: int) -> int:
    """Takes long over 2, so that the other worker has nothing to do."""
    if number > 1:
        marker.touch()
        time.sleep(3)
    return number


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def rows(folder: Path) -> dict[str, list[str]]:
    """The rows of each config and split, sorted."""
    return {
        name: sorted(map(str, pl.read_parquet(folder / f"{name}-*.parquet").rows()))
        for name in {path.relative_to(folder).as_posix().rsplit("-", 3)[0] for path in folder.glob("*/*.parquet")}
    }


Built = tuple[Folder, dict[str, str]]
"""A corpus that was built, and the digests of its build."""


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_order(workers: int) -> None:
    assert list(worked(doubled, range(9), workers)) == [0, 2, 4, 6, 8, 10, 12, 14, 16]


@pytest.mark.parametrize("workers", [1, 2])
def test_light_work_comes_in_order_whoever_does_it(workers: int) -> None:
    assert list(worked_meanwhile(doubled, range(9), workers)) == [0, 2, 4, 6, 8, 10, 12, 14, 16]


def test_light_work_on_little_starts_no_process_and_on_much_does() -> None:
    _workers_are_there().wait()
    little = set(Working(2).done_here(process_of, range(4), LIGHT - 1))
    much = set(Working(2).done_here(process_of, range(4), LIGHT))

    assert little == {os.getpid()}
    assert os.getpid() not in much


def test_items_are_made_when_they_are_asked_for_and_none_is_lost() -> None:
    made: list[int] = []

    def make(number: int) -> int:
        made.append(number)
        return [0, 3, 6][number // 3]

    items = Made(make, range(0, 12, 3))

    assert (len(items), items[1], [*items[:2]], made) == (4, 3, [0, 3], [3, 0, 3])
    with pytest.raises(IndexError):  # of `make`, which is not the end of the items
        list(items)


def test_workers_never_load_pandas() -> None:
    assert list(worked(pandas_is_loaded, [[1], [2]], 2)) == [False, False]


def test_workers_give_back_at_once_what_polars_freed() -> None:
    """polars sets the same of whoever starts them; its allocator goes by the last value."""
    environment = {**os.environ, "_RJEM_MALLOC_CONF": "dirty_decay_ms:500,muzzy_decay_ms:-1"}
    asked = [sys.executable, "-c", "import os, variorum.worker; print(os.environ['_RJEM_MALLOC_CONF'])"]
    told = subprocess.run(asked, env=environment, capture_output=True, text=True, check=True).stdout.strip()

    assert told.endswith("dirty_decay_ms:500,muzzy_decay_ms:-1,dirty_decay_ms:0,muzzy_decay_ms:0")


def test_a_lost_worker_costs_its_work_and_no_more(tmp_path: Path) -> None:
    assert list(worked(partial(lost_once, tmp_path / "lost"), range(9), 2)) == list(range(9))
    assert (tmp_path / "lost").exists()


def test_workers_that_are_lost_again_and_again_are_told_of() -> None:
    with pytest.raises(WorkersLostError, match=rf"ended {ATTEMPTS} times while it worked on shard 1 of 9.*--workers"):
        list(worked(lost, range(9), 2))


def test_what_cannot_be_sent_as_it_was_raised_is_told_all_the_same() -> None:
    with pytest.raises(RuntimeError, match=r"\.PlaceError: here: nothing is right$") as raised:
        list(worked(misplaced, range(9), 2))

    assert "in misplaced\n" in str(raised.value.__cause__)


STARTING = """
import os, signal, sys, threading, time
from multiprocessing import forkserver
from tests.engines.test_local import doubled
from variorum.engines.local import _context, _workers_are_there, worked

def server() -> int:
    while not forkserver._forkserver._forkserver_pid:
        time.sleep(0.01)
    return forkserver._forkserver._forkserver_pid

if __name__ == "__main__":
"""


def starting(repository: Path, *lines: str) -> subprocess.Popen[str]:
    """A script that does this while the server that workers are forked from begins; its output ends with the server's."""
    command = [sys.executable, "-c", STARTING + "\n".join(f"    {each}" for each in lines)]
    return subprocess.Popen(
        command, cwd=repository, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def test_who_ends_before_the_server_is_loaded_leaves_nobody_that_complains(repository: Path) -> None:
    ended = starting(repository, "_workers_are_there()", "server()")

    assert ended.communicate(timeout=60) == ("", "")
    assert ended.returncode == 0


def test_a_server_that_is_ended_while_it_loads_is_begun_again(repository: Path) -> None:
    killing = "threading.Timer(0.5, os.kill, (server(), signal.SIGKILL)).start()"
    stopped = ["_context()", "os.kill(server(), signal.SIGSTOP)", killing, "print(list(worked(doubled, range(5), 2)))"]

    assert starting(repository, *stopped).communicate(timeout=60) == ("[0, 2, 4, 6, 8]\n", "")


def test_ctrl_c_while_the_server_loads_is_answered_by_one_process(repository: Path) -> None:
    waiting = [
        "try: _workers_are_there(); server(); print('now', flush=True); time.sleep(60)",
        "except KeyboardInterrupt: sys.exit(1)",
    ]
    process = starting(repository, *waiting)
    assert process.stdout
    assert process.stdout.readline() == "now\n"

    os.killpg(process.pid, signal.SIGINT)

    assert process.communicate(timeout=60)[1] == ""
    assert process.returncode == 1


@pytest.mark.slow
def test_ctrl_c_is_answered_by_one_process(repository: Path, tmp_path: Path) -> None:
    marker = tmp_path / "slow"
    call = f"list(worked(partial(slow_at_last, Path({str(marker)!r})), range(3), 2))"
    lines = ["from functools import partial", "from pathlib import Path", "from tests.engines.test_local import slow_at_last"]
    code = "\n".join([*lines, "from variorum.engines.local import worked", f"if __name__ == '__main__': {call}"])
    command = [sys.executable, "-c", code]
    process = subprocess.Popen(command, cwd=repository, stderr=subprocess.PIPE, text=True, start_new_session=True)

    wait_for(marker.exists)
    time.sleep(0.5)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)

    assert errors.count("Traceback") == 1
    assert errors.endswith("KeyboardInterrupt\n")


def test_shards_and_workers_change_no_row(
    hub: Path, built_once: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, alone = built_once
    monkeypatch.setattr(shards, "SHARD", 1)

    in_two = build(folder, target=tmp_path / "hub", working=Working(2))

    assert [json.loads(record_of(each).read_bytes())["shards"] for each in (hub, folder.hub)] == [1, 3]
    assert (in_two.workers, len(in_two.parts)) == (2, 3)
    assert digests(tmp_path / "hub") == alone
    assert rows(tmp_path / "hub") == rows(hub)


def in_shards(folder: Folder, *before: str) -> list[str]:
    """A build in one shard a document and two workers, as a command."""
    lines = [*before, "import variorum.shards, variorum.cli", "variorum.shards.SHARD = 1"]
    call = f"variorum.cli.main(['build', '--workers', '2', '--root', {str(folder.root)!r}])"
    return [sys.executable, "-c", "\n".join([*lines, "if __name__ == '__main__': " + call])]


def children(pid: int) -> list[int]:
    """The processes that a process has started, and those that these have."""
    own = [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return own + [each for one in own for each in children(one)]


def left(folder: Folder) -> list[str]:
    return [path.name for path in folder.hub.parent.iterdir() if path not in {folder.hub, folder.cache, record_of(folder.hub)}]


def wait_for(condition: Any, seconds: float = 60) -> None:
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds
        time.sleep(0.01)


@pytest.fixture
def built(built_once: Built, tmp_path: Path) -> Built:
    """The same, to be built again: it has no cache, which would see that there is nothing to do."""
    folder, before = built_once
    return Folder(Path(shutil.copytree(folder.root, tmp_path / "corpus"))), before


@pytest.mark.slow
def test_a_killed_build_leaves_the_old_one_and_the_next_run_is_right(built: Built) -> None:
    folder, before = built
    process = subprocess.Popen(in_shards(folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(lambda: any(folder.hub.parent.glob(".hub.parts.*/*/*.parquet")))
    workers = children(process.pid)
    process.kill()
    process.wait()

    assert digests(folder.hub) == before
    assert left(folder)
    assert workers
    wait_for(lambda: not any(map(is_running, workers)))
    subprocess.run(in_shards(folder), check=True, capture_output=True)
    assert digests(folder.hub) == before
    assert left(folder) == []


@pytest.mark.slow
def test_ctrl_c_is_said_once_and_leaves_the_old_build(built: Built) -> None:
    folder, before = built
    process = subprocess.Popen(
        in_shards(folder), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    wait_for(lambda: any(folder.hub.parent.glob(".hub.parts.*/*/*.parquet")))
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)

    assert (process.returncode, errors.strip()) == (1, "Aborted!")
    assert digests(folder.hub) == before
    assert left(folder) == []


def test_a_full_disk_leaves_the_old_build_and_says_so(built: Built) -> None:
    folder, before = built
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))"

    done = subprocess.run(in_shards(folder, limit), capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "File too large" in done.stderr
    assert digests(folder.hub) == before
    assert left(folder) == []


@pytest.mark.slow
def test_a_build_killed_between_two_renames_is_put_back(built: Built) -> None:
    folder, before = built
    killed = (
        "import pathlib, os, signal\nrename = pathlib.Path.rename\n"
        "def one(path, target):\n    rename(path, target)\n    os.kill(os.getpid(), signal.SIGKILL)\npathlib.Path.rename = one"
    )

    subprocess.run(in_shards(folder, killed), check=False, capture_output=True)

    assert not folder.hub.exists()
    recover(folder.hub)
    assert digests(folder.hub) == before
    assert left(folder) == []
