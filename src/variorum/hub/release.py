"""A release as it would go to the Hub: the files of a build against those that are there."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha1, sha256
from pathlib import Path

import msgspec

KEPT = ".gitattributes"
"""A file that the Hub writes itself."""

Rows = dict[str, dict[str, int]]


@dataclass(frozen=True)
class LocalFile:
    """A file of a build. The Hub names small text files by git's blob id, all others by SHA-256."""

    path: Path
    size: int
    sha256: str
    blob_id: str

    def is_at(self, digest: str) -> bool:
        """Whether the Hub holds the same bytes under a digest."""
        return digest in (self.sha256, self.blob_id)


@dataclass(frozen=True)
class Plan:
    """What a release changes on the Hub, by file and by row. `head` is the commit it starts from; None for a new repository."""

    repo: str
    tag: str
    head: str | None
    added: tuple[str, ...]
    changed: tuple[str, ...]
    deleted: tuple[str, ...]
    size: int
    before: Rows
    after: Rows

    @property
    def is_empty(self) -> bool:
        """Whether the Hub holds the release already."""
        return not (self.added or self.changed or self.deleted)

    @property
    def sent(self) -> tuple[str, ...]:
        """The files to send, in the order of their names."""
        return tuple(sorted({*self.added, *self.changed}))


class Manifest(msgspec.Struct, frozen=True):
    """What a release says of itself, as far as a plan needs it."""

    name: str = ""
    version: str = "0.0.0"
    build_id: str = ""
    rows: Rows = {}
    files: dict[str, str] = {}
    withheld: tuple[str, ...] = ()


def read_manifest(source: bytes | None) -> Manifest:
    """A manifest; an empty one where there is none, or none that can be read."""
    try:
        return msgspec.json.decode(source or b"{}", type=Manifest)
    except msgspec.DecodeError:
        return Manifest()


def local_files(folder: Path) -> dict[str, LocalFile]:
    """All files of a build by the name they have on the Hub."""
    return {path.relative_to(folder).as_posix(): _local(path) for path in sorted(folder.rglob("*")) if path.is_file()}


def _local(path: Path) -> LocalFile:
    content = path.read_bytes()
    blob = sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False)
    return LocalFile(path, len(content), sha256(content).hexdigest(), blob.hexdigest())


def compared(
    local: Mapping[str, LocalFile], remote: Mapping[str, str]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """What to add, change and delete so that `remote`, digests by name, holds what `local` does and nothing else."""
    added = tuple(sorted(local.keys() - remote.keys()))
    changed = tuple(sorted(name for name in local.keys() & remote.keys() if not local[name].is_at(remote[name])))
    deleted = tuple(sorted(remote.keys() - local.keys() - {KEPT}))
    return added, changed, deleted


def told(plan: Plan) -> str:
    """The plan as a person reads it."""
    if plan.is_empty:
        return f"{plan.repo} holds this release already.\n"
    lines = [f"{plan.repo}: {_counted(plan)}; {plan.size:,} bytes to send; tag {plan.tag}"]
    lines += [f"  {mark} {name}" for mark, names in _marked(plan) for name in names]
    for config in dict.fromkeys([*plan.before, *plan.after]):
        here, there = plan.before.get(config, {}), plan.after.get(config, {})
        if here != there:
            splits = dict.fromkeys([*here, *there])
            lines.append(f"  {config}: " + ", ".join(f"{each} {here.get(each, 0)} -> {there.get(each, 0)}" for each in splits))
    return "\n".join(lines) + "\n"


def _marked(plan: Plan) -> list[tuple[str, tuple[str, ...]]]:
    return [("+", plan.added), ("~", plan.changed), ("-", plan.deleted)]


def _counted(plan: Plan) -> str:
    new = "" if plan.head else "a new repository; "
    return f"{new}{len(plan.added)} files to add, {len(plan.changed)} to change, {len(plan.deleted)} to delete"
