"""A real Label Studio for the whole run, started as a person starts it; each test has a corpus of its own on it."""

import itertools
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest

from tests.label_studio.lead import Lead, Studio, free_port, variorum
from variorum.folder import Folder
from variorum.label_studio.client import answers
from variorum.label_studio.server import local_access

CORPORA = Path(__file__).parent.parent / "corpora"
WATCH = Path(__file__).parent / "watch"
PATIENCE = 600
"""Seconds that the first start may take: it installs Label Studio."""
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """Served by `variorum label-studio serve`; it must come up, stay on this machine and stop when it is told."""
    folder = Folder(Path(copytree(CORPORA / "good", tmp_path_factory.mktemp("lead") / "corpus")))
    outward = folder.root / "outward.log"
    environment = os.environ | {"PYTHONPATH": str(WATCH), "OUTWARD_LOG": str(outward)}
    environment.pop("LABEL_STUDIO_URL", None)
    # Installed first, by itself: that goes out to the package index, as the server must not.
    subprocess.run([sys.executable, "-c", "from variorum.label_studio.server import install; install()"], check=True)
    command = variorum("serve", "--root", str(folder.root), "--port", str(free_port()))
    with (folder.root / "serve.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        started = time.monotonic()
        while not ((access := local_access(folder)) and answers(access.url)):
            assert process.poll() is None, (folder.root / "serve.log").read_text()
            assert time.monotonic() - started < PATIENCE
            time.sleep(0.5)
        running = Studio(access, outward)
        yield running
        running.lead.close()
    finally:
        process.send_signal(signal.SIGINT)
        code = process.wait(60)
    said = (folder.root / "serve.log").read_text()
    assert (code, said.splitlines()[-1]) == (0, "Stopped."), said
    assert access.token not in said
    assert not outward.exists(), outward.read_text()


@pytest.fixture
def lead(studio: Studio, tmp_path: Path) -> Lead:
    """A corpus of two documents, `one` and `two`, under a name that no other test uses; nothing is pushed yet."""
    folder = Folder(Path(copytree(CORPORA / "good", tmp_path / "corpus")))
    name = f"test-{next(_numbers)}"
    folder.settings.write_text(re.sub(r"(?m)^name: .*$", f"name: {name}", folder.settings.read_text()))
    folder.export_of("documents", "round1", "a1").path.unlink()
    return Lead(folder, name, studio)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that need the server carry its mark, so that the others can be run by themselves: `pytest -m "not server"`."""
    for item in items:
        if "studio" in getattr(item, "fixturenames", ()):
            item.add_marker("server")
