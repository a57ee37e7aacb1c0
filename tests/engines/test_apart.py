"""Work in a process of its own: what it gives, tells, raises and spends arrives here, and nothing of it stays."""

import gzip
import os
import shutil
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from pickle import PicklingError
from tempfile import TemporaryDirectory
from unittest.mock import Mock

import pytest
from tests.conftest import copied
from tests.engines.test_local import Built, digests, misplaced, wait_for

from variorum import inputs, shards
from variorum.build import build, validate
from variorum.cache.file_digests import TICK
from variorum.cache.store import Cache
from variorum.engines import ATTEMPTS, Engine, WorkersLostError, Working
from variorum.engines.apart import done_apart
from variorum.engines.local import worked
from variorum.folder import Folder
from variorum.progress import Progress, Step, no_progress
from variorum.stages import recorded, stage


def told(progress: Progress) -> int:
    for number in range(3):
        progress(Step(number, 3, "Reading"))
    return os.getpid()


def failing(_: Progress) -> int:
    raise ZeroDivisionError("nothing is divided by nothing")


def lost(marker: Path, times: int, _: Progress) -> int:
    """Ends its process so many times; each leaves a line in the marker."""
    with marker.open("a") as file:
        file.write("\n")
    if len(marker.read_text()) <= times:
        os.kill(os.getpid(), signal.SIGKILL)
    return len(marker.read_text())


def slow(marker: Path, _: Progress) -> int:
    marker.write_text(str(os.getpid()))
    time.sleep(60)
    return 0


def loaded(_: Progress) -> tuple[bool, ...]:
    return tuple(name in sys.modules for name in ("pandera", "pandas"))


def blocked(_: Progress) -> bool:
    return signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def unsendable(_: Progress) -> object:
    return lambda: 0


def beginning_to_tell(marker: Path, there: Callable[[Step], None]) -> int:
    """Ends its process, the first time, when a part of what it tells was sent."""
    if not marker.exists():
        marker.touch()
        pipe = there.__self__  # type: ignore[attr-defined] # the method of a connection
        os.write(pipe.fileno(), struct.pack("!i", 50_000) + b"x" * 20_000)
        os.kill(os.getpid(), signal.SIGKILL)
    return 7


def spilling(marker: Path, progress: Progress) -> int:
    """Has a temporary folder, and workers, while it is interrupted."""
    with TemporaryDirectory() as folder:
        marker.write_text(folder)
        progress(Step(0, 1, "Reading"))
        time.sleep(60)
    return 0


@stage("reading")
def staged(_: Progress) -> int:
    time.sleep(0.2)
    return 0


def test_what_it_tells_and_gives_comes_from_another_process() -> None:
    steps: list[Step] = []

    assert done_apart(told, steps.append) != os.getpid()
    assert [(step.done, step.name) for step in steps] == [(0, "Reading"), (1, "Reading"), (2, "Reading")]


def test_what_it_raises_is_raised_here_with_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError, match="nothing is divided") as raised:
        done_apart(failing, no_progress)

    assert "in failing" in raised.value.__notes__[0]


def test_what_cannot_be_sent_as_it_was_raised_is_told_all_the_same() -> None:
    with pytest.raises(RuntimeError, match=r"\.PlaceError: here: nothing is right$") as raised:
        done_apart(misplaced, no_progress)

    assert "in misplaced\n" in raised.value.__notes__[0]


def test_lost_work_is_begun_again(tmp_path: Path) -> None:
    assert done_apart(partial(lost, tmp_path / "lost", 1), no_progress) == 2


def test_work_that_is_lost_again_and_again_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(WorkersLostError, match=rf"ended {ATTEMPTS} times.*--workers 1"):
        done_apart(partial(lost, tmp_path / "lost", ATTEMPTS), no_progress)


def test_what_it_spends_is_recorded_and_is_not_waiting() -> None:
    with recorded() as recording, stage("outside"):
        done_apart(staged, no_progress)

    assert recording.wall["outside", "reading"] >= 0.2
    assert min(recording.wall.values()) >= 0
    assert recording.cpu["outside", "reading"] > 0
    assert len(recording.peaks) == 1
    assert os.getpid() not in recording.peaks


def test_what_is_lost_while_it_is_told_is_done_again(tmp_path: Path) -> None:
    assert done_apart(partial(beginning_to_tell, tmp_path / "begun"), no_progress) == 7


def test_what_cannot_be_sent_is_an_error_and_not_done_again() -> None:
    with pytest.raises((AttributeError, TypeError, PicklingError), match="lambda"):
        done_apart(unsendable, no_progress)


def test_who_is_started_first_of_all_never_hears_ctrl_c(repository: Path) -> None:
    lines = ["from tests.engines.test_apart import blocked, done_apart, no_progress"]
    code = "\n".join([*lines, "if __name__ == '__main__': print(done_apart(blocked, no_progress))"])
    done = subprocess.run([sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, check=True)

    assert done.stdout == "True\n"


def test_what_it_had_begun_is_undone_where_nobody_wants_it_any_more(tmp_path: Path) -> None:
    marker = tmp_path / "spilled"

    def interrupt(_: Step) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        done_apart(partial(spilling, marker), interrupt)

    assert not Path(marker.read_text()).exists()


def test_ctrl_c_ends_it_and_is_answered_by_one_process(repository: Path, tmp_path: Path) -> None:
    marker = tmp_path / "slow"
    call = f"done_apart(partial(slow, Path({str(marker)!r})), print)"
    lines = [
        "from functools import partial",
        "from pathlib import Path",
        "from tests.engines.test_apart import done_apart, slow",
    ]
    command = [sys.executable, "-c", "\n".join([*lines, f"if __name__ == '__main__': {call}"])]
    process = subprocess.Popen(command, cwd=repository, stderr=subprocess.PIPE, text=True, start_new_session=True)

    wait_for(lambda: marker.exists() and marker.read_text() != "")
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=30)

    assert errors.count("Traceback") == 1
    assert errors.endswith("KeyboardInterrupt\n")


@pytest.mark.parametrize("engine", [None, worked], ids=["workers of this machine", "an engine"])
def test_a_large_corpus_is_read_apart_and_gives_the_same_bytes(
    built_once: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: Engine | None
) -> None:
    folder, alone = built_once
    monkeypatch.setattr(shards, "SHARD", 1)
    monkeypatch.setattr(inputs, "LARGE", 0)

    apart = Mock(wraps=done_apart)
    monkeypatch.setattr(inputs, "done_apart", apart)

    built = build(folder, target=tmp_path / "hub", working=Working(2, engine))

    assert digests(tmp_path / "hub") == alone
    assert apart.call_count == 1
    assert ("index exports",) in built.recording.wall


def test_what_a_large_corpus_has_packed_is_there_until_all_is_read(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copied(repository, tmp_path / "corpus")
    for path in folder.annotation_files():
        if path.suffix == ".json":
            path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes()))
            path.unlink()
    (tmp_path / "unpacked").mkdir()
    monkeypatch.setattr(shards, "SHARD", 1)
    alone = validate(folder, working=Working(1))
    monkeypatch.setattr(inputs, "LARGE", 0)
    monkeypatch.setattr(inputs, "TemporaryDirectory", partial(TemporaryDirectory, dir=tmp_path / "unpacked"))

    read = inputs.read_in_shards(folder, working=Working(2))
    held = [*(tmp_path / "unpacked").rglob("*.json*")]
    del read

    assert len(held) == len([path for path in folder.annotation_files() if path.suffix == ".gz"])
    assert [*(tmp_path / "unpacked").iterdir()] == []
    assert validate(folder, working=Working(2)) == alone


def test_what_is_learnt_of_files_apart_is_kept(built_once: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Folder(Path(shutil.copytree(built_once[0].root, tmp_path / "corpus")))
    time.sleep(2 * TICK / 1e9)  # what was written just now is not sure to stay as it is, and is digested again
    kept = []
    for large in (inputs.LARGE, 0):
        monkeypatch.setattr(inputs, "LARGE", large)
        cache = Cache(tmp_path / f"cache {large}")
        read = inputs.read_in_shards(folder, working=Working(2, cache=cache))
        kept.append(cache.files.kept)
        assert read.working.cache is cache

    assert kept[0]
    assert kept[1] == kept[0]


def test_it_never_loads_pandas() -> None:
    """pandera would, which comes with what is read."""
    assert done_apart(loaded, no_progress) == (True, False)
