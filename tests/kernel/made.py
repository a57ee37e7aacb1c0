"""Hostile texts, and spans in them."""

import numpy as np
from hypothesis import strategies as st

from variorum.kernel.arrays import Ints

PIECES = [
    "Rain fell. ",
    "Dr. Li came. ",
    "“Go!” he said. ",
    "the Foobz. Committee met. ",
    "It cost 1.5 m. ",
    "U.S.",
    "a",
    "_9",
    " ",
    "\n",
    "\n\n",
    "\n \x85\n",
    "\r\n\r\n",
    "\r",
    "\u2028\n\u2029",
    "\x1c\x1d\x1e\x1f",
    "\x0b\x0c\t",
    "***\n\n",
    "😀 ",
    "\U0001d49cb",
    "\U000e0041\U0010ffff",
    "e\u0301. ",
    "क्ष ",
    "שלום. ",
    "\u200b\u200d\u2060\ufeff",
    "\u00a0\u3000",
    "? ",
    ". . . ",
    "e.g. ",
    "A. B. ",
    "\\n",
]
CHARACTERS = st.characters(exclude_categories=["Cs"])
TEXTS = st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.text(CHARACTERS, max_size=30)
BATCHES = st.lists(TEXTS, max_size=5)
ABBREVIATIONS = st.sampled_from([(), ("Foobz.",), ("fell.", "came.", "a.", "m.")])


@st.composite
def texts_with_spans(draw: st.DrawFn) -> tuple[list[str], list[tuple[int, int, int]]]:
    """Texts, and spans that hold something: text, start and end, from the start of the text."""
    texts = draw(BATCHES)
    spans = []
    for index in (
        draw(st.lists(st.sampled_from([index for index, text in enumerate(texts) if text]), max_size=12)) if any(texts) else []
    ):
        start = draw(st.integers(0, len(texts[index]) - 1))
        spans.append((index, start, draw(st.integers(start + 1, len(texts[index])))))
    return texts, spans


def ints(values: list[int]) -> Ints:
    return np.array(values, np.int64)
