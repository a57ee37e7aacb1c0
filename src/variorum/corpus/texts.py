"""The frozen texts by document, left in their files until they are asked for."""

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import msgspec

from variorum.storage import read_near

TEXT = 4_000
"""Bytes that a text in a file of its own counts for, where work is shared out."""
HELD = 64
"""Texts that are held because they were used last: who compares annotations asks for one text mark by mark."""


class ChangedError(OSError):
    """A text is not the one that was read before: somebody works on the corpus."""


class TextPlace(NamedTuple):
    """Where a text lies, and its SHA-256. With a `length`, it is the `text` of a line of JSON in the (unpacked) file."""

    path: Path
    sha256: str
    offset: int = 0
    length: int = 0


class _Line(msgspec.Struct):
    text: str


class Texts(Mapping[str, str]):
    """The texts of documents by id. Only their places are held. Raises ChangedError where a text has changed since."""

    def __init__(self, places: Mapping[str, TextPlace] | None = None) -> None:
        self._places = dict(places or {})
        self._held: dict[str, str] = {}

    def add(self, document_id: str, place: TextPlace) -> None:
        """Adds a text; the first of a document stays."""
        self._places.setdefault(document_id, place)

    def __getitem__(self, document_id: str) -> str:
        if document_id in self._held:
            return self._held[document_id]
        while len(self._held) >= HELD:
            del self._held[next(iter(self._held))]
        self._held[document_id] = self._read(document_id)
        return self._held[document_id]

    def _read(self, document_id: str) -> str:
        place = self._places[document_id]
        source = _read(place)
        if sha256(source).hexdigest() != place.sha256:
            raise ChangedError(f"The text of {document_id} changed while it was used. Run the command again.")
        return source.decode("utf-8", "replace")

    def __contains__(self, document_id: object) -> bool:
        return document_id in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def size(self, document_id: str) -> int:
        """Bytes of the line that a text stands in; 0 where it has a file of its own."""
        return self._places[document_id].length

    def digests(self) -> dict[str, str]:
        """The SHA-256 of each text."""
        return {document_id: place.sha256 for document_id, place in self._places.items()}

    def only(self, document_ids: Iterable[str]) -> "Texts":
        """Those of some documents, as a worker is sent them."""
        return Texts({each: self._places[each] for each in document_ids if each in self._places})


def _read(place: TextPlace) -> bytes:
    if not place.length:
        return place.path.read_bytes()
    line = read_near(place.path, place.offset, place.length)
    return msgspec.json.decode(line, type=_Line).text.encode("utf-8", "replace")
