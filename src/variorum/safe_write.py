"""Writing that leaves either the old file or the new one, never a half: beside, then rename."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def write_beside(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Writes a file under a temporary name in the same folder, then renames it over the old one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(mode)
        Path(temporary).replace(path)
    except BaseException:  # Ctrl-C too must leave no half-written file behind
        Path(temporary).unlink(missing_ok=True)
        raise


def private_folder(path: Path) -> None:
    """Makes a folder that only its owner reads and that git ignores, whatever the repository around it says."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    if not (path / ".gitignore").is_file():
        write_beside(path / ".gitignore", b"*\n")


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """An empty folder beside `path`, on the same disk, that is gone in the end."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{path.name}.parts.", dir=path.parent))
    try:
        yield fresh
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


@contextmanager
def replaced_folder(path: Path) -> Iterator[Path]:
    """An empty folder beside `path` that takes its place when the block ends well, and is gone when it does not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{path.name}.new.", dir=path.parent))
    try:
        fresh.chmod(0o755)
        yield fresh
        _swap(fresh, path)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _swap(fresh: Path, path: Path) -> None:
    """Puts `fresh` in the place of `path`; if that fails, what was there is put back."""
    aside = Path(tempfile.mkdtemp(prefix=f".{path.name}.old.", dir=path.parent))
    old = aside / path.name
    try:
        if path.exists():
            path.rename(old)
        fresh.rename(path)
    except BaseException:  # Ctrl-C between the two renames too must not leave the place empty
        if old.exists():
            old.rename(path)
        raise
    finally:
        if path.exists() or not old.exists():  # otherwise what was put aside is all there is
            shutil.rmtree(aside, ignore_errors=True)
