"""The command line: parses, calls, shows progress and prints. Each verb's work is a plain function elsewhere.

The verbs import what they need when they are called: `variorum --help` must not wait for dataframes.
"""

from __future__ import annotations

import errno
import gc
from typing import Any

import click

from variorum.cli.candidates import candidates
from variorum.cli.convert import convert
from variorum.cli.curation import agree, curate
from variorum.cli.dataset import build, card, freeze, schema, validate
from variorum.cli.diff import diff
from variorum.cli.label_studio import label_studio
from variorum.cli.new import new
from variorum.cli.publish import publish, rehydrate
from variorum.cli.report import report
from variorum.cli.shared import RefusedError
from variorum.freed_memory import arrow_gives_back
from variorum.lean_import import without_pandas

GARBAGE_AFTER = 100_000
"""Objects between two searches for garbage in cycles, which imports and tables hardly leave. With Python's 700 the searches
take 0.39 of the 4.2 s of processor time of a build of three articles, with this 0.12; peak memory stays. The library itself
leaves it alone.
"""


class _Verbs(click.Group):
    """The verbs; what the machine refuses (a full disk, a file without permission) is one plain line, not a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise  # the reader of the output left, which click knows how to end
        except OSError as error:
            raise RefusedError(_refused(error)) from error


def _refused(error: OSError) -> str:
    file = error.filename2 or error.filename  # of a copy the second is what is written
    told = f"{error.strerror}: {file}" if file else str(error)
    is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return f"{told}. Make room on that disk and run it again; build/cache is safe to delete." if is_full else told


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="variorum")
@click.pass_context
def main(context: click.Context) -> None:
    """Seed articles and Label Studio annotations become validated Parquet splits on the Hugging Face Hub.

    \b
    seeds --freeze--> corpus --> annotations --build--> build/hub

    \b
    Examples:
      variorum new news --texts DIR   make a corpus folder from .txt files
      variorum freeze                 take up new articles from seeds/
      variorum validate               check everything, write nothing
      variorum build                  write build/hub, or say why not
      variorum build --root ../news   the same for another corpus

    Exit codes: 0 done, 1 findings (the data is wrong), 2 usage or environment (the call is wrong).
    """
    gc.set_threshold(GARBAGE_AFTER)
    arrow_gives_back()
    need_pandas = (new.name, label_studio.name, curate.name, diff.name, publish.name)  # or rather their libraries do
    if context.invoked_subcommand not in need_pandas:
        context.with_resource(without_pandas())


for verb in (
    new,
    freeze,
    validate,
    build,
    schema,
    card,
    label_studio,
    agree,
    curate,
    candidates,
    diff,
    report,
    convert,
    publish,
    rehydrate,
):
    main.add_command(verb)
