"""The verb that makes a corpus folder."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click

from variorum.cli.server import connect_to, plainly
from variorum.cli.shared import finish, progress_bar, with_format
from variorum.wording import counted

if TYPE_CHECKING:
    from variorum.new.exports import Received
    from variorum.new.first_files import New

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_EXPORT = click.Path(exists=True, path_type=Path)
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command(short_help="Make a corpus folder from texts.")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--texts", type=_FOLDER, help="A folder with .txt files, in folders of their own or not.")
@click.option(
    "--from-label-studio",
    "exports",
    multiple=True,
    metavar="FILE|FOLDER|URL",
    help="An export of a project (JSON), or a folder of files with a task each; several, if it is repeated. Or the address of"
    " a server, with --project.",
)
@click.option("--config", type=_FILE, help="The labelling config that the exports were made with.")
@click.option("--project", type=int, metavar="N", help="The project on the server; its config comes with it.")
@with_format
def new(
    folder: Path,
    texts: Path | None,
    exports: tuple[str, ...],
    config: Path | None,
    project: int | None,
    format_: str,
    output: Path | None,
) -> None:
    """Make FOLDER, a corpus of this shape that validates at once: of texts, or of a Label Studio project of any kind.

    Texts are copied, byte for byte. A project brings its own config: its controls become the tables.
    Language, stories (from names such as fire-adv.txt and fire-easy.txt) and splits are filled in as far as they can be
    seen; schema/labels.yaml is a first inventory of labels to edit.

    Straight from a server, LABEL_STUDIO_API_KEY holds a token of it.

    \b
    Example:
      variorum new news --texts ~/articles && cd news
      variorum new reviews --from-label-studio export.json --config label_config.xml
      variorum new reviews --from-label-studio http://localhost:8080 --project 3
    """
    _check_empty(folder)
    if texts and not (exports or config or project):
        made = _from_texts(folder, texts)
        failure = f"{folder} is there, and nothing in it is frozen. Mend its seeds, then run `variorum freeze` there"
    elif exports and not texts:
        made = _from_label_studio(folder, *_received(exports, config, project))
        failure = "nothing was written"
    else:
        raise click.UsageError("Give either --texts, or --from-label-studio.")
    finish(made.findings, format_, output, _told(made, folder, bool(exports)), failure)


def _from_texts(folder: Path, texts: Path) -> New:
    from variorum.engines import Working
    from variorum.new.from_texts import new_from_texts, text_files

    if not text_files(texts)[0]:
        raise click.UsageError(f"{texts} holds no .txt file.")
    with progress_bar("Reading texts") as progress:
        return new_from_texts(folder, texts, progress, Working(0))


def _received(exports: tuple[str, ...], config: Path | None, project: int | None) -> tuple[list[Received], Received]:
    """The exports and their config: from files, or from a project on a server."""
    from variorum.new.exports import Received

    if len(exports) == 1 and exports[0].startswith(("http://", "https://")):
        if project is None or config:
            raise click.UsageError("Name the project on the server with --project; its config comes with it.")
        return _served(exports[0], project)
    if config is None or project is not None:
        raise click.UsageError("Give the labelling config of the exports with --config; --project is of a server.")
    paths = [Path(_EXPORT.convert(each, None, None)) for each in exports]
    if len({path.resolve() for path in paths}) < len(paths):
        raise click.UsageError("One export is named twice.")
    names = Counter(path.name for path in paths)
    named = [Received(path.name if names[path.name] == 1 else path.as_posix(), path) for path in paths]
    return named, Received(config.name, config)


def _served(url: str, project: int) -> tuple[list[Received], Received]:
    from variorum.new.exports import Received

    with plainly():
        from variorum.label_studio.client import exported_project

        export, config = exported_project(connect_to(url), project)
    name = f"{url.rstrip('/')}/projects/{project}"
    return [Received(name, export)], Received(f"{name}/settings/labeling", config)


def _from_label_studio(folder: Path, exports: list[Received], config: Received) -> New:
    from variorum.new.from_label_studio import new_from_label_studio

    with progress_bar("Reading exports") as progress:
        return new_from_label_studio(folder, exports, config, progress)


def _check_empty(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        raise click.UsageError(f"{folder} is there already. Name a folder that is not.")


def _told(made: New, folder: Path, is_foreign: bool) -> str:
    """What was made, and the next three commands."""
    if is_foreign:
        return (
            f"{counted(len(made.document_ids), 'text')} with annotations, in {folder}. Next:\n"
            f"  cd {quote(str(folder))} && variorum validate\n"
            "  variorum card\n"
            "  variorum build\n"
        )
    counts = f"{counted(len(made.document_ids), 'document')} of {counted(len(made.stories), 'story', 'stories')}"
    return (
        f"{counts}, in {folder}. Edit schema/labels.yaml, then:\n"
        f"  cd {quote(str(folder))} && variorum schema\n"
        "  variorum label-studio serve --round round1 --annotator a1\n"
        "  variorum build\n"
    )
