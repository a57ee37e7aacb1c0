"""A finding: what is wrong, where it is and what to try. Checks yield findings; only the CLI prints them."""

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from operator import attrgetter
from sys import intern

import msgspec

from variorum.rules import CONSEQUENCES, RULES


class Level(StrEnum):
    """How grave a finding is: an error fails the build, a warning is to be looked at, a note is only recorded."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, order=True, slots=True)
class Where:
    """A place a person can go to: a file and, inside it, what is known of line, task, annotation and region.

    `file` is relative to the corpus folder; `line` and `column` count from 1, 0 means not known.
    """

    file: str
    line: int = 0
    column: int = 0
    task: str = ""
    annotation: str = ""
    region: str = ""

    def __str__(self) -> str:
        position = "".join(f":{number}" for number in (self.line, self.column) if number)
        inside = [f"{name} {value}" for name, value in self.inside if value]
        return " ".join([self.file + position, *inside])

    @property
    def inside(self) -> tuple[tuple[str, str], ...]:
        """The place inside the file, outermost first."""
        return (("task", self.task), ("annotation", self.annotation), ("region", self.region))

    def at(self, **changes: str | int) -> "Where":
        """The same place with some parts changed."""
        return replace(self, **changes)  # type: ignore[arg-type] # replace checks the names, not the types


@dataclass(frozen=True, order=True, slots=True)
class Finding:
    """One thing wrong with the data: plain, sortable, picklable."""

    where: Where
    rule: str
    fact: str
    hint: str
    level: Level = Level.ERROR

    def __str__(self) -> str:
        return f"{self.where}: [{self.rule}] {self.fact} {self.hint}"


_all_of = attrgetter(*(f"where.{each.name}" for each in fields(Where)), *(each.name for each in fields(Finding)[1:]))
"""All of a finding, in the order that findings are sorted by: 13,000 as tuples take 0.04 s, by themselves 0.14 s."""


@dataclass(frozen=True)
class Packed:
    """Findings that wait for those of other shards, in some 40 bytes each; as objects they take 860."""

    count: int = 0
    packed: bytes = b""
    unpackable: tuple[Finding, ...] = ()

    @classmethod
    def of(cls, findings: list[Finding]) -> "Packed":
        """The findings, packed, unless they hold text that no encoding has, as names of files may be."""
        try:
            return cls(len(findings), zlib.compress(msgspec.msgpack.encode(findings), level=1))
        except UnicodeEncodeError:
            return cls(len(findings), unpackable=tuple(findings))

    def __iter__(self) -> Iterator[Finding]:
        if self.packed:
            yield from map(_shared, msgspec.msgpack.decode(zlib.decompress(self.packed), type=list[Finding]))
        yield from self.unpackable


def _shared(each: Finding) -> Finding:
    """A finding as it was, its file, rule and hint being those of all others, which saves 250 bytes."""
    where = each.where.at(file=intern(each.where.file))
    return Finding(where, intern(each.rule), each.fact, intern(each.hint), each.level)


def finding(where: Where | str, rule: str, fact: str, hint: str = "", level: Level | None = None) -> Finding:
    """A finding of a rule in the rule table, at the rule's own level unless another is given.

    `fact` says what is wrong here; `hint`, where it is left out, is the rule's own.
    """
    known = RULES[rule]
    place = Where(where) if isinstance(where, str) else where
    return Finding(place, rule, fact, hint or known.hint, level or Level(known.level))


def failed(findings: Iterable[Finding]) -> bool:
    """Whether any of the findings is an error."""
    return any(each.level is Level.ERROR for each in findings)


def without_consequences(findings: Iterable[Finding]) -> list[Finding]:
    """The findings, sorted and each once, without those that an error of another rule may be the only cause of."""
    distinct = [found for _, found in sorted({_all_of(each): each for each in findings}.items())]
    hidden = {rule for each in distinct if each.level is Level.ERROR for rule in CONSEQUENCES.get(each.rule, ())}
    return [each for each in distinct if each.rule not in hidden]
