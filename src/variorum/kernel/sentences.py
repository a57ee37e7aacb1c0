"""Where nupunkt ends the sentences of a paragraph, and where an abbreviation of the corpus lets one go on."""

import re
from functools import cache

from nupunkt import sent_spans


def sentence_ends(paragraph: str, abbreviations: tuple[str, ...] = ()) -> list[int]:
    """Where the sentences of a paragraph end, the blanks behind each included; the last is the paragraph's end.

    nupunkt is asked paragraph by paragraph: what it makes of a full stop depends on the words on both sides of it, so that
    the last sentence of a paragraph would not be the same with another paragraph behind it.
    """
    ends = [end for _, end in sent_spans(paragraph)]
    return _going_on(paragraph, ends, abbreviations) if abbreviations else ends


def _going_on(paragraph: str, ends: list[int], abbreviations: tuple[str, ...]) -> list[int]:
    """The ends without those behind an abbreviation that stands by itself in its sentence."""
    kept = []
    start = 0
    for end in ends:
        sentence = paragraph[start:end].rstrip()
        # The expression alone would try every character: 40 times slower than asking first for the ending.
        if end < len(paragraph) and sentence.endswith(abbreviations) and _abbreviated(abbreviations).search(sentence):
            continue
        kept.append(end)
        start = end
    return kept


@cache
def _abbreviated(abbreviations: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, abbreviations))})\Z")
