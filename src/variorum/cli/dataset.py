"""The verbs that make and check the dataset, and the files that are generated."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from variorum.cli.shared import (
    DONE,
    FINDINGS,
    PLACE,
    finish,
    open_folder,
    profile_at_the_end,
    progress_bar,
    with_engine,
    with_format,
    with_profile,
    with_root,
    with_stored_root,
    working,
)

if TYPE_CHECKING:
    from variorum.cache.last_build import Outcome
    from variorum.findings import Finding
    from variorum.folder import Folder


@click.command(short_help="Take up new articles from seeds/.")
@with_root
@with_format
def freeze(root: Path, format_: str, output: Path | None) -> None:
    """Take up new seeds: corpus/texts/ and a line in corpus/catalogue.jsonl each.

    What people wrote in the catalogue stays. A text that annotations refer to is never changed.

    \b
    Example:
      cp ~/articles/*.txt seeds/ && variorum freeze
    """
    from variorum.annotations.export_files import annotated_documents
    from variorum.corpus.freeze import Freezing
    from variorum.corpus.freeze import freeze as run
    from variorum.corpus.settings import read_settings
    from variorum.engines import Working

    folder = open_folder(root)
    settings, findings = read_settings(folder.settings.read_bytes(), folder.name(folder.settings))
    if findings:
        finish(findings, format_, output)
    with progress_bar("Reading seeds") as progress:
        done = run(Freezing(folder, settings, annotated_documents(folder), working=Working(0)), progress)
    finish(
        done.findings,
        format_,
        output,
        f"{len(done.added)} added, {len(done.renewed)} frozen anew, {len(done.unchanged)} unchanged.\n"
        + _next_step(done.added),
    )


def _next_step(added: list[str]) -> str:
    return "Look at story_id, role and split of the new lines in corpus/catalogue.jsonl.\n" if added else ""


@click.command(short_help="Check everything, write nothing.")
@with_stored_root
@with_format
@with_engine
@with_profile
@click.option("--list-rules", is_flag=True, help="Print every rule with its meaning and hint, as Markdown.")
def validate(
    root: Path, format_: str, output: Path | None, workers: int, engine: str, address: str, profile: bool, list_rules: bool
) -> None:
    """Check everything that build would check; write nothing. For CI and pre-commit.

    \b
    Examples:
      variorum validate
      variorum validate --format github
      variorum validate --format sarif --output findings.sarif
    """
    if list_rules:
        from variorum.rules import RULES

        rows = "".join(f"| `{name}` | {rule.level} | {rule.meaning} | {rule.hint} |\n" for name, rule in RULES.items())
        click.echo("| rule | level | meaning | what to try |\n| --- | --- | --- | --- |\n" + rows, nl=False)
        return
    from variorum.rebuild import revalidate
    from variorum.stages import recorded

    with recorded() as recording, progress_bar("Validating") as progress:
        findings = revalidate(open_folder(root), progress, working(workers, engine, address))
    if profile:
        profile_at_the_end(recording)
    finish(findings, format_, output, _verdict(findings))


def _verdict(findings: list[Finding]) -> str:
    """What validation says where there is no error."""
    counts = {level: sum(each.level == level for each in findings) for level in ("warning", "note")}
    found = [f"{count} {level}{'s' if count > 1 else ''}" for level, count in counts.items() if count]
    return f"No errors; {' and '.join(found)}.\n" if found else "Nothing wrong.\n"


@click.command(short_help="Build build/hub, or say why not.")
@with_stored_root
@click.option("--target", type=PLACE, help="Where to build, on this machine or in a store; build/hub of the root by default.")
@with_format
@with_engine
@with_profile
def build(
    root: Path,
    target: Path | None,
    format_: str,
    output: Path | None,
    workers: int,
    engine: str,
    address: str,
    profile: bool,
) -> None:
    """Build build/hub, the folder that load_dataset reads: whole, or not at all.

    What it took (seconds by stage, documents and megabytes a second, peak memory) is written beside it, into
    build/hub.run.json.

    \b
    Examples:
      variorum build
      variorum build --workers 1     in less memory; the files are the same to the byte
      variorum build --profile       and say where the time went
      variorum build --engine ray --address auto --root s3://corpora/news --target s3://corpora/hub
      python -c 'from datasets import load_dataset; print(load_dataset("build/hub", "entities"))'
    """
    from variorum.rebuild import rebuild
    from variorum.storage import shown

    folder = open_folder(root)
    with progress_bar("Building") as progress:
        built, recording = rebuild(folder, progress, target, working(workers, engine, address))
    if profile:
        profile_at_the_end(recording)
    finish(built.findings, format_, output, _summary(built, shown(target) if target else folder.name(folder.hub)))


def _summary(built: Outcome, target: str) -> str:
    """What a build made: rows by config and split, repairs, and where it is."""
    lines = [
        f"{config:<16} " + "  ".join(f"{split} {rows}" for split, rows in splits.items())
        for config, splits in built.counts.items()
    ]
    rejected = built.results - built.rows
    account = f"{built.results} results in = {built.rows} rows out + {rejected} rejected; {built.repaired} repaired"
    return "\n".join([*lines, account, f"Built {target}.", ""])


@click.command(short_help="Write the generated files of schema/, or check them.")
@with_root
@click.option("--check", is_flag=True, help="Fail if a file is not up to date; write nothing.")
def schema(root: Path, check: bool) -> None:
    """Write schema/label_config and schema/tables from schema/labels.yaml and the models.

    \b
    Example:
      variorum schema --check
    """
    from variorum.schema.generate import generated_files

    folder = open_folder(root)
    files, findings = generated_files(folder)
    if findings:
        finish(findings, "plain", None)
    _update(files, folder, check, "variorum schema")


@click.command(short_help="Write the card's numbers, or check them.")
@with_root
@click.option("--check", is_flag=True, help="Fail if the card is not up to date; write nothing.")
def card(root: Path, check: bool) -> None:
    """Write the numbers between the markers of DATASET_CARD.md.

    \b
    Example:
      variorum card --check
    """
    from variorum.build import card as run
    from variorum.findings import failed

    folder = open_folder(root)
    with progress_bar("Counting") as progress:
        text, findings = run(folder, progress)
    if failed(findings):
        finish(findings, "plain", None)
    _update({folder.card: text}, folder, check, "variorum card")


def _update(files: dict[Path, str], folder: Folder, check: bool, command: str) -> None:
    """Writes generated files that changed; with `check`, says which are stale and exits 1."""
    from variorum.safe_write import write_beside

    stale = [path for path, text in files.items() if not path.is_file() or path.read_bytes() != text.encode()]
    for path in stale:
        if check:
            click.echo(f"{folder.name(path)}: not up to date. Run `{command}`.", err=True)
        else:
            write_beside(path, files[path].encode())
            click.echo(f"Wrote {folder.name(path)}.")
    if not stale:
        click.echo("Up to date.")
    sys.exit(FINDINGS if check and stale else DONE)
