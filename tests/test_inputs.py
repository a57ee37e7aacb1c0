"""What is read of a corpus, and how long it stays there."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import mkdtemp

import pytest

from variorum import inputs
from variorum.folder import Folder
from variorum.inputs import read_reference


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
