"""Environments of their own for tools that are not installed with the project, kept in a cache outside of the repository."""

import os
import re
import shutil
import site
import subprocess
import sys
from collections.abc import Sequence
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path


class AbsentError(Exception):
    """A tool cannot be had; the message says why."""


def cache() -> Path:
    """Where made corpora and environments are kept between runs."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "variorum-benchmark"


def python_with(needs: Sequence[str]) -> str:
    """A Python that has what is needed: this one, or one made for it with uv. Raises AbsentError."""
    if all(map(_is_here, needs)):
        return sys.executable
    place = cache() / "environments" / sha256(repr((sys.version, *needs)).encode()).hexdigest()[:16]
    python = place / "bin" / "python"
    if not (place / "whole").is_file():
        shutil.rmtree(place, ignore_errors=True)
        _uv("venv", "--quiet", "--python", sys.executable, str(place))
        _uv("pip", "install", "--quiet", "--python", str(python), *needs)
        (place / "whole").touch()
    _fall_back(place)  # each time: who made it may be another working copy, and gone
    return str(python)


def _is_here(need: str) -> bool:
    try:
        return distribution(re.split(r"[\[=<>!~]", need)[0]) is not None
    except PackageNotFoundError:
        return False


def _fall_back(place: Path) -> None:
    """What the environment lacks is taken from this one, so that both write with the same libraries where they can."""
    for packages in place.glob("lib/python*/site-packages"):
        (packages / "fall-back.pth").write_text("\n".join(site.getsitepackages()), "utf-8")


def _uv(*arguments: str) -> None:
    near = Path(sys.executable).with_name("uv")
    uv = str(near) if near.is_file() else shutil.which("uv")
    if uv is None:
        raise AbsentError("uv is not installed")
    done = subprocess.run([uv, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise AbsentError((done.stderr.strip().splitlines() or ["uv failed"])[-1])
