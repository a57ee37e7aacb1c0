"""What kind of character each code point is, as the running Python's own regular expressions have it."""

import re
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

BLANK, OTHER, WORD = 0, 1, 2
"""`\\s`, which is also what `str.strip` strips; neither; `\\w`."""

Classes = npt.NDArray[np.uint8]


class Characters(NamedTuple):
    """A text as code points, with the class of each, and as it was."""

    codes: npt.NDArray[np.uint32]
    classes: Classes
    joined: str


_USUAL = 0x20000
_ALL = 0x110000


def character_classes(codes: npt.NDArray[np.uint32]) -> Classes:
    """BLANK, OTHER or WORD for each code point."""
    highest = int(codes.max(initial=0))
    return np.take(class_table(_USUAL if highest < _USUAL else _ALL), codes)  # 1.6 times as fast as indexing


@cache
def class_table(size: int) -> Classes:
    """The class of every code point below `size`.

    Two planes take 11 ms to make and are all that most texts need; all seventeen take 93 ms.
    """
    characters = np.arange(size, dtype="<u4").tobytes().decode("utf-32-le", "surrogatepass")
    table = np.full(size, OTHER, np.uint8)
    for kind, expression in ((BLANK, r"\s+"), (WORD, r"\w+")):
        for run in re.finditer(expression, characters):
            table[slice(*run.span())] = kind
    return table
