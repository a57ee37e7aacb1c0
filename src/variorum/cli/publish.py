"""The verbs of a release."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from variorum.cli.shared import RefusedError, extra, finish, open_folder, progress_bar, with_format, with_root
from variorum.wording import counted


@contextmanager
def _plainly() -> Iterator[None]:
    """What the Hub refuses, and a missing extra, as one plain line."""
    with extra("hub"):
        from variorum.hub.remote import HubError

        try:
            yield
        except HubError as error:
            raise RefusedError(str(error)) from error


def _free_name(_context: click.Context, _parameter: click.Parameter, repo: str) -> str:
    """A name on the Hub that is not also a folder here, which `load_dataset` would take for it."""
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*(?<!\.git)", repo, re.ASCII):
        raise click.UsageError(f"{repo!r} is no name on the Hub; it is ORGANISATION/DATASET, with no address before it.")
    if Path(repo).exists():
        raise click.UsageError(f"There is a folder {repo} here, which would be loaded in its place. Call from elsewhere.")
    return repo


@click.command(short_help="Bring build/hub to the Hub: checked, at once, read back, tagged.")
@click.argument("repo", metavar="ORG/NAME", callback=_free_name)
@with_root
@click.option("--tag", default="", metavar="vX.Y.Z", help="The tag, to be sure: it is the version in corpus.yaml.")
@click.option("--private/--public", default=None, help="Who sees it; a new repository is private unless --public is given.")
@click.option("--branch", default="main", show_default=True, help="The branch whose commits count as reviewed.")
@click.option("--dry-run", is_flag=True, help="Show the plan; send nothing.")
@with_format
def publish(
    repo: str,
    root: Path,
    tag: str,
    private: bool | None,
    branch: str,
    dry_run: bool,
    format_: str,
    output: Path | None,
) -> None:
    """Publish build/hub as a dataset on the Hugging Face Hub.

    Refuses what has findings, is not committed or not reviewed, leaves a licence open, or was not built from what lies in the
    folder. Then everything goes in one commit, is read back from it, file by file and config by config, and only then tagged.
    Cut off at any point, it is run again and ends the same; the branch never shows half a release.

    \b
    Examples:
      variorum publish org/name --dry-run     the plan: files, bytes, rows
      variorum publish org/name               private
      variorum publish org/name --public      seen by everybody, once all was read back
    """
    from variorum.findings import failed

    folder = open_folder(root)
    with _plainly():
        from variorum.hub.release import told
        from variorum.hub.remote import Remote
        from variorum.publish import check_head, check_release, check_tag, check_version, planned
        from variorum.publish import publish as run

        with progress_bar("Checking") as progress:
            findings = check_release(folder, branch, progress)
        if failed(findings):
            finish(findings, format_, output, failure="nothing was sent")
        remote = Remote(repo)
        remote.require_token()
        release = planned(folder, remote, _tag(folder.hub, tag))
        click.echo(told(release.plan), nl=False, err=format_ != "plain")
        with progress_bar("Comparing") as progress:
            findings += [*check_tag(release, remote), *check_head(release, remote), *check_version(release, remote, progress)]
        if dry_run or failed(findings):
            finish(findings, format_, output, "Dry run: nothing was sent.\n", failure="nothing was sent")
        with progress_bar("Reading back") as progress:
            findings += run(release, remote, private, lambda line: click.echo(line, err=True), progress)
    finish(findings, format_, output, f"{repo} is at {release.plan.tag}.\n", failure="nothing was tagged")


@click.command(short_help="Restore a stand-off release from your own copy of the articles.")
@click.argument("release", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--seeds",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder with the articles, as they were received.",
)
@click.option("--into", required=True, type=click.Path(file_okay=False, path_type=Path), help="Where the full dataset goes.")
@with_format
def rehydrate(release: Path, seeds: Path, into: Path, format_: str, output: Path | None) -> None:
    """Restore the full dataset from a stand-off RELEASE, a folder, and the articles that it withholds.

    Articles are known by their digest, whatever the files are called. The result is byte for byte what was built in full, which
    is checked, or nothing.

    \b
    Example:
      hf download org/name --repo-type dataset --local-dir release
      variorum rehydrate release --seeds articles --into full
    """
    from variorum.rehydrate import rehydrate as run

    with progress_bar("Restoring") as progress:
        done = run(release, seeds, into, progress)
    finish(done.findings, format_, output, f"{counted(done.files, 'file')} in {into}, as they were built.\n")


def _tag(hub: Path, asked: str) -> str:
    """The tag of a build: its version, which another that was asked for does not change."""
    from variorum.hub.manifest import MANIFEST
    from variorum.hub.release import read_manifest

    own = f"v{read_manifest((hub / MANIFEST).read_bytes()).version}"
    if asked not in ("", own):
        raise click.UsageError(f"The build is of {own}. Write another `version` into corpus/corpus.yaml for {asked}.")
    return own
