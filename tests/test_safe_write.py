"""Files and folders that are old or new, never half."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from variorum.safe_write import MANY, replaced_folder, write_beside, write_many_beside


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_written_into_folders_that_are_made_for_it(tmp_path: Path) -> None:
    write_beside(tmp_path / "a" / "b" / "file", b"new")

    assert (tmp_path / "a" / "b" / "file").read_bytes() == b"new"
    assert names(tmp_path / "a" / "b") == ["file"]


def test_a_file_is_replaced_and_others_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"a much longer old content")

    write_beside(path, b"new")

    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o644
    assert names(tmp_path) == ["file"]


def test_of_many_files_none_is_new_where_one_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"old")

    def files() -> Iterator[tuple[Path, list[bytes]]]:
        yield tmp_path / "one", [b"n", b"ew"]
        raise OSError("no text")

    with pytest.raises(OSError, match="no text"):
        write_many_beside(files())

    assert (tmp_path / "one").read_bytes() == b"old"
    assert names(tmp_path) == ["one"]


def test_of_many_files_none_is_new_where_the_last_question_is_answered_with_no(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"old")

    def refuse() -> None:
        assert len(names(tmp_path)) == 2
        raise OSError("too late")

    with pytest.raises(OSError, match="too late"):
        write_many_beside([(tmp_path / "one", [b"new"])], last=refuse)

    assert (tmp_path / "one").read_bytes() == b"old"
    assert names(tmp_path) == ["one"]


@pytest.mark.parametrize("count", [3, MANY])
def test_many_files_are_new_together(tmp_path: Path, count: int) -> None:
    (tmp_path / "0").write_bytes(b"old")

    write_many_beside((tmp_path / str(number), [b"n", b"ew"]) for number in range(count))

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {str(number): b"new" for number in range(count)}


def test_a_file_that_cannot_be_put_in_place_leaves_the_old_and_no_rest(tmp_path: Path) -> None:
    (tmp_path / "file").mkdir()

    with pytest.raises(OSError, match="directory"):
        write_beside(tmp_path / "file", b"new")

    assert names(tmp_path) == ["file"]
    assert (tmp_path / "file").is_dir()


def test_whoever_holds_the_old_file_open_keeps_reading_it(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    with path.open("rb") as held:
        write_beside(path, b"new")
        assert held.read() == b"old"


def test_a_folder_takes_the_place_of_the_old_one_whole(tmp_path: Path) -> None:
    target = tmp_path / "build" / "hub"
    target.mkdir(parents=True)
    (target / "old").write_bytes(b"")

    with replaced_folder(target) as fresh:
        (fresh / "new").write_bytes(b"")
        assert names(target) == ["old"]

    assert names(target) == ["new"]
    assert names(target.parent) == ["hub"]
    assert target.stat().st_mode & 0o777 == 0o755


def test_a_folder_is_made_where_there_was_none(tmp_path: Path) -> None:
    with replaced_folder(tmp_path / "a" / "b") as fresh:
        (fresh / "new").write_bytes(b"")

    assert names(tmp_path / "a") == ["b"]
    assert names(tmp_path / "a" / "b") == ["new"]


def test_a_block_that_fails_leaves_the_old_folder_and_no_rest(tmp_path: Path) -> None:
    target = tmp_path / "hub"
    target.mkdir()
    (target / "old").write_bytes(b"")

    def fail() -> None:
        with replaced_folder(target) as fresh:
            (fresh / "half").write_bytes(b"")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert names(target) == ["old"]
    assert names(tmp_path) == ["hub"]


def test_a_swap_that_fails_puts_the_old_folder_back(tmp_path: Path) -> None:
    target = tmp_path / "hub"
    target.mkdir()
    (target / "old").write_bytes(b"")

    with pytest.raises(FileNotFoundError), replaced_folder(target) as fresh:
        os.rmdir(fresh)  # noqa: PTH106 # what a cleaner of temporary folders might do

    assert names(target) == ["old"]
    assert names(tmp_path) == ["hub"]
