"""How far something is that takes long: what is done of it, and how much there is to do."""

from collections.abc import Callable

Progress = Callable[[int, int], None]


def no_progress(_done: int, _total: int) -> None:
    """Shows nothing."""
