"""Whole tiny corpora, each named for its mistake, with the exact report it must give."""

import shutil
from pathlib import Path

import pytest

from variorum.build import build
from variorum.findings import failed
from variorum.folder import Folder
from variorum.report_formats import as_plain
from variorum.rules import RULES

CORPORA = sorted(path for path in (Path(__file__).parent / "corpora").iterdir() if path.is_dir())


@pytest.mark.parametrize("root", CORPORA, ids=lambda path: path.name)
def test_a_build_reports_exactly_what_is_expected_and_writes_all_or_nothing(root: Path, tmp_path: Path) -> None:
    folder = Folder(Path(shutil.copytree(root, tmp_path / root.name)))

    built = build(folder)

    assert as_plain(built.findings) == (root / "expected.txt").read_text(encoding="utf-8")
    assert folder.hub.exists() is not failed(built.findings)


def test_every_rule_has_a_corpus_that_breaks_it() -> None:
    """Or a test, where it is broken on the server, in a verb of its own, or by what no repository holds."""
    reports = [(root / "expected.txt").read_text(encoding="utf-8") for root in CORPORA]
    tests = [
        path
        for name in ("label_studio", "curation", "hub", "convert", "new")
        for path in (Path(__file__).parent / name).glob("test_*.py")
    ]
    tests.append(Path(__file__).parent / "test_inputs.py")
    reports += [path.read_text(encoding="utf-8") for path in tests]
    shown = {rule for rule in RULES if any(f"[{rule}]" in report for report in reports)}

    assert set(RULES) - shown == {"conservation", "table-invalid"}  # faults of variorum itself, which no corpus can show
