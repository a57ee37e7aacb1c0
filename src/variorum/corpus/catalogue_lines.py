"""The lines of a catalogue as they are read: columns of what is asked of all at once, and each entry packed.

As objects, all of which were there until the last had been read, an entry took 880 bytes, and of 100,000 a third stayed with
the process.
"""

from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from variorum.cache.packing import pack, pack_tight, unpack
from variorum.corpus.catalogue import Entry
from variorum.corpus.entries import AT_A_TIME, DIGEST, Entries
from variorum.findings import Finding, Where, finding
from variorum.kernel.arrays import Ints

_BLOCK = 1_024
"""Lines that are objects until they are put into columns."""
_COLUMNS = pa.schema(
    {
        "document_id": pa.string(),
        "story_id": pa.string(),
        "split": pa.string(),
        "simplified_of": pa.string(),
        "redistribute": pa.bool_(),
        "line": pa.int64(),
        "file": pa.string(),
        "size": pa.int64(),
        "digest": pa.binary(DIGEST),
    }
)


_Fault = tuple[int, str, str]
"""A row, the rule that it breaks, and how."""


class CatalogueLines:
    """The entries of a catalogue in the order of its lines."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._waiting: list[tuple[object, ...]] = []
        self._blocks: list[pa.RecordBatch] = []
        self._packed = bytearray()
        for entry in entries:
            self.add(entry)

    def add(self, entry: Entry) -> None:
        """Takes the entry of the next line."""
        packed, document = pack(entry), entry.document
        self._packed += packed
        of_document = document.document_id, document.story_id, document.split, document.simplified_of, document.redistribute
        digest = sha256(pack(document)).digest()[:DIGEST]
        self._waiting.append((*of_document, entry.line, entry.file, len(packed), digest))
        if len(self._waiting) >= _BLOCK:
            self._close_block()

    def __len__(self) -> int:
        return len(self._waiting) + sum(len(block) for block in self._blocks)

    def __iter__(self) -> Iterator[Entry]:
        start = 0
        for size in np.asarray(self._columns()["size"]):
            yield unpack(bytes(self._packed[start : start + size]), Entry)
            start += size

    def stories(self) -> dict[str, str]:
        """The story of each document, by its id."""
        columns = self._columns()
        return dict(zip(columns["document_id"].to_pylist(), columns["story_id"].to_pylist(), strict=True))

    def check(self, catalogue: str) -> Iterator[Finding]:
        """What is wrong between the lines; `catalogue` is the name of the only file, if there is one."""
        yield from self.check_ids(catalogue)
        columns, where = self._columns(), self._where(catalogue)
        yield from (finding(where(row), rule, fact) for row, rule, fact in _wrong_originals(columns))

    def check_ids(self, catalogue: str) -> Iterator[Finding]:
        """Lines of documents that have one already."""
        columns, where = self._columns(), self._where(catalogue)
        yield from (finding(where(row), "catalogue-duplicate-id", fact) for row, fact in _doubles(columns, where))

    def _where(self, catalogue: str) -> Callable[[int], Where]:
        columns = self._columns()
        return lambda row: Where(columns["file"][row].as_py() or catalogue, columns["line"][row].as_py())

    def entries(self) -> Entries:
        """The first entry of each document, in the order of their ids."""
        columns = self._columns()
        _, first = _numbered(columns["document_id"])
        rows = first[np.asarray(pc.sort_indices(columns["document_id"].take(pa.array(first))))]
        found = columns.take(pa.array(rows))
        by_split = np.argsort(_numbered(found["split"])[0], kind="stable")
        packs = self._packs(rows[by_split], np.asarray(columns["size"]))
        return Entries(found, packs, np.argsort(by_split).astype(np.int32))

    def _packs(self, rows: Ints, sizes: Ints) -> list[bytes]:
        """The entries of some lines, AT_A_TIME as one."""
        ends = np.cumsum(sizes)
        starts = ends - sizes

        def packed(row: int) -> msgspec.Raw:
            return msgspec.Raw(self._packed[starts[row] : ends[row]])

        return [pack_tight([*map(packed, rows[first : first + AT_A_TIME])]) for first in range(0, len(rows), AT_A_TIME)]

    def _columns(self) -> pa.RecordBatch:
        self._close_block()
        table = pa.Table.from_batches(self._blocks, _COLUMNS)
        return pa.record_batch([column.combine_chunks() for column in table.columns], schema=_COLUMNS)

    def _close_block(self) -> None:
        columns = [*zip(*self._waiting, strict=True)] or [()] * len(_COLUMNS)
        arrays = [pa.array(values, field.type) for values, field in zip(columns, _COLUMNS, strict=True)]
        self._blocks.append(pa.record_batch(arrays, schema=_COLUMNS))
        self._waiting = []


def _doubles(columns: pa.RecordBatch, where: Callable[[int], Where]) -> Iterator[tuple[int, str]]:
    # Case is folded: some file systems would keep the texts of `Oslo` and `oslo` in one file.
    numbers, first = _numbered(pc.ascii_lower(columns["document_id"]))
    for row in np.flatnonzero(first[numbers] != np.arange(len(numbers))).tolist():
        here, there = where(row), where(int(first[numbers[row]]))
        place = f"line {there.line}" + (f" of {there.file}" if there.file != here.file else "")
        yield row, f"{columns['document_id'][row]} stands in {place} already."


def _wrong_originals(columns: pa.RecordBatch) -> Iterator[_Fault]:
    ids, stories, told = columns["document_id"], columns["story_id"], columns["simplified_of"]
    originals, first = (np.asarray(pc.index_in(each, value_set=ids).fill_null(-1)).tolist() for each in (told, ids))
    for row in np.flatnonzero(np.asarray(told.is_valid())).tolist():
        if originals[row] < 0 or first[row] in _originals(originals[row], originals):
            yield row, "catalogue-simplified-of", f"{ids[row]} is simplified_of {told[row].as_py()!r}."
        elif stories[row] != stories[originals[row]]:
            fact = f"{ids[row]} tells the story {stories[row]}, its original the story {stories[originals[row]]}."
            yield row, "catalogue-simplified-of", fact


def _originals(row: int, originals: list[int]) -> set[int]:
    """A row and that of what its document is simplified of, and so on; ends where it comes round."""
    found: set[int] = set()
    while row >= 0 and row not in found:
        found.add(row)
        row = originals[row]
    return found


def _numbered(values: pa.StringArray) -> tuple[Ints, Ints]:
    """A number for each value, equal ones have the same; and by number where its value stands first."""
    numbers = np.asarray(values.dictionary_encode().indices, np.int64)
    return numbers, np.unique(numbers, return_index=True)[1]
