"""What the double remembers: repositories of commits, each with its whole tree."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatch
from functools import cached_property
from hashlib import sha1, sha256
from pathlib import PurePosixPath

GIT_ATTRIBUTES = b"*.arrow filter=lfs diff=lfs merge=lfs -text\n*.parquet filter=lfs diff=lfs merge=lfs -text\n"
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def _git_oid(content: bytes) -> str:
    return sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class Blob:
    """A file's content; a large one is a pointer in git, and came through LFS or xet."""

    content: bytes
    large: bool = False
    xet_hash: str | None = None

    @cached_property
    def sha256(self) -> str:
        return sha256(self.content).hexdigest()

    @property
    def pointer(self) -> bytes:
        lines = f"version https://git-lfs.github.com/spec/v1\noid sha256:{self.sha256}\nsize {len(self.content)}\n"
        return lines.encode()

    @cached_property
    def oid(self) -> str:
        """What git calls it, which for a large file is the name of its pointer."""
        return _git_oid(self.pointer if self.large else self.content)

    @property
    def compared(self) -> str:
        """What the client compares to leave out a file that has not changed."""
        return self.sha256 if self.large else self.oid


Tree = Mapping[str, Blob]


def is_large(tree: Tree, path: str, size: int, sample: bytes) -> bool:
    """Whether the Hub wants a file through LFS or xet: by name, by size, or since it is not text."""
    attributes = tree[".gitattributes"].content.decode() if ".gitattributes" in tree else ""
    patterns = [line.split()[0] for line in attributes.splitlines() if "filter=lfs" in line]
    named = any(fnmatch(path.rpartition("/")[2], pattern) for pattern in patterns)
    return size > 0 and (named or size > 10_000_000 or b"\0" in sample)


@dataclass(frozen=True)
class Commit:
    oid: str
    title: str
    message: str
    parent: str | None
    date: datetime
    tree: Tree

    @property
    def files(self) -> dict[str, bytes]:
        return {path: blob.content for path, blob in self.tree.items()}

    @property
    def folders(self) -> set[str]:
        return {str(parent) for path in self.tree for parent in PurePosixPath(path).parents} - {"."}


@dataclass
class Repo:
    """`commits` are all that were ever made, oldest first, on whatever branch."""

    name: str
    visibility: str = "public"
    gated: str | bool = False
    commits: list[Commit] = field(default_factory=list)
    branches: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.add("main", "initial commit", {".gitattributes": Blob(GIT_ATTRIBUTES)})

    def add(self, branch: str, title: str, tree: Tree, message: str = "") -> Commit:
        parent = self.branches.get(branch)
        words = [self.name, str(len(self.commits)), str(parent), title, *(f"{path} {tree[path].oid}" for path in sorted(tree))]
        oid = sha1("\n".join(words).encode(), usedforsecurity=False).hexdigest()
        commit = Commit(oid, title, message, parent, _EPOCH + timedelta(seconds=len(self.commits)), dict(sorted(tree.items())))
        self.commits.append(commit)
        self.branches[branch] = oid
        return commit

    def at(self, revision: str = "main") -> Commit:
        """The commit that a branch, a tag or the beginning of an oid names; KeyError where nothing has that name."""
        oid = self.branches.get(revision) or self.tags.get(revision) or revision
        for commit in self.commits:
            if commit.oid == oid or (len(oid) >= 7 and commit.oid.startswith(oid)):
                return commit
        raise KeyError(revision)

    def history(self, revision: str = "main") -> Iterator[Commit]:
        """From the newest to the first."""
        commit = self.at(revision)
        while commit.parent is not None:
            yield commit
            commit = self.at(commit.parent)
        yield commit
