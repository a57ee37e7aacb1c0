"""The verb that converts: a corpus or release out into another format, and some formats in."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from variorum.cli.shared import RefusedError, extra, finish, open_folder, progress_bar, with_format, with_root
from variorum.convert.registry import FORMATS, READ
from variorum.wording import counted, left_out

if TYPE_CHECKING:
    from variorum.convert.capabilities import Counts
    from variorum.convert.format import Files, Format
    from variorum.convert.out import Account
    from variorum.difference.read import Build

_READ_ENDINGS = (".conll", ".ann", ".txt", ".xmi", ".xml", ".tsv", ".json", ".jsonl", ".bio", ".ids")


@click.command(short_help="Convert to other formats, or from them.")
@click.argument("arguments", nargs=-1, metavar="FORMAT | FILES...")
@with_root
@click.option("--from", "source", type=click.Choice(READ), help="Read FILES of this format into a new corpus folder.")
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder to write; it must not be there, or be empty.",
)
@click.option(
    "--release",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Convert this built release, not the corpus folder's own gold.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would be lost; write nothing.")
@click.option("--reading-level", default="", metavar="LEVEL", help="With --from: the level of documents that have none.")
@with_format
def convert(
    arguments: tuple[str, ...],
    root: Path,
    source: str | None,
    into: Path | None,
    release: Path | None,
    dry_run: bool,
    reading_level: str,
    format_: str,
    output: Path | None,
) -> None:
    """Write the gold in another format, or read files of other tools into a new corpus folder.

    FORMAT is one of conll2003, conllu, brat, cas, webanno, tei, spacy, web-annotation, label-studio; of these
    conll2003, brat, cas, webanno and label-studio are read too. What a format cannot hold is listed before
    anything is written. What joins documents, clusters and alignments, is not converted.

    \b
    Examples:
      variorum convert brat --into ../brat
      variorum convert spacy --release build/hub --dry-run
      variorum convert --from brat ../brat/*.ann ../brat/*.txt --into ../news
    """
    if not into and not dry_run:
        raise click.UsageError("Name the folder to write with --into.")
    if into and into.exists() and any(into.iterdir()):
        raise RefusedError(f"{into} is not empty. Name another folder with --into.")
    if source and into:
        _read(source, arguments, root, into, reading_level, format_, output)
    elif len(arguments) != 1 or arguments[0] not in FORMATS:
        raise click.UsageError(f"Name one format: {', '.join(FORMATS)}.")
    else:
        _write(arguments[0], root, into, release, dry_run, format_, output)


def _named(name: str) -> Format:
    from variorum.convert.registry import format_of

    with extra("convert"):
        return format_of(name)


def _write(
    name: str, root: Path, into: Path | None, release: Path | None, dry_run: bool, format_: str, output: Path | None
) -> None:
    from variorum.convert.out import foreseen, release_of, write
    from variorum.difference.read import BuildError, open_build
    from variorum.findings import failed

    asked = _named(name)
    with TemporaryDirectory(prefix="variorum-convert-") as scratch, progress_bar("Converting") as progress:
        try:
            build: Build | None
            if release:
                build = open_build(release)
            else:
                build, findings = release_of(open_folder(root), Path(scratch) / "made", progress)
                if build is None:
                    finish(findings, format_, output)
                    return
            account = foreseen(build, asked)
            click.echo(_foreseen(account, asked), nl=False, err=True)
            if failed(account.findings) or dry_run or into is None:
                finish(account.findings, format_, output)
                return
            account = write(build, asked, into, progress)
        except BuildError as error:
            raise RefusedError(str(error)) from error
    finish(account.findings, format_, output, _written(account, asked, into))


def _foreseen(account: Account, asked: Format) -> str:
    """What a format cannot hold of what there is."""
    from variorum.convert.capabilities import MEANINGS

    bare = f"{left_out(account.bare, 'document without gold')}\n" if account.bare else ""
    if not account.losses:
        return f"{bare}{asked.title} holds everything.\n"
    lines = [f"  {account.losses[kind]} {meaning}\n" for kind, meaning in MEANINGS.items() if account.losses[kind]]
    return f"{bare}{asked.title} cannot hold:\n{''.join(lines)}"


def _written(account: Account, asked: Format, into: Path) -> str:
    """What was written, of what."""
    kinds = [kind for kind in account.held if account.held[kind]]
    rows = [f"  {kind.replace('_', ' ')}: {account.written[kind]} of {account.held[kind]}\n" for kind in kinds]
    return f"Wrote {counted(account.documents, 'document')} as {asked.title} to {into}, and read them back:\n{''.join(rows)}"


def _read(
    name: str, arguments: tuple[str, ...], root: Path, into: Path, reading_level: str, format_: str, output: Path | None
) -> None:
    from variorum.convert.into import Contract, read_into
    from variorum.corpus.settings import read_settings
    from variorum.schema.labels import read_labels

    asked = _named(name)
    folder = open_folder(root)
    written = folder.labels.read_bytes() if folder.labels.is_file() else b""
    settings, faults = read_settings(folder.settings.read_bytes(), folder.name(folder.settings))
    labels, found = read_labels(written, folder.name(folder.labels))
    if faults or found:
        finish([*faults, *found], format_, output)
    done = read_into(asked, _files(arguments), into, Contract(settings, labels, written), reading_level)
    finish(done.findings, format_, output, _imported(done.documents, done.drafts, done.losses, into))


def _files(arguments: tuple[str, ...]) -> Files:
    """The files that are named, and those below the folders that are."""
    found: Files = {}
    for argument in arguments:
        path = Path(argument)
        if not path.exists():
            raise click.UsageError(f"{path} is not there.")
        below = [each for each in sorted(path.rglob("*")) if each.suffix in _READ_ENDINGS] if path.is_dir() else [path]
        found |= {each.as_posix(): each.read_bytes() for each in below}
    if not found:
        raise click.UsageError("Name the files to read.")
    return found


def _imported(documents: int, drafts: int, losses: Counts, into: Path) -> str:
    from variorum.convert.capabilities import MEANINGS

    lost = "".join(f"  {losses[kind]} {meaning}\n" for kind, meaning in MEANINGS.items() if losses[kind])
    lines = [f"Wrote {counted(documents, 'document')} to {into}.\n"]
    lines += [f"A corpus cannot hold:\n{lost}"] if lost else []
    lack = "is a draft, which lacks" if drafts == 1 else "are drafts, which lack"
    lines += [f"{drafts} {lack} a reading level or answers about claims. See --reading-level.\n"] if drafts else []
    return "".join([*lines, f"Next: variorum validate --root {into}\n"])
