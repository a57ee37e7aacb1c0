"""Texts that are read where they stand."""

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from tests.conftest import REPOSITORY, copied

from variorum.corpus import texts
from variorum.corpus.texts import ChangedError
from variorum.folder import Folder
from variorum.inputs import read_corpus


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """The project's own corpus with its texts in the lines of the catalogue, behind a byte order mark."""
    folder = copied(REPOSITORY, tmp_path / "corpus")
    lines = []
    for line in folder.catalogue.read_text().splitlines():
        document = json.loads(line)
        path = folder.text(document["document_id"])
        lines.append(json.dumps(document | {"seed": None, "seed_sha256": None, "text": path.read_text()}, ensure_ascii=False))
        path.unlink()
    for path in (folder.catalogue, *folder.seeds.iterdir()):
        path.unlink()
    folder.catalogue_folder.mkdir()
    (folder.catalogue_folder / "a.jsonl").write_text("\ufeff" + "\n".join(lines) + "\n")
    return folder


def test_the_texts_used_last_are_held(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "HELD", 2)
    inputs = read_corpus(folder)
    first, second, third = sorted(inputs.texts)
    read = [inputs.texts[each] for each in (first, second, first, third)]
    (folder.catalogue_folder / "a.jsonl").unlink()

    assert [inputs.texts[first], inputs.texts[third]] == read[2:]
    with pytest.raises(FileNotFoundError):
        inputs.texts[second]


def test_texts_are_those_of_their_digests_and_some_can_be_sent_on(folder: Folder) -> None:
    inputs = read_corpus(folder)
    digests = {entry.document.document_id: entry.document.text_sha256 for entry in inputs.entries}
    first = min(digests)

    assert inputs.findings == []
    assert {each: sha256(text.encode()).hexdigest() for each, text in inputs.texts.items()} == digests
    assert dict(inputs.texts.only([first, "nowhere"])) == {first: inputs.texts[first]}
    assert first in inputs.texts
    with pytest.raises(KeyError):
        inputs.texts["nowhere"]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda source: source.replace(b"the ", b"thy "), id="another text"),
        pytest.param(lambda source: b"x" + source, id="no line begins there"),
        pytest.param(lambda source: source.replace(b"the ", b"th\xff "), id="no UTF-8"),
        pytest.param(lambda _: b"", id="nothing"),
    ],
)
def test_a_text_that_changes_while_it_is_used_is_told_of(folder: Folder, change: Callable[[bytes], bytes]) -> None:
    texts = read_corpus(folder).texts
    path = folder.catalogue_folder / "a.jsonl"
    path.write_bytes(change(path.read_bytes()))

    with pytest.raises(ChangedError, match=r"changed while it was used\. Run"):
        texts.only(texts)[next(iter(texts))]  # which holds none of them yet


def test_the_files_that_hold_one_text_have_digests_and_lines_have_none(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    found = texts.Texts(folder.text)
    found.add(tmp_path / "a.jsonl", [texts.TextPlace("one", "1" * 64, 0, 9), texts.TextPlace("one", "1" * 64, 9, 9)])
    found.add_files(["three", "two"], ["3" * 64, "2" * 64])

    assert found.own_files() == {"three": "3" * 64, "two": "2" * 64}
