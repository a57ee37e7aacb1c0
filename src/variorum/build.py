"""Corpus, annotations and schema become `build/hub`, or nothing but findings."""

from pathlib import Path

from variorum.engines import ALONE, Working
from variorum.findings import Finding, failed
from variorum.folder import Folder
from variorum.hub.card import card_text, fill_card
from variorum.hub.manifest import MANIFEST, build_id
from variorum.hub_folder import facts, write
from variorum.progress import Progress, no_progress
from variorum.run_record import record_of, run_record
from variorum.safe_write import beside, replaced_folder, write_beside
from variorum.shards import Kept
from variorum.stages import recorded, stage
from variorum.tabulate import Build, card_source, tabulate


def validate(folder: Folder, progress: Progress = no_progress, working: Working = ALONE) -> list[Finding]:
    """Everything that a build would find, in order; writes nothing."""
    return tabulate(folder, Kept(measure=False), progress, working).findings


def build(folder: Folder, progress: Progress = no_progress, target: Path | None = None, working: Working = ALONE) -> Build:
    """Builds `build/hub`, or `target`, whole or not at all: it is written beside the old one and takes its place at the end.

    What that took is written last, into a file beside it: `run_record.record_of`.

    With several workers a script that calls this needs the guard that `multiprocessing` asks for, `if __name__ == "__main__"`.
    A cache has to lie on the disk of the target.
    """
    target = target or folder.hub
    with recorded() as recording, beside(target) as parts:
        built = tabulate(folder, Kept(folder=parts), progress, working)
        if not failed(built.findings):
            with stage("write hub"), replaced_folder(target, MANIFEST) as fresh:
                write(built, fresh)
    built.recording = recording
    if not failed(built.findings):
        write_beside(record_of(target), run_record(built))
    return built


def card(folder: Folder, progress: Progress = no_progress) -> tuple[str, list[Finding]]:
    """The dataset card with its generated parts as they should be, and the findings that keep it from being made."""
    built = tabulate(folder, Kept(), progress)
    if failed(built.findings):
        return "", built.findings
    return fill_card(card_text(card_source(folder)), facts(built)), built.findings


def build_id_of(built: Build) -> str:
    """The id of the build that these inputs give, written or not."""
    return build_id(built.inputs.all_digests())
