"""Texts that may not be passed on stay out of the page, whoever quotes them, unless they are asked for."""

import json
import re
from pathlib import Path

import pytest
from tests.conftest import CORPORA, copied
from tests.report.conftest import Explorer, Json, explored

from variorum.folder import Folder

WITHHELD, SHOWN = ("000_fa71912102e7c8c3", "004_78485a8877b098dc"), "003_e83b93b34febada4"
RUN = 30
"""Characters that people's own words do not share with a text by chance."""


@pytest.fixture(scope="module")
def folder(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Folder:
    folder = copied(repository, tmp_path_factory.mktemp("withheld") / "corpus")
    lines = [json.loads(line) for line in folder.catalogue.read_text(encoding="utf-8").splitlines()]
    written = [line | {"redistribute": line["document_id"] not in WITHHELD} for line in lines]
    folder.catalogue.write_text("".join(json.dumps(line) + "\n" for line in written), encoding="utf-8")
    return folder


def words(value: object) -> str:
    """All strings of a value, one a line."""
    if isinstance(value, dict):
        return "\n".join(words(each) for pair in value.items() for each in pair)
    return "\n".join(map(words, value)) if isinstance(value, list) else str(value)


def leaked(found: Explorer, folder: Folder) -> set[str]:
    """Runs of the withheld texts, of which the other has none, that stand in a page or in what it holds packed."""
    held = words([found.index, found.findings, found.stories]) + re.sub(r'<script type="text[^<]*', "", found.html)
    shown = folder.text(SHOWN).read_text("utf-8")
    texts = [folder.text(each).read_text("utf-8") for each in WITHHELD]
    runs = {text[at : at + RUN] for text in texts for at in range(len(text) - RUN)}
    return {run for run in runs if run.strip() not in shown and run in held}


@pytest.mark.slow
def test_nothing_of_a_withheld_text_is_in_the_page(folder: Folder, tmp_path: Path) -> None:
    found = explored(folder, tmp_path / "index.html")

    assert leaked(found, folder) == set()
    assert [found.document(each)["text"] for each in WITHHELD] == [None, None]
    assert found.document(SHOWN)["text"]
    assert all(found.document(each)["layers"][0]["spans"] for each in WITHHELD)


def test_it_is_put_in_when_it_is_asked_for(folder: Folder, tmp_path: Path) -> None:
    found = explored(folder, tmp_path / "index.html", with_withheld=True)

    assert found.document(WITHHELD[0])["text"] == folder.text(WITHHELD[0]).read_text("utf-8")


def test_a_finding_does_not_quote_it(tmp_path: Path) -> None:
    found = explored(_withheld(CORPORA / "span-not-its-text", tmp_path), tmp_path / "index.html")

    (finding,) = found.findings
    assert "Bergen" not in words([found.index, found.findings])
    assert finding["fact"].startswith("The text at [13, 19) is …, the region says")


def _withheld(corpus: Path, target: Path) -> Folder:
    for path in (each for each in corpus.rglob("*") if each.is_file()):
        copy = target / "corpus" / path.relative_to(corpus)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    folder = Folder(target / "corpus")
    lines: list[Json] = [
        json.loads(line) | {"redistribute": False} for line in folder.catalogue.read_text("utf-8").splitlines()
    ]
    folder.catalogue.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return folder
