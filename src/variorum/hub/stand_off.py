"""Stand-off releases: tables without the words of some texts, and the references that bring them back.

A column of the contract says what it holds of a text (`schema.tables.column`, `holds`): `text`, which is withheld whole;
`quotes`, people's own words that may quote it, of which the quoted runs are left out; `json`, a result as exported, of which
the span that it quotes is. References go to a table of their own, one row a string.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa

from variorum.hub.escapes import as_written, unescaped
from variorum.hub.references import Piece, elided, referenced, restored
from variorum.hub.text_index import IndexedTexts
from variorum.schema.projects import documents_of

REFERENCE_FILE = "withheld/references.parquet"
FULL = "withheld/full"
"""Where a stand-off release keeps the files of the full dataset that hold no words of the texts."""
LEAST_QUOTE = 12
"""Runs shorter than this, two or three common words, may stand in people's own words."""
REFERENCES = pa.schema(
    [
        ("file", pa.string()),
        ("column", pa.string()),
        ("row", pa.int64()),
        ("path", pa.list_(pa.string())),
        (
            "pieces",
            pa.list_(
                pa.struct([("document_id", pa.string()), ("start", pa.int32()), ("end", pa.int32()), ("literal", pa.string())])
            ),
        ),
    ]
)

Row = dict[str, Any]
Holds = Mapping[str, Mapping[str, str]]
"""What the columns of a table hold of texts, by column and path: `{"candidates": {"item.text": "text"}}`."""


def withhold(table: pa.Table, file: str, holds: Holds, texts: IndexedTexts, first: int = 0) -> tuple[pa.Table, list[Row]]:
    """A table without the words of `texts`, by document id, and the references that bring them back.

    `first` is the number of the table's first row in its file.
    """
    documents = _documents(table)
    by_documents = {ids: {own: texts[own] for own in ids if own in texts} for ids in dict.fromkeys(documents)}
    concerned = [_Concerned(by_documents[ids], texts) for ids in documents]
    references: list[Row] = []
    for name, paths in holds.items():
        values = table[name].to_pylist()
        for path, kind in paths.items():
            steps = path.split(".") if path else []
            for row, those in enumerate(concerned):
                values[row], found = _without(values[row], steps, kind, those)
                references += [{"file": file, "column": name, "row": first + row, **each} for each in found]
        table = _with(table, name, values)
    return table, references


def restore(table: pa.Table, references: list[Row], texts: Mapping[str, str]) -> pa.Table:
    """The table with its words again. Raises KeyError where a text is missing."""
    by_column: dict[str, list[Row]] = {}
    for each in references:
        by_column.setdefault(each["column"], []).append(each)
    for name, found in by_column.items():
        values = table[name].to_pylist()
        for each in found:
            words = restored([Piece(**piece) for piece in each["pieces"]], texts)
            values[each["row"]] = _placed(values[each["row"]], each["path"], words)
        table = _with(table, name, values)
    return table


class _Concerned(NamedTuple):
    """The texts that a row is about, and all, which people's own words about one of them may quote."""

    own: dict[str, str]
    every: IndexedTexts


def _documents(table: pa.Table) -> list[tuple[str, ...]]:
    """The documents that each row is about."""
    names = [name for name in ("document_id", "first_document_id", "second_document_id", "task") if name in table.column_names]
    rows = table.select(names).to_pylist()
    return [tuple(dict.fromkeys(own for name in names for own in documents_of(row[name]))) for row in rows]


def _with(table: pa.Table, name: str, values: list[Any]) -> pa.Table:
    place = table.column_names.index(name)
    field = table.schema.field(place)
    return table.set_column(place, field, pa.array(values, field.type))


def _without(value: Any, path: list[str], kind: str, texts: _Concerned) -> tuple[Any, list[Row]]:
    """A value with what stands at a path withheld, and the references for it; `item` in a path is each item of a list."""
    if value is None:
        return None, []
    if path and path[0] == "item":
        parts = [_without(each, path[1:], kind, texts) for each in value]
        return [part for part, _ in parts], [_below(str(at), each) for at, (_, found) in enumerate(parts) for each in found]
    if path:
        part, found = _without(value[path[0]], path[1:], kind, texts)
        return value | {path[0]: part}, [_below(path[0], each) for each in found]
    pieces = list(_PIECES[kind](value, texts))
    if not any(each.document_id for each in pieces):
        return value, []
    kept = None if kind == "text" else elided(pieces)
    return kept, [{"path": [], "pieces": [each._asdict() for each in pieces]}]


def _below(step: str, reference: Row) -> Row:
    return reference | {"path": [step, *reference["path"]]}


def _placed(value: Any, path: list[str], words: str) -> Any:
    if not path:
        return words
    step, *rest = path
    if isinstance(value, list):
        at = int(step)
        return [*value[:at], _placed(value[at], rest, words), *value[at + 1 :]]
    return value | {step: _placed(value[step], rest, words)}


def _in_text(words: str, texts: _Concerned) -> list[Piece]:
    return referenced(words, texts.own)


def _in_quotes(words: str, texts: _Concerned) -> list[Piece]:
    return referenced(words, {}, LEAST_QUOTE, texts.every)


def _in_json(written: str, texts: _Concerned) -> Iterator[Piece]:
    """The pieces of a result as exported, of which the span that it quotes is withheld to the last letter."""
    if "\\u" not in written:
        return _in_plain_json(written, texts)
    characters = unescaped(written)
    plain = "".join(character for character, _ in characters)
    return as_written(list(_in_plain_json(plain, texts)), characters)


def _in_plain_json(written: str, texts: _Concerned) -> Iterator[Piece]:
    """The same where no character is written by its number."""
    quoted = _quoted(written)
    marked = [each for each in _TEXT.finditer(written) if _decoded(each["string"]) == quoted] if quoted else []
    if quoted and not marked:  # who knows how it is written: no letter of it may stay
        yield from referenced(written, texts.own, 1, texts.every)
        return
    place = 0
    for each in marked:
        start, end = each.start("string") + 1, each.end() - 1
        yield from referenced(written[place : each.start()], texts.own, LEAST_QUOTE, texts.every)
        yield Piece("", 0, 0, written[each.start() : start])
        yield from referenced(written[start:end], texts.own, 1, texts.every)
        yield Piece("", 0, 0, '"')
        place = each.end()
    yield from referenced(written[place:], texts.own, LEAST_QUOTE, texts.every)


_TEXT = re.compile(r'"text"\s*:\s*(?P<string>"(?:[^"\\]|\\.)*")', re.DOTALL)


def _quoted(written: str) -> str:
    """The text that a result says it lies on; empty where it says none."""
    result = _decoded(written)
    value = result.get("value") if isinstance(result, dict) else None
    quoted = value.get("text") if isinstance(value, dict) else None
    return quoted if isinstance(quoted, str) else ""


def _decoded(written: str) -> Any:
    with suppress(msgspec.DecodeError, RecursionError):
        return msgspec.json.decode(written)
    return None


_PIECES = {"text": _in_text, "quotes": _in_quotes, "json": _in_json}
