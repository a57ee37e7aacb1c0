"""Offsets that counted other units: what an annotation counts in concerns all its regions, and one note says so."""

from typing import NamedTuple

from variorum.findings import Finding, Where, finding
from variorum.rules import RULES

RECOUNTED = ("utf16", "crlf")
"""The rungs of the ladder that recount offsets. A note a region was 140,000 for 100,000 texts, and 85 MB of findings."""


class Recount(NamedTuple):
    """A region whose offsets were recounted: where it is, its offsets as they were written and as they became."""

    where: Where
    written: tuple[int, int]
    became: tuple[int, int]


def recount_note(rung: str, first: Recount, count: int) -> Finding:
    """What is said of an annotation of which so many regions were recounted; `where` is the first of them."""
    rule = f"repair-{rung}"
    fact = f"{RULES[rule].meaning.rstrip('.')}: {_span(first.written)} became {_span(first.became)}."
    if more := count - 1:
        fact += f" So {'was' if more == 1 else 'were'} {more} more {'region' if more == 1 else 'regions'} of the annotation."
    return finding(first.where, rule, fact)


def _span(offsets: tuple[int, int]) -> str:
    return f"[{offsets[0]}, {offsets[1]})"
