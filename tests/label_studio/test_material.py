"""What a project is made from, before there is a server."""

from collections.abc import Callable

import pytest

from variorum.cli.material import Asked, corpus_for, material_for
from variorum.cli.shared import RefusedError
from variorum.folder import Folder


def test_where_no_two_documents_tell_one_story_there_is_nothing_to_join(corpus: Callable[[str], Folder]) -> None:
    folder = corpus("every-table")
    catalogue = folder.catalogue.read_text(encoding="utf-8")
    folder.catalogue.write_text(catalogue.replace('"story_id":"dam"', '"story_id":"mill"', 1), encoding="utf-8")

    with pytest.raises(RefusedError, match="No two documents tell one story"):
        material_for(*corpus_for(folder, "alignments"), Asked("alignments"))
