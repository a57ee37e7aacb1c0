"""The version that a difference asks for."""

import re

from variorum.difference.changes import Difference

_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)", re.ASCII)


def proposed_version(before: str, difference: Difference) -> str:
    """The next version: another schema is a major step, other rows a minor one, other metadata a patch, nothing none.

    Raises ValueError where `before` is not of the form 1.2.3.
    """
    found = _VERSION.fullmatch(before)
    if not found:
        raise ValueError(f"{before!r} is not of the form 1.2.3")
    major, minor, patch = map(int, found.groups())
    if difference.schema:
        return f"{major + 1}.0.0"
    if difference.rows or difference.counts:
        return f"{major}.{minor + 1}.0"
    return f"{major}.{minor}.{patch + 1}" if difference.metadata else before


def why(difference: Difference) -> str:
    """The reason for the step, in two words."""
    told = {"schema changed": difference.schema, "rows changed": difference.rows or difference.counts}
    return next(
        (name for name, found in told.items() if found), "metadata changed" if difference.metadata else "nothing changed"
    )
