"""Corpora as the explorer draws them, and a Chromium that reads the page as a person does."""

import json
import re
import shutil
import zlib
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser, Page, sync_playwright
from tests.conftest import CORPORA, copied
from tests.label_studio.browser import CHROMIUM

from variorum.cli import main
from variorum.folder import Folder
from variorum.report.explorer import explorer
from variorum.report.gather import STORIES_AT_ONCE

Json = dict[str, Any]
HOSTILE = (
    "Zoe\u0301 \U0001f600 and Café \U0001f468\u200d\U0001f469\u200d\U0001f467 met </script><script>alert(1)</script> in Berlin."
    "\n\n"
    "Dr. Li said <!-- no more --> of it, said مرحبا \u200fAcme\u200f too, \U0001f1e9\U0001f1ea &amp; \u202eevil\u202c.\n\n"
    'A\u2028line "breaks" here, <img src=x onerror=alert(2)> in Bonn \U0001d54f and 北京.\n'
)
"""Combining marks, emoji, joined emoji, flags, right-to-left text and marks, line separators, and what looks like HTML."""


def unpacked(packed: str) -> Any:
    """What the page packed, read as its script reads it."""
    return json.loads(zlib.decompress(b64decode(packed), -zlib.MAX_WBITS))


@dataclass
class Explorer:
    """A page as written, and what it holds, unpacked as its script does."""

    html: str
    path: Path
    index: Json = field(init=False)
    findings: list[Json] = field(init=False)
    stories: list[Json] = field(init=False)

    def __post_init__(self) -> None:
        held = re.findall(r'<script type="text/plain" id="[^"]*">([^<]*)</script>', self.html)
        self.index, self.findings, *self.stories = map(unpacked, held)

    def document(self, document_id: str) -> Json:
        (found,) = [each for story in self.stories for each in story["documents"] if each["id"] == document_id]
        return dict(found)

    @property
    def url(self) -> str:
        return self.path.as_uri()


def explored(folder: Folder, target: Path, *, with_withheld: bool = False) -> Explorer:
    html, _ = explorer(folder, with_withheld=with_withheld)
    target.write_bytes(html.encode())
    return Explorer(html, target)


@pytest.fixture(scope="session")
def seeds(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Explorer:
    """The explorer of the project's own corpus."""
    root = tmp_path_factory.mktemp("explorer")
    return explored(copied(repository, root / "corpus"), root / "index.html")


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Explorer]:
    """The explorer of one of the corpora in tests/corpora."""

    def make(name: str) -> Explorer:
        root = tmp_path_factory.mktemp("tiny")
        return explored(Folder(Path(shutil.copytree(CORPORA / name, root / name))), root / "index.html")

    return make


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Explorer:
    """The explorer of a text that would break a page that trusts it; every run of characters without blanks is a mention."""
    root = tmp_path_factory.mktemp("hostile")
    folder = Folder(Path(shutil.copytree(CORPORA / "good", root / "corpus")))
    (folder.seeds / "odd.txt").write_bytes(HOSTILE.encode())
    assert CliRunner().invoke(main, ["freeze", "--root", str(folder.root)]).exit_code == 0
    _mark(folder, "odd")
    return explored(folder, root / "index.html")


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Explorer:
    """The explorer of more stories than are gathered at once or shown on two pages, most told once and without annotations."""
    root = tmp_path_factory.mktemp("large")
    folder = Folder(Path(shutil.copytree(CORPORA / "good", root / "corpus")))
    for number in range(STORIES_AT_ONCE):
        words = (sha256(f"{number} {each}".encode()).hexdigest()[:8] for each in range(12))
        (folder.seeds / f"article-{number:03}.txt").write_text(" ".join(words) + ".", encoding="utf-8")
    assert CliRunner().invoke(main, ["freeze", "--root", str(folder.root)]).exit_code == 0
    return explored(folder, root / "index.html")


def _mark(folder: Folder, document_id: str) -> None:
    """Adds a task on a document to the export of the corpus."""
    text = folder.text(document_id).read_bytes().decode()
    lines = map(json.loads, folder.catalogue.read_text(encoding="utf-8").splitlines())
    (line,) = [each for each in lines if each["document_id"] == document_id]
    path = folder.export_of("documents", "round1", "a1").path
    tasks = json.loads(path.read_text("utf-8"))
    shared = {"to_name": "text", "origin": "manual"}
    result: list[Json] = [
        {"id": f"w{number}", "from_name": "entity_type", "type": "labels", "value": _value(found)} | shared
        for number, found in enumerate(re.finditer(r"\w(?:\S*\w)?", text))
    ]
    result.append({"id": "level", "from_name": "reading_level", "type": "choices", "value": {"choices": ["B1"]}} | shared)
    data = {"document_id": document_id, "text": text, "text_sha256": line["text_sha256"]}
    tasks.append({"id": 99, "data": data, "annotations": [{"id": 990, "completed_by": 1, "result": result}]})
    path.write_text(json.dumps(tasks), encoding="utf-8")


def _value(found: re.Match[str]) -> Json:
    return {"start": found.start(), "end": found.end(), "text": found.group(), "labels": ["GPE"]}


@pytest.fixture(scope="module")  # no longer: Label Studio's tests have a browser of their own, of which there may be one
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = next(filter(None, map(shutil.which, CHROMIUM)), None)
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


class Reader:
    """A person before a page. `problems` are what the browser complained of, `requests` what it asked for."""

    def __init__(self, page: Page, explorer: Explorer) -> None:
        self.page = page
        self.explorer = explorer
        self.problems: list[str] = []
        self.requests: set[str] = set()
        page.on("console", lambda message: self.problems.append(message.text))
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("dialog", lambda dialog: self.problems.append(dialog.message))
        page.on("request", lambda request: self.requests.add(request.url.partition("#")[0]))

    def open(self, address: str = "#/") -> Page:
        """Opens the page at an address inside it and waits until it is drawn."""
        self.page.goto("about:blank")  # or the same page would only change its address
        self.page.goto(self.explorer.url + address)
        self.page.locator("body[data-ready]").wait_for()
        return self.page

    def lit(self, name: str, document_id: str) -> str:
        """The words of a document that carry a mark, such as `on`."""
        return "".join(self.page.locator(f"[data-document='{document_id}'] .seg.{name}").all_inner_texts())

    def drawn(self, document_id: str) -> list[str]:
        """A document's text as it is drawn, a string a paragraph: without chips and sentence numbers."""
        script = "paragraphs => paragraphs.map(each => [...each.querySelectorAll('.seg')].map(seg => seg.textContent).join(''))"
        found: list[str] = self.page.locator(f"[data-document='{document_id}'] .text p").evaluate_all(script)
        return found


@pytest.fixture
def reading(chromium: Browser) -> Iterator[Callable[..., Reader]]:
    """Opens explorers; in the end, none may have complained or asked for anything but its own file."""
    readers: list[Reader] = []

    def read(explorer: Explorer, scheme: str = "light", width: int = 1500) -> Reader:
        context = chromium.new_context(color_scheme=scheme, viewport={"width": width, "height": 950})  # type: ignore[arg-type] # one of Playwright's literals
        readers.append(Reader(context.new_page(), explorer))
        return readers[-1]

    yield read
    for each in readers:
        each.page.context.close()
        assert each.problems == []
        assert each.requests <= {each.explorer.url, "about:blank"}
