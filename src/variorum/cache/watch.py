"""Whether any of many files changes while they are read, or has changed since: one digest tells of all, be they 200,000.

To hold the path and the digest of each took 600 bytes a file for as long as a build runs.
"""

import os
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from variorum.cache.file_digests import stamp
from variorum.folder import Folder
from variorum.whole_files import digest_of_file


class Watch:
    """Files that are looked at before they are read, and once more when that is done.

    `before` and `after` are equal exactly where nothing has changed, of one watch and of one run to the next.
    """

    def __init__(self, folder: Folder, paths: Callable[[], Iterable[str]]) -> None:
        self._folder, self._paths, self._begun = folder, paths, time.time_ns()
        (self.before,) = _states(folder, paths(), self._begun)

    def after(self) -> str | None:
        """The state of the files by now; None where it is not the one before, as somebody works on them."""
        before, now = _states(self._folder, self._paths(), self._begun, time.time_ns())
        return now if before == self.before else None


def _states(folder: Folder, paths: Iterable[str], *begun: int) -> list[str]:
    """A digest of the names and bytes of files, for each time from which on they are read."""
    told = [sha256() for _ in begun]
    root = len(os.fsencode(folder.root))
    for path in paths:
        name = os.fsencode(path)[root:]
        for state, bytes_ in zip(told, _told(path, begun), strict=True):
            state.update(b"%s\0%s" % (name, bytes_))
    return [state.hexdigest() for state in told]


def _told(path: str, begun: tuple[int, ...]) -> list[bytes]:
    """What tells of the bytes of a file, 33 bytes for each time: its stamp, or its digest where that is too young."""
    found = stamp(path)
    if found is None:
        return [b"-" * 33] * len(begun)
    settled = [found.is_settled(each) for each in begun]
    if all(settled):
        return [b"s" + found.packed] * len(begun)
    digest = _digest(path)
    return [b"s" + found.packed if each else digest for each in settled]


def _digest(path: str) -> bytes:
    with suppress(OSError):
        return b"d" + bytes.fromhex(digest_of_file(Path(path)))
    return b"?" * 33  # it is gone, or may not be read, which whoever reads it says
