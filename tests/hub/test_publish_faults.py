"""A release cut off, refused or lost at every request: the branch holds the old release or the new one, whole."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from typing import IO

import pytest
from tests.hub.conftest import ClientOf, NewHub
from tests.hub.double import Client, Fault, Hub, Repo, Request

from variorum.build import build
from variorum.folder import Folder

CORPORA = Path(__file__).parent.parent / "corpora"
REPO, TAG = "org/news", "v1.0.0"
OLD = {
    "README.md": b"# Old\n",
    "stale/train-00000-of-00001.parquet": b"PAR1\0old",
    "manifest.json": b'{"name": "good", "files": {"README.md": "", "stale/train-00000-of-00001.parquet": ""}}',
}


@dataclass
class Publisher:
    """Processes that publish one build to one Hub, a fresh home each."""

    mode: str
    hub: Hub
    client: Client
    new: Mapping[str, bytes]
    process: subprocess.Popen[str]
    child: Queue[int] = field(default_factory=Queue)

    def begin(self) -> None:
        """The Hub as it was before the release, and nothing remembered on this side."""
        self.hub.repos[REPO] = Repo(REPO, visibility="private")
        self.hub.large.clear()
        shutil.rmtree(self.hub.xet_folder, ignore_errors=True)
        self.hub.commit(REPO, OLD, title="old")
        self.forget()

    def forget(self) -> None:
        shutil.rmtree(self.client.env["HF_HOME"], ignore_errors=True)

    def publish(self) -> int:
        since = len(self.hub.log)
        self.child = Queue()
        self._pipe(self.process.stdin).write("go\n")
        self._pipe(self.process.stdin).flush()
        self.child.put(int(self._pipe(self.process.stdout).readline()))
        code = int(self._pipe(self.process.stdout).readline())
        self.hub.settle(since)
        return code

    def kill(self, _request: Request) -> None:
        child = self.child.get(timeout=5)
        self.child.put(child)
        os.kill(child, signal.SIGKILL)

    @staticmethod
    def _pipe(pipe: IO[str] | None) -> IO[str]:
        assert pipe
        return pipe

    def holds(self) -> str:
        """Which release the branch holds; fails where it is half of one."""
        files = {name: content for name, content in self.hub.repos[REPO].at().files.items() if name != ".gitattributes"}
        assert files in (OLD, dict(self.new)), sorted(files)
        return "old" if files == OLD else "new"

    def tagged(self) -> str:
        """Whether the tag is there; fails where it names anything but the new release."""
        repo = self.hub.repos[REPO]
        if TAG not in repo.tags:
            return "no tag"
        assert {name: content for name, content in repo.at(TAG).files.items() if name != ".gitattributes"} == self.new
        return "tagged"


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """The smallest build there is: two configs of one row."""
    folder = Folder(Path(shutil.copytree(CORPORA / "good", tmp_path_factory.mktemp("faults") / "good")))
    shutil.rmtree(folder.annotations)
    first, second = folder.catalogue.read_text(encoding="utf-8").splitlines()
    folder.catalogue.write_text(f"{first}\n", encoding="utf-8")
    for path in [*folder.seed_files(), *folder.text_files()]:
        if f'"{path.stem}"' in second:
            path.unlink()
    assert [each.rule for each in build(folder).findings] == ["gold-missing"]
    return folder


@pytest.fixture(params=["lfs", "xet"])
def publisher(
    request: pytest.FixtureRequest, new_hub: NewHub, client_of: ClientOf, release: Folder, tmp_path: Path
) -> Iterator[Publisher]:
    hub = new_hub()
    client = client_of(hub, request.param == "xet")
    new = {path.relative_to(release.hub).as_posix(): path.read_bytes() for path in release.hub.rglob("*") if path.is_file()}
    command = [sys.executable, str(Path(__file__).parent / "publisher.py"), str(release.root), REPO, TAG]
    pipe = subprocess.PIPE
    with (
        (tmp_path / "errors").open("w+", encoding="utf-8") as errors,
        subprocess.Popen(command, env=client.env, stdin=pipe, stdout=pipe, stderr=errors, text=True) as process,
    ):
        yield Publisher(request.param, hub, client, new, process)
        process.kill()
        errors.seek(0)
        assert "Traceback" not in (told := errors.read()), told


ANYWHERE: dict[str, Callable[[Publisher], dict[str, object]]] = {
    "killed once it took effect": lambda publisher: {"call": publisher.kill},
    "cut before it took effect": lambda _: {"cut": True},
}
CHANGING: dict[str, Callable[[Publisher], dict[str, object]]] = {
    "killed before it took effect": lambda publisher: {"call": publisher.kill, "cut": True},
    "cut once it took effect": lambda _: {"cut": True, "when": "after"},
    "500 before it took effect": lambda _: {"status": 500},
    "500 once it took effect": lambda _: {"status": 500, "when": "after"},
    "503 before it took effect": lambda _: {"status": 503},
    "429 before it took effect": lambda _: {"status": 429},
    "403": lambda _: {"status": 403},
}


@pytest.mark.slow
def test_a_release_is_whole_whatever_request_is_struck(publisher: Publisher) -> None:
    outcomes: dict[tuple[str, str], set[str]] = defaultdict(set)
    publisher.begin()
    since = len(publisher.hub.log)
    assert publisher.publish() == 0
    usual = publisher.hub.log[since:]
    seen: Counter[tuple[str, str]] = Counter()
    for request in usual:
        method, route = _route(request)
        seen[method, route] += 1
        for name, fault in (ANYWHERE | (CHANGING if request.mutates else {})).items():
            publisher.begin()
            address = f"^{re.escape(route).replace('ID', '[0-9a-f]+')}(\\?|$)"
            publisher.hub.inject(
                Fault(method=method, path=address, nth=seen[method, route], **fault(publisher))  # type: ignore[arg-type] # its fields
            )
            first = f"{_said(publisher.publish())}: {publisher.holds()}, {publisher.tagged()}"
            publisher.forget()
            again = f"{_said(publisher.publish())}: {publisher.holds()}, {publisher.tagged()}"
            assert again == "done: new, tagged", (request, name, first)
            assert [each.title for each in publisher.hub.repos[REPO].history()] == [f"Release {TAG}", "old", "initial commit"]
            outcomes[f"{method} {route}", name].add(first)
    table = Path(__file__).parent / f"publish_faults.{publisher.mode}.md"
    if os.environ.get("VARIORUM_FAULT_TABLE"):
        table.write_text(_table(outcomes), encoding="utf-8")
    assert _table(outcomes) == table.read_text(encoding="utf-8")


def _said(code: int) -> str:
    return {0: "done", 1: "found unlike", 2: "refused", -9: "killed"}[code]


def _route(request: Request) -> tuple[str, str]:
    return request.method, re.sub(r"[0-9a-f]{40,64}", "ID", request.path.partition("?")[0])


def _table(outcomes: Mapping[tuple[str, str], set[str]]) -> str:
    lines = [f"| {route} | {fault} | {'; '.join(sorted(found))} |" for (route, fault), found in sorted(outcomes.items())]
    return "\n".join(["| request | fault | what became of it |", "| --- | --- | --- |", *lines, ""])
