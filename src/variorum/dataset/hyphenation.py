"""In how many places pyphen breaks words, of many words at once.

Patterns give figures to the gaps between letters; a word may be broken where the highest figure that any pattern gives is
odd. pyphen looks up every part of a word: 49 microseconds a word. Here all places of all words go down one tree of
patterns together, a letter at a time: 3 microseconds a word, of some thousand.
Source: Liang, Word Hy-phen-a-tion by Com-put-er (1983), section 3.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from variorum.kernel.arrays import Bools, Ints

_ROOT = 1
"""The node that stands for nothing yet; 0 stands for what no pattern begins with, and leads nowhere else."""
_EDGE = "."
"""Stands at both ends of a word, in patterns too."""
_BETWEEN = "\n"
"""Stands behind each word, and in no pattern."""


class _Tree(NamedTuple):
    """Patterns by their letters. `columns` has the column of each code point, the last that of all beyond.

    `below` (nodes, columns) is the node that a letter leads to. `figures` (nodes, places) are those that the pattern which
    ends in a node gives, from where it begins; `is_whole` (nodes,) says whether one ends there. No word is broken before its
    `left` first letters are over, nor within its `right` last ones.
    """

    columns: npt.NDArray[np.uint8]
    below: npt.NDArray[np.uint16]
    figures: npt.NDArray[np.uint8]
    is_whole: Bools
    left: int
    right: int


def hyphens(words: Sequence[str], locale: str) -> Ints:
    """The number of places in which pyphen breaks each word, which is lower case."""
    tree = _tree(locale)
    lengths = np.fromiter(map(len, words), np.int64, len(words))
    joined = "".join(f"{_EDGE}{word}{_EDGE}{_BETWEEN}" for word in words)
    odd = _figures(tree, np.frombuffer(joined.encode("utf-32-le"), np.uint32)) & 1
    before = np.concatenate([[0], np.cumsum(odd, dtype=np.int64)])
    word_ends = np.cumsum(lengths + 3) - 2
    first, last = word_ends - lengths + tree.left, word_ends - tree.right + 1
    counts: Ints = before[np.maximum(first, last)] - before[first]
    return counts


def _figures(tree: _Tree, codes: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint8]:
    """The highest figure that any pattern gives to the place before each character."""
    columns = tree.columns[np.minimum(codes, len(tree.columns) - 1)]
    highest = np.zeros(len(codes) + tree.figures.shape[1], np.uint8)
    starts: Ints = np.arange(len(codes))
    nodes = tree.below[_ROOT, columns]
    depth = 1
    while len(starts):
        whole = np.flatnonzero(tree.is_whole[nodes])
        found = tree.figures[nodes[whole]]
        for place in np.flatnonzero(found.any(axis=0)).tolist():
            at = starts[whole] + place  # each of them once
            highest[at] = np.maximum(highest[at], found[:, place])
        # A word's end leads nowhere, so that nothing runs beyond the last.
        going_on = np.flatnonzero(nodes)
        starts = starts[going_on]
        nodes = tree.below[nodes[going_on], columns[np.minimum(starts + depth, len(columns) - 1)]]
        depth += 1
    return highest


@cache
def _tree(locale: str) -> _Tree:
    from textstat.backend.utils import get_pyphen

    pyphen = get_pyphen(locale)
    patterns: Mapping[str, tuple[int, Sequence[int]]] = pyphen.hd.patterns
    letters = sorted(set("".join(patterns)))
    columns = np.zeros(ord(letters[-1]) + 2, np.uint8)
    columns[[ord(letter) for letter in letters]] = np.arange(1, len(letters) + 1)
    nodes = {"": _ROOT}
    for pattern in patterns:
        for stop in range(1, len(pattern) + 1):
            nodes.setdefault(pattern[:stop], len(nodes) + 1)
    below = np.zeros((len(nodes) + 1, len(letters) + 1), np.uint16)
    for part, node in nodes.items():
        if part:
            below[nodes[part[:-1]], columns[ord(part[-1])]] = node
    figures = np.zeros((len(nodes) + 1, max(offset + len(own) for offset, own in patterns.values())), np.uint8)
    for pattern, (offset, own) in patterns.items():
        figures[nodes[pattern], offset : offset + len(own)] = own
    is_whole: Bools = np.isin(np.arange(len(figures)), [nodes[pattern] for pattern in patterns])
    return _Tree(columns, below, figures, is_whole, pyphen.left, pyphen.right)
