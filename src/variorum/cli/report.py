"""The verb that draws the explorer."""

from __future__ import annotations

from pathlib import Path

import click

from variorum.cli.shared import extra, open_folder, progress_bar, with_root, with_workers


@click.command(short_help="Draw the explorer, one HTML page.")
@with_root
@with_workers
@click.option("--target", type=click.Path(dir_okay=False, path_type=Path), help="The page; build/report/index.html by default.")
@click.option("--open", "opens", is_flag=True, help="Open it in the browser.")
@click.option("--with-withheld", is_flag=True, help="Put in the texts that may not be passed on. For your own eyes.")
def report(root: Path, workers: int, target: Path | None, opens: bool, with_withheld: bool) -> None:
    """Draw the explorer: one HTML page that needs nothing else, with the texts of all tellings side by side, all that is
    marked in them, alignments, claims across tellings, disagreements and how they were decided, figures and findings.

    It is drawn from the tables of the build, and where findings fail the build, from what could be read.

    \b
    Examples:
      variorum report --open
      variorum report --target explorer.html
    """
    from variorum.findings import failed
    from variorum.safe_write import write_beside

    folder = open_folder(root)
    with extra("report"), progress_bar("Drawing") as progress:
        from variorum.report.explorer import explorer

        html, findings = explorer(folder, progress, with_withheld, workers)
    path = (target or folder.explorer).resolve()
    write_beside(path, html.encode())
    click.echo(f"Wrote {path}, {len(html.encode()):,} bytes.")
    if failed(findings):
        counted = "1 finding" if len(findings) == 1 else f"{len(findings)} findings"
        click.echo(f"{counted}, which the page lists; `variorum validate` prints them.", err=True)
    if opens:
        click.launch(path.as_uri())
