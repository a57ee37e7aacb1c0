"""Runs of words that texts share: near-duplicate texts and leakage between splits. Exact, by an inverted index."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

NEAR_DUPLICATE = 0.8
"""Jaccard similarity of word trigrams from which two texts count as nearly the same (usual range .7 to .85)."""
NEAR_DUPLICATE_WORDS = 3
LONG_RUN_WORDS = 8
"""A run of this many words that two texts share is copied text, not chance."""

_WORDS = re.compile(r"\w+")


class Overlap(NamedTuple):
    """What two texts share: `shared` distinct runs of words, `jaccard` of all their runs."""

    first: str
    second: str
    shared: int
    jaccard: float


def overlaps(texts: dict[str, str], words: int) -> Iterator[Overlap]:
    """The pairs of texts that share a run of `words` words, in the order of their ids."""
    runs = {name: word_runs(text, words) for name, text in sorted(texts.items())}
    shared: Counter[tuple[str, str]] = Counter()
    holders = defaultdict(list)
    for name, own in runs.items():
        for run in own:
            holders[run].append(name)
    for names in holders.values():
        shared.update(combinations(names, 2))
    for (first, second), count in sorted(shared.items()):
        yield Overlap(first, second, count, count / (len(runs[first]) + len(runs[second]) - count))


def word_runs(text: str, words: int) -> set[tuple[str, ...]]:
    """The distinct runs of `words` words, in lower case, without punctuation."""
    found = _WORDS.findall(text.lower())
    return {tuple(found[start : start + words]) for start in range(len(found) - words + 1)}
