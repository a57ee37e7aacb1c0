"""Stand-off releases: tables without the words of some texts, and the references that bring them back.

A column of the contract says what it holds of a text (`schema.tables.column`, `holds`): `text`, which is withheld whole;
`quotes`, people's own words that may quote it, of which the quoted runs are left out; `json`, a result as exported, of which
the span that it quotes is. References go to a table of their own, one row a string.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa

from variorum.hub.references import ELIDED, Piece, elided, referenced, restored
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
    kept, pieces = _WITHHELD[kind](value, texts)
    if not any(each.document_id for each in pieces):
        return value, []
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


class _Withheld(NamedTuple):
    """What is left of a string, and its pieces."""

    kept: str | None
    pieces: list[Piece]


def _in_text(words: str, texts: _Concerned) -> _Withheld:
    return _Withheld(None, referenced(words, texts.own))


def _in_quotes(words: str, texts: _Concerned) -> _Withheld:
    pieces = referenced(words, {}, LEAST_QUOTE, texts.every)
    return _Withheld(elided(pieces), pieces)


def _in_json(written: str, texts: _Concerned) -> _Withheld:
    """A result as it is published; of the span that it quotes, where its text is withheld, not a letter is left.

    Raises ValueError where it is not in its canonical form, in which alone what it quotes is found.
    """
    quoted = (msgspec.json.decode(written).get("value") or {}).get("text")
    if not texts.own or not isinstance(quoted, str) or not quoted:
        return _in_quotes(written, texts)
    inside = msgspec.json.encode(quoted).decode()[1:-1]
    before, opened, after = written.partition(f'"text":"{inside}"')
    if not opened:
        raise ValueError(f"{written[:40]} is not in its canonical form.")
    head, tail = _in_quotes(f'{before}"text":"', texts), _in_quotes(f'"{after}', texts)
    return _Withheld(
        f"{head.kept}{ELIDED}{tail.kept}", [*head.pieces, *referenced(inside, texts.own, 1, texts.every), *tail.pieces]
    )


_WITHHELD = {"text": _in_text, "quotes": _in_quotes, "json": _in_json}
