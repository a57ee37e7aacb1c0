"""What all tests share: where things are, and how hard Hypothesis searches."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from variorum.build import build
from variorum.folder import Folder

REPOSITORY = Path(__file__).parent.parent
CORPORA = Path(__file__).parent / "corpora"

settings.register_profile("default", deadline=None, max_examples=100)
settings.register_profile("thorough", deadline=None, max_examples=2000)
# In CI the examples are the same for the same code: a change is not refused for what an older one got wrong.
settings.register_profile("ci", deadline=None, max_examples=100, derandomize=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "default"))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long begins first, so that in the end no process waits for another."""
    items.sort(key=lambda item: not any(map(item.get_closest_marker, ("slow", "server"))))


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


def copied(repository: Path, root: Path) -> Folder:
    """The project's own corpus in a folder of its own."""
    folder = Folder(root)
    for path in (folder.seeds, folder.catalogue.parent, folder.annotations, folder.labels.parent):
        shutil.copytree(repository / path.name, path)
    shutil.copy(repository / folder.card.name, folder.card)
    return folder


@pytest.fixture(scope="session")
def articles(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """The project's own corpus, built; nobody writes there."""
    folder = copied(repository, tmp_path_factory.mktemp("hub") / "corpus")
    build(folder)
    return folder


@pytest.fixture(scope="session")
def hub(articles: Folder) -> Path:
    """Its build."""
    return articles.hub


@pytest.fixture
def corpus(tmp_path: Path) -> Callable[[str], Folder]:
    """A copy of one of the corpora in tests/corpora, to be changed at will."""

    def copy(name: str) -> Folder:
        return Folder(Path(shutil.copytree(CORPORA / name, tmp_path / name)))

    return copy
