"""A corpus in a store: the same bytes as on a disk, and no release that looks whole and is not."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import copied
from tests.engines.test_local import digests
from variorum import shards, storage
from variorum.build import build
from variorum.folder import Folder
from variorum.hub.manifest import MANIFEST
from variorum.inputs import read_inputs
from variorum.run_record import record_of
from variorum.safe_write import replaced_folder
from variorum.storage import StoredPath, files_below, path_of, read_near, read_range


def uploaded(source: Path, target: StoredPath) -> None:
    """Copies a folder into a store."""
    for path in sorted(source.rglob("*")):
        if path.is_file():
            place = target / path.relative_to(source).as_posix()
            place.parent.mkdir()
            place.write_bytes(path.read_bytes())


def digests_stored(folder: StoredPath) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest() for path in files_below(folder)}


@pytest.fixture
def store() -> Iterator[StoredPath]:
    """An empty place in the store that fsspec keeps in memory."""
    place = path_of(f"memory://{uuid4().hex}/inner")
    assert isinstance(place, StoredPath)
    yield place
    for path in files_below(place):
        path.unlink()


def test_a_uri_is_a_path_and_a_path_stays_one(tmp_path: Path) -> None:
    place = path_of("s3://bucket/corpus") / "texts"

    assert isinstance(place, StoredPath)
    assert place.uri == "s3://bucket/corpus/texts"
    assert place.relative_to(path_of("s3://bucket")).as_posix() == "corpus/texts"
    assert path_of(str(tmp_path)) == tmp_path


def test_a_place_in_a_store_is_never_taken_for_one_on_this_machine(store: StoredPath) -> None:
    with pytest.raises(TypeError, match=r"memory://.* is not on this machine"):
        open(store)  # noqa: PTH123, SIM115 # what others may do with a path
    with pytest.raises(TypeError):
        store.rename("elsewhere")


def test_files_are_there_once_they_are_written(store: StoredPath) -> None:
    path = store / "a" / "b"
    assert not path.exists()
    assert files_below(store) == []
    with pytest.raises(FileNotFoundError, match="memory://"):
        path.stat()

    path.parent.mkdir()
    path.write_bytes(b"one\ntwo\n")

    assert (path.exists(), path.is_file(), path.is_dir(), path.stat().st_size) == (True, True, False, 8)
    assert (store / "a").is_dir()
    with path.open("rb") as file:
        assert list(file) == [b"one\n", b"two\n"]
    with pytest.raises(ValueError, match="rb or wb"):
        path.open()
    assert files_below(store) == [path]
    path.unlink()
    path.unlink(missing_ok=True)
    assert not path.is_file()


@given(st.binary(min_size=1, max_size=200), st.data())
def test_ranges_are_those_of_the_file(content: bytes, data: st.DataObject) -> None:
    path = path_of(f"memory://{sha256(content).hexdigest()}")
    path.write_bytes(content * 20_000)
    offset = data.draw(st.integers(0, 20_000 * len(content) - 1))
    length = data.draw(st.integers(1, 20_000 * len(content) - offset))

    assert read_range(path, offset, length) == (content * 20_000)[offset : offset + length]
    assert read_near(path, offset, length, "") == read_range(path, offset, length)
    path.unlink()


def test_a_corpus_that_changes_is_read_as_it_is_now(corpus: Callable[[str], Folder], store: StoredPath) -> None:
    uploaded(corpus("catalogue-with-texts").root, store)
    folder = Folder(store)
    read_inputs(folder)
    file = folder.catalogue_folder / "0.jsonl"
    line = json.loads(file.read_bytes())
    text = line["text"] + "\nNobody was hurt."

    file.write_bytes(json.dumps(line | {"text": text, "text_sha256": sha256(text.encode()).hexdigest()}).encode())

    assert read_inputs(folder).texts["one"] == text


@pytest.mark.slow
def test_a_build_in_a_store_is_the_one_on_a_disk(
    repository: Path, tmp_path: Path, store: StoredPath, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "SHARD", 1)
    local = copied(repository, tmp_path)
    build(local)
    uploaded(tmp_path, store)
    folder = Folder(store)

    built = build(folder)

    assert built.findings == build(local).findings
    assert isinstance(folder.hub, StoredPath)
    assert digests_stored(folder.hub) == digests(local.hub)
    assert not [path for path in files_below(store) if any(name.startswith(".") for name in path.parts)]


def test_a_packed_corpus_is_unpacked_beside_the_target(repository: Path, tmp_path: Path, store: StoredPath) -> None:
    """Where every worker reaches it; findings and rows are those of the files as they were."""
    local = copied(repository, tmp_path)
    export = next(path for path in local.annotation_files() if local.export_file(path))
    with pa.output_stream(str(export.with_name(export.name + ".gz")), compression="gzip") as file:
        file.write(export.read_bytes())
    export.unlink()
    build(local)
    uploaded(tmp_path, store)

    build(Folder(store), target=store.with_name("elsewhere"))

    target = store.with_name("elsewhere")
    assert digests_stored(target) == digests(local.hub)
    assert {path for path in files_below(target.parent) if store not in path.parents} == {
        *files_below(target),
        record_of(target),
    }


def test_findings_leave_the_old_release(repository: Path, tmp_path: Path, store: StoredPath) -> None:
    uploaded(copied(repository, tmp_path).root, store)
    folder = Folder(store)
    folder.hub.mkdir()
    (folder.hub / MANIFEST).write_bytes(b"{}")
    folder.catalogue.write_bytes(b"[]")

    assert build(folder).findings
    assert (folder.hub / MANIFEST).read_bytes() == b"{}"


def test_no_manifest_stands_over_files_that_are_not_its_own(store: StoredPath, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever write is the last one, the folder is the old release, the new one, or has no manifest."""
    target = store / "hub"
    (target / "data").mkdir()
    old = {MANIFEST: b"old", "data/gone": b"old", "data/stays": b"old"}
    new = {MANIFEST: b"new", "data/added": b"new", "data/stays": b"new"}
    for steps in range(7):
        for path in files_below(target):
            path.unlink()
        for name, content in old.items():
            (target / name).write_bytes(content)
        _write_until(steps, target, new, monkeypatch)

        there = {path.relative_to(target).as_posix(): path.read_bytes() for path in files_below(target)}
        assert there in (old, new) or MANIFEST not in there
    assert there == new


def _write_until(steps: int, target: StoredPath, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    """Replaces a folder, and is stopped after so many changes of it."""
    left = iter(range(steps))
    unlink, copy = StoredPath.unlink, storage.copy_file

    def unlinked(path: StoredPath, missing_ok: bool = False) -> None:
        if target in path.parents:
            _step(left)
        unlink(path, missing_ok)

    def copied_over(source: Path, place: Path) -> None:
        _step(left)
        copy(source, place)

    with monkeypatch.context() as patched, suppress(_StoppedError):
        patched.setattr(StoredPath, "unlink", unlinked)
        patched.setattr(storage, "copy_file", copied_over)
        with replaced_folder(target, MANIFEST) as fresh:
            (fresh / "data").mkdir()
            for name, content in files.items():
                (fresh / name).write_bytes(content)


class _StoppedError(Exception):
    pass


def _step(left: Iterator[int]) -> None:
    if next(left, None) is None:
        raise _StoppedError
