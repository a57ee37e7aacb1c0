"""The verbs of annotation: a server, projects filled from the corpus and emptied into annotations/."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from variorum.cli.material import Asked, corpus_for, material_for
from variorum.cli.server import URL, connect, plainly
from variorum.cli.shared import (
    FINDINGS,
    PSEUDONYM,
    RefusedError,
    finish,
    open_folder,
    progress_bar,
    with_candidates,
    with_format,
    with_project,
    with_root,
)
from variorum.progress import Step
from variorum.wording import counted

if TYPE_CHECKING:
    from variorum.findings import Finding
    from variorum.folder import Folder
    from variorum.label_studio.assignment import Assignment
    from variorum.label_studio.client import Server
    from variorum.label_studio.pull import Pulled, Puller
    from variorum.label_studio.push import Plan
    from variorum.label_studio.reference import Reference
    from variorum.label_studio.server import Access
    from variorum.label_studio.status import Status


@click.group("label-studio", short_help="Annotate: serve, push, pull, status.")
def label_studio() -> None:
    """Annotate in Label Studio: a local server, tasks in, annotations out.

    \b
    corpus --push--> one project an annotator --pull--> annotations

    The server is the one that `serve` started for this corpus, or any other: set LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY.

    \b
    Examples:
      variorum label-studio serve --annotator a1 --annotator a2    start, and push when it answers
      variorum label-studio status
      variorum label-studio pull --build                           finished annotations become a validated build
    """


def _with_annotators(default: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    help_ = f"The pseudonym of an annotator; may stand several times. {default} by default."
    return click.option("--annotator", "annotators", multiple=True, type=PSEUDONYM, help=help_)


def _with_round(command: Callable[..., None]) -> Callable[..., None]:
    """Adds `--round`."""
    option = click.option("--round", "round_", type=PSEUDONYM, default="round1", show_default=True, help="The round.")
    return option(command)


def _with_selection(command: Callable[..., None]) -> Callable[..., None]:
    """Adds `--round` and `--annotator` that choose from what there is."""
    option = click.option("--round", "round_", type=PSEUDONYM, default="", help="The round; all there are by default.")
    return option(_with_annotators("All there are")(command))


@label_studio.command(short_help="Start a Label Studio server on this machine.")
@with_root
@_with_round
@_with_annotators("None, and nothing is pushed,")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(1024, 65535), help="The port on 127.0.0.1.")
@click.option(
    "--database",
    envvar="VARIORUM_DATABASE",
    default="",
    help="postgresql://USER:PASSWORD@HOST:PORT/NAME, or VARIORUM_DATABASE. SQLite by default.",
)
@click.option("--check", is_flag=True, help="Say what would be done; do nothing.")
def serve(root: Path, round_: str, annotators: tuple[str, ...], port: int, database: str, check: bool) -> None:
    """Start Label Studio for this corpus, on this machine only and telling nobody. Ctrl-C stops it.

    The first start installs it apart from variorum (1 GB, once a machine) and makes its first user. Everything it keeps is
    in .label-studio/, which version control ignores. With annotators named, their projects are pushed when it answers.

    \b
    Examples:
      variorum label-studio serve
      variorum label-studio serve --annotator a1 --annotator a2 --round round2
      variorum label-studio serve --check
    """
    folder = open_folder(root)
    if os.environ.get(URL):
        raise click.UsageError(f"{URL} is set, so that server is used. Unset it to start one here.")
    with plainly():
        from variorum.label_studio import server as local
        from variorum.label_studio.client import answers

        access = local.local_access(folder)
        running = access is not None and answers(access.url) and _accepts(access)
        address = access.url if access and running else f"http://{local.HOST}:{port}"
        if check:
            click.echo("\n".join(local.prospect(folder, address, database, running=running)))
        elif running:
            click.echo(f"Label Studio answers at {address} already.")
            if not _push_if_named(folder, round_, annotators):
                sys.exit(FINDINGS)
        elif not local.is_free(port):
            raise click.UsageError(f"Port {port} is in use. Choose another with --port.")
        else:
            _serve(folder, local.LocalServer(folder, local.make_access(folder, port), database), round_, annotators)


def _serve(folder: Folder, server: Any, round_: str, annotators: tuple[str, ...]) -> None:
    """Runs the server until it is told to stop."""
    from variorum.label_studio import server as local

    if not local.is_installed():
        click.echo(f"Installing Label Studio {local.VERSION}: 1 GB, once on this machine.", err=True)
        local.install()
    for number in local.STOPPED_BY:  # Ctrl-C too, which a shell has its background commands ignore
        signal.signal(number, signal.default_int_handler)
    try:
        click.echo("Starting Label Studio; the first time this takes a minute or two.", err=True)
        with progress_bar("Starting") as progress, server.running(lambda passed: progress(Step(int(passed), 30))) as process:
            click.echo(f"Label Studio {local.VERSION} is at {server.access.url}, for this machine only.")
            click.echo(f"Log in as {server.access.username}; the password is in {folder.name(folder.access)}. Ctrl-C stops it.")
            _push_if_named(folder, round_, annotators)
            process.wait()
            raise RefusedError(f"Label Studio stopped by itself; {folder.name(server.log)} says why.")
    except KeyboardInterrupt:
        click.echo("Stopped.")


def _accepts(access: Access) -> bool:
    """Whether the server at an address is the one that a token is for: another corpus's may run there."""
    from variorum.label_studio.client import Server, ServerError

    try:
        Server(access.url, access.token).close()
    except ServerError:
        return False
    return True


def _push_if_named(folder: Folder, round_: str, annotators: tuple[str, ...]) -> bool:
    """Pushes where annotators are named; returns whether nothing stood in the way."""
    from variorum.findings import failed
    from variorum.report_formats import as_plain

    findings = _push(folder, round_, annotators, Asked(), dry_run=False) if annotators else []
    click.echo(as_plain(findings), err=True, nl=False)
    if failed(findings):
        click.echo("Nothing was pushed.", err=True)
    return not failed(findings)


@label_studio.command(short_help="Fill each annotator's project from the corpus.")
@with_root
@_with_round
@_with_annotators("Those of the round that there are")
@with_project
@click.option("--predictions/--no-predictions", default=True, help="Whether tasks are marked already, as predictions.")
@with_candidates
@click.option("--dry-run", is_flag=True, help="Show the plan; change nothing.")
@with_format
def push(
    root: Path,
    round_: str,
    annotators: tuple[str, ...],
    project: str,
    predictions: bool,
    candidates: str,
    dry_run: bool,
    format_: str,
    output: Path | None,
) -> None:
    """Make or complete one project an annotator: config, guidelines, one task a document, pre-annotation.

    The projects `alignments` and `claim_pairs` have a task for each two tellings of a story: sentences, or gold claims, are
    marked, and likely pairs drawn for the annotator to label or delete.

    Pushing again adds what is new and changes nothing else. A frozen text or a label that annotations depend on is never
    changed: that is a finding, and nothing is pushed. schema/preannotation.yaml says what is marked already.

    \b
    Examples:
      variorum label-studio push --annotator a1 --annotator a2 --dry-run
      variorum label-studio push --annotator a1 --annotator a2
      variorum label-studio push --project alignments --annotator a1
      variorum label-studio push                                   complete the projects there are
    """
    folder = open_folder(root)
    with plainly():
        findings = _push(folder, round_, annotators, Asked(project, predictions, candidates), dry_run=dry_run)
    finish(findings, format_, output, failure="nothing was pushed")


def _push(folder: Folder, round_: str, annotators: tuple[str, ...], asked: Asked, *, dry_run: bool) -> list[Finding]:
    """Plans, shows the plan and carries it out; any error on any project keeps all from being touched."""
    from variorum.findings import failed
    from variorum.label_studio.push import plan_push, push

    server = connect(folder)
    inputs, tables = corpus_for(folder, asked.project)
    if failed(inputs.findings):
        return [each for each in inputs.findings if failed([each])]
    material = material_for(inputs, tables, asked)
    wanted = _wanted(server, inputs.settings.name, asked.project, round_, annotators)
    plans = [plan_push(server, material, assignment) for assignment in wanted]
    for plan in plans:
        click.echo(plan_line(plan), err=True)
    findings = [each for plan in plans for each in plan.findings]
    if dry_run or failed(findings):
        return findings
    for assignment in wanted:
        with progress_bar(f"Pushing {assignment.annotator}") as progress:
            done = push(server, material, assignment, progress)
        if failed(done.findings):
            return done.findings
        click.echo(f"{assignment}: {counted(done.unchanged, 'task')} at {server.url}/projects/{done.project}/data")
    return findings


def _wanted(server: Server, corpus: str, project: str, round_: str, annotators: tuple[str, ...]) -> list[Assignment]:
    """The assignments that were named, or those of the round that are on the server."""
    from variorum.label_studio.assignment import Assignment, found_projects

    if annotators:
        return [Assignment(project, round_, annotator) for annotator in dict.fromkeys(annotators)]
    found = found_projects(server.described(), corpus)
    there = [each for each in found if (each.project, each.round) == (project, round_)]
    if not there:
        raise click.UsageError(
            f"{round_} of {project} has no project on the server yet. Name its annotators: --annotator a1 --annotator a2"
        )
    return sorted(there)


def plan_line(plan: Plan) -> str:
    """What a push would do for one assignment, in words."""
    counts = {
        "to add": plan.add,
        "to renew": plan.renew,
        "to be pre-annotated": plan.predict,
        "to lose their pre-annotation": plan.clear,
        "that stand twice to remove": plan.remove,
    }
    steps = [f"{counted(len(tasks), 'task')} {what}" for what, tasks in counts.items() if tasks]
    names = {"label_config": "labelling config", "expert_instruction": "guidelines", "model_version": "what tasks begin with"}
    settings = [f"{names[name]} to set" for name in plan.settings] if plan.project else ["a new project"]
    settings += [f"{counted(len(plan.spare), 'empty project')} to delete"] if plan.spare else []
    return f"{plan.assignment}: " + ("; ".join([*settings, *steps]) or "nothing to do") + f"; {plan.unchanged} unchanged."


@label_studio.command(short_help="Bring annotations into annotations/.")
@with_root
@_with_selection
@click.option("--full", is_flag=True, help="Ask for every task anew, not only for those that changed.")
@click.option("--accept-deletions", is_flag=True, help="Let annotations go whose tasks were deleted on the server.")
@click.option("--build", "then_build", is_flag=True, help="Build afterwards.")
@with_format
@click.pass_context
def pull(
    context: click.Context,
    root: Path,
    round_: str,
    annotators: tuple[str, ...],
    full: bool,
    accept_deletions: bool,
    then_build: bool,
    format_: str,
    output: Path | None,
) -> None:
    """Bring what changed on the server into annotations/PROJECT/ROUND/ANNOTATOR.json, one file an annotator.

    Everything is checked before it is written. What is wrong is kept in .label-studio/aside/ with its findings, and the
    file keeps what it had; the next pull looks at it again. Pulling twice changes no byte.

    \b
    Examples:
      variorum label-studio pull
      variorum label-studio pull --round round2 --annotator a1
      variorum label-studio pull --build
    """
    from variorum.findings import failed
    from variorum.label_studio.reference import read_reference

    folder = open_folder(root)
    findings: list[Finding] = []
    with plainly():
        reference, faults = read_reference(folder)
        if faults:
            finish(faults, format_, output, failure="nothing was pulled")
        puller, wanted = _puller(reference, round_, annotators)
        puller = replace(puller, full=full, accept_deletions=accept_deletions)
        for assignment, project in wanted:
            findings += _pull(puller, assignment, project)
        findings += _missing(folder, {assignment for assignment, _ in wanted}, round_, annotators)
        if not wanted and not findings:
            raise click.UsageError("The server has no such project of this corpus. Push first, or see `label-studio status`.")
    if then_build and not failed(findings):
        from variorum.cli.dataset import build
        from variorum.report_formats import as_plain

        click.echo(as_plain(findings), err=True, nl=False)
        context.invoke(build, root=root, format_=format_, output=output)
    finish(findings, format_, output, failure="what is wrong was not taken over")


def _puller(reference: Reference, round_: str, annotators: tuple[str, ...]) -> tuple[Puller, list[tuple[Assignment, int]]]:
    """What pulls, and the assignments on the server that were asked for, each with its project; the curator's are not."""
    from variorum.folder import GOLD
    from variorum.label_studio.assignment import found_projects
    from variorum.label_studio.pull import Puller

    server = connect(reference.folder)
    found = found_projects(server.described(), reference.settings.name)
    chosen = [
        (each, ids[0])
        for each, ids in found.items()
        if each.annotator != GOLD and round_ in ("", each.round) and (not annotators or each.annotator in annotators)
    ]
    return Puller(server, reference), sorted(chosen)


def _pull(puller: Puller, assignment: Assignment, project: int) -> list[Finding]:
    """Pulls one assignment, writes it and says what became of it."""
    export = puller.reference.folder.export_of(assignment.project, assignment.round, assignment.annotator)
    with progress_bar(f"Pulling {assignment.annotator}") as progress:
        pulled = replace(puller, progress=progress).pull(export, project)
    written = pulled.keep()
    click.echo(_pulled_line(assignment, pulled, written=written), err=True)
    return [*pulled.faults, *pulled.findings]


def pull_assignments(folder: Folder, wanted: Sequence[Assignment]) -> list[Finding]:
    """Pulls some assignments of a corpus; a usage error where the server lacks one."""
    from variorum.label_studio.assignment import found_projects
    from variorum.label_studio.pull import Puller
    from variorum.label_studio.reference import read_reference

    reference, faults = read_reference(folder)
    if faults:
        return faults
    server = connect(folder)
    there = found_projects(server.described(), reference.settings.name)
    lacking = [each for each in wanted if each not in there]
    if lacking:
        raise click.UsageError(f"The server has no project {lacking[0]} yet. Push it first.")
    puller = Puller(server, reference)
    return [each for assignment in wanted for each in _pull(puller, assignment, there[assignment][0])]


def _pulled_line(assignment: Assignment, pulled: Pulled, *, written: bool) -> str:
    from variorum.label_studio.pull import STATES

    states = ", ".join(f"{pulled.states[state]} {state}" for state in STATES)
    facts = [states, f"{pulled.fetched} fetched"]
    facts += [f"{counted(pulled.gone, 'task')} gone from the server"] if pulled.gone else []
    facts += [f"{len(pulled.aside)} set aside in {pulled.aside_file.name}"] if pulled.aside else []
    facts += [f"wrote {pulled.export.name}" if written else f"{pulled.export.name} unchanged"]
    return f"{assignment}: " + "; ".join(facts)


def _missing(folder: Folder, pulled: set[Assignment], round_: str, annotators: tuple[str, ...]) -> list[Finding]:
    """A finding for each file under annotations/ that was asked for and that the server has no project for."""
    from variorum.findings import finding
    from variorum.label_studio.assignment import Assignment

    files = [export for path in folder.annotation_files() if (export := folder.export_file(path)) and not export.is_gold]
    asked = [each for each in files if round_ in ("", each.round) and (not annotators or each.annotator in annotators)]
    lacking = [each for each in asked if Assignment(each.project, each.round, each.annotator) not in pulled]
    return [finding(each.name, "project-missing", "The server has no project for it.") for each in lacking]


@label_studio.command(short_help="How far everybody is.")
@with_root
@_with_selection
@click.option("--format", "format_", type=click.Choice(["table", "json"]), default="table", show_default=True, help="The form.")
def status(root: Path, round_: str, annotators: tuple[str, ...], format_: str) -> None:
    """Show for each annotator what is done, skipped, begun and to do, and what validation says of it; write nothing.

    \b
    Examples:
      variorum label-studio status
      variorum label-studio status --round round2 --format json
    """
    folder = open_folder(root)
    with plainly():
        from variorum.label_studio.reference import read_reference
        from variorum.label_studio.status import status as run

        reference, faults = read_reference(folder)
        if faults:
            finish(faults, "plain", None, failure="there is nothing to hold annotations against")
        puller, wanted = _puller(reference, round_, annotators)
        found = []
        for assignment, project in wanted:
            with progress_bar(f"Looking at {assignment.annotator}") as progress:
                found.append(run(replace(puller, progress=progress), assignment, project))
    for fault in (fault for each in found for fault in each.faults):
        click.echo(fault, err=True)
    if format_ == "json":
        click.echo(json.dumps([each.record for each in found], indent=1, ensure_ascii=False))
    else:
        click.echo(_table(found), nl=False)


def _table(found: list[Status]) -> str:
    """A line an assignment, and below it its labels."""
    heads = ("assignment", "done", "empty", "skipped", "draft", "to do", "last change", "errors", "warnings")
    rows = [heads, *(_cells(each) for each in found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    labels = [
        f"{each.assignment} {control}: " + ", ".join(f"{label} {times}" for label, times in counts.items())
        for each in found
        for control, counts in each.labels.items()
    ]
    return "\n".join([*lines, "", *labels]).rstrip() + "\n"


def _cells(each: Status) -> tuple[str, ...]:
    states = [str(each.states[state]) for state in ("done", "empty", "skipped", "draft", "unseen")]
    last = each.last_change[:16].replace("T", " ") or "never"
    return str(each.assignment), *states, last, str(each.errors), str(each.warnings)
