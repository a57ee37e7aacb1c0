"""What each format holds, and what its files are, as the tables of docs/convert.md."""

from collections.abc import Iterable
from dataclasses import asdict

from variorum.convert.format import Format

HELD = {
    "claims": "claims",
    "nesting": "nested spans",
    "crossing": "crossing spans",
    "same_words": "two spans of the same words",
    "discontinuity": "spans in pieces",
    "parts_of_tokens": "spans that cut a token",
    "several_sentences": "spans over sentences",
    "relations": "relations",
    "attributes": "answers about claims",
    "notes": "notes",
    "lines_in_notes": "notes of several lines",
    "document_labels": "reading level",
    "white_space": "the text to the character",
    "ids": "ids of regions",
}
"""What a format holds, as people are told it, by the fields of `Capabilities`."""


def capabilities(formats: Iterable[Format]) -> str:
    """What each format holds: a Markdown table with a row a kind and a column a format."""
    listed = list(formats)
    head = ["| |" + "".join(f" `{each.name}` |" for each in listed), "| --- |" + " :-: |" * len(listed)]
    holds = [asdict(each.able) | {"lines_in_notes": each.able.notes and each.able.lines_in_notes} for each in listed]
    rows = [f"| {told} |" + "".join(f" {'yes' if able[kind] else ''} |" for able in holds) for kind, told in HELD.items()]
    rows.append("| read into a corpus |" + "".join(f" {'yes' if each.reads_others else ''} |" for each in listed))
    return _lines([*head, *rows])


def files(formats: Iterable[Format]) -> str:
    """What the files of each format are and who reads them: a Markdown table with a row a format."""
    head = ["| format | files | offsets | library | opened by |", "| --- | --- | --- | --- | --- |"]
    rows = [f"| `{each.name}` | {each.files} | {each.offsets} | {each.library} | {each.opened_by} |" for each in formats]
    return _lines([*head, *rows])


def _lines(rows: Iterable[str]) -> str:
    return "".join(f"{row}\n" for row in rows)
