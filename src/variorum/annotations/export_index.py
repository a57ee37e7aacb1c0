"""Where the tasks of an export lie and what they are of, so that they can be read in any order without holding the file."""

from array import array
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

import msgspec
import numpy as np
import pyarrow as pa

from variorum.annotations.export import UNREADABLE, ExportReading, RawTask, is_packed, unreadable
from variorum.annotations.frame import WINDOW, Record
from variorum.annotations.task import key_of, project_of_file
from variorum.annotations.tasks import Source, digest_of, place_rows
from variorum.cache.store import Cache, cache_key
from variorum.engines import Working
from variorum.findings import Finding
from variorum.folder import ExportFile
from variorum.kernel.arrays import Ints
from variorum.whole_files import digest_of_file, unpack

_BATCH = 4096  # records whose keys become one chunk; as Python strings all of them would outgrow the window


@dataclass(frozen=True)
class ExportIndex:
    """The tasks of an export, in the order of the file.

    `offsets`, `lengths` and `lines` are (tasks,): bytes in `path`, which is the export itself or what it was unpacked to, and
    lines from 1. `digests` are of the tasks' bytes, 16 bytes each. `keys` (tasks,) are the documents or pairs that the
    tasks say they are of, null where one does not say. `digest` is the SHA-256 of the export as it lies there.
    """

    export: ExportFile
    path: Path
    digest: str
    offsets: Ints
    lengths: Ints
    lines: Ints
    digests: bytes
    keys: pa.ChunkedArray
    findings: list[Finding]

    @property
    def source(self) -> Source:
        """What the tasks are read from."""
        return Source(self.export, self.path)

    @property
    def rows(self) -> Ints:
        """Where the tasks lie, a row each."""
        return place_rows(self.offsets, self.lengths, self.lines, self.digests)


@dataclass(frozen=True)
class _Kept:
    """An index as it is kept: all but the export itself, which is where it is."""

    digest: str
    offsets: np.ndarray[Any, Any]
    lengths: np.ndarray[Any, Any]
    lines: np.ndarray[Any, Any]
    digests: bytes
    keys: list[str | None]
    findings: list[Finding]


def indexed(exports: Sequence[ExportFile], spool: Path, working: Working) -> Iterator[ExportIndex]:
    """The indexes of exports, of which only those are read that have changed, or have to be unpacked."""
    known = [_known(export, working.cache) for export in exports]
    unknown = [export for export, index in zip(exports, known, strict=True) if index is None]
    size = sum(export.path.stat().st_size for export in unknown)
    fresh = working.done_here(partial(index_export, spool=spool), unknown, size)
    for index in known:
        yield index or _keep(next(fresh), working.cache)


def _known(export: ExportFile, cache: Cache) -> ExportIndex | None:
    digest = None if is_packed(export) else cache.files.known(export.path)
    kept = cache.find("indexes", _key_of_index(export, digest), _Kept) if digest else None
    if kept is None:
        return None
    keys = pa.chunked_array([pa.array(kept.keys, pa.string())])
    return ExportIndex(
        export, export.path, kept.digest, kept.offsets, kept.lengths, kept.lines, kept.digests, keys, kept.findings
    )


def _keep(index: ExportIndex, cache: Cache) -> ExportIndex:
    cache.files.keep(index.export.path, index.digest)
    told = (index.digest, index.offsets, index.lengths, index.lines, index.digests)
    kept = _Kept(*told, index.keys.to_pylist() if cache.folder else [], index.findings)
    cache.keep("indexes", _key_of_index(index.export, index.digest), kept)
    return index


def _key_of_index(export: ExportFile, digest: str) -> str:
    return cache_key(export.name, export.project, export.round, export.annotator, digest)


def index_export(export: ExportFile, spool: Path, window: int = WINDOW) -> ExportIndex:
    """Indexes an export in one pass and in the memory of `window` bytes. Packed, it is unpacked into the folder `spool`."""
    try:
        path = unpack(export.path, spool / export.name) if is_packed(export) else export.path
    except UNREADABLE as error:
        return _index(export, export.path, digest_of_file(export.path), _Columns(), [unreadable(export, error)])
    columns = _Columns()
    with path.open("rb", buffering=0) as file, _Digest() as digest:
        reading = ExportReading(file, export, digest.feed, window)
        for record in reading:
            columns.add(record, export)
        kept = _Columns() if reading.is_broken else columns
        told = digest_of_file(export.path) if is_packed(export) else digest.hexdigest()
        return _index(export, path, told, kept, reading.findings)


class _Digest:
    """SHA-256 of pieces, taken in a thread beside the framing: hashing lets go of the interpreter's lock.

    It is a fifth of the work of an index. One piece at most waits, so that no more is held than two windows.
    """

    def __init__(self) -> None:
        self._digest, self._thread = sha256(), ThreadPoolExecutor(1)
        self._last: Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown()

    def feed(self, piece: bytes) -> None:
        if self._last:
            self._last.result()
        self._last = self._thread.submit(self._digest.update, piece)

    def hexdigest(self) -> str:
        self._thread.shutdown()
        return self._digest.hexdigest()


class _Columns:
    """The columns of an index as they grow."""

    def __init__(self) -> None:
        self.offsets, self.lengths, self.lines = array("q"), array("q"), array("q")
        self.digests = bytearray()
        self._keys: list[str | None] = []
        self._chunks: list[pa.Array] = []

    def add(self, record: Record, export: ExportFile) -> None:
        self.offsets.append(record.place)
        self.lengths.append(len(record.written))
        self.lines.append(record.line)
        self.digests += digest_of(record.written)
        self._keys.append(_key(record, export))
        if len(self._keys) == _BATCH:
            self._chunks.append(pa.array(self._keys, pa.string()))
            self._keys = []

    @property
    def keys(self) -> pa.ChunkedArray:
        return pa.chunked_array([*self._chunks, pa.array(self._keys, pa.string())])


def _key(record: Record, export: ExportFile) -> str | None:
    """What a record is of: its head tells, or else it is decoded."""
    if record.head:
        return project_of_file(export).key(msgspec.structs.asdict(record.head.data))
    return key_of(RawTask(export, bytes(record.written), record.line))


def _index(export: ExportFile, path: Path, digest: str, columns: _Columns, findings: list[Finding]) -> ExportIndex:
    offsets, lengths, lines = (np.array(each, dtype=np.int64) for each in (columns.offsets, columns.lengths, columns.lines))
    keys = columns.keys
    return ExportIndex(export, path, digest, offsets, lengths, lines, bytes(columns.digests), keys, findings)
