"""The part of a whole that agrees, of which F1 is one, and pairs that take each mark once."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Share:
    """How much of a whole agrees. The shares of single tasks add up to the share of all of them."""

    part: float = 0.0
    whole: int = 0

    def __add__(self, other: "Share") -> "Share":
        return Share(self.part + other.part, self.whole + other.whole)

    @property
    def value(self) -> float | None:
        """Part divided by whole; None where there is nothing to divide by."""
        return self.part / self.whole if self.whole else None


def f1(hits: float, first: int, second: int) -> Share:
    """F1 of two annotators with so many marks each: of all marks, the share that the other one made too.

    F1 and not kappa, since nothing can be counted that both left unmarked (Hripcsak & Rothschild 2005).
    """
    return Share(2 * hits, first + second)


def one_to_one(pairs: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The pairs, from the front, neither of whose ends an earlier one has taken."""
    ones: set[int] = set()
    others: set[int] = set()
    kept = []
    for one, other in pairs:
        if one not in ones and other not in others:
            ones.add(one)
            others.add(other)
            kept.append((one, other))
    return kept
