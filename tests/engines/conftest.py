"""What tests of engines share: the project's own corpus, built in many shards."""

from pathlib import Path

import pytest
from tests.conftest import copied
from tests.engines.test_local import Built, digests

from variorum import shards
from variorum.build import build
from variorum.engines import Working


@pytest.fixture(scope="package")
def built_once(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The project's own corpus, built in one shard a document by one process; nobody writes there."""
    folder = copied(repository, tmp_path_factory.mktemp("shards") / "corpus")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shards, "SHARD", 1)
        build(folder, working=Working(1))
    return folder, digests(folder.hub)
