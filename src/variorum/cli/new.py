"""The verb that makes a corpus folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from variorum.cli.shared import finish, progress_bar, with_format

if TYPE_CHECKING:
    from variorum.new.first_files import New

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command(short_help="Make a corpus folder from texts.")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--texts", type=_FOLDER, help="A folder with .txt files, in folders of their own or not.")
@click.option(
    "--from-label-studio", "exports", type=_FILE, multiple=True, help="An export of a project (JSON); may be repeated."
)
@click.option("--config", type=_FILE, help="The labelling config that the exports were made with.")
@with_format
def new(
    folder: Path, texts: Path | None, exports: tuple[Path, ...], config: Path | None, format_: str, output: Path | None
) -> None:
    """Make FOLDER, a corpus of this shape that validates at once: of texts, or of a Label Studio project of any kind.

    Texts are copied, byte for byte. A project brings its own config: its controls become the tables.
    Language, stories (from names such as fire-adv.txt and fire-easy.txt) and splits are filled in as far as they can be
    seen; schema/labels.yaml is a first inventory of labels to edit.

    \b
    Example:
      variorum new news --texts ~/articles && cd news
      variorum new reviews --from-label-studio export.json --config label_config.xml
    """
    _check_empty(folder)
    if texts and not exports and not config:
        made = _from_texts(folder, texts)
        failure = f"{folder} is there, and nothing in it is frozen. Mend its seeds, then run `variorum freeze` there"
    elif exports and config and not texts:
        made = _from_label_studio(folder, list(exports), config)
        failure = "nothing was written"
    else:
        raise click.UsageError("Give either --texts, or --from-label-studio and --config.")
    finish(made.findings, format_, output, _told(made, folder, config), failure)


def _from_texts(folder: Path, texts: Path) -> New:
    from variorum.new.from_texts import new_from_texts, text_files

    if not text_files(texts)[0]:
        raise click.UsageError(f"{texts} holds no .txt file.")
    with progress_bar("Reading texts") as progress:
        return new_from_texts(folder, texts, progress)


def _from_label_studio(folder: Path, exports: list[Path], config: Path) -> New:
    from variorum.new.exports import Received
    from variorum.new.from_label_studio import new_from_label_studio

    with progress_bar("Reading exports") as progress:
        received = [Received(path.name, path.read_bytes()) for path in (*exports, config)]
        return new_from_label_studio(folder, received[:-1], received[-1], progress)


def _check_empty(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        raise click.UsageError(f"{folder} is there already. Name a folder that is not.")


def _told(made: New, folder: Path, config: Path | None) -> str:
    """What was made, and the next three commands."""
    if config:
        return (
            f"{len(made.document_ids)} texts are in {folder}, with their annotations. Next:\n"
            f"  cd {folder} && variorum validate\n"
            "  variorum card\n"
            "  variorum build\n"
        )
    counts = f"{len(made.document_ids)} documents that tell {len(made.stories)} stories"
    return (
        f"{counts} are in {folder}. Edit schema/labels.yaml, then:\n"
        f"  cd {folder} && variorum schema\n"
        "  variorum label-studio serve --round round1 --annotator a1\n"
        "  variorum build\n"
    )
