"""What the verbs share: the options, the corpus folder, findings and their exit codes, and progress.

Nothing is imported here that only a verb needs: `variorum --help` must not wait for dataframes.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from variorum.progress import Progress, Step
from variorum.wording import counted

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

    from variorum.engines import Working
    from variorum.findings import Finding
    from variorum.folder import Folder
    from variorum.stages import Recording

FORMAT_NAMES = ("plain", "json", "github", "sarif", "junit")
PROGRESS_AFTER = 2.0
"""Seconds after which a running command shows how far it is."""

DONE, FINDINGS, ENVIRONMENT = 0, 1, 2

Command = Callable[..., None]


class RefusedError(click.ClickException):
    """The machine, or a server, would not do it."""

    exit_code = ENVIRONMENT


class _Pseudonym(click.ParamType[str]):
    name = "name"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from variorum.annotations.export import is_pseudonym

        if value and not is_pseudonym(value):
            self.fail(f"{value!r} is no pseudonym: letters, digits, '_' and '-', such as a1.", param, ctx)
        return value


PSEUDONYM = _Pseudonym()
PROJECT_NAMES = ("documents", "alignments", "claim_pairs")


def with_project(command: Command) -> Command:
    """Adds `--project`."""
    option = click.option(
        "--project", type=click.Choice(PROJECT_NAMES), default="documents", show_default=True, help="The kind of project."
    )
    return option(command)


def with_candidates(command: Command) -> Command:
    """Adds `--candidates`."""
    option = click.option(
        "--candidates",
        type=click.Choice(["lexical", "semantic"]),
        default="lexical",
        show_default=True,
        help="How likely pairs of sentences or claims are found: by words and characters, or by embeddings too (English).",
    )
    return option(command)


def with_root(command: Command) -> Command:
    """Adds `--root`."""
    return click.option(
        "--root",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        default=".",
        help="The corpus folder; the current one by default.",
    )(command)


class _Place(click.ParamType[Any]):
    """A folder on this machine or in a store."""

    name = "place"

    def __init__(self, *, exists: bool = False) -> None:
        self._local = click.Path(exists=exists, file_okay=False, path_type=Path)

    def convert(self, value: str | Path, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        if "://" not in str(value):
            return Path(self._local.convert(value, param, ctx))
        from variorum.storage import path_of

        return path_of(str(value))


PLACE = _Place()


def with_stored_root(command: Command) -> Command:
    """Adds `--root`, which may be in a store."""
    told = "The corpus folder; the current one by default. Or where it is in a store, as s3://BUCKET/CORPUS."
    return click.option("--root", type=_Place(exists=True), default=".", help=told)(command)


def with_workers(command: Command) -> Command:
    """Adds `--workers`."""
    told = "Processes to work in; by default one a processor, where there is enough to do. No byte of the result depends on it."
    return click.option("--workers", type=click.IntRange(min=0), default=0, metavar="N", help=told)(command)


def with_engine(command: Command) -> Command:
    """Adds `--workers`, `--engine` and `--address`."""
    told = "Ray that is running already, as HOST:PORT or auto; without, one of our own is started and stopped."
    command = click.option("--address", default="", metavar="HOST:PORT", help=told)(command)
    told = "Where the work is done: by processes of this machine, or by Ray."
    command = click.option("--engine", type=click.Choice(("local", "ray")), default="local", show_default=True, help=told)(
        command
    )
    return with_workers(command)


def with_profile(command: Command) -> Command:
    """Adds `--profile`."""
    return click.option("--profile", is_flag=True, help="Print seconds by stage, and validation's share, on standard error.")(
        command
    )


def working(workers: int, engine: str = "local", address: str = "") -> Working:
    """What `--workers`, `--engine` and `--address` say; exits 2 where the engine is not installed."""
    from variorum.engines import Working

    if engine == "local":
        if address:
            raise click.UsageError("--address is where a Ray is. Add --engine ray.")
        return Working(workers)
    with extra("ray"):
        from variorum.engines.ray import on_ray
    return Working(workers, on_ray(address))


def with_format(command: Command) -> Command:
    """Adds `--format` and `--output`."""
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


def open_folder(root: Path) -> Folder:
    """The corpus folder, or exit 2 where there is none."""
    from variorum.folder import Folder
    from variorum.storage import shown

    folder = Folder(root.resolve())
    if not folder.settings.is_file():
        hint = "Name the corpus folder with --root, behind the verb."
        raise click.UsageError(f"{shown(folder.root)} has no {folder.name(folder.settings)}. {hint}")
    return folder


def finish(
    findings: list[Finding], format_: str, output: Path | None, success: str = "", failure: str = "nothing was written"
) -> None:
    """Prints findings and, where none is an error, what was done; exits 0 or 1.

    Plain findings go to standard error. The other formats are documents of their own on standard output, so that
    they can be piped; what was done then goes to standard error.
    """
    from variorum.findings import failed
    from variorum.report_formats import FORMATS, as_shown

    text = as_shown(findings) if format_ == "plain" and not output else FORMATS[format_](findings)
    if output:
        _save(output, text)
    else:
        click.echo(text, nl=False, err=format_ == "plain")
    if failed(findings):
        click.echo(f"{_count(findings)}; {failure}.", err=True)
        sys.exit(FINDINGS)
    click.echo(success, nl=False, err=format_ != "plain" and not output)
    sys.exit(DONE)


def _save(output: Path, text: str) -> None:
    """Writes a file whole or not at all; what is no file, as /dev/stdout or a pipe, is written to as it is."""
    from variorum.safe_write import write_beside

    if output.exists() and not output.is_file():
        output.write_text(text, encoding="utf-8", newline="\n")
    else:
        write_beside(output.resolve(), text.encode())


def _count(findings: list[Finding]) -> str:
    return counted(sum(each.level == "error" for each in findings), "error")


@contextmanager
def extra(name: str) -> Iterator[None]:
    """A library that an extra brings, if it is missing, as one plain line."""
    try:
        yield
    except ModuleNotFoundError as error:
        hint = f"Install it with: pip install 'variorum[{name}]', or `make extras` in a clone."
        raise RefusedError(f"{error.name} is missing. {hint}") from error


@contextmanager
def progress_bar(label: str) -> Iterator[Progress]:
    """Bars on standard error, one a stage, shown once the work has taken a while and only to a terminal."""
    bars = _Bars(label)
    try:
        yield bars.update
    finally:
        bars.finish()


class _Bars:
    """The bar of the present stage, and when the stage began: when the last one was heard of for the last time."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._started = self._began = self._heard = time.monotonic()
        self._step: Step | None = None
        self._bar: ProgressBar[Any] | None = None

    def update(self, step: Step) -> None:
        now = time.monotonic()
        if self._step is None or (step.name, step.total) != (self._step.name, self._step.total) or step.done < self._step.done:
            self.finish()
            self._began = self._heard
        self._step, self._heard = step, now
        if self._bar is None and now - self._started > PROGRESS_AFTER and sys.stderr.isatty():
            self._bar = self._drawn(step, now - self._began)
        if self._bar is not None:
            self._bar.update(step.done - self._bar.pos, so_far(step, now - self._began))

    def _drawn(self, step: Step, passed: float) -> ProgressBar[Any]:
        bar: ProgressBar[Any] = click.progressbar(
            length=step.total, label=step.name or self._label, file=sys.stderr, show_pos=True, item_show_func=lambda told: told
        )
        bar.start -= passed  # what is left is reckoned from the beginning of the stage, not of the bar
        return bar

    def finish(self) -> None:
        if self._bar is not None:
            self._bar.render_finish()
        self._bar = None


def so_far(step: Step, seconds: float) -> str:
    """What a stage has come to beside how far it is: megabytes (10^6) of input a second, repairs and findings."""
    told = [f"{step.bytes / 1e6 / seconds:.1f} MB/s"] if step.bytes and seconds else []
    counts = [("repair", step.repairs), ("finding", step.findings)]
    return ", ".join(told + [f"{count:,} {name}{'s' if count != 1 else ''}" for name, count in counts if count])


def profile_at_the_end(recording: Recording) -> None:
    """Has the command print where its time went, on standard error, behind its findings: there may be thousands."""
    from variorum.run_record import profile_table

    click.get_current_context().call_on_close(lambda: click.echo(profile_table(recording), nl=False, err=True))
