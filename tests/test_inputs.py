"""What is read of a corpus, what is no file in it, and how long what is unpacked stays there."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import mkdtemp

import pytest

from variorum import inputs
from variorum.build import build
from variorum.diff import is_current
from variorum.folder import Folder
from variorum.label_studio.reference import read_reference


def test_texts_of_a_packed_catalogue_are_there_as_long_as_who_asks_for_them(
    corpus: Callable[[str], Folder], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pull holds a reference, and all else of the inputs is gone."""
    folder = corpus("catalogue-with-texts")
    assert (folder.catalogue_folder / "1.jsonl.zst").is_file()
    monkeypatch.setattr(inputs, "mkdtemp", partial(mkdtemp, dir=tmp_path))

    reference, findings = read_reference(folder)

    assert findings == []
    assert [*reference.digests] == ["one", "two"]
    assert all(reference.text(document_id) for document_id in reference.digests)
    assert [*tmp_path.glob("variorum-*")]
    del reference
    assert not [*tmp_path.glob("variorum-*")]


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("annotations/documents/round1/a2.json", "good"),
        ("annotations/documents/notes.txt", "good"),
        ("annotations/documents/decisions.jsonl", "good"),
        ("seeds/one.txt", "good"),
        ("corpus/texts/one.txt", "good"),
        ("corpus/catalogue/0.jsonl", "catalogue-with-texts"),
    ],
)
def test_what_is_no_regular_file_is_one_finding(corpus: Callable[[str], Folder], place: str, name: str) -> None:
    """What is made here no repository holds: a link that leads nowhere, and a pipe, which nobody ever writes into."""
    folder = corpus(name)
    path = folder.root / place
    path.unlink(missing_ok=True)
    path.symlink_to(folder.root / "nowhere")
    of_link = [str(each) for each in build(folder).findings]
    path.unlink()
    os.mkfifo(path)
    of_pipe = [str(each) for each in build(folder).findings]

    hint = "Put the file itself in its place, or take it away."
    assert of_link == [f"{place}: [file-irregular] It is a link that leads nowhere. {hint}"]
    assert of_pipe == [f"{place}: [file-irregular] It is a pipe, a socket or a device. {hint}"]


def test_a_build_beside_what_is_no_regular_file_is_not_current(corpus: Callable[[str], Folder]) -> None:
    folder = corpus("good")
    build(folder)
    assert is_current(folder)

    os.mkfifo(folder.annotations / "documents" / "round1" / "a2.json")

    assert not is_current(folder)
