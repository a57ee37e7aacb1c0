"""The verb that lists what is likely to say the same in two tellings."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from variorum.cli.material import NO_TELLINGS, corpus_for, finder_named
from variorum.cli.shared import RefusedError, finish, open_folder, progress_bar, with_candidates, with_root
from variorum.progress import Step
from variorum.wording import counted


@click.command(short_help="List sentences of two tellings that may say the same.")
@with_root
@click.option(
    "--project",
    type=click.Choice(["alignments", "claim_pairs"]),
    default="alignments",
    show_default=True,
    help="Whether sentences are paired, or gold claims.",
)
@with_candidates
def candidates(root: Path, project: str, candidates: str) -> None:
    """List the pairs of sentences, or of gold claims, of each two tellings of a story that are likely to say the same.

    They are what `label-studio push` draws for annotators to confirm or delete; no server is needed here. One JSON object a
    line: documents, offsets (code points, half-open) and texts of both sides, and the score. Nobody has judged them.

    \b
    Examples:
      variorum candidates > candidates.jsonl
      variorum candidates --project claim_pairs --candidates semantic > candidates.jsonl
    """
    import msgspec

    from variorum.dataset.offers import offered_rows, units_of
    from variorum.findings import failed
    from variorum.schema.projects import PROJECTS
    from variorum.to_annotate import pairs_of

    folder = open_folder(root)
    inputs, tables = corpus_for(folder, project)
    if failed(inputs.findings):
        finish(inputs.findings, "plain", None, failure="nothing was listed")
    keys, finder, found = pairs_of(inputs), finder_named(candidates), 0
    if not keys:
        raise RefusedError(f"{NO_TELLINGS} in {folder.name(folder.catalogue)}.")
    units = units_of(PROJECTS[project], inputs, tables)
    with progress_bar("Comparing tellings") as progress:
        for done, key in enumerate(keys, start=1):
            rows = list(offered_rows(key, units, finder))
            sys.stdout.buffer.write(msgspec.json.Encoder().encode_lines(rows))
            found += len(rows)
            progress(Step(done, len(keys)))
    click.echo(f"{found:,} pairs of {counted(len(keys), 'pair')} of tellings, found by {finder.version}.", err=True)
