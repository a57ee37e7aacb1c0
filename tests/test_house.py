"""The house rules that a script can see."""

import ast
import re
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

TOP_LEVEL = {
    "CHANGELOG.md",
    "CITATION.cff",
    "CONTRIBUTING.md",
    "DATASET_CARD.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "annotations",
    "corpus",
    "docs",
    "examples",
    "pyproject.toml",
    "schema",
    "scripts",
    "seeds",
    "src",
    "tests",
    "uv.lock",
}


def sources(repository: Path) -> list[Path]:
    return sorted((repository / "src" / "variorum").rglob("*.py"))


@pytest.fixture(scope="module")
def tracked(repository: Path) -> list[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=repository, capture_output=True, text=True, check=True).stdout
    return listed.splitlines()


def test_the_top_level_is_the_one_that_is_fixed(tracked: list[str]) -> None:
    names = {name.split("/")[0] for name in tracked}

    assert {name for name in names if not name.startswith(".")} == TOP_LEVEL


def test_functions_are_short(repository: Path) -> None:
    lengths = sorted(
        node.end_lineno - node.lineno + 1 - _docstring_lines(node)
        for path in sources(repository)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno
    )

    assert lengths[-1] <= 60
    assert lengths[len(lengths) * 9 // 10] <= 30
    assert lengths[len(lengths) // 2] <= 10


def _docstring_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = node.body[0]
    if ast.get_docstring(node) is None or first.end_lineno is None:
        return 0
    return first.end_lineno - first.lineno + 1


def test_only_the_command_line_prints(repository: Path) -> None:
    printing = [
        path.parent.name
        for path in sources(repository)
        if re.search(r"\bprint\(|click\.echo|sys\.std", path.read_text("utf-8"))
    ]

    assert set(printing) == {"cli"}


def test_only_one_module_knows_the_names_of_folders(repository: Path) -> None:
    names = re.compile(r'/ "(seeds|corpus|annotations|schema|build|texts|tables|label_config|hub)\b')
    knowing = [path.name for path in sources(repository) if names.search(path.read_text("utf-8"))]

    assert knowing == ["folder.py"]


def test_datasets_is_imported_by_nothing_that_builds(repository: Path) -> None:
    importing = [
        path.name
        for path in sources(repository)
        if re.search(r"^\s*(from|import) datasets", path.read_text("utf-8"), re.MULTILINE)
    ]

    assert importing == ["remote.py"]


def test_seeds_are_as_received(repository: Path) -> None:
    """The digests of the first three when they came; nobody edits a seed."""
    received = {
        "000_fa71912102e7c8c3.txt": "549dd7c8a5ab4c72",
        "003_e83b93b34febada4.txt": "7528f2d3bf74382a",
        "004_78485a8877b098dc.txt": "a8bb40134de53001",
    }

    assert received == {name: sha256((repository / "seeds" / name).read_bytes()).hexdigest()[:16] for name in received}


def test_the_citation_names_the_version_of_the_corpus(repository: Path) -> None:
    cited = re.findall(r"^version: (.+)$", (repository / "CITATION.cff").read_text("utf-8"), re.MULTILINE)
    built = re.findall(r"^version: (.+)$", (repository / "corpus" / "corpus.yaml").read_text("utf-8"), re.MULTILINE)

    assert cited == built
