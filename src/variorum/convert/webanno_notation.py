"""What stands in a file of WebAnno TSV besides the text: marks, escapes, and offsets in UTF-16 units."""

import re
from itertools import accumulate

FORMAT_LINE, TEXT, BEFORE = "#FORMAT=WebAnno TSV 3.", "#Text=", "#Before="
NOTHING, NULL = "_", "*"
"""A cell without an annotation, and one whose annotation lacks the feature."""
VALUE, BASE = "value", "BT_"
"""The feature that is a label, and what the column begins with that tells where a relation comes from."""
JOINT = ","
"""Between the labels of one answer: a feature of this format has one value."""
_LETTERS = {"\t": "t", "\n": "n", "\r": "r", "\f": "f", "\b": "b"}
_BY_LETTER = {letter: each for each, letter in _LETTERS.items()}
_IN_VALUES = re.compile(r"->|[\\\[\]|_;*\t\n\r]")
_IN_TEXT = re.compile(r"[\\\x00-\x0a\x0c-\x1f]")
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|->|.)", re.DOTALL)
_STACKED = re.compile(r"(?:^|\|)((?:\\.|[^\\|])*)", re.DOTALL)
_NUMBERED = re.compile(r"(.*?)(?:\[(\d+)(?:_(\d+))?\])?", re.DOTALL)


def units(text: str) -> list[int]:
    """The UTF-16 units before each character and before the end."""
    return list(accumulate((2 if each > "\uffff" else 1 for each in text), initial=0))


def value(told: str) -> str:
    """A value as it stands in a cell."""
    return _IN_VALUES.sub(_escaped, told)


def line_of(text: str) -> str:
    """A line of the text as it stands behind `#Text=`."""
    return _IN_TEXT.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    return "\\" + _LETTERS.get(match[0], match[0])


def plain(written: str) -> str:
    """A value or text without its escapes. Until 3.1 they are Java's, with one `\\uXXXX` for each UTF-16 unit."""
    told = _ESCAPE.sub(lambda match: _character(match[1]), written)
    return told.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if "\\u" in written else told


def _character(escape: str) -> str:
    return chr(int(escape[1:], 16)) if escape[1:].isalnum() else _BY_LETTER.get(escape, escape)


def stacked(cell: str) -> list[tuple[str, str, str]]:
    """What is stacked in a cell: each value, still escaped, with its number and for relations the other end's, if any."""
    found = [_NUMBERED.fullmatch(each) for each in _STACKED.findall(cell)] if cell != NOTHING else []
    return [(match[1], match[2] or "", match[3] or "") for match in found if match]
