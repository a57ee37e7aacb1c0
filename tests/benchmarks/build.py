"""The build against the least that any build must do and against other tools, in one run:

    python scripts/bench.py build [--tasks 1000] [--rounds 3] [--only ours,floor] [--files 1] [--inline] [--markdown]

Every contender runs once for its memory, which also warms the cache of files, and then once a round, in turn, in a process
of its own; imports and preparation are not timed. A ratio is that of one round, to our build of the same round. What
cannot be had, or fails, is said to be absent and has no figure. Corpora and tools' environments are kept in a cache.
`--markdown` writes docs/benchmarks.md.
"""

import argparse
import json
import os
import platform
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

import polars as pl
import pyarrow as pa

from tests.benchmarks.corpus import make_corpus
from tests.benchmarks.environments import AbsentError, cache, python_with
from tests.benchmarks.measure import FailedError, load, peak, processor, run
from tests.benchmarks.peers import exports
from variorum.build import build
from variorum.findings import failed
from variorum.folder import Folder
from variorum.run_record import record_of

REPOSITORY = Path(__file__).parent.parent.parent
PAGE = REPOSITORY / "docs" / "benchmarks.md"
BUSY = "**The machine was busy with other work: these figures are no guide.**\n"
LEGEND = """# Benchmarks

Written by `{command}`; [tests/benchmarks](../tests/benchmarks/build.py) says what is compared.
A ratio is that of one round, to our build of the same round: median, least and most. Seconds are medians, imports not counted;
memory is that of all processes, what they share counted once. Targets are for 10,000 tasks on a machine that does nothing else.

"""


SHARES = """## Where the processor time of our build goes

In shares of that of a whole build. The floor is what remains if nothing is read but the results, nothing computed and nothing
checked. Beyond it every annotator's result is kept as it was written, with its place and what became of it, gold becomes its
tables, and all rules run on all rows. Where one export of several has changed, its shard is worked on, the row groups of all
shards are put together, and what does not change is looked at to be sure of it.

| stage | a whole build | one export changed |
|---|---|---|"""
LEAST_SHARE = 0.001


class Contender(NamedTuple):
    """Something that is measured. `needs` are requirements as pip takes them.

    `target` is what its figures are to be with 10,000 tasks: of our build the memory, of others how often ours goes into them.
    """

    name: str
    module: str
    run: str
    needs: tuple[str, ...] = ()
    target: str = ""

    @property
    def group(self) -> str:
        """What `--only` calls it."""
        return self.name.split(":")[0]


OURS = Contender("ours: build", "own", "build", target="at most 500 MB")
CHANGED = Contender("again: one of the exports changed", "own", "changed", target="at most 0.03 with --files 100")
CONTENDERS = (
    OURS,
    Contender("ours: validate", "own", "validate"),
    Contender("ours: agree", "own", "agree"),
    Contender("ours: diff, one mention of 900 relabelled", "own", "diff"),
    Contender("ours: load_dataset of every table built", "own", "load_dataset", ("datasets>=5.2",)),
    Contender("again: nothing changed", "own", "again", target="at most 0.02"),
    CHANGED,
    Contender("floor: msgspec typed decode, the same Parquet write", "floor", "msgspec", target="at least 1.00"),
    Contender("floor: orjson.loads, the same Parquet write", "floor", "orjson", ("orjson",)),
    Contender("label-studio: SDK converter JSON_MIN", "converter", "JSON_MIN", ("label-studio-sdk==2.1.2",)),
    Contender("label-studio: SDK converter CSV", "converter", "CSV", ("label-studio-sdk==2.1.2",)),
    Contender("label-studio: SDK converter CONLL2003", "converter", "CONLL2003", ("label-studio-sdk==2.1.2",)),
    Contender(
        "datasets: from_generator, our main tables", "hugging_face", "from_generator", ("datasets>=5.2",), target="at least 10"
    ),
    Contender("datasets: load_dataset('json'), to_parquet", "hugging_face", "load_json", ("datasets>=5.2",)),
    Contender("datatrove: JSON lines to Parquet, 2 workers", "datatrove_parquet", "parquet", ("datatrove[io]",)),
    Contender("duckdb: 4 tables, no tokens", "duckdb_tables", "tables", ("duckdb>=1.4",)),
    Contender("duckdb: 4 tables and token strings", "duckdb_tables", "tokens", ("duckdb>=1.4",)),
    Contender("spacy: tokens, sentences, mentions as DocBin", "spacy_docbin", "docbin", ("spacy>=3.8",)),
)


@dataclass
class Figures:
    """What was measured of a contender: seconds by round, peak memory in MB; or why there is nothing."""

    seconds: list[float] = field(default_factory=list)
    memory: float | None = None
    absent: str = ""


def corpus_of(tasks: int, files: int, inline: bool) -> Path:
    """A corpus that was built, made anew only where what makes it has changed."""
    makers = [Path(__file__).with_name(name) for name in ("articles.py", "corpus.py")]
    made_of = repr((tasks, files, inline)).encode() + b"".join(path.read_bytes() for path in makers)
    place = cache() / "corpora" / f"{tasks}-{sha256(made_of).hexdigest()[:12]}"
    if not (place / "whole").is_file():
        shutil.rmtree(place, ignore_errors=True)
        make_corpus(place, tasks, files=files, inline=inline)
        (place / "whole").touch()
    return place


def measured(contenders: Sequence[Contender], corpus: Path, rounds: int, say: Callable[[str], None]) -> list[Figures]:
    """The figures of all contenders."""
    figures = [Figures() for _ in contenders]
    for number in range(rounds + 1):
        for contender, found in zip(contenders, figures, strict=True):
            if not found.absent:
                say(f"{'memory' if number == 0 else f'round {number} of {rounds}'}: {contender.name}")
                _measure(contender, corpus, found, timed=number > 0)
    return figures


def _measure(contender: Contender, corpus: Path, found: Figures, timed: bool) -> None:
    """Adds one run to the figures, or why there is none."""
    with TemporaryDirectory() as target:
        try:
            command = _command(contender, corpus, target)
            if timed:
                found.seconds.append(run(command, _environment(target)))
            else:
                found.memory = peak(command, _environment(target))
        except (AbsentError, FailedError) as error:
            found.absent = str(error)


def _command(contender: Contender, corpus: Path, target: str) -> list[str]:
    python = python_with(contender.needs)
    return [python, "-m", "tests.benchmarks.peers", contender.module, contender.run, str(corpus), target]


def _environment(target: str) -> Mapping[str, str]:
    """The variables of a run: this working copy is imported, the first run leaves its bytecode, and nothing asks the network.

    Compiling alone took a worker of datatrove 16 s where an environment keeps no bytecode.
    """
    path = os.pathsep.join(map(str, (REPOSITORY, REPOSITORY / "src")))
    told = {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "", "HF_HOME": f"{target}/hugging-face", "HF_HUB_OFFLINE": "1"}
    return os.environ | told


def table(contenders: Sequence[Contender], figures: Sequence[Figures]) -> str:
    """The figures in Markdown; ratios are to our build where it ran, else to the first that did."""
    ran = {each.name: found for each, found in zip(contenders, figures, strict=True) if not found.absent}
    base = OURS.name if OURS.name in ran else next(iter(ran), "")
    lines = [f"| what | x {base} (least to most) | seconds | peak MB | target |", "|---|---|---|---|---|"]
    for each, found in zip(contenders, figures, strict=True):
        if found.absent:
            lines.append(f"| {each.name} | absent: {found.absent} | | | {each.target} |")
        else:
            ratios = [one / other for one, other in zip(found.seconds, ran[base].seconds, strict=True)]
            memory = "unknown" if found.memory is None else f"{found.memory:.0f}"
            spread = f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
            lines.append(f"| {each.name} | {spread} | {median(found.seconds):.2f} | {memory} | {each.target} |")
    return "\n".join(lines) + "\n"


def setting(corpus: Path, tasks: int) -> str:
    """What was measured on."""
    size = sum(path.stat().st_size for path in exports(corpus)) / 1e6
    versions = f"Python {platform.python_version()}, pyarrow {pa.__version__}, polars {pl.__version__}"
    share = json.loads(record_of(Folder(corpus).hub).read_bytes())["validation_share"]
    return (
        f"{tasks} tasks, {size:.1f} MB of exports; {os.cpu_count()} cores, {processor()}, {platform.system()}, "
        f"load {load():.1f}; {versions}.\nValidation is {share:.1%} of the processor time of our build (target: at most 10%).\n"
        f"{BUSY if load() > 2 * (os.cpu_count() or 1) else ''}"
    )


def shares(corpus: Path) -> str:
    """Where the processor time of our build goes, and that of one where an export has changed, in Markdown."""
    whole = _spent(corpus)
    with TemporaryDirectory() as target:
        run(_command(CHANGED, corpus, target), _environment(target))
        changed = _spent(Path(target) / "corpus")
    rows = [
        f"| {name} | {whole[name] / whole.total():.1%} | {changed[name] / whole.total():.1%} |"
        for name, _ in whole.most_common()
        if max(whole[name], changed[name]) >= LEAST_SHARE * whole.total()
    ]
    return "\n".join([SHARES, *rows, f"| all stages | 100% | {changed.total() / whole.total():.1%} |"]) + "\n"


def _spent(corpus: Path) -> Counter[str]:
    """The seconds of processors that the last build of a corpus took, by stage."""
    record = json.loads(record_of(Folder(corpus).hub).read_bytes())
    spent = Counter({name: each["cpu_seconds"] for name, each in record["stages"].items() if name != "shards"})
    spent.update(record["cpu_seconds_inside_shards"])
    return spent


def page(told: str, found: str, asked: Sequence[str]) -> str:
    """The page of the figures, which says how it was made."""
    command = " ".join(["python scripts/bench.py build", *asked])
    return f"{LEGEND.format(command=command)}{told}\n{found}"


def chosen(only: str) -> list[Contender]:
    """The contenders of the groups that are named, or of the runs, or all."""
    named = [each.strip() for each in only.split(",") if each.strip()]
    groups, runs = (dict.fromkeys(names) for names in zip(*((each.group, each.run) for each in CONTENDERS), strict=True))
    if unknown := [each for each in named if each not in groups | runs]:
        raise SystemExit(f"There is no group {unknown[0]!r}; there are {', '.join(groups)}, and one by one {', '.join(runs)}.")
    return [each for each in CONTENDERS if not named or each.group in named or each.run in named]


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="bench.py build", description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--tasks", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--only", default="", help="groups, or runs: " + ", ".join(dict.fromkeys(each.group for each in CONTENDERS))
    )
    parser.add_argument("--files", type=int, default=1, help="annotators that share the documents")
    parser.add_argument("--inline", action="store_true", help="texts stand in the catalogue")
    parser.add_argument("--markdown", action="store_true", help=f"write {PAGE.relative_to(REPOSITORY)}")
    asked = parser.parse_args(arguments)
    contenders = chosen(asked.only)

    def say(told: str) -> None:
        print(told, file=sys.stderr)  # noqa: T201

    say("making the corpus and building it once")
    corpus = corpus_of(asked.tasks, asked.files, asked.inline)
    if failed(build(Folder(corpus)).findings):
        raise SystemExit(f"The corpus in {corpus} has errors; see `variorum validate --root {corpus}`.")
    figures = measured(contenders, corpus, asked.rounds, say)
    told, found = setting(corpus, asked.tasks), f"{table(contenders, figures)}\n{shares(corpus)}"
    print(f"{told}\n{found}", end="")  # noqa: T201
    if asked.markdown:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(page(told, found, sys.argv[1:] if arguments is None else arguments), encoding="utf-8")


if __name__ == "__main__":
    main()
