"""What README says works as written."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import yaml

from variorum.build import build
from variorum.corpus.settings import read_settings
from variorum.folder import Folder

GUIDELINES = [f"annotations/guidelines/{name}.md" for name in ("label-studio", "alignments", "claim_pairs", "entities")]


def blocks(path: Path, language: str) -> list[str]:
    """The fenced code blocks of a Markdown file in one language."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", path.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    return [block for name, block in found if name == language]


def test_the_python_examples_run_on_a_build(repository: Path, articles: Folder, tmp_path: Path) -> None:
    examples = blocks(repository / "README.md", "python") + blocks(repository / "DATASET_CARD.md", "python")
    assert len(examples) == 2

    shown = [
        subprocess.run(
            [sys.executable, "-c", example],
            cwd=articles.root,
            env={"HF_HOME": str(tmp_path / "home"), "HF_HUB_OFFLINE": "1", "PATH": ""},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for example in examples
    ]

    assert [shown[0]] == blocks(repository / "README.md", "text")
    assert shown[1] == "Russian NORP\n"


def test_the_corpus_yaml_that_is_written_by_hand_is_right(repository: Path) -> None:
    (example,) = blocks(repository / "docs" / "new-corpus.md", "yaml")

    settings, findings = read_settings(example.encode(), "corpus.yaml")

    assert findings == []
    assert settings.split_shares == {"train": 0.8, "validation": 0.1, "test": 0.1}


def test_the_finding_it_shows_is_what_that_mistake_gives(repository: Path, corpus: Callable[[str], Folder]) -> None:
    folder = corpus("good")
    export = folder.annotations / "documents" / "round1" / "a1.json"
    export.write_text(export.read_text().replace('["PERSON"]', '["PERSN"]'))

    (found,) = build(folder).findings

    assert f"{found}\n" in blocks(repository / "README.md", "")


def test_the_hook_that_maintainers_are_shown_is_the_one_there_is(repository: Path) -> None:
    (example,) = blocks(repository / "docs" / "maintain.md", "yaml")
    hooks = yaml.safe_load((repository / ".pre-commit-hooks.yaml").read_text())

    assert [hook["id"] for hook in yaml.safe_load(example)["repos"][0]["hooks"]] == [hook["id"] for hook in hooks]


def test_the_links_of_all_pages_lead_somewhere(repository: Path) -> None:
    pages = [f"docs/{path.name}" for path in (repository / "docs").glob("*.md")]
    for page in ("README.md", "CONTRIBUTING.md", *pages, "annotations/guidelines.md", *GUIDELINES):
        text = (repository / page).read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#]+)", text):
            assert target.startswith("https://") or ((repository / page).parent / target).exists()


def test_measured_numbers_are_those_of_the_benchmark(repository: Path) -> None:
    readme, page = ((repository / name).read_text("utf-8") for name in ("README.md", "docs/benchmarks.md"))
    (told,) = re.findall(r"^## How fast\n(.*?)^## ", readme, re.DOTALL | re.MULTILINE)
    (command,) = re.findall(r"`.venv/bin/(python scripts/bench.py [^`]*)`", told)

    rows = [line for line in told.splitlines() if line.startswith("| ")]

    assert len(rows) > 5
    assert set(rows) <= set(page.splitlines())
    assert f"Written by `{command}`" in page
