"""The command line: parses, calls, shows progress and prints. Each verb's work is a plain function elsewhere.

The verbs import what they need when they are called: `variorum --help` must not wait for dataframes.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from variorum.lean_import import without_pandas

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

    from variorum.build import Build
    from variorum.findings import Finding
    from variorum.folder import Folder

FORMAT_NAMES = ("plain", "json", "github", "sarif", "junit")
PROGRESS_AFTER = 1.0
"""Seconds after which a running command shows how far it is."""

DONE, FINDINGS, ENVIRONMENT = 0, 1, 2

Command = Callable[..., None]


class _Refused(click.ClickException):
    """The machine would not do it."""

    exit_code = ENVIRONMENT


class _Verbs(click.Group):
    """The verbs; what the machine refuses (a full disk, a file without permission) is one plain line, not a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise  # the reader of the output left, which click knows how to end
        except OSError as error:
            raise _Refused(f"{error.strerror}: {error.filename}" if error.filename else str(error)) from error


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="variorum")
@click.pass_context
def main(context: click.Context) -> None:
    """Seed articles and Label Studio annotations become validated Parquet splits on the Hugging Face Hub.

    \b
    seeds --freeze--> corpus --> annotations --build--> build/hub

    \b
    Examples:
      variorum freeze                 take up new articles from seeds/
      variorum validate               check everything, write nothing
      variorum build                  write build/hub, or say why not
      variorum build --root ../news   the same for another corpus

    Exit codes: 0 done, 1 findings (the data is wrong), 2 usage or environment (the call is wrong).
    """
    context.with_resource(without_pandas())


def _root(command: Command) -> Command:
    return click.option(
        "--root",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        default=".",
        help="The corpus folder; the current one by default.",
    )(command)


def _format(command: Command) -> Command:
    command = click.option(
        "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the findings to a file, not the terminal."
    )(command)
    return click.option(
        "--format",
        "format_",
        type=click.Choice(FORMAT_NAMES),
        default="plain",
        help="How findings are written.",
        show_default=True,
    )(command)


@main.command(short_help="Take up new articles from seeds/.")
@_root
@_format
def freeze(root: Path, format_: str, output: Path | None) -> None:
    """Take up new seeds: corpus/texts/ and a line in corpus/catalogue.jsonl each.

    What people wrote in the catalogue stays. A text that annotations refer to is never changed.

    \b
    Example:
      cp ~/articles/*.txt seeds/ && variorum freeze
    """
    from variorum.corpus.freeze import freeze as run
    from variorum.corpus.settings import read_settings
    from variorum.inputs import annotated_documents

    folder = _folder(root)
    settings, findings = read_settings(folder.settings.read_bytes(), folder.name(folder.settings))
    if findings:
        _finish(findings, format_, output)
    with _progress("Reading seeds") as progress:
        done = run(folder, settings, annotated_documents(folder), progress)
    _finish(
        done.findings,
        format_,
        output,
        f"{len(done.added)} added, {len(done.renewed)} frozen anew, {len(done.unchanged)} unchanged.\n"
        + _next_step(done.added),
    )


def _next_step(added: list[str]) -> str:
    return "Look at story_id, role and split of the new lines in corpus/catalogue.jsonl.\n" if added else ""


@main.command(short_help="Check everything, write nothing.")
@_root
@_format
@click.option("--list-rules", is_flag=True, help="Print every rule with its meaning and hint, as Markdown.")
def validate(root: Path, format_: str, output: Path | None, list_rules: bool) -> None:
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
    from variorum.build import validate as run

    with _progress("Validating") as progress:
        findings = run(_folder(root), progress)
    _finish(findings, format_, output, _verdict(findings))


def _verdict(findings: list[Finding]) -> str:
    """What validation says where there is no error."""
    counts = {level: sum(each.level == level for each in findings) for level in ("warning", "note")}
    found = [f"{count} {level}{'s' if count > 1 else ''}" for level, count in counts.items() if count]
    return f"No errors; {' and '.join(found)}.\n" if found else "Nothing wrong.\n"


@main.command(short_help="Build build/hub, or say why not.")
@_root
@_format
def build(root: Path, format_: str, output: Path | None) -> None:
    """Build build/hub, the folder that load_dataset reads: whole, or not at all.

    \b
    Examples:
      variorum build
      python -c 'from datasets import load_dataset; print(load_dataset("build/hub", "entities"))'
    """
    from variorum.build import build as run

    folder = _folder(root)
    with _progress("Building") as progress:
        built = run(folder, progress)
    _finish(built.findings, format_, output, _summary(built, folder))


def _summary(built: Build, folder: Folder) -> str:
    """What a build made: rows by config and split, repairs, and where it is."""
    lines = [
        f"{config:<16} " + "  ".join(f"{split} {rows}" for split, rows in splits.items())
        for config, splits in built.counts.items()
    ]
    results = sum(ledger.results for ledger in built.ledgers.values())
    rows = sum(ledger.rows for ledger in built.ledgers.values())
    repaired = sum(sum(ledger.repairs.values()) for ledger in built.ledgers.values())
    account = f"{results} results in = {rows} rows out + {results - rows} rejected; {repaired} repaired"
    return "\n".join([*lines, account, f"Built {folder.name(folder.hub)}.", ""])


@main.command(short_help="Write the generated files of schema/, or check them.")
@_root
@click.option("--check", is_flag=True, help="Fail if a file is not up to date; write nothing.")
def schema(root: Path, check: bool) -> None:
    """Write schema/label_config and schema/tables from schema/labels.yaml and the models.

    \b
    Example:
      variorum schema --check
    """
    from variorum.schema.generate import generated_files

    folder = _folder(root)
    files, findings = generated_files(folder)
    if findings:
        _finish(findings, "plain", None)
    _update(files, folder, check, "variorum schema")


@main.command(short_help="Write the card's numbers, or check them.")
@_root
@click.option("--check", is_flag=True, help="Fail if the card is not up to date; write nothing.")
def card(root: Path, check: bool) -> None:
    """Write the numbers between the markers of DATASET_CARD.md.

    \b
    Example:
      variorum card --check
    """
    from variorum.build import card as run
    from variorum.findings import failed

    folder = _folder(root)
    with _progress("Counting") as progress:
        text, findings = run(folder, progress)
    if failed(findings):
        _finish(findings, "plain", None)
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


def _folder(root: Path) -> Folder:
    """The corpus folder, or exit 2 where there is none."""
    from variorum.folder import Folder

    folder = Folder(root.resolve())
    if not folder.settings.is_file():
        hint = "Name the corpus folder with --root, behind the verb."
        raise click.UsageError(f"{folder.root} has no {folder.name(folder.settings)}. {hint}")
    return folder


def _finish(findings: list[Finding], format_: str, output: Path | None, success: str = "") -> None:
    """Prints findings and, where none is an error, what was done; exits 0 or 1.

    Plain findings go to standard error. The other formats are documents of their own on standard output, so that
    they can be piped; what was done then goes to standard error.
    """
    from variorum.findings import failed
    from variorum.report_formats import FORMATS

    text = FORMATS[format_](findings)
    if output:
        output.write_text(text, encoding="utf-8", newline="\n")
    else:
        click.echo(text, nl=False, err=format_ == "plain")
    if failed(findings):
        click.echo(_count(findings), err=True)
        sys.exit(FINDINGS)
    click.echo(success, nl=False, err=format_ != "plain" and not output)
    sys.exit(DONE)


def _count(findings: list[Finding]) -> str:
    errors = sum(each.level == "error" for each in findings)
    return f"{errors} error{'s' if errors != 1 else ''}; nothing was written."


@contextmanager
def _progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error, shown once the work has taken a while and only to a terminal."""
    started = time.monotonic()
    bars: list[ProgressBar[Any]] = []

    def update(done: int, total: int) -> None:
        if bars and bars[-1].length != total:
            bars.pop().render_finish()
        if not bars and time.monotonic() - started > PROGRESS_AFTER and sys.stderr.isatty():
            bars.append(click.progressbar(length=total, label=label, file=sys.stderr))
        if bars:
            bars[-1].update(done - bars[-1].pos)

    try:
        yield update
    finally:
        for bar in bars:
            bar.render_finish()
