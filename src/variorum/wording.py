"""How what is counted is told."""


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def left_out(number: int, what: str) -> str:
    """A sentence about what is left out, the noun first in `what`: 2 values of a layer are left out."""
    noun, blank, rest = what.partition(" ")
    return f"{counted(number, noun)}{blank}{rest} {'is' if number == 1 else 'are'} left out."
