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

_NONE = b"-" * 33
"""What is told of a path that is no file: as many bytes as of one that is, so that no two lists are told alike."""


class Watch:
    """Files that are looked at before they are read, and once more when that is done.

    Two states are equal only where nothing has changed, of one watch and of one run to the next. They differ where a file is
    written anew with what was in it, or was too young for its stamp to be believed: then it is told by its bytes.
    """

    def __init__(self, folder: Folder, paths: Callable[[], Iterable[str]]) -> None:
        self._folder, self._paths, self._begun = folder, paths, time.time_ns()
        (self.before,) = _states(folder, paths(), self._begun)

    def after(self) -> str | None:
        """The state of the files by now; None where it is not the one before, as somebody works on them."""
        before, now = _states(self._folder, self._paths(), self._begun, time.time_ns())
        return now if before == self.before else None


def _states(folder: Folder, paths: Iterable[str], *begun: int) -> list[str]:
    """A digest of the names of files and of what tells of their bytes, for each time from which on they are read."""
    told = [sha256() for _ in begun]
    first, root = min(begun), f"{folder.root}{os.sep}"
    for path in paths:
        found, name = stamp(path), os.fsencode(path.removeprefix(root))
        if found is None or found.is_settled(first):
            line = b"%s\0%s" % (name, b"s" + found.packed if found else _NONE)
            for state in told:
                state.update(line)
        else:
            digest = _digest(path)
            for state, since in zip(told, begun, strict=True):
                state.update(b"%s\0%s" % (name, b"s" + found.packed if found.is_settled(since) else digest))
    return [state.hexdigest() for state in told]


def _digest(path: str) -> bytes:
    """What tells of the bytes of a file whose stamp is too young for that."""
    with suppress(OSError):
        return b"d" + bytes.fromhex(digest_of_file(Path(path)))
    return _NONE  # it is gone, or may not be read, which whoever reads it says
