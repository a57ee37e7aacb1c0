"""What git says of a corpus folder. No other module calls git."""

import subprocess
from pathlib import Path


def uncommitted(root: Path) -> list[str] | None:
    """The files under a folder that differ from the last commit, new ones too; None where the folder is in no repository."""
    told = _git(root, "status", "--porcelain", "--untracked-files=all", "--", ".")
    return None if told is None else [line[3:] for line in told.splitlines()]


def committed(root: Path) -> set[str]:
    """The files under a folder that the last commit holds, by their names in the folder."""
    return set((_git(root, "ls-tree", "-r", "-z", "--name-only", "HEAD", "--", ".") or "").split("\0"))


def is_in_branch(root: Path, branch: str) -> bool:
    """Whether the last commit is part of a branch, here or as a remote last showed it."""
    names = [f"refs/heads/{branch}", *(f"refs/remotes/{remote}/{branch}" for remote in (_git(root, "remote") or "").split())]
    return any(_git(root, "merge-base", "--is-ancestor", "HEAD", name) is not None for name in names)


def archived(root: Path, revision: str, archive: Path) -> None:
    """Writes the files of a folder, as they were at a tag, branch or commit, into a tar file. Raises VersionControlError."""
    if uncommitted(root) is None:
        raise VersionControlError(f"{root} is in no git repository. Name the corpus folder with --root, behind the verb.")
    commit = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if not commit:
        raise VersionControlError(f"The git repository of {root} has no tag or commit {revision!r}. `git tag` lists the tags.")
    if _git(root, "archive", "--format=tar", f"--output={archive}", commit.strip()) is None:
        raise VersionControlError(f"git could not archive {revision} of {root}.")


class VersionControlError(Exception):
    """git has it not, or is not there; in words for the user."""


def _git(root: Path, *arguments: str) -> str | None:
    """What git answers; None where it has no answer. Raises VersionControlError where there is no git, or it will not look."""
    command = ["git", "-C", str(root), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 # our own arguments
    except FileNotFoundError as error:
        raise VersionControlError("git is not installed.") from error
    if "dubious ownership" in done.stderr:
        raise VersionControlError(done.stderr.splitlines()[0])
    return done.stdout if done.returncode == 0 else None
