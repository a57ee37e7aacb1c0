"""Files read from end to end, in the memory of a piece: digested, or unpacked."""

from hashlib import file_digest
from pathlib import Path
from shutil import copyfileobj
from typing import BinaryIO

PIECE = 1 << 20
"""Bytes that are copied at a time."""


def digest_of_file(path: Path) -> str:
    """The SHA-256 of a file. Raises OSError where it cannot be read."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def opened_packed(path: Path) -> BinaryIO:
    """A .gz or .zst file, to be read from its first unpacked byte. Raises OSError."""
    from pyarrow import CompressedInputStream  # takes long, and digests are taken by builds that have nothing to do

    stream: BinaryIO = CompressedInputStream(path.open("rb"), "gzip" if path.name.endswith(".gz") else "zstd")
    return stream


def unpack(path: Path, target: Path) -> Path:
    """Unpacks a .gz or .zst file into `target`, which it returns. Raises OSError, EOFError or pyarrow.ArrowInvalid."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with opened_packed(path) as packed, target.open("wb") as file:
        copyfileobj(packed, file, PIECE)
    return target
