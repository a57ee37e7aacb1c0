"""The verbs of the lead: how far annotators agree, and what is made of their work."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from variorum.cli.material import Asked, corpus_for, material_for
from variorum.cli.server import connect, plainly
from variorum.cli.shared import (
    PROJECT_NAMES,
    PSEUDONYM,
    RefusedError,
    extra,
    finish,
    open_folder,
    progress_bar,
    with_format,
    with_project,
    with_root,
    with_workers,
    working,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from variorum.agreement.confusion import Confusion
    from variorum.agreement.measure import Figure
    from variorum.curate import Curated
    from variorum.findings import Finding
    from variorum.folder import Folder


@click.command(short_help="Show how far annotators agree.")
@with_root
@click.option(
    "--project", "projects", type=click.Choice(PROJECT_NAMES), multiple=True, help="Kinds of project; all by default."
)
@click.option("--round", "round_", type=PSEUDONYM, default="", help="The round; all there are by default.")
@click.option(
    "--format", "form", type=click.Choice(["table", "json", "html"]), default="table", show_default=True, help="The form."
)
@click.option("--confusions", is_flag=True, help="List every disagreement with its place and region, instead of figures.")
@with_workers
def agree(root: Path, projects: tuple[str, ...], round_: str, form: str, confusions: bool, workers: int) -> None:
    """Show how far the annotators of each round agree, before curation.

    The headline for mentions is exact F1 of span and type. A coefficient, or an interval, that would rest on too few
    items is not shown: n is, and why.

    \b
    Examples:
      variorum agree
      variorum agree --round round3 --confusions
      variorum agree --format json > agreement.json
    """
    from variorum.agree import Asked, list_confusions, measure_agreement

    if confusions and form == "html":
        raise click.UsageError("--confusions is a list for the lead; its forms are table and json.")
    folder, asked = open_folder(root), Asked(projects, round_)
    if confusions:
        with progress_bar("Comparing") as progress:
            listed, errors = list_confusions(folder, asked, progress, working(workers))
        _finish_with(errors)
        _print_confusions(folder, listed, form)
        return
    with progress_bar("Comparing") as progress:
        figures, errors = measure_agreement(folder, asked, progress, working(workers))
    _finish_with(errors)
    if form == "html":
        click.echo(_section(figures), nl=False)
    elif form == "json":
        click.echo(json.dumps([asdict(each) for each in figures], indent=1, ensure_ascii=False))
    else:
        click.echo(_table(figures) if figures else "No round has work of two annotators on one task.\n", nl=False)


def _finish_with(errors: list[Finding]) -> None:
    """Ends with what is wrong, if anything is."""
    from variorum.findings import without_consequences

    if errors:
        finish(without_consequences(errors), "plain", None, failure="nothing was compared")


def _table(figures: Sequence[Figure]) -> str:
    """The figures as a table, a part a project, round and layer."""
    lines: list[str] = []
    heading = None
    for each in figures:
        if heading != (each.project, each.round, each.layer):
            heading = (each.project, each.round, each.layer)
            lines += ["", f"{each.project} {each.round}: {each.layer}"]
        value = "-" if each.value is None else f"{each.value:.3f}"
        interval = "" if each.low is None or each.high is None else f"[{each.low:.3f}, {each.high:.3f}]"
        name = f"{each.metric} {each.label}".strip()
        told = f"n={each.n} {each.unit}"
        lines.append(
            f"  {'+'.join(each.annotators):<10} {name:<44} {value:>6} {interval:<16} {told:<16} {each.reason}".rstrip()
        )
    return "\n".join(lines[1:]) + "\n"


def _section(figures: Sequence[Figure]) -> str:
    """The figures as a section of the report."""
    from variorum.html_part import part
    from variorum.hub.card import agreement_table

    with extra("report"):
        return part("agree", "Agreement before curation", agreement_table([asdict(each) for each in figures]))


def _print_confusions(folder: Folder, found: Sequence[Confusion], form: str) -> None:
    from variorum.agreement.confusion import confusion_counts

    if form == "json":
        click.echo(json.dumps(msgspec.to_builtins(found), indent=1, ensure_ascii=False))
        return
    for counted in confusion_counts(found):
        click.echo(f"{counted.n} x {counted.layer} {counted.name}: {counted.one or 'nothing'} / {counted.other or 'nothing'}")
    for each in found:
        click.echo(_confusion_line(folder, each))


def _confusion_line(folder: Folder, confusion: Confusion) -> str:
    """One disagreement: where each side stands, in the file it is in."""
    sides = []
    both = ((confusion.first_annotator, confusion.first), (confusion.second_annotator, confusion.second))
    for annotator, side in both:
        file = folder.export_of(confusion.project, confusion.round, annotator).name
        values = "; ".join("+".join(labels) for _, labels in side.values)
        there = f"region {side.region_id} {side.text!r} {values}".rstrip() if side.region_id else "has nothing here"
        sides.append(f"{file} {there}")
    return f"{confusion.task} {confusion.layer} {confusion.kind}: " + " / ".join(sides)


_FOREIGN = (
    "its work is not decided here. Say in corpus/corpus.yaml whose counts, as in `gold: [a1, a2]`; or put an export of what a "
    "curator submitted at annotations/documents/gold.json."
)


@click.command(short_help="Decide what annotators disagree on; write gold.")
@with_root
@with_project
@click.option("--round", "round_", type=PSEUDONYM, default="", help="The round; the latest by default.")
@click.option("--curator", type=PSEUDONYM, default="", help="The curator's pseudonym, for what is decided by hand.")
@click.option("--push", is_flag=True, help="Make the curation project in Label Studio, or complete it.")
@click.option("--pull", is_flag=True, help="Bring the curator's work from Label Studio.")
@click.option("--dry-run", is_flag=True, help="Say what is open; write and push nothing.")
@with_format
def curate(
    root: Path,
    project: str,
    round_: str,
    curator: str,
    push: bool,
    pull: bool,
    dry_run: bool,
    format_: str,
    output: Path | None,
) -> None:
    """Make annotations/PROJECT/decisions.jsonl and gold.json of a round.

    What all, or most, agree on stands without a hand. The rest is open: decide it in Label Studio (--push, then --pull), or
    in decisions.jsonl, by writing into `decision` the annotator to follow, `none`, or `new` with what stands in `gold`, and
    why into `reason`. Decisions hold until their candidates change; a link follows its ends, and falls with them
    (`dependent`). gold.json is written when nothing is open and nothing wrong with it.

    \b
    Examples:
      variorum curate                          what is open?
      variorum curate --push                   the curator's project, everybody's work in its tabs
      variorum curate --pull --curator c1      gold.json, and how each item was decided
    """
    from variorum.curate import curate as run
    from variorum.curate import curate_from_gold
    from variorum.inputs import read_inputs

    if push and pull:
        raise click.UsageError("--push and --pull are two steps; between them the curator works.")
    folder = open_folder(root)
    if folder.project_config.is_file():
        raise RefusedError(f"{folder.name(folder.project_config)} was not made for variorum: {_FOREIGN}")
    findings = _pull_gold(folder, project) if pull and not dry_run else []
    with progress_bar("Reading") as progress:
        inputs = read_inputs(folder, progress)
    curated = (curate_from_gold if pull else run)(inputs, project, round_, curator)
    if push and not dry_run and not curated.faults:
        findings += _push_curation(folder, curated)
    changed = [] if dry_run else curated.keep(folder)
    told = _summary(curated, changed, dry_run=dry_run)
    finish([*findings, *curated.findings], format_, output, told, failure=told.strip())


def _summary(curated: Curated, changed: Sequence[str], *, dry_run: bool) -> str:
    """How the items were decided, and what was written."""
    counted = Counter(each.rule for each in curated.decisions)
    told = ", ".join(f"{count} {rule}" for rule, count in sorted(counted.items())) or "no items"
    unchanged = "dry run, so nothing was written" if dry_run else "no file changed"
    written = f"wrote {' and '.join(changed)}" if changed else unchanged
    return f"{' '.join(filter(None, (curated.project, curated.round)))}: {told}; {written}\n"


def _push_curation(folder: Folder, curated: Curated) -> list[Finding]:
    """Fills the curator's project; returns what stands in the way."""
    with plainly():
        from variorum.cli.label_studio import plan_line
        from variorum.dataset.offers import units_of
        from variorum.label_studio.curation import assignment_of, curation_material
        from variorum.label_studio.push import plan_push
        from variorum.label_studio.push import push as run
        from variorum.schema.projects import PROJECTS

        server = connect(folder)
        inputs, tables = corpus_for(folder, curated.project)
        project = PROJECTS[curated.project]
        units = units_of(project, inputs, tables) if project.is_joint else {}
        material = material_for(inputs, tables, Asked(curated.project, predictions=False))
        material = curation_material(material, curated, inputs.labels, units)
        assignment = assignment_of(curated.project)
        click.echo(plan_line(plan_push(server, material, assignment)), err=True)
        with progress_bar("Pushing") as progress:
            done = run(server, material, assignment, progress)
        click.echo(f"{assignment}: {server.url}/projects/{done.project}/data", err=True)
        return done.findings


def _pull_gold(folder: Folder, project: str) -> list[Finding]:
    """Brings the curator's work into gold.json."""
    with plainly():
        from variorum.cli.label_studio import pull_assignments
        from variorum.label_studio.curation import assignment_of

        return pull_assignments(folder, [assignment_of(project)])
