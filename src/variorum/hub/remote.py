"""The Hugging Face Hub. No other module talks to it.

Every call is tried again where the Hub was busy or the line broke. A commit is only tried again once the head has been read
anew: a commit whose answer was lost may have taken effect (`create_commit` itself repeats nothing).
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import httpx2
import pyarrow as pa
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, get_token, snapshot_download
from huggingface_hub.errors import (
    EntryNotFoundError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.hf_api import RepoFile
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential

from variorum.hub.manifest import MANIFEST
from variorum.hub.release import KEPT, LocalFile, Plan, compared

DATASET, MAIN = "dataset", "main"
FILES = [MANIFEST, "*.md", "*.json", "*.parquet"]
"""What is downloaded of a release: what a build holds, and nothing else that a repository may."""
ATTEMPTS = 6
BUSY = (408, 429, 500, 502, 503, 504)
STALE_PARENT = 412

Answer = TypeVar("Answer")


class HubError(Exception):
    """The Hub, or the way to it, would not do it; says what to try."""


class MovedError(HubError):
    """Somebody else has committed since the plan was made."""


class Remote:
    """One dataset repository."""

    def __init__(self, repo: str) -> None:
        self.repo = repo
        self.api = HfApi(library_name="variorum")

    def require_token(self) -> None:
        """Raises HubError where nobody is logged in."""
        if not get_token():
            raise HubError("Nobody is logged in to the Hub. Run `hf auth login`, or set HF_TOKEN.")

    def head(self) -> str | None:
        """The commit that the main branch is at; None where there is no such repository."""
        try:
            return str(_again(lambda: self.api.repo_info(self.repo, revision=MAIN, repo_type=DATASET)).sha)
        except RepositoryNotFoundError:
            return None

    def is_private(self) -> bool:
        """Whether only its owners see the repository."""
        return bool(_again(lambda: self.api.repo_info(self.repo, repo_type=DATASET)).private)

    def files(self, revision: str) -> dict[str, str]:
        """The digest of each file of a commit, by name: SHA-256 of large ones, git's blob id of the others."""
        found = _again(lambda: list(self.api.list_repo_tree(self.repo, recursive=True, revision=revision, repo_type=DATASET)))
        return {each.path: each.lfs.sha256 if each.lfs else each.blob_id for each in found if isinstance(each, RepoFile)}

    def read(self, name: str, revision: str) -> bytes | None:
        """A file of a commit; None where it has no such file."""
        try:
            return Path(
                _again(lambda: self.api.hf_hub_download(self.repo, name, revision=revision, repo_type=DATASET))
            ).read_bytes()
        except EntryNotFoundError:
            return None

    def create(self) -> str:
        """Makes the repository, private, unless it is there; returns its head."""
        _again(lambda: self.api.create_repo(self.repo, private=True, repo_type=DATASET, exist_ok=True))
        head = self.head()
        if head is None or self.files(head).keys() - {KEPT}:
            told = "Run again to see what would change now; if it stays, this token may not see the repository."
            raise MovedError(f"Somebody else has made {self.repo} meanwhile. {told}")
        return head

    def commit(self, plan: Plan, local: Mapping[str, LocalFile], parent: str, message: str) -> str:
        """Sends the files, then makes one commit on `parent`; returns the commit that holds the release.

        Raises MovedError where the branch has come to hold something else.
        """

        def attempt() -> str:
            head = str(self.head())
            if head != parent:
                return self._holding(local, head)
            operations = [CommitOperationAdd(name, local[name].path) for name in plan.sent]
            self.api.preupload_lfs_files(self.repo, operations, repo_type=DATASET)  # what is there already is not sent again
            deletions = [CommitOperationDelete(name, is_folder=False) for name in plan.deleted]
            try:
                made = self.api.create_commit(
                    self.repo, [*operations, *deletions], commit_message=message, parent_commit=parent, repo_type=DATASET
                )
            except HfHubHTTPError as error:
                if error.response.status_code != STALE_PARENT:
                    raise
                return self._holding(local, str(self.head()))
            return str(made.oid)

        return _again(attempt)

    def _holding(self, local: Mapping[str, LocalFile], head: str) -> str:
        """A head that is not the one the plan was made for, if it holds the release: then a lost answer was a commit."""
        if not self.unlike(local, head):
            return head
        raise MovedError(f"{self.repo} has a new commit, {head[:7]}. Run again to see what would change now.")

    def unlike(self, local: Mapping[str, LocalFile], revision: str) -> list[str]:
        """The files of a commit that are not, by their checksums, those that were planned, wherever they lie by now."""
        return sorted(name for names in compared(local, self.files(revision)) for name in names)

    def loaded(self, config: str, revision: str, cache: Path) -> Any:
        """A config as a user loads it: `load_dataset` at a commit, in a cache of its own."""
        from datasets import load_dataset

        def attempt() -> Any:
            try:
                return load_dataset(self.repo, config, revision=revision, cache_dir=str(cache))
            except Exception as error:  # where the line breaks, `datasets` raises whatever it stumbles over next
                first = str(error).partition("\n")[0]
                raise UnloadableError(f"The config {config} does not load from {self.repo}: {first}") from error

        return _again(attempt)

    def tags(self) -> dict[str, str]:
        """The commit that each tag names."""
        refs = _again(lambda: self.api.list_repo_refs(self.repo, repo_type=DATASET))
        return {each.name: str(each.target_commit) for each in refs.tags}

    def tagged(self, tag: str) -> str | None:
        """The commit that a tag names; None where there is no such tag."""
        return self.tags().get(tag)

    def tag(self, name: str, revision: str) -> None:
        """Tags a commit, unless it has that tag. Raises HubError where another commit has it."""
        _again(lambda: self.api.create_tag(self.repo, tag=name, revision=revision, repo_type=DATASET, exist_ok=True))
        if (there := self.tagged(name)) != revision:
            raise HubError(f"The tag {name} names {there}, not {revision}. Raise the version in corpus/corpus.yaml.")

    def set_private(self, *, private: bool) -> None:
        """Makes the repository private, or public."""
        _again(lambda: self.api.update_repo_settings(self.repo, private=private, repo_type=DATASET))


def fetched(repo: str, revision: str | None = None) -> Path:
    """The folder in the Hub's cache that a release is downloaded to, at a branch, tag or commit.

    What is in the cache already is not downloaded again. Raises HubError.
    """
    try:
        return Path(_again(lambda: snapshot_download(repo, repo_type=DATASET, revision=revision, allow_patterns=FILES)))
    except (HubError, EntryNotFoundError, RepositoryNotFoundError, RevisionNotFoundError, HFValidationError, OSError) as error:
        where = f"{repo}@{revision}" if revision else repo
        told = str(error).strip().splitlines()
        raise HubError(f"{where} cannot be had from the Hub: {told[0] if told else type(error).__name__}") from error


class UnloadableError(HubError):
    """A config could not be loaded, time and again."""


def features_of(schema: pa.Schema) -> Any:
    """The features that `datasets` reads out of the schema of a Parquet file."""
    from datasets import Features

    return Features.from_arrow_schema(schema)


def _again(call: Callable[[], Answer]) -> Answer:
    """What a call answers, tried again while the Hub is busy."""
    attempts = Retrying(
        retry=retry_if_exception(_is_passing),
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_exponential(multiplier=0.25, max=8),
        reraise=True,
    )
    try:
        return attempts(call)
    except LocalEntryNotFoundError as error:  # which says that it is not there, and means that nobody answered
        raise HubError("The Hub does not answer. Try again later.") from error
    except (RepositoryNotFoundError, EntryNotFoundError, HubError):
        raise
    except Exception as error:
        cause = _cause(error)
        if isinstance(cause, HfHubHTTPError):
            raise HubError(_said(cause)) from error
        if isinstance(cause, httpx2.TransportError | ConnectionError):
            raise HubError(f"The Hub does not answer ({type(cause).__name__}). Try again later.") from error
        raise


def _cause(error: BaseException) -> BaseException:
    """What went wrong below an upload, which only says of which file it was."""
    return error.__cause__ if isinstance(error, RuntimeError) and error.__cause__ else error


def _is_passing(error: BaseException) -> bool:
    """Whether what went wrong may go right a moment later."""
    error = _cause(error)
    if isinstance(error, HfHubHTTPError):
        return error.response.status_code in BUSY
    return isinstance(error, LocalEntryNotFoundError | httpx2.TransportError | ConnectionError | TimeoutError | UnloadableError)


def _said(error: HfHubHTTPError) -> str:
    """What the Hub said, without address or headers: neither may show a token."""
    status = error.response.status_code
    hints = {401: "Is the token right? Run `hf auth login`.", 403: "Has the token write access to this repository?"}
    return f"The Hub answered {status}: {error.server_message or 'no reason given'}. {hints.get(status, 'Try again later.')}"
