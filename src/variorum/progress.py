"""How far something is that takes long: what is done of it, and how much there is to do."""

from collections.abc import Callable
from typing import NamedTuple


class Step(NamedTuple):
    """How far a stage is. `name` says what is done to what; without one it is the command's only stage.

    `bytes` are those of the input that were worked on, `repairs` and `findings` what was repaired and found so far.
    """

    done: int
    total: int
    name: str = ""
    bytes: int = 0
    repairs: int = 0
    findings: int = 0


Progress = Callable[[Step], None]


def no_progress(_step: Step) -> None:
    """Shows nothing."""
