"""Which round a task is decided in."""

import re
from collections.abc import Iterable, Mapping

from variorum.annotations.work import Work

Rounds = Mapping[str, Mapping[str, list[Work]]]
"""Finished work by round and by what the task is of; gold has the round ""."""


def latest(rounds: Rounds) -> dict[str, list[Work]]:
    """The works of each task in the latest round that several finished, or else in the latest."""
    blind = sorted((name for name in rounds if name), key=in_order)
    found = [(task, works) for name in blind for task, works in rounds[name].items()]
    return dict(sorted(found, key=lambda each: len(each[1]) > 1))


def chosen(rounds: Rounds, asked: str, decided: Mapping[str, str]) -> dict[str, list[Work]]:
    """The works of each task: of the round asked for; of a task that it lacks, of the round it was decided in before.

    Where no round is asked for, the latest.
    """
    if not asked:
        return latest(rounds)
    before = {task: rounds[name][task] for task, name in decided.items() if name in rounds and task in rounds[name]}
    return before | dict(rounds.get(asked, {}))


def in_order(round_: str) -> tuple[tuple[int, str], ...]:
    """To sort rounds by: round10 comes after round9."""
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", round_))


def by_round(works: Iterable[Work]) -> dict[str, dict[str, list[Work]]]:
    """Finished work by round and task."""
    found: dict[str, dict[str, list[Work]]] = {}
    for work in works:
        found.setdefault(work.round, {}).setdefault(work.task, []).append(work)
    return found
