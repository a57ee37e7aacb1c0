"""Shards on Ray and in S3: the same bytes as here, whatever is killed, and nothing left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from tests.conftest import copied
from tests.engines.servers import s3_server
from tests.engines.test_local import children, digests, doubled, lost, lost_once, misplaced, wait_for
from tests.test_storage import uploaded

from variorum import shards
from variorum.build import build
from variorum.engines import ATTEMPTS, WorkersLostError, Working
from variorum.folder import Folder
from variorum.part import ShardPlan
from variorum.storage import StoredPath, path_of

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a bucket named `bucket`, served; the environment leads there, also that of a Ray started later."""
    bucket = tmp_path_factory.mktemp("s3") / "served" / "bucket"
    bucket.mkdir(parents=True)
    with s3_server(bucket.parent) as environment, pytest.MonkeyPatch.context() as patched:
        for name, value in environment.items():
            patched.setenv(name, value)
        yield bucket


@pytest.fixture(scope="module")
def engine(s3: Path) -> Iterator[Any]:
    """The engine, on a Ray that all these tests share: one takes seconds to start."""
    del s3
    from variorum.engines.ray import on_ray, started

    with started(2):
        yield on_ray()


@pytest.fixture(scope="module")
def gone() -> Iterator[set[tuple[int, str]]]:
    """Processes that must have ended when all these tests have: agents that had just begun look for their raylet for 75 s."""
    expected: set[tuple[int, str]] = set()
    yield expected
    wait_for(lambda: all(begun(number) != time for number, time in expected), 240)


def begun(process: int) -> str:
    """When a process began, which tells it from another that has its number later; nothing where there is none."""
    with suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[19]
    return ""


def refused(number: int) -> int:
    raise PermissionError(13, "Permission denied", f"shard {number}")


def stored(uri: str) -> StoredPath:
    """A place in the store, by which files come there too: rclone does not see at once what is put into its folder."""
    path = path_of(uri)
    assert isinstance(path, StoredPath)
    return path


def killed_once(marker: Path, work: Any, plan: ShardPlan) -> Any:
    """Works on a shard; the first to come says which process it is, and waits to be killed."""
    own = marker.with_suffix(f".{os.getpid()}")
    own.write_text(str(os.getpid()))
    with suppress(FileExistsError):
        marker.hardlink_to(own)  # whole at once, and of two who come together the second finds it there
        time.sleep(600)
    return work(plan)


def kill_named(marker: Path) -> None:
    wait_for(marker.exists, 300)  # on a busy machine it takes more than a minute until a worker has loaded all
    os.kill(int(marker.read_text()), signal.SIGKILL)


@pytest.mark.parametrize("end", ["of itself", "by Ctrl-C", "by kill -9"])
def test_a_ray_of_our_own_is_gone_with_us(repository: Path, tmp_path: Path, gone: set[tuple[int, str]], end: str) -> None:
    folder = copied(repository, tmp_path)
    command = [sys.executable, "-m", "variorum", "build", "--engine", "ray", "--workers", "1", "--root", str(folder.root)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True)
    started: set[tuple[int, str]] = set()
    while process.poll() is None and not (end != "of itself" and len(started) > 5):
        with suppress(OSError):  # of a process that has just ended
            started.update((each, begun(each)) for each in children(process.pid))
        time.sleep(0.1)
    if end == "by Ctrl-C":
        os.killpg(process.pid, signal.SIGINT)
    elif end == "by kill -9":
        process.kill()
    _, errors = process.communicate()

    assert (process.returncode, errors.strip()) == {
        "of itself": (0, ""),
        "by Ctrl-C": (1, "Aborted!"),
        "by kill -9": (-signal.SIGKILL, ""),
    }[end]
    assert len(started) > 5
    assert folder.hub.exists() == (end == "of itself")
    gone |= {(number, time) for number, time in started if time}


def test_results_come_in_order(engine: Any) -> None:
    assert list(engine(doubled, range(9), 2)) == [0, 2, 4, 6, 8, 10, 12, 14, 16]
    assert list(engine(doubled, [], 2)) == []


def test_what_cannot_be_sent_as_it_was_raised_is_told_all_the_same(engine: Any) -> None:
    with pytest.raises(RuntimeError, match=r"PlaceError: here: nothing is right$"):
        list(engine(misplaced, range(9), 2))


def test_a_lost_worker_costs_its_work_and_no_more(engine: Any, tmp_path: Path) -> None:
    assert list(engine(partial(lost_once, tmp_path / "lost"), range(9), 2)) == list(range(9))
    assert (tmp_path / "lost").exists()


def test_workers_that_are_lost_again_and_again_are_told_of(engine: Any) -> None:
    with pytest.raises(WorkersLostError, match=rf"lost with its worker {ATTEMPTS} times.*--workers"):
        list(engine(lost, range(2), 2))


def test_what_work_raises_is_raised_as_it_was(engine: Any) -> None:
    with pytest.raises(PermissionError) as raised:
        list(engine(refused, range(2), 2))
    assert (raised.value.strerror, raised.value.filename) == ("Permission denied", "shard 0")


def test_a_build_in_s3_is_the_one_on_a_disk(
    s3: Path, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copied(repository, tmp_path / "corpus")
    monkeypatch.setattr(shards, "SHARD", 1)
    build(folder)
    uploaded(copied(repository, tmp_path / "plain").root, stored("s3://bucket/plain"))

    for workers in (1, 2):
        build(Folder(path_of("s3://bucket/plain")), working=Working(workers))
        assert digests(s3 / "plain" / "build" / "hub") == digests(folder.hub)
    assert not [path for path in s3.rglob(".*") if path.is_file()]


def test_a_build_is_the_same_with_any_engine_and_in_any_store(
    engine: Any, s3: Path, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copied(repository, tmp_path / "corpus")
    monkeypatch.setattr(shards, "SHARD", 1)
    assert len(build(folder).parts) == 3
    expected = digests(folder.hub)
    uploaded(copied(repository, tmp_path / "other").root, stored("s3://bucket/corpus"))

    def killing(work: Any, plans: Any, workers: int) -> Any:
        return engine(partial(killed_once, tmp_path / "killed", work), plans, workers)

    Thread(target=kill_named, args=(tmp_path / "killed",), daemon=True).start()
    assert [str(each) for each in build(folder, target=tmp_path / "ray", working=Working(2, killing)).findings] == []
    assert (tmp_path / "killed").exists()
    assert digests(tmp_path / "ray") == expected

    built = build(Folder(path_of("s3://bucket/corpus")), target=path_of("s3://bucket/hub"), working=Working(2, engine))
    assert [str(each) for each in built.findings] == []
    assert digests(s3 / "hub") == expected
    assert not [path for path in s3.rglob(".*") if path.is_file()]
