"""What the search for shared runs of words must find, by comparing every two texts; and a catalogue read as a whole."""

from itertools import combinations

from variorum.corpus.catalogue import Entry, read_lines
from variorum.corpus.shingles import (
    LONG_RUN_WORDS,
    NEAR_DUPLICATE,
    NEAR_DUPLICATE_WORDS,
    Overlap,
    word_runs,
)
from variorum.findings import Finding


def all_overlaps(texts: dict[int, str], words: int) -> list[Overlap]:
    """The pairs of texts that share a run of `words` words, in order."""
    runs = {number: word_runs(text, words) for number, text in sorted(texts.items())}
    return [
        Overlap(first, second, len(one & two), len(one & two) / len(one | two))
        for (first, one), (second, two) in combinations(runs.items(), 2)
        if one & two
    ]


def duplicates(texts: dict[int, str]) -> list[tuple[int, int]]:
    first: dict[str, int] = {}
    pairs = [(first.setdefault(text, number), number) for number, text in sorted(texts.items())]
    return [(one, two) for one, two in pairs if one != two]


def near_duplicates(texts: dict[int, str], stories: list[int]) -> list[Overlap]:
    later = {number for _, number in duplicates(texts)}
    distinct = {number: text for number, text in texts.items() if number not in later}
    return [
        each
        for each in all_overlaps(distinct, NEAR_DUPLICATE_WORDS)
        if each.jaccard >= NEAR_DUPLICATE and stories[each.first] != stories[each.second]
    ]


def shared_runs(texts: dict[int, str], splits: list[int]) -> list[Overlap]:
    return [each for each in all_overlaps(texts, LONG_RUN_WORDS) if splits[each.first] != splits[each.second]]


def read_catalogue(source: bytes, file: str) -> tuple[list[Entry], list[Finding]]:
    """The entries of a catalogue that names its texts, and what is wrong with its lines."""
    read = [*read_lines(source.splitlines(keepends=True), file)]
    return [each for each in read if isinstance(each, Entry)], [each for each in read if isinstance(each, Finding)]
