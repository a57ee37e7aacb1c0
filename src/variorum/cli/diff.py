"""The verb that compares two builds."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from variorum.cli.shared import DONE, FINDINGS, RefusedError, extra, progress_bar, with_root

FORMAT_NAMES = ("text", "json", "markdown", "changelog", "html")
LISTED = 1000


@click.command(short_help="Show what changed between two builds.")
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@with_root
@click.option("--format", "form", type=click.Choice(FORMAT_NAMES), default="text", show_default=True, help="How it is written.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to a file, not the terminal.")
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=LISTED,
    show_default=True,
    help="List at most so many changes of each layer; counts are always full.",
)
@click.option("--exit-code", is_flag=True, help="Exit 1 if anything differs, as git diff has it.")
def diff(before: str, after: str, root: Path, form: str, output: Path | None, limit: int, exit_code: bool) -> None:
    """Show what changed from A to B, span by span, who decided it and why, and which version the changes ask for.

    A and B are each a build (a folder with a manifest.json), a corpus folder, tag:NAME (a tag, branch or commit of the
    git repository of --root) or ORGANISATION/DATASET[@REVISION] on the Hub. What is not built yet is built aside.

    \b
    Examples:
      variorum diff build/hub ../theirs
      variorum diff tag:v1.0.0 .
      variorum diff tag:v1.0.0 . --format changelog
      variorum diff ORGANISATION/DATASET@v1.0.0 build/hub --format json --output changes.json
    """
    from variorum.diff import UnknownBuildError
    from variorum.diff import diff as run
    from variorum.difference.render import FORMATS

    try:
        with progress_bar("Comparing") as progress:
            found = run(before, after, root.resolve(), limit, progress)
    except UnknownBuildError as error:
        raise RefusedError(str(error)) from error
    with extra("report"):
        text = FORMATS[form](found)
    if output:
        output.write_text(text, encoding="utf-8", newline="\n")
    else:
        click.echo(text, nl=False)
    sys.exit(FINDINGS if exit_code and not found.is_empty else DONE)
