"""The store that the real xet client keeps in a folder when it is told `local://`, read back."""

import struct
from collections.abc import Mapping
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

import hf_xet

EXPIRY = 4_000_000_000


def stored(folder: Path, sizes: Mapping[str, int]) -> dict[str, tuple[str, bytes]]:
    """The xet hash and the content of those files, named by their sha256, that a client has stored.

    Read from a copy: the client may still have the database in it open, and then no other process may.
    """
    hashes = {digest: name for shard in folder.rglob("*.mdb") for digest, name in _files(shard.read_bytes()).items()}
    wanted = {digest: hashes[digest] for digest in sizes if digest in hashes}
    if not wanted:
        return {}
    with TemporaryDirectory(dir=folder.parent) as scratch:
        store = copytree(folder, Path(scratch) / "store")
        downloads = hf_xet.XetSession().new_file_download_group(
            endpoint=f"local://{store}", token="", token_expiry_unix_secs=EXPIRY
        )
        with downloads as group:
            for digest, name in wanted.items():
                group.start_download_file(hf_xet.XetFileInfo(name, sizes[digest]), str(Path(scratch) / digest))
        return {digest: (name, (Path(scratch) / digest).read_bytes()) for digest, name in wanted.items()}


def _files(shard: bytes) -> dict[str, str]:
    """sha256 to xet hash of the files in a shard: after its header come records of 48 bytes, a file's first one leading."""
    found, at = {}, 48
    while at < len(shard) and shard[at : at + 32] != b"\xff" * 32:
        flags, segments = struct.unpack_from("<II", shard, at + 32)
        name = "".join(f"{part:016x}" for part in struct.unpack_from("<4Q", shard, at))
        at += 48 * (1 + segments + (segments if flags >> 31 & 1 else 0))
        if flags >> 30 & 1:
            found["".join(f"{part:016x}" for part in struct.unpack_from("<4Q", shard, at))] = name
            at += 48
    return found
