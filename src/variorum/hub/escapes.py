r"""JSON whose characters are written as `\u00ef`, as if they stood there, and how its pieces are written all the same.

The build writes no such JSON; who keeps references to a text may not rest on that, for the words would stand in clear.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

import msgspec

from variorum.hub.references import ESCAPED, Piece

_UNIT = re.compile(r"\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u....|\\.|.", re.DOTALL)
_SYNTAX = frozenset('"\\')


def unescaped(written: str) -> list[tuple[str, str]]:
    """Each character of JSON, and how it is written there; what has to be escaped is left as it is, character by character."""
    return [each for unit in _UNIT.findall(written) for each in _characters(unit)]


def _characters(unit: str) -> Iterator[tuple[str, str]]:
    try:
        character = msgspec.json.decode(f'"{unit}"', type=str) if unit.startswith("\\u") else ""
    except msgspec.DecodeError:  # half a character
        character = ""
    if character and character >= " " and character not in _SYNTAX:
        yield character, unit
    else:
        yield from zip(unit, unit, strict=True)


def as_written(pieces: Sequence[Piece], characters: Sequence[tuple[str, str]]) -> Iterator[Piece]:
    """The pieces of characters as pieces of what is written: a run is one for each way in which its characters are."""
    place = 0
    for piece in pieces:
        size = piece.end - piece.start if piece.document_id else len(piece.literal)
        own = characters[place : place + size]
        place += size
        if piece.document_id:
            yield from _runs(piece, own)
        else:
            yield Piece("", 0, 0, "".join(written for _, written in own))


def _runs(piece: Piece, characters: Sequence[tuple[str, str]]) -> Iterator[Piece]:
    start = piece.start
    for form, group in groupby(characters, lambda each: _form(*each)):
        own = list(group)
        end = start + len(own)
        if form is None:
            yield Piece("", 0, 0, "".join(written for _, written in own))
        else:
            yield Piece(piece.document_id, start, end, form)
        start = end


def _form(character: str, written: str) -> str | None:
    """The form of a character; None if there is none, as of digits in capitals and in small letters: it stays."""
    if character == written:
        return ""
    return next((form for form, escape in ESCAPED.items() if escape(character) == written), None)
