"""The commands as a person runs them."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from variorum.cli import main
from variorum.folder import Folder

Copy = Callable[[str], Folder]


def run(*arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command."""
    result = CliRunner().invoke(main, list(arguments))
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize("verb", ["freeze", "validate", "build", "schema", "card", "diff", "report", "candidates"])
def test_every_verb_shows_an_example(verb: str) -> None:
    code, output, _ = run(verb, "--help")

    assert code == 0
    assert "Example" in output
    assert f"variorum {verb}" in output


def test_help_loads_no_dataframes() -> None:
    """What keeps `variorum --help` quick: it must not import what only the verbs need."""
    script = (
        "import sys\n"
        "from click.testing import CliRunner\n"
        "from variorum.cli import main\n"
        "assert CliRunner().invoke(main, ['--help']).exit_code == 0\n"
        "print(sorted({'polars', 'pandera', 'pyarrow', 'textstat', 'datasets', 'yaml'} & set(sys.modules)))"
    )

    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_validate_loads_neither_pandas_nor_datasets_nor_a_dictionary(repository: Path) -> None:
    script = (
        "import sys\n"
        "from click.testing import CliRunner\n"
        "from variorum.cli import main\n"
        f"assert CliRunner().invoke(main, ['validate', '--root', {str(repository)!r}]).exit_code == 0\n"
        "print(sorted({'pandas', 'datasets', 'textstat'} & set(sys.modules)))\n"
        "import pandas"
    )

    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.slow
def test_a_server_that_is_not_there_is_a_plain_line_to_every_verb_that_asks_one() -> None:
    """In a process of its own: the SDK needs pandas, which some verbs do without, and which may be loaded here already."""
    asked = ["-m", "variorum", "new", "news", "--from-label-studio", "http://127.0.0.1:9/", "--project", "3"]
    ended = subprocess.run(
        [sys.executable, *asked], env=os.environ | {"LABEL_STUDIO_API_KEY": "x"}, capture_output=True, text=True, check=False
    )

    assert ended.returncode == 2
    assert "http://127.0.0.1:9" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_build_prints_what_it_made(corpus: Copy) -> None:
    code, output, errors = run("build", "--root", str(corpus("good").root))

    assert (code, errors) == (0, "")
    assert output == (
        "documents        train 2\n"
        "ner              train 4\n"
        "entities         train 8\n"
        "claims           train 3\n"
        "claim_detection  train 4\n"
        "readability      train 2\n"
        "relations        train 2\n"
        "annotations      train 27\n"
        "27 results in = 27 rows out + 0 rejected; 0 repaired\n"
        "Built build/hub.\n"
    )


def test_findings_go_to_standard_error_and_exit_1(corpus: Copy) -> None:
    folder = corpus("good")
    (folder.seeds / "three.txt").write_bytes(b"Caf\xe9")

    code, output, errors = run("validate", "--root", str(folder.root))

    assert (code, output) == (1, "")
    assert errors == (
        "seeds/three.txt:1: [seed-not-utf8] Byte 3 (0xE9) is not UTF-8. Convert the file to UTF-8.\n"
        "1 error; nothing was written.\n"
    )


def test_validation_counts_what_is_no_error(corpus: Copy) -> None:
    folder = corpus("good")
    (folder.annotations / "documents" / "round1" / "a1.json").write_text("[]")

    code, output, errors = run("validate", "--root", str(folder.root))

    assert (code, output) == (0, "No errors; 2 warnings.\n")
    assert errors.count("warning: ") == 2


def test_machine_formats_go_to_standard_output_alone(corpus: Copy) -> None:
    folder = corpus("good")
    (folder.seeds / "three.txt").write_bytes(b"")

    code, output, _ = run("validate", "--root", str(folder.root), "--format", "json")

    assert code == 1
    assert [each["rule"] for each in json.loads(output)] == ["seed-empty"]


def test_findings_can_be_written_to_a_file(corpus: Copy, tmp_path: Path) -> None:
    target = tmp_path / "findings.sarif"

    code, output, errors = run("validate", "--root", str(corpus("good").root), "--format", "sarif", "--output", str(target))

    assert (code, output, errors) == (0, "Nothing wrong.\n", "")
    assert json.loads(target.read_text())["version"] == "2.1.0"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_a_full_disk_says_what_to_do(corpus: Copy, tmp_path: Path) -> None:
    full = tmp_path / "full"
    full.symlink_to("/dev/full")

    code, output, errors = run("validate", "--root", str(corpus("good").root), "--format", "sarif", "--output", str(full))

    assert (code, output) == (2, "")
    hint = "Make room on that disk and run it again; build/cache is safe to delete."
    assert errors == f"Error: [Errno 28] No space left on device. {hint}\n"
    assert full.is_symlink()


def test_a_folder_that_is_no_corpus_is_a_wrong_call(tmp_path: Path) -> None:
    code, _, errors = run("build", "--root", str(tmp_path))

    assert code == 2
    assert f"{tmp_path} has no corpus/corpus.yaml. Name the corpus folder with --root, behind the verb." in errors


def test_what_the_machine_refuses_is_a_plain_line(corpus: Copy) -> None:
    folder = corpus("good")
    folder.root.joinpath("build").write_text("a file where the folder belongs")

    code, _, errors = run("build", "--root", str(folder.root))

    assert code == 2
    assert errors == f"Error: Not a directory: {folder.root / 'build' / 'cache'}\n"


def test_an_unknown_format_is_a_wrong_call() -> None:
    assert run("validate", "--format", "xml")[0] == 2


def test_freeze_adds_new_seeds_and_says_what_to_look_at(corpus: Copy) -> None:
    folder = corpus("good")
    (folder.seeds / "three.txt").write_text("A third article about snow.")

    code, output, _ = run("freeze", "--root", str(folder.root))

    assert code == 0
    assert output == (
        "1 added, 0 frozen anew, 2 unchanged.\nLook at story_id, role and split of the new lines in corpus/catalogue.jsonl.\n"
    )
    assert folder.text("three").read_text() == "A third article about snow."


@pytest.mark.parametrize("verb", ["schema", "card"])
def test_generated_files_are_written_once_and_checked_after(corpus: Copy, verb: str) -> None:
    root = str(corpus("good").root)

    assert run(verb, "--check", "--root", root)[0] == 1
    assert run(verb, "--root", root)[0] == 0
    assert run(verb, "--check", "--root", root) == (0, "Up to date.\n", "")


def test_a_stale_generated_file_is_named_with_its_command(corpus: Copy) -> None:
    folder = corpus("good")
    run("schema", "--root", str(folder.root))
    folder.label_config("documents").write_text("<View/>")

    code, _, errors = run("schema", "--check", "--root", str(folder.root))

    assert code == 1
    assert errors == "schema/label_config/documents.xml: not up to date. Run `variorum schema`.\n"


def test_candidates_are_the_pairs_that_annotators_are_offered(repository: Path) -> None:
    from variorum.dataset.offers import offer, units_of
    from variorum.inputs import read_corpus
    from variorum.schema.projects import ALIGNMENTS, PROJECTS
    from variorum.to_annotate import pairs_of

    code, output, told = run("candidates", "--root", str(repository))

    inputs = read_corpus(Folder(repository))
    units = units_of(PROJECTS[ALIGNMENTS], inputs, {})
    rows = [json.loads(line) for line in output.splitlines()]
    sides = [
        [tuple(row[f"{side}_{name}"] for name in ("document_id", "start", "end", "text")) for side in ("first", "second")]
        for row in rows
    ]
    offered = [pair for key in pairs_of(inputs) for pair in offer(key, units).pairs]
    assert [[(each.document_id, each.start, each.end, each.text) for each in pair] for pair in offered] == sides
    assert all(inputs.texts[id_][start:end] == text for pair in sides for id_, start, end, text in pair)
    assert all(row["score"] > 0.1 for row in rows)
    assert (code, told.splitlines()[-1]) == (0, f"{len(rows)} pairs of 3 pairs of tellings, found by lexical-3-0.1.")


def test_candidates_of_texts_that_tell_a_story_each_are_none(tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "one.txt").write_text("The bridge was closed for two days.", encoding="utf-8")
    assert run("new", str(tmp_path / "news"), "--texts", str(tmp_path / "texts"))[0] == 0

    code, output, told = run("candidates", "--root", str(tmp_path / "news"))

    assert (code, output) == (2, "")
    assert "No two documents tell one story. Give those that do one `story_id` in corpus/catalogue.jsonl." in told


def test_every_script_runs_the_verb_of_its_name(repository: Path) -> None:
    assert isinstance(main, click.Group)
    for verb in main.commands:
        script = repository / "scripts" / f"{verb.replace('-', '_')}.py"
        assert len(script.read_text().splitlines()) <= 15
        shown = subprocess.run([sys.executable, script, "--help"], capture_output=True, text=True, check=True).stdout
        assert f"variorum {verb}" in shown
