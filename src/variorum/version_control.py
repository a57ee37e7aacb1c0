"""What git says of a corpus folder. No other module calls git."""

import subprocess
from pathlib import Path


def uncommitted(root: Path) -> list[str] | None:
    """The files under a folder that differ from the last commit, new ones too; None where the folder is in no repository."""
    told = _git(root, "status", "--porcelain", "--untracked-files=all", "--", ".")
    return None if told is None else [line[3:] for line in told.splitlines()]


def is_in_branch(root: Path, branch: str) -> bool:
    """Whether the last commit is part of a branch, here or as a remote last showed it."""
    names = [f"refs/heads/{branch}", *(f"refs/remotes/{remote}/{branch}" for remote in (_git(root, "remote") or "").split())]
    return any(_git(root, "merge-base", "--is-ancestor", "HEAD", name) is not None for name in names)


def _git(root: Path, *arguments: str) -> str | None:
    """What git answers; None where it fails, or is not there."""
    command = ["git", "-C", str(root), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 # our own arguments
    except FileNotFoundError:
        return None
    return done.stdout if done.returncode == 0 else None
