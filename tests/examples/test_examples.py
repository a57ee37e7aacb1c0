"""The examples as a user runs them: a command, in a process of its own, on a build of the seeds."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from shutil import copytree
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(repository: Path, tmp_path: Path) -> Run:
    def run(script: str, *words: str | Path, cwd: Path = tmp_path) -> subprocess.CompletedProcess[str]:
        """Runs an example from anywhere, with caches of its own and no Hub. A busy machine may be slow."""
        command = [sys.executable, repository / "examples" / f"{script}.py", *words]
        offline = {"HF_HOME": str(tmp_path / "home"), "HF_HUB_OFFLINE": "1", "COLUMNS": "200"}
        torch = {"USE_TORCH": "0"} if script == "read_parquet" else {}  # `datasets` loads it for a stream, which takes seconds
        return subprocess.run(
            command, cwd=cwd, env=os.environ | offline | torch, capture_output=True, text=True, check=False, timeout=300
        )

    return run


def numbers(line: str) -> list[float]:
    return [float(number) for number in re.findall(r"\d+\.\d+", line)]


@pytest.mark.slow
def test_token_classification_trains_on_labels_that_words_and_offsets_agree_on(run: Run, hub: Path) -> None:
    ended = run("token_classification", hub)

    assert ended.returncode == 0, ended.stderr
    first, training, *scores = ended.stdout.splitlines()
    assert first == "61 sentences: tokens and offsets give the same labels"
    before, after = numbers(training)
    assert after < before / 4
    assert [line.split(",")[0] for line in scores] == [
        "train: 18 sentences",
        "validation: 15 sentences",
        "test: 28 sentences",
    ]
    assert all(0 <= number <= 1 for line in scores for number in numbers(line))
    # What it was trained on it knows by heart; a shifted label could not be learned from chance vectors.
    assert numbers(scores[0])[-1] > 0.8


@pytest.mark.slow
def test_claim_detection_trains_and_compares_with_the_most_common_label(run: Run, hub: Path) -> None:
    ended = run("claim_detection", hub)

    assert ended.returncode == 0, ended.stderr
    training, model, common, *others = ended.stdout.splitlines()
    before, after = numbers(training)
    assert after < before / 4
    assert numbers(model)[0] > numbers(common)[0]
    assert "train: always check_worthy_factual:" in common
    assert len(others) == 4


@pytest.mark.slow
def test_four_readers_agree(run: Run, hub: Path) -> None:
    ended = run("read_parquet", hub)

    assert ended.returncode == 0, ended.stderr
    *readers, last = ended.stdout.splitlines()
    assert {line.split(": ")[0] for line in readers} == {"datasets", "polars", "duckdb", "pandas"}
    assert len({line.split(": ")[1] for line in readers}) == 1
    rows = sum(map(sum, (counts.values() for counts in json.loads((hub / "manifest.json").read_bytes())["rows"].values())))
    assert f": {rows} rows, " in readers[0]
    assert re.fullmatch(r"All agree on \d+ counts\.", last)


@pytest.mark.slow
def test_readers_that_disagree_are_an_error(run: Run, hub: Path, tmp_path: Path) -> None:
    """The names in the README win over those in the Parquet, and only `datasets` reads the README."""
    other = Path(copytree(hub, tmp_path / "other"))
    readme = (other / "README.md").read_text(encoding="utf-8")
    swapped = re.sub(r"'0': PERSON\n( +)'1': (\w+)\n", r"'0': \2\n\1'1': PERSON\n", readme)
    assert swapped != readme
    (other / "README.md").write_text(swapped, encoding="utf-8")

    ended = run("read_parquet", other)

    assert ended.returncode == 1
    assert re.search(r"^mentions of type PERSON: datasets \d+, polars \d+, duckdb \d+, pandas \d+$", ended.stderr, re.MULTILINE)


@pytest.mark.slow
def test_a_tag_that_its_mention_does_not_bear_out_is_an_error(run: Run, hub: Path, tmp_path: Path) -> None:
    other = Path(copytree(hub, tmp_path / "other"))
    path = other / "ner" / "train-00000-of-00001.parquet"
    table = pq.read_table(path)
    tags = [[0] * len(row) for row in table["ner_tags"].to_pylist()]
    place = table.schema.get_field_index("ner_tags")
    pq.write_table(table.set_column(place, table.schema.field(place), pa.array(tags, pa.list_(pa.int64()))), path)

    ended = run("token_classification", other)

    assert ended.returncode == 1
    assert ended.stderr.startswith("Tokens and offsets give different labels in 000_fa71912102e7c8c3:s0: Russian President")


@pytest.mark.parametrize("script", [pytest.param("token_classification", marks=pytest.mark.slow), "read_parquet"])
def test_help_shows_a_call_that_works(run: Run, repository: Path, script: str) -> None:
    shown = run(script, "--help")

    assert shown.returncode == 0
    (example,) = re.findall(r"example: python (\S+) build/hub", shown.stdout)
    assert (repository / example).is_file()


@pytest.mark.parametrize("script", [pytest.param("claim_detection", marks=pytest.mark.slow), "read_parquet"])
def test_without_a_build_it_says_what_to_run(run: Run, script: str) -> None:
    ended = run(script)

    assert ended.returncode == 2
    assert "build/hub is not there: run `variorum build` first" in ended.stderr


def test_what_the_page_on_training_says_of_them_is_what_there_is(repository: Path) -> None:
    shown: list[Any] = re.findall(r"python (examples/\w+\.py)", (repository / "docs" / "train.md").read_text(encoding="utf-8"))

    assert {Path(name).stem for name in shown} == {"token_classification", "claim_detection", "read_parquet"}
    assert all((repository / name).is_file() for name in shown)
