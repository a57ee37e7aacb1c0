"""The work of `variorum publish`: checked, planned, committed at once, read back, and only then tagged."""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from variorum.build import build_id_of
from variorum.difference.compare import difference
from variorum.difference.read import BuildError, open_build
from variorum.difference.version import proposed_version, why
from variorum.findings import Finding, Where, failed, finding
from variorum.folder import Folder
from variorum.hub.card import card_text, fill_card, read_card
from variorum.hub.manifest import MANIFEST
from variorum.hub.release import KEPT, LocalFile, Plan, compared, local_files, read_manifest
from variorum.hub.remote import Remote, UnloadableError, features_of, fetched
from variorum.hub_folder import facts
from variorum.progress import Progress, Step, no_progress
from variorum.shards import Kept
from variorum.tabulate import Build, card_source, tabulate
from variorum.version_control import VersionControlError, committed, is_in_branch, uncommitted

OPEN_LICENCES = frozenset({"", "?", "none", "open", "tbd", "todo", "unknown"})


@dataclass(frozen=True)
class Release:
    """A build that may be published: its files, and the plan for them."""

    folder: Path
    local: dict[str, LocalFile]
    plan: Plan


def check_release(folder: Folder, branch: str, progress: Progress = no_progress) -> list[Finding]:
    """All that keeps the build of a folder from being published."""
    built = tabulate(folder, Kept(), progress)
    if failed(built.findings):
        return built.findings
    return [*built.findings, *_check_licences(built), *_check_card(built), *_check_build(built), *_check_state(folder, branch)]


def _check_licences(built: Build) -> Iterator[Finding]:
    folder, licences = built.inputs.folder, built.inputs.settings.licences
    for name, value in (("text", licences.text), ("annotation", licences.annotation)):
        if value.strip().casefold() in OPEN_LICENCES:
            yield finding(folder.name(folder.settings), "licence-open", f"licences.{name} is {value!r}.")
    for entry in built.inputs.entries:
        if entry.document.licence.strip().casefold() in OPEN_LICENCES:
            where = entry.where(folder.name(folder.catalogue))
            yield finding(where, "licence-open", f"The licence of {entry.document.document_id} is {entry.document.licence!r}.")
    head = read_card("", card_source(folder))[0].head
    if str(head.get("license", "")) in OPEN_LICENCES:
        yield finding(folder.name(folder.card), "licence-open", "The head of the card names no `license`.")
    elif head["license"] == "other" and not head.get("license_name"):
        yield finding(folder.name(folder.card), "licence-open", "`license: other` has no `license_name` that says which.")


def _check_card(built: Build) -> Iterator[Finding]:
    folder = built.inputs.folder
    text = card_text(card_source(folder))
    if fill_card(text, facts(built)) != text:
        yield finding(folder.name(folder.card), "card-stale", "Its numbers are not those of the build.")


def _check_build(built: Build) -> Iterator[Finding]:
    """Whether build/hub is what a build would make now, to the byte."""
    hub = built.inputs.folder.hub
    place = built.inputs.folder.name(hub)
    if not (hub / MANIFEST).is_file():
        yield finding(place, "build-stale", "There is no build.")
        return
    manifest = read_manifest((hub / MANIFEST).read_bytes())
    local = local_files(hub)
    if manifest.build_id != build_id_of(built):
        yield finding(place, "build-stale", "The corpus has changed since it was built.")
    for name in sorted({*manifest.files, *local} - {MANIFEST}):
        if name not in local or local[name].sha256 != manifest.files.get(name):
            yield finding(Where(f"{place}/{name}"), "build-stale", "The file is not the one that was built.")


def _check_state(folder: Folder, branch: str) -> Iterator[Finding]:
    try:
        changed = uncommitted(folder.root)
    except VersionControlError as error:
        yield finding(".", "state-unversioned", f"{error}")
        return
    if changed is None:
        yield finding(".", "state-unversioned", "The corpus is in no git repository.")
    elif changed:
        yield finding(changed[0], "state-uncommitted", f"{len(changed)} files differ from the last commit.")
    elif loose := sorted({folder.name(path) for path in folder.input_files()} - committed(folder.root)):
        yield finding(loose[0], "state-uncommitted", f"{len(loose)} files that the build is made of are ignored by git.")
    elif not is_in_branch(folder.root, branch):
        yield finding(".", "state-unreviewed", f"The last commit is not in the branch {branch!r}.")


def planned(folder: Folder, remote: Remote, tag: str) -> Release:
    """The release of a build that was checked, against what the Hub holds. Changes nothing."""
    local = local_files(folder.hub)
    head = remote.head()
    there = remote.files(head) if head else {}
    before = read_manifest(remote.read(MANIFEST, head) if head and MANIFEST in there else None).rows
    after = read_manifest(local[MANIFEST].path.read_bytes()).rows
    added, changed, deleted = compared(local, there)
    size = sum(local[name].size for name in (*added, *changed))
    return Release(folder.hub, local, Plan(remote.repo, tag, head, added, changed, deleted, size, before, after))


def check_tag(release: Release, remote: Remote) -> list[Finding]:
    """Whether the tag is free, or names what the Hub holds now."""
    plan = release.plan
    there = remote.tagged(plan.tag) if plan.head else None
    if there is None or (plan.is_empty and there == plan.head):
        return []
    return [finding(".", "tag-taken", f"{plan.tag} names the commit {there[:7]} of {plan.repo}, which holds another release.")]


def check_head(release: Release, remote: Remote) -> Iterator[Finding]:
    """Whether what the Hub holds may be replaced: a release of the same corpus, of nothing else, and of no withheld text."""
    plan = release.plan
    if plan.head is None or plan.is_empty:
        return
    there = remote.files(plan.head).keys() - {KEPT}
    before = read_manifest(remote.read(MANIFEST, plan.head) if MANIFEST in there else None)
    after = read_manifest(release.local[MANIFEST].path.read_bytes())
    strangers = sorted(there - before.files.keys() - {MANIFEST})
    if there and before.name != after.name:
        yield finding(".", "release-unrelated", f"{plan.repo} holds {len(there)} files that are no release of {after.name}.")
    elif strangers:
        yield finding(strangers[0], "release-unrelated", f"{len(strangers)} files in {plan.repo} are of no release.")
    for revision in (plan.head, *remote.tags().values()) if after.withheld else ():
        earlier = read_manifest(remote.read(MANIFEST, revision))
        shown = sorted({*after.withheld} - {*earlier.withheld})
        if shown and earlier.name == after.name:
            fact = f"The commit {revision[:7]} of {plan.repo} holds the words of {shown[0]}."
            yield finding(".", "withheld-in-history", fact)


def check_version(release: Release, remote: Remote, progress: Progress = no_progress) -> Iterator[Finding]:
    """Whether the version moves as far as what changed since the release on the Hub asks for."""
    plan = release.plan
    if plan.is_empty or plan.head is None or not plan.before:
        return
    try:
        found = difference(open_build(fetched(remote.repo, plan.head)), open_build(release.folder), 0, progress)
        asked = proposed_version(found.before.version, found)
    except (BuildError, ValueError) as error:
        yield finding(".", "version-behind", f"The release on the Hub cannot be compared: {error}.")
        return
    if _numbers(found.after.version) < _numbers(asked):
        fact = f"The version {found.after.version} follows {found.before.version}, and {why(found)}: it is at least {asked}."
        yield finding(".", "version-behind", fact)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def publish(
    release: Release, remote: Remote, private: bool | None, say: Callable[[str], None], progress: Progress = no_progress
) -> list[Finding]:
    """Publishes a release: one commit, every file and config read back from it, the tag, and last what makes it public.

    Run again after it was cut off at any point, it ends in the same state. `private` of None leaves a repository as it is, and
    makes a new one private. Returns what was read back otherwise than it was built; then nothing is tagged.
    """
    plan = release.plan
    parent = plan.head or remote.create()
    if private and plan.head and not remote.is_private():
        remote.set_private(private=True)
    commit = parent if plan.is_empty else remote.commit(plan, release.local, parent, f"Release {plan.tag}")
    if not plan.is_empty:
        say(f"Committed {commit[:7]}.")
    if not (plan.is_empty and remote.tagged(plan.tag) == commit):
        findings = list(verified(release, remote, commit, progress))
        if findings:
            return findings
        remote.tag(plan.tag, commit)
        say(f"Read back and tagged {plan.tag}.")
    if private is False and remote.is_private():
        remote.set_private(private=False)
        say("Made public.")
    return []


def verified(release: Release, remote: Remote, commit: str, progress: Progress = no_progress) -> Iterator[Finding]:
    """What a commit holds otherwise than the build: by checksum of every file, and by loading every config and split."""
    unlike = remote.unlike(release.local, commit)
    for name in unlike:
        yield finding(Where(name), "release-unlike", f"{remote.repo} holds another file at {commit[:7]}.")
    configs = [] if unlike else sorted(release.plan.after)
    with tempfile.TemporaryDirectory(prefix="variorum-") as cache:
        for number, config in enumerate(configs, start=1):
            try:
                yield from _unlike_loaded(release, config, remote.loaded(config, commit, Path(cache)))
            except UnloadableError as error:
                yield finding(Where(config), "release-unlike", f"{error}.")
            progress(Step(number, len(configs)))


def _unlike_loaded(release: Release, config: str, loaded: Any) -> Iterator[Finding]:
    splits = release.plan.after[config]
    if set(loaded) != set(splits):
        yield finding(Where(config), "release-unlike", f"It loads with the splits {', '.join(loaded)}.")
    for split in splits.keys() & set(loaded):
        built = pq.read_table(sorted((release.folder / config).glob(f"{split}-*.parquet")))
        if loaded[split].features != features_of(built.schema):
            yield finding(Where(f"{config}/{split}"), "release-unlike", "It loads with other types or labels.")
        elif not _same_rows(built, loaded[split].data.table):
            yield finding(Where(f"{config}/{split}"), "release-unlike", "It loads with other rows.")


def _same_rows(one: pa.Table, other: pa.Table) -> bool:
    plain = one.schema.remove_metadata()
    return bool(one.cast(plain).equals(other.cast(plain)))
