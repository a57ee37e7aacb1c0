"""The entries of a catalogue in little memory: what is often asked for as columns, the whole packed, some at a time."""

from bisect import bisect_left
from collections.abc import Container, Iterable, Iterator, Sequence
from hashlib import sha256
from typing import overload

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from variorum.cache.packing import unpack_tight
from variorum.corpus.catalogue import Entry
from variorum.kernel.arrays import Bools, Ints
from variorum.keyed_rows import Keys, as_keys

AT_A_TIME = 128
"""Entries that are packed as one."""
DIGEST = 16
"""Bytes of the digest of what a line says of its document."""
_OPEN = 4
"""Packs that stay unpacked. They are filled split by split: who goes through the catalogue in its order is in one of each of
the three splits, and one more is to spare."""


class Entries(Sequence[Entry]):
    """Entries in their order: as objects 480 bytes each, here 130 to 170, in a few blocks of memory.

    Strings that stay, each where there was room among what has gone, keep that from the system: 74 MB of 100,000 entries.
    To unpack an entry takes 5 us at best.
    """

    def __init__(self, columns: pa.RecordBatch, packed: list[bytes], packed_at: npt.NDArray[np.int32]) -> None:
        """Columns, each with a row an entry; the entries, AT_A_TIME packed as one; and where each stands among those."""
        self._ids, self._stories, self._splits = (columns[name] for name in ("document_id", "story_id", "split"))
        self._lines, self._files, self._digests = columns["line"], columns["file"].dictionary_encode(), columns["digest"]
        self._withheld = pc.invert(columns["redistribute"])
        self._simplified = np.asarray(columns["simplified_of"].is_valid())
        self._packed, self._packed_at = packed, packed_at

    def ids(self, places: Ints | None = None) -> list[str]:
        """The id of each document, or of those in some places."""
        ids = self._ids if places is None else self._ids.take(pa.array(places))
        found: list[str] = ids.to_pylist()
        return found

    def keys(self) -> Keys:
        """The same as keys of rows."""
        return as_keys(self.ids())

    def stories(self) -> dict[str, str]:
        """The story of each document, by its id."""
        return dict(zip(self.ids(), self._stories.to_pylist(), strict=True))

    def splits(self) -> dict[str, str]:
        """The split of each document, by its id."""
        return dict(zip(self.ids(), self._splits.to_pylist(), strict=True))

    def first_splits(self) -> dict[str, str]:
        """The split of each story: that of its first line."""
        order = pa.array(np.argsort(np.asarray(self._lines), kind="stable")[::-1])
        return dict(zip(self._stories.take(order).to_pylist(), self._splits.take(order).to_pylist(), strict=True))

    def found(self, document_ids: Sequence[str]) -> dict[str, Entry]:
        """The entries of some documents, by id, as far as there are any."""
        sought = ((each, bisect_left(self._ids, each, key=lambda id_: id_.as_py())) for each in document_ids)
        there = [place for each, place in sought if place < len(self) and self._ids[place].as_py() == each]
        return {entry.document.document_id: entry for entry in self.at(there)}

    def places(self, document_ids: Sequence[str]) -> Ints:
        """Where some documents stand, all of which are there."""
        return np.asarray(pc.index_in(pa.array(document_ids, pa.string()), value_set=self._ids), np.int64)

    def story_numbers(self) -> Ints:
        """The story of each document as a number: those who tell the same have the same, in the order in which they come."""
        return np.asarray(self._stories.dictionary_encode().indices, np.int64)

    def split_names(self) -> list[str]:
        """All splits that there are documents in."""
        found: list[str] = pc.unique(self._splits).to_pylist()
        return found

    def split_numbers(self, names: Sequence[str]) -> Ints:
        """The split of each document as its place among all names of splits."""
        return np.asarray(pc.index_in(self._splits, value_set=pa.array(names, pa.string())), np.int64)

    def in_split(self, split: str) -> Bools:
        """Which of them are in a split."""
        return np.asarray(pc.equal(self._splits, split).to_numpy(zero_copy_only=False))

    def withheld(self) -> frozenset[str]:
        """The ids of documents whose texts may not be passed on."""
        return frozenset(self._ids.filter(self._withheld).to_pylist())

    def at(self, places: Iterable[int]) -> Iterator[Entry]:
        """The entries in some places; those that stand near one another are best asked for one after the other."""
        opened: dict[int, list[Entry]] = {}
        for place in places:
            number, inside = divmod(int(self._packed_at[place]), AT_A_TIME)
            if number in opened:
                opened[number] = opened.pop(number)  # used last
            else:
                while len(opened) >= _OPEN:
                    del opened[next(iter(opened))]
                opened[number] = unpack_tight(self._packed[number], list[Entry])
            yield opened[number][inside]

    def only(self, document_ids: Container[str]) -> Iterator[Entry]:
        """The entries of some documents."""
        return self.at(place for place, each in enumerate(self.ids()) if each in document_ids)

    def simplified(self) -> Iterator[Entry]:
        """The entries of texts that are simplified."""
        return self.at(np.flatnonzero(self._simplified).tolist())

    def compared_digest(self) -> str:
        """The SHA-256 of what a comparison of texts tells of documents: ids, stories and splits, and where each stands."""
        columns = [self._ids, self._stories, self._splits, self._files.cast(pa.string()), self._lines]
        told = pa.record_batch(columns, names=["id", "story", "split", "file", "line"])
        return sha256(told.serialize()).hexdigest()

    def digest_of(self, places: Ints) -> str:
        """The SHA-256 of what the lines of some documents say, wherever these lines stand."""
        return sha256(b"".join(self._digests.take(pa.array(places)).to_pylist())).hexdigest()

    def where(self, places: Ints) -> list[tuple[str, int]]:
        """The file and line of each of some documents."""
        taken = pa.array(places)
        return [*zip(self._files.take(taken).to_pylist(), self._lines.take(taken).to_pylist(), strict=True)]

    def digest(self) -> str:
        """The SHA-256 of all that they say."""
        return sha256(b"".join(self._packed)).hexdigest()

    def __len__(self) -> int:
        return len(self._packed_at)

    @overload
    def __getitem__(self, place: int) -> Entry: ...
    @overload
    def __getitem__(self, place: slice) -> list[Entry]: ...
    def __getitem__(self, place: int | slice) -> Entry | list[Entry]:
        places = range(len(self))[place]
        return next(self.at([places])) if isinstance(places, int) else list(self.at(places))

    def __iter__(self) -> Iterator[Entry]:
        return self.at(range(len(self)))
