"""SHA-256 of files, taken again only of those that may have changed since: what git's index does.

Nothing is imported here that takes long: a build that has nothing to do must not wait for dataframes.
"""

import os
import stat
import struct
import time
from pathlib import Path
from typing import NamedTuple

from variorum.whole_files import digest_of_file

TICK = 2_000_000_000
"""Nanoseconds: clocks of file systems tick every 2 s at worst (FAT). A file that was written less than this before it was
read may be written again without its times changing, which git calls racily clean; its digest is not kept."""


_STAMP = 32
_EIGHT_BYTES = 2**64 - 1
_PACKED = struct.Struct("<4Q").pack


class Stamp(NamedTuple):
    """What the file system says of a file: bytes, and times in nanoseconds. No program can set `changed` back."""

    size: int
    modified: int
    changed: int
    inode: int

    @property
    def packed(self) -> bytes:
        """The same in 32 bytes: as objects, and with a digest as text, a file takes 385 bytes, and 97 so."""
        return _PACKED(*[each & _EIGHT_BYTES for each in self])  # times before 1970 are negative

    def is_settled(self, begun: int) -> bool:
        """Whether it tells of every change to a file that was read from `begun` on (nanoseconds)."""
        return max(self.modified, self.changed) < begun - TICK


Known = dict[str, bytes]
"""The stamp of a file and its SHA-256, by its path."""


class FileDigests:
    """The digests of files by path. `known` are those of an earlier run; `started` is when this one began to read."""

    def __init__(self, known: Known | None = None, started: int | None = None) -> None:
        self._known = dict(known or {})
        self._started = started or time.time_ns()
        self.kept: Known = {}

    def known(self, path: Path | str) -> str | None:
        """The digest of a file that has not changed since it was taken; None where that is not sure, or there is no file."""
        name = str(path)
        found = self.kept.get(name) or self._known.get(name)
        now = stamp(name) if found else None
        if found is None or now is None or now.packed != found[:_STAMP]:
            return None
        self.kept[name] = found
        return found[_STAMP:].hex()

    def digest(self, path: Path | str) -> str:
        """The digest of a file, which is read if need be. Raises OSError where it cannot be read."""
        found = self.known(path)
        if found is None:
            begun = time.time_ns()
            found = digest_of_file(Path(path))
            self.keep(path, found, begun)
        return found

    def keep(self, path: Path | str, digest: str, begun: int | None = None) -> None:
        """Keeps the digest of a file read since `begun` (nanoseconds; by default since this run started).

        Not of one that was written since, or less than TICK before: that may change unseen.
        """
        found = stamp(str(path))
        if found and found.is_settled(begun or self._started):
            self.kept[str(path)] = found.packed + bytes.fromhex(digest)


def stamp(path: str) -> Stamp | None:
    """The stamp of a file; None where there is none, or something that is no regular file."""
    try:
        found = os.stat(path)  # noqa: PTH116 # pathlib takes three times as long, and there may be 100,000 files
    except OSError:
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    return Stamp(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
