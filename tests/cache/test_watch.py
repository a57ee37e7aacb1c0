"""Whether files change while they are read, or have since."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from variorum.cache import file_digests
from variorum.cache.watch import Watch
from variorum.folder import Folder

LATER = 60 * 10**9
"""Nanoseconds: more than any clock of a file system is behind."""


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A folder with two seeds, of which the clock of its file system may have told all or not."""
    folder = Folder(tmp_path)
    folder.seeds.mkdir()
    for name in ("one", "two"):
        folder.seed(name).write_text(name)
    return folder


@pytest.fixture(params=[-LATER, LATER], ids=["long since written", "just written"])
def watched(request: pytest.FixtureRequest, folder: Folder, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Watch]:
    """Watches its seeds."""
    monkeypatch.setattr(file_digests, "TICK", request.param)
    return lambda: Watch(folder, folder.seed_paths)


def test_files_that_stay_are_known_again(watched: Callable[[], Watch]) -> None:
    watch = watched()

    assert watch.after() == watch.before == watched().before


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: folder.seed("one").write_text("uno"),
        lambda folder: folder.seed("three").write_text("three"),
        lambda folder: folder.seed("two").unlink(),
        lambda folder: folder.seed("two").rename(folder.seed("tow")),
        lambda folder: os.mkfifo(folder.seed("pipe")),
        lambda folder: folder.seed("link").symlink_to("nowhere"),
    ],
    ids=["written", "new", "gone", "renamed", "a pipe", "a link that leads nowhere"],
)
def test_a_change_is_seen_at_once_and_in_the_next_run(
    watched: Callable[[], Watch], folder: Folder, change: Callable[[Folder], object]
) -> None:
    watch = watched()
    change(folder)

    assert watch.after() is None
    assert watched().before != watch.before


def test_a_file_written_twice_in_one_tick_is_told_by_its_bytes(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_digests, "TICK", LATER)
    path = folder.seed("one")
    stamp = path.stat()
    watch = Watch(folder, folder.seed_paths)
    monkeypatch.setattr("variorum.cache.watch.stamp", lambda _: file_digests.Stamp(3, stamp.st_mtime_ns, stamp.st_mtime_ns, 1))
    same = Watch(folder, folder.seed_paths)
    path.write_text("uno")

    assert same.before == watch.before  # of files as young as these, times are not asked
    assert same.after() is None


def test_a_folder_that_is_moved_is_the_same(watched: Callable[[], Watch], folder: Folder, tmp_path: Path) -> None:
    before = watched().before
    folder.seeds.rename(tmp_path / "aside")
    moved = Folder(tmp_path / "moved")
    moved.root.mkdir()
    (tmp_path / "aside").rename(moved.seeds)

    assert Watch(moved, moved.seed_paths).before == before
