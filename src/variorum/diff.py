"""What `variorum diff` compares: folders, revisions and releases become builds."""

import re
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from variorum.build import build
from variorum.difference.changes import Difference
from variorum.difference.compare import difference
from variorum.difference.read import Build, BuildError, is_build, open_build
from variorum.findings import failed
from variorum.folder import Folder
from variorum.progress import Progress, no_progress
from variorum.version_control import VersionControlError, archived

_TAG = "tag:"
_REPOSITORY = re.compile(r"([A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*)(?:@(\S+))?", re.ASCII)
_HINT = "Name a build, a corpus folder, tag:NAME or ORGANISATION/DATASET[@REVISION]."


class UnknownBuildError(Exception):
    """What was named is no build and does not become one; what to try instead is said with it."""


def diff(before: str, after: str, root: Path, limit: int | None = None, progress: Progress = no_progress) -> Difference:
    """Everything that differs between two builds, each given as the command line has it. Raises UnknownBuildError.

    `root` is the corpus folder whose git repository has the tags; of each layer at most `limit` changes are listed.
    """
    with TemporaryDirectory(prefix="variorum-diff-") as scratch:
        made = Path(scratch)
        try:
            opened = [_opened(named, root, made / side, progress) for side, named in (("before", before), ("after", after))]
            return difference(opened[0], opened[1], limit, progress)
        except BuildError as error:
            raise UnknownBuildError(str(error)) from error


def _opened(named: str, root: Path, scratch: Path, progress: Progress) -> Build:
    """The build that is named. `scratch` is a folder that is not there yet, for what has to be made."""
    if named.startswith(_TAG):
        with _exported(named.removeprefix(_TAG), root, scratch / "exported") as folder:
            return open_build(_built(folder, named, scratch / "made", progress))
    path = Path(named)
    if path.is_dir():
        return open_build(_of_folder(path.resolve(), named, scratch / "made", progress))
    found = _REPOSITORY.fullmatch(named)
    if path.exists() or not found:
        raise UnknownBuildError(f"{named} is no folder. {_HINT}")
    return open_build(_fetched(named, found[1], found[2]))


def _fetched(named: str, repo: str, revision: str | None) -> Path:
    try:
        from variorum.hub.remote import HubError, fetched  # which only users of the Hub have
    except ModuleNotFoundError as error:
        raise UnknownBuildError(f"{error.name} is missing. Install it with: pip install 'variorum[hub]'") from error
    try:
        return fetched(repo, revision)
    except HubError as error:
        raise UnknownBuildError(f"There is no folder {named} here, and {error} {_HINT}") from error


def _of_folder(path: Path, named: str, target: Path, progress: Progress) -> Path:
    """The build that a folder is, or holds and is still up to date, or that is made of it."""
    if is_build(path):
        return path
    folder = Folder(path)
    if not folder.settings.is_file():
        hint = f"{named} has neither a manifest.json nor a {folder.name(folder.settings)}. {_HINT}"
        raise UnknownBuildError(hint)
    return folder.hub if is_current(folder) else _built(folder, named, target, progress)


def is_current(folder: Folder) -> bool:
    """Whether a corpus folder's build was made of the files that are there now."""
    if not is_build(folder.hub):
        return False
    inputs: dict[str, str] = open_build(folder.hub).manifest.get("inputs", {})
    paths = folder.input_files()
    if not all(path.is_file() for path in paths):
        return False
    files = {folder.name(path): sha256(path.read_bytes()).hexdigest() for path in paths}
    missing = sha256(b"").hexdigest()  # what a build was made without is listed as empty
    return files.keys() <= inputs.keys() and all(files.get(name, missing) == digest for name, digest in inputs.items())


def _built(folder: Folder, named: str, target: Path, progress: Progress) -> Path:
    """A corpus built into another folder."""
    found = build(folder, progress, target).findings
    if failed(found):
        errors = [each for each in found if failed([each])]
        hint = "Run `variorum validate` on it." if len(errors) > 1 else ""
        raise UnknownBuildError(
            f"{named} does not build: {errors[0]} {f'{len(errors)} errors in all. ' if hint else ''}{hint}".rstrip()
        )
    return target


@contextmanager
def _exported(revision: str, root: Path, target: Path) -> Iterator[Folder]:
    """The corpus folder as it was at a tag, branch or commit."""
    target.mkdir(parents=True)
    archive = target.with_suffix(".tar")
    try:
        archived(root, revision, archive)
    except VersionControlError as error:
        raise UnknownBuildError(str(error)) from error
    with tarfile.open(archive) as opened:
        opened.extractall(target, filter="data")
    folder = Folder(target)
    if not folder.settings.is_file():
        raise UnknownBuildError(f"At {revision} there is no {folder.name(folder.settings)} in {root}.")
    yield folder
