"""What lies in a corpus and is no regular file: to open a link that leads nowhere raises, to open a pipe waits for ever."""

from pathlib import Path

from variorum.findings import Finding, finding
from variorum.storage import StoredPath


def irregular(path: Path, name: str) -> Finding | None:
    """The finding for a path under this name; None for a regular file, which all is that a store lists."""
    if isinstance(path, StoredPath) or path.is_file():
        return None
    fact = "It is a pipe, a socket or a device." if path.exists() else "It is a link that leads nowhere."
    return finding(name, "file-irregular", fact)
