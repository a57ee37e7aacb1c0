"""F1 where marks are found again by a key, as one reads it in a book."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

from variorum.agreement.share import Share, f1

T = TypeVar("T")


def f1_by(key: Callable[[T], Hashable], first: Sequence[T], second: Sequence[T]) -> Share:
    """F1 where a mark is found again by a mark of the same key; each mark is used once."""
    return f1((Counter(map(key, first)) & Counter(map(key, second))).total(), len(first), len(second))


def f1_by_label(
    key: Callable[[T], Hashable], label: Callable[[T], str], first: Sequence[T], second: Sequence[T]
) -> dict[str, Share]:
    """F1 by key for the marks of each label alone; empty where no mark has a label."""
    ones, others = _grouped(label, first), _grouped(label, second)
    return {each: f1_by(key, ones.get(each, ()), others.get(each, ())) for each in sorted({*ones, *others} - {""})}


def _grouped(label: Callable[[T], str], marks: Sequence[T]) -> dict[str, list[T]]:
    groups: dict[str, list[T]] = defaultdict(list)
    for mark in marks:
        groups[label(mark)].append(mark)
    return groups
