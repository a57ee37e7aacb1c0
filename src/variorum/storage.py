"""Folders and files in a store that Arrow or fsspec reaches (`s3://`, `gs://`, `abfs://`, `hdfs://`, ...).

No other module knows that there are other file systems than this machine's: a path in a store is a Path. Who may read and
write, and where a store is that no cloud runs, the environment says, as for the stores' own tools: `AWS_ACCESS_KEY_ID`,
`AWS_SECRET_ACCESS_KEY`, `AWS_ENDPOINT_URL`, `AWS_REQUEST_CHECKSUM_CALCULATION`, ...; on every machine that has workers.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from io import BufferedReader
from pathlib import Path, PosixPath
from typing import TYPE_CHECKING, Any, NoReturn, Self
from uuid import uuid4

if TYPE_CHECKING:  # who works on this machine does not wait for Arrow
    from pyarrow import fs

_URI = re.compile(r"([a-z][a-z0-9+.-]+)://(.+)")
_BUFFER = 8 << 20
"""Bytes asked for at once where a file is read to its end: a store answers in 10 to 100 ms, whatever it gives."""
_BLOCK = 1 << 20
"""Bytes asked for at once where many short ranges are read: the texts of some 400 articles."""


def path_of(location: str) -> Path:
    """A place as people write it: a path, or a URI."""
    match = _URI.fullmatch(location)
    return StoredPath(f"{match[1]}:/{match[2]}") if match else Path(location)


def shown(path: Path) -> str:
    """A place as people write it."""
    return path.uri if isinstance(path, StoredPath) else str(path)


class StoredPath(PosixPath):
    """A path in a store; as a string it is `s3:/bucket/corpus`, since a path has no double slashes.

    What is asked of it in the way of Path is asked of the store; what the store cannot do, or only Python's own files,
    raises TypeError, as nothing may be taken for a file of this machine by mistake.
    """

    @property
    def uri(self) -> str:
        """The path as people write it."""
        return str(self).replace(":/", "://", 1)

    @property
    def place(self) -> tuple[str, fs.FileSystem]:
        """Its name in the store, and the store."""
        scheme, host, *rest = self.parts
        filesystem, base = _store(f"{scheme}//{host}")
        return "/".join([base.rstrip("/"), *rest]), filesystem

    @property
    def _info(self) -> fs.FileInfo:
        name, filesystem = self.place
        return filesystem.get_file_info(name)

    def exists(self, **_: Any) -> bool:
        """Whether there is a file of this name, or one below it."""
        from pyarrow import fs

        return bool(self._info.type != fs.FileType.NotFound)

    def is_file(self, **_: Any) -> bool:
        """Whether there is a file of this name."""
        return bool(self._info.is_file)

    def is_dir(self, **_: Any) -> bool:
        """Whether there is a file below it."""
        from pyarrow import fs

        return bool(self._info.type == fs.FileType.Directory)

    def stat(self, **_: Any) -> os.stat_result:
        """Kind and size; raises FileNotFoundError where there is nothing."""
        from pyarrow import fs

        info = self._info
        if info.type == fs.FileType.NotFound:
            raise FileNotFoundError(2, "No such file in the store", self.uri)
        mode = stat.S_IFREG if info.is_file else stat.S_IFDIR
        return os.stat_result((mode, 0, 0, 1, 0, 0, info.size or 0, 0, 0, 0))

    def open(self, mode: str = "r", *_: Any, **__: Any) -> Any:
        """The file's bytes, to be read or to be written anew: it is there, whole, once it is closed."""
        name, filesystem = self.place
        if mode == "rb":
            return BufferedReader(filesystem.open_input_file(name), _BUFFER)
        if mode == "wb":
            return filesystem.open_output_stream(name, compression=None)  # which else it tells from the ending
        raise ValueError(f"A file in a store is opened as rb or wb, not as {mode}")

    def read_bytes(self) -> bytes:
        """The file."""
        name, filesystem = self.place
        with filesystem.open_input_stream(name, compression=None) as file:
            return bytes(file.read())

    def mkdir(self, *_: Any, **__: Any) -> None:
        """Nothing: a store has folders as it has files in them."""
        from pyarrow import fs

        name, filesystem = self.place
        if isinstance(filesystem, fs.PyFileSystem | fs.HadoopFileSystem):  # which may have real ones
            filesystem.create_dir(name)

    def unlink(self, missing_ok: bool = False) -> None:
        """Deletes the file."""
        name, filesystem = self.place
        if self.is_file() or not missing_ok:
            with _without_marker(self.is_file):
                filesystem.delete_file(name)

    def resolve(self, strict: bool = False) -> Self:
        """Itself: it is absolute."""
        del strict
        return self

    def __fspath__(self) -> NoReturn:
        raise TypeError(f"{self.uri} is not on this machine")


@cache
def _store(uri: str) -> tuple[fs.FileSystem, str]:
    """The store of a scheme and host, and what names in it begin with; made once a process, as it holds connections."""
    import pyarrow as pa
    from pyarrow import fs

    try:
        found: tuple[fs.FileSystem, str] = fs.FileSystem.from_uri(uri)
    except pa.ArrowInvalid:  # a scheme that Arrow has no name for
        from fsspec.core import url_to_fs

        inner, base = url_to_fs(uri)
        return fs.PyFileSystem(fs.FSSpecHandler(inner)), base
    return found


def files_below(folder: StoredPath) -> list[StoredPath]:
    """The files below a folder, in any order; none where it is not there."""
    from pyarrow import fs

    name, filesystem = folder.place
    selector = fs.FileSelector(name, recursive=True, allow_not_found=True)
    found = [info.path.removeprefix(name).strip("/") for info in filesystem.get_file_info(selector) if info.is_file]
    return [folder / path for path in found]


def read_range(path: Path, offset: int, length: int) -> bytes:
    """Bytes of a file; of one in a store, these and no more are asked for."""
    if isinstance(path, StoredPath):
        name, filesystem = path.place
        with filesystem.open_input_file(name) as stored:
            return bytes(stored.read_at(length, offset))
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(length)


def read_near(path: Path, offset: int, length: int, reading: str) -> bytes:
    """The same for many short ranges of a file, one after the other: of one in a store, what follows is read with it.

    What follows is held for who gives the same `reading`, and for nobody else: the file may have been written anew since.
    """
    if not isinstance(path, StoredPath):
        return read_range(path, offset, length)
    first, last = offset // _BLOCK, (offset + length - 1) // _BLOCK
    blocks = b"".join(_block(path, number, reading) for number in range(first, last + 1))
    return blocks[offset - first * _BLOCK :][:length]


@lru_cache(maxsize=8)
def _block(path: StoredPath, number: int, reading: str) -> bytes:
    del reading  # by which the cache tells it from what another one read
    return read_range(path, number * _BLOCK, _BLOCK)


def copy_file(source: Path, target: Path) -> None:
    """Copies a file, from a store or to one if need be."""
    if not isinstance(source, StoredPath) and not isinstance(target, StoredPath):
        shutil.copyfile(source, target)
        return
    with source.open("rb") as read, target.open("wb") as written:
        shutil.copyfileobj(read, written, _BUFFER)


@contextmanager
def folder_beside(folder: StoredPath, kind: str) -> Iterator[StoredPath]:
    """A place beside a folder for files that are gone in the end; `kind` is what its name says it is for."""
    fresh = folder.with_name(f".{folder.name}.{kind}.{uuid4().hex}")
    try:
        yield fresh
    finally:
        _clear(fresh)


def _clear(folder: StoredPath) -> None:
    name, filesystem = folder.place
    if files_below(folder):
        with _without_marker(lambda: bool(files_below(folder))):
            filesystem.delete_dir(name)


@contextmanager
def _without_marker(is_there: Callable[[], bool]) -> Iterator[None]:
    """Lets pass that a store refuses the empty file by which Arrow marks the folder around what it deleted from S3."""
    try:
        yield
    except OSError:
        if is_there():
            raise


def replace_files(fresh: Path, folder: StoredPath, last: str) -> None:
    """Has the files of `fresh`, a folder of this machine, take the place of those of `folder`.

    A store has no renames. So the old `last`, the file that says of a folder that it is whole, goes first and the new one comes
    last: between the two, and where we are ended between them, the folder does not say of itself that it is a release.
    """
    files = {path.relative_to(fresh).as_posix(): path for path in fresh.rglob("*") if path.is_file()}
    old = {path.relative_to(folder).as_posix() for path in files_below(folder)}
    (folder / last).unlink(missing_ok=True)
    for name in sorted(old - files.keys() - {last}):
        (folder / name).unlink(missing_ok=True)
    for name in sorted(files, key=lambda name: (name == last, name)):
        copy_file(files[name], folder / name)
