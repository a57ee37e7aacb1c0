"""The verb that makes a corpus folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from variorum.cli.shared import finish, progress_bar, with_format

if TYPE_CHECKING:
    from variorum.new.first_files import New

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command(short_help="Make a corpus folder from texts.")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--texts", type=_FOLDER, required=True, help="A folder with .txt files, in folders of their own or not.")
@with_format
def new(folder: Path, texts: Path, format_: str, output: Path | None) -> None:
    """Make FOLDER, a corpus of this shape that validates at once. The texts are copied, byte for byte.

    Language, stories (from names such as fire-adv.txt and fire-easy.txt) and splits are filled in as far as they can be
    seen; schema/labels.yaml is a first inventory of labels to edit.

    \b
    Example:
      variorum new news --texts ~/articles && cd news
    """
    from variorum.new.from_texts import new_from_texts, text_files

    _check_empty(folder)
    if not text_files(texts)[0]:
        raise click.UsageError(f"{texts} holds no .txt file.")
    with progress_bar("Reading texts") as progress:
        made = new_from_texts(folder, texts, progress)
    failure = f"{folder} is there, and nothing in it is frozen. Mend its seeds, then run `variorum freeze` there"
    finish(made.findings, format_, output, _told(made, folder), failure)


def _check_empty(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        raise click.UsageError(f"{folder} is there already. Name a folder that is not.")


def _told(made: New, folder: Path) -> str:
    """What was made, and the next three commands."""
    counts = f"{len(made.document_ids)} documents that tell {len(made.stories)} stories"
    return (
        f"{counts} are in {folder}. Edit schema/labels.yaml, then:\n"
        f"  cd {folder} && variorum schema\n"
        "  variorum label-studio serve --round round1 --annotator a1\n"
        "  variorum build\n"
    )
