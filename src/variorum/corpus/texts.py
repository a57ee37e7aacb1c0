"""The frozen texts by document, left in their files until they are asked for."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import msgspec
import numpy as np

from variorum.corpus.seed_text import BYTE_ORDER_MARK
from variorum.kernel.arrays import Bools, Ints
from variorum.keyed_rows import Gathered, KeyedRows, Keys
from variorum.storage import read_near

TEXT = 4_000
"""Bytes that a text in a file of its own counts for, where work is shared out: a guess, as to ask takes a call a file.
The three articles here have 2,200 to 3,100."""
HELD = 64
"""Texts that are held because they were used last: who compares annotations asks for one text mark by mark. How many is a
guess."""


class ChangedError(OSError):
    """A text is not the one that was read before: somebody works on the corpus."""


class TextPlace(NamedTuple):
    """Where the text of a document lies, and its SHA-256: the `text` of a line of JSON in an (unpacked) file."""

    document_id: str
    sha256: str
    offset: int
    length: int


_PLACE, _WIDTH = 3, 7
"""What tells where a text is (file, offset, length), and all of its row: the rest is the SHA-256 in four numbers."""
_LENGTH = 2
_HEX = 64


class _Line(msgspec.Struct):
    text: str


class Texts(Mapping[str, str]):
    """The texts of documents by id. Only their places are held, 80 bytes each. Raises ChangedError where one has changed since.

    `own_file` says where the text of a document is that has a file of its own.
    """

    def __init__(self, own_file: Callable[[str], Path]) -> None:
        self._own_file = own_file
        self._files: dict[int, Path] = {}
        self._gathered = Gathered(_WIDTH)
        self._held: dict[str, str] = {}
        self._reading = uuid4().hex

    def add(self, path: Path, places: Sequence[TextPlace]) -> None:
        """Adds texts that stand in the lines of a file; the first of a document stays."""
        number = next((number for number, known in self._files.items() if known == path), len(self._files))
        self._files[number] = path
        rows = [(number, place.offset, place.length) for place in places]
        self._add([place.document_id for place in places], [place.sha256 for place in places], np.array(rows, np.int64))

    def add_files(self, document_ids: Sequence[str], digests: Sequence[str]) -> None:
        """Adds texts in files of their own, with the SHA-256 of each."""
        self._add(document_ids, digests, np.zeros((len(digests), _PLACE), np.int64))

    def own_files(self) -> dict[str, str]:
        """The SHA-256 of each text that has a file of its own, by document."""
        first = self._keyed.rows[self._keyed.starts[:-1]]
        own = first[:, _LENGTH] == 0
        ids, digests = self._keyed.keys[own].tolist(), first[own, _PLACE:].tobytes().hex()
        return {each.decode(): digests[at * _HEX : (at + 1) * _HEX] for at, each in enumerate(ids)}

    def _add(self, document_ids: Sequence[str], digests: Sequence[str], places: Ints) -> None:
        written = np.frombuffer(bytes.fromhex("".join(digests)), "<i8").reshape(-1, _WIDTH - _PLACE)
        self._gathered.add(document_ids, np.hstack([places.reshape(-1, _PLACE), written]))

    def __getitem__(self, document_id: str) -> str:
        if document_id in self._held:
            self._held[document_id] = self._held.pop(document_id)  # used last
            return self._held[document_id]
        while len(self._held) >= HELD:
            del self._held[next(iter(self._held))]
        self._held[document_id] = self._read(document_id)
        return self._held[document_id]

    def _read(self, document_id: str) -> str:
        if document_id not in self._keyed:
            raise KeyError(document_id)
        row = self._keyed[document_id][0]
        file, offset, length = row[:_PLACE].tolist()
        try:
            source = self._line_text(self._files[file], offset, length) if length else self._own_file(document_id).read_bytes()
        except (msgspec.DecodeError, UnicodeDecodeError):  # another line begins elsewhere now
            source = b""
        if sha256(source).digest() != row[_PLACE:].tobytes():
            raise ChangedError(f"The text of {document_id} changed while it was used. Run the command again.")
        return source.decode("utf-8", "replace")

    def _line_text(self, path: Path, offset: int, length: int) -> bytes:
        line = read_near(path, offset, length, self._reading)
        return msgspec.json.decode(line.removeprefix(BYTE_ORDER_MARK), type=_Line).text.encode("utf-8", "replace")

    def __contains__(self, document_id: object) -> bool:
        return document_id in self._keyed

    def __iter__(self) -> Iterator[str]:
        return iter(self._keyed)

    def __len__(self) -> int:
        return len(self._keyed)

    @property
    def _keyed(self) -> KeyedRows:
        return self._gathered.keyed

    def has(self, document_ids: Keys) -> Bools:
        """Which of some documents have a text."""
        return self._keyed.has(document_ids)

    def sizes(self, document_ids: Keys) -> Ints:
        """Bytes that the texts of some documents take, of each: of the line that it stands in, or TEXT in a file of its own."""
        lines = self._keyed.totals(_LENGTH, document_ids)
        return np.where(lines == 0, TEXT, lines)

    def digest(self) -> str:
        """The SHA-256 of all texts, by those of each."""
        return sha256(b"\0".join(self._keyed.keys.tolist()) + self._keyed.rows[:, _PLACE:].tobytes()).hexdigest()

    def only(self, document_ids: Iterable[str]) -> "Texts":
        """Those of some documents, as a worker is sent them."""
        found = Texts(self._own_file)
        found._reading = self._reading
        keyed = self._keyed.only(document_ids)
        found._gathered = Gathered(_WIDTH, keyed)
        found._files = {number: path for number, path in self._files.items() if number in keyed.rows[:, 0]}
        return found
