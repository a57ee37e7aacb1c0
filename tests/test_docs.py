"""What the pages say works as written: commands are run, and those that need a server or the Hub are parsed.

A block of `bash` or `python` is run, and a block of `text` after it is what it prints; the commands of a block of `sh`, and
those in a sentence, only have to parse; `label_studio/test_page.py` runs those of the lead's page.
`VARIORUM_DOCS=1` writes what is printed into the pages anew.
"""

import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from variorum.cli import main

REPOSITORY = Path(__file__).parent.parent
PAGES = [
    "README.md",
    "CONTRIBUTING.md",
    "annotations/guidelines/label-studio.md",
    *sorted(f"docs/{path.name}" for path in (REPOSITORY / "docs").glob("*.md")),
]
UPDATE = "VARIORUM_DOCS" in os.environ
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
RUN = re.compile(r"^```(bash|python)\n(.*?)^```\n(\n```text\n(.*?)^```\n)?", re.DOTALL | re.MULTILINE)
HERE_DOCUMENT = re.compile(r" <<'END'\n.*?^END$", re.DOTALL | re.MULTILINE)
TOOLS = {"cat", "cd", "cp", "diff", "echo", "git", "grep", "hf", "iconv", "mkdir", "mv", "printf", "rm", "source"}
"""What is no part of this repository, and is taken to be right."""


def read(page: str) -> str:
    return (REPOSITORY / page).read_text(encoding="utf-8")


def told(language: str, source: str, folder: Path) -> str:
    """What a block prints in a folder, its errors too; a block that fails raises."""
    variorum = f"variorum() {{ '{sys.executable}' -m variorum \"$@\"; }}\n"
    shell = ["bash", "-c", f"set -e; exec 2>&1\n{variorum}{source}"]
    ended = subprocess.run(
        shell if language == "bash" else [sys.executable, "-c", source],
        cwd=folder,
        env=os.environ | {"HF_HOME": str(folder / ".home"), "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def check_followed(page: str, folder: Path) -> None:
    """Runs a page's blocks in a folder, in order, and holds what they print against what the page shows."""

    def with_output(block: re.Match[str]) -> str:
        language, source, output, _ = block.groups()
        printed = told(language, source, folder)
        return f"```{language}\n{source}```\n" + (f"\n```text\n{printed}```\n" if output else "")

    hold(page, RUN.sub(with_output, read(page)))


def hold(page: str, text: str) -> None:
    """Holds a page against what it should be, or makes it that."""
    if UPDATE:
        (REPOSITORY / page).write_text(text, encoding="utf-8")
    assert read(page) == text, f"{page} is not what the commands print. Run `make generate`."


@pytest.mark.slow
def test_the_pages_on_training_leading_and_converting_can_be_followed_in_this_corpus(hub: Path) -> None:
    """They write nothing there but the caches of `datasets`."""
    for page in ("docs/train.md", "docs/annotate.md", "docs/convert.md"):
        check_followed(page, hub.parent.parent)


@pytest.mark.slow
@pytest.mark.parametrize("page", ["docs/new-corpus.md", "docs/label-studio-project.md", "docs/maintain.md"])
def test_the_pages_on_corpora_of_one_s_own_can_be_followed_in_an_empty_folder(page: str, tmp_path: Path) -> None:
    check_followed(page, tmp_path)


LEVELS = ("advanced", "intermediate", "elementary")
MISTAKEN = {"skydiver": "amazon", "wnl_arctic_ramadan": "banksy", "wnl_the_millenials": "chess"}
"""Stories of OneStopEnglish whose elementary text is, but for a few bytes or none, that of another story."""


def one_stop_english(folder: Path) -> None:
    """A corpus of made-up words with the names, byte order marks and faults of OneStopEnglish."""
    folder.mkdir()
    for story in (*MISTAKEN, *MISTAKEN.values(), "wnl_ships_noise", "dogs", "energy", "food", "games", "homes"):
        for number, level in enumerate(LEVELS, start=2):
            words = [f"{story.replace('_', '')}{index}" for index in range(number * 30)]
            text = ". ".join(" ".join(words[start : start + 10]).capitalize() for start in range(0, len(words), 10))
            (folder / f"{story}__{level}.txt").write_text(f"\ufeff{level.capitalize()} \n{text}.\n", encoding="utf-8")
    for number, (mistaken, right) in enumerate(MISTAKEN.items()):
        text = (folder / f"{right}__elementary.txt").read_text(encoding="utf-8")
        (folder / f"{mistaken}__elementary.txt").write_text(text + number * " ok", encoding="utf-8")
    (folder / "wnl_ships_noise__intermediate.txt").write_text("It\u2019s the ships, and nobody else.", encoding="cp1252")


@pytest.mark.slow
def test_the_sequence_for_one_stop_english_mends_a_corpus_with_its_faults(tmp_path: Path) -> None:
    one_stop_english(tmp_path / "onestopenglish")
    (source,) = re.findall(r"^```\n(variorum new onestop .*?)^```$", read("docs/new-corpus.md"), re.DOTALL | re.MULTILINE)
    first, *rest = source.replace("report --open", "report").splitlines()

    found = told("bash", first.replace(" &&", " ||"), tmp_path)
    built = told("bash", "\n".join(rest), tmp_path / "onestop")

    assert found.count("\nwarning: ") == found.count("[text-near-duplicate]") == 2, found
    assert "\nseeds/wnl_ships_noise__intermediate.txt:1: [seed-not-utf8] " in found
    assert "\nseeds/skydiver__elementary.txt: [text-duplicate] The text is that of seeds/amazon__elementary.txt." in found
    assert "\n2 errors; onestop is there, and nothing in it is frozen." in found
    rows = re.findall(r"^documents .*", built, re.MULTILINE)[-1]
    assert sum(map(int, re.findall(r"\d+", rows))) == 12 * len(LEVELS) - len(MISTAKEN)
    assert "[split-" not in built
    assert (tmp_path / "onestop/build/report/index.html").is_file()


def test_the_page_of_rules_is_what_the_command_prints() -> None:
    rules = CliRunner().invoke(main, ["validate", "--list-rules"]).output
    head, _, foot = re.split(
        r"(?<=<!-- generated:rules -->\n\n)(.*?)(?=\n?<!-- /generated -->)", read("docs/rules.md"), flags=re.DOTALL
    )

    hold("docs/rules.md", f"{head}{rules}\n{foot.lstrip()}")


def commands(page: str) -> Iterator[tuple[list[str], bool]]:
    """The commands of a page in words, and whether each stands in a block and has to be whole."""
    text = HERE_DOCUMENT.sub("", read(page))
    for language, source in BLOCK.findall(text):
        for line in source.replace("\\\n", " ").splitlines() if language in ("bash", "sh", "") else ():
            if language or line.startswith("variorum "):
                yield from ((command, True) for command in split(line))
    yield from ((shlex.split(command), False) for command in re.findall(r"`(variorum [^`]+)`", BLOCK.sub("", text)))


def split(line: str) -> list[list[str]]:
    """The commands of a line of the shell, without comments and redirections."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    found: list[list[str]] = [[]]
    for word in lexer:
        if word in ("&&", "||", "|", ";"):
            found.append([])
        else:
            found[-1].append(word)
    return [command[: command.index(">")] if ">" in command else command for command in found if command]


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_a_page_is_one_that_there_is(page: str) -> None:
    for (program, *arguments), whole in commands(page):
        check_command(program.removeprefix(".venv/bin/"), arguments, whole)


@pytest.mark.parametrize(
    "line",
    [
        "variorum valdate",
        "variorum validate --formt github",
        "variorum validate --format gitlab",
        "variorum label-studio psh",
        "variorum publish",
        "variorum diff before",
        "make biuld",
        "pip install 'variorum[hbu]'",
        "python examples/none.py",
        "cd news && frobnicate",
    ],
)
def test_a_command_that_there_is_not_is_seen(line: str) -> None:
    program, *arguments = split(line)[-1]

    with pytest.raises((AssertionError, click.UsageError)):
        check_command(program, arguments, whole=True)


def check_command(program: str, arguments: list[str], whole: bool) -> None:
    if program == "variorum":
        check_verb(arguments, whole)
    elif program == "make":
        targets = {argument for argument in arguments if "=" not in argument}
        assert targets <= set(re.findall(r"^(\w+):", read("Makefile"), re.MULTILINE))
    elif program == "pip":
        extras = tomllib.loads(read("pyproject.toml"))["project"]["optional-dependencies"]
        asked = re.findall(r"variorum\[(.*?)\]", " ".join(arguments))
        assert {extra for each in asked for extra in each.split(",")} <= set(extras)
    elif program in ("python", "python3"):
        assert arguments[0].startswith("-") or (REPOSITORY / arguments[0]).is_file()
    else:
        assert program in TOOLS


def check_verb(arguments: list[str], whole: bool) -> None:
    """Whether a verb has these options, with such values; where it is `whole`, whether nothing is missing."""
    command: click.Command = main
    while isinstance(command, click.Group) and arguments and arguments[0] in command.commands:
        name, *arguments = arguments
        command = command.commands[name]
    assert not isinstance(command, click.Group) or not whole or arguments == ["--help"], arguments
    context = click.Context(command)
    values, left, _ = command.make_parser(context).parse_args(list(arguments))
    assert left == [], arguments
    for parameter in command.params:
        given = values.get(parameter.name or "")
        if isinstance(parameter.type, click.Choice) and isinstance(given, str):
            parameter.type.convert(given, parameter, context)
        assert isinstance(given, str | tuple) or not (whole and parameter.required), (arguments, parameter.name)
