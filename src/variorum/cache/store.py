"""Results in a folder, by digests of all they depend on.

A corpus from elsewhere may bring a cache along, in which somebody has written that nothing is wrong with it: only one that was
made where it lies is believed, and results are packed all the same, not pickled. What cannot be unpacked is as good as not
there.
"""

import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, TypeVar

from variorum.cache.code_version import code_version
from variorum.cache.file_digests import FileDigests, Known, Stamp, stamp
from variorum.cache.packing import pack, unpack
from variorum.cache.watch import Watch
from variorum.safe_write import write_beside

T = TypeVar("T")

UNUSED = 7 * 86_400
"""Seconds that a result is kept unused: switching to another branch and back costs little."""
_FILES = "files.msgpack"
_ENTRY = "result.msgpack"
_HERE, _MADE = "here", "made.msgpack"


class Cache:
    """What is kept in a folder; without one nothing is found and nothing kept. Only one that `writes` changes it.

    One that was not made where it lies is none, and is begun anew by who writes. `texts` watches the seeds and texts of a
    corpus, where somebody does since before they are read: to look at 20,000 files takes 0.2 s.
    """

    def __init__(self, folder: Path | None = None, writes: bool = True) -> None:
        is_there = folder is not None and (_is_made_here(folder) or (writes and _begin(folder)))
        self.folder = folder if is_there else None
        self.writes = writes and is_there
        self._known: Known = (_read(self.folder / _FILES, Known) if self.folder else None) or {}
        self.files = FileDigests(self._known)
        self.texts: Watch | None = None

    def find(self, kind: str, key: str, type_: Callable[..., T] | type[T]) -> T | None:
        """The result kept under a key; None where there is none or it cannot be unpacked."""
        path = self.entry(kind, key)
        found = _read(path / _ENTRY, type_) if path else None
        if found is not None and self.writes and path:
            with suppress(OSError):  # somebody else's, or on a disk that is read only: it goes sooner
                os.utime(path)
        return found

    def keep(self, kind: str, key: str, result: object, files: Path | None = None) -> Path | None:
        """Keeps a result, with a folder of files that is taken over; returns where the files are then.

        None where nothing was kept and the files are where they were: nobody depends on it, so that a disk that is full here
        fails no build.
        """
        path = self.entry(kind, key)
        if path is None or not self.writes:
            return None
        fresh = files
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = files or Path(mkdtemp(prefix=".new.", dir=path.parent))
            (fresh / _ENTRY).write_bytes(_encoded(result))
            _replace(path, fresh)
        except OSError:
            if fresh and not files:
                shutil.rmtree(fresh, ignore_errors=True)
            return None
        return path

    def kept_or_made(self, kind: str, key: str, type_: Callable[..., T] | type[T], make: Callable[[], T]) -> T:
        """A result: the one that is kept, or else what `make` gives, which is kept then."""
        found = self.find(kind, key, type_)
        if found is None:
            found = make()
            self.keep(kind, key, found)
        return found

    def entry(self, kind: str, key: str) -> Path | None:
        """The folder of a result."""
        return self.folder / kind / key if self.folder else None

    def close(self) -> None:
        """Writes down what is known of files, and drops what was not used for a week."""
        if self.writes and self.folder and self.files.kept != self._known:
            with suppress(OSError):  # they are read again
                write_beside(self.folder / _FILES, _encoded(self.files.kept))
        if self.writes and self.folder:
            oldest = time.time() - UNUSED
            for path in self.folder.glob("*/*"):
                if path.is_dir() and path.stat().st_mtime < oldest:
                    shutil.rmtree(path, ignore_errors=True)


def _replace(path: Path, fresh: Path) -> None:
    """Puts a folder in the place of one that another build may be reading, which is not deleted piece by piece."""
    old = Path(mkdtemp(prefix=".old.", dir=path.parent))
    with suppress(OSError):  # there is none, or another build is keeping the same at this moment
        path.rename(old / path.name)
    with suppress(OSError):
        fresh.replace(path)
    shutil.rmtree(old, ignore_errors=True)


def _is_made_here(folder: Path) -> bool:
    """Whether a cache was made where it lies: the file system gives no copy of its marker the same inode and time."""
    made = _read(folder / _MADE, Stamp)
    return made is not None and made == stamp(str(folder / _HERE))


def _begin(folder: Path) -> bool:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / _HERE).touch()
    (folder / _MADE).write_bytes(_encoded(stamp(str(folder / _HERE))))
    return True


def cache_key(*values: object) -> str:
    """A key for a result that depends on these values, and on the code."""
    told = [code_version(), *values]
    return sha256(_encoded(told) or repr(told).encode("utf-8", "backslashreplace")).hexdigest()


def _encoded(value: object) -> bytes:
    """A value, packed; nothing where it holds text that no encoding has, as names of files may be."""
    try:
        return pack(value)
    except UnicodeEncodeError:
        return b""


def _read(path: Path, type_: Any) -> Any:
    try:
        return unpack(path.read_bytes(), type_)
    except (OSError, ValueError):
        return None
