"""One file that needs nothing else, in which nothing from the corpus can become markup."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import copied
from tests.report.conftest import HOSTILE, Explorer, unpacked

from variorum.cli import main
from variorum.folder import Folder
from variorum.report.explorer import explorer
from variorum.report.packing import packed
from variorum.report.page import SCRIPT

MEGABYTE = 1_000_000


class Elements(HTMLParser):
    """The elements of a page, as a browser's parser sees them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@given(st.dictionaries(st.text(), st.text()))
def test_packed_json_says_the_same_and_holds_no_markup(value: dict[str, str]) -> None:
    written = packed(value)

    assert unpacked(written) == value
    assert re.fullmatch(r"[A-Za-z0-9+/=]*", written)


def test_no_address_leads_out_of_the_page(seeds: Explorer) -> None:
    elements = Elements(seeds.html).found
    addresses = [value for _, given in elements for name, value in given.items() if name in ("href", "src", "action", "data")]

    assert addresses
    assert all(address and address.startswith("#") for address in addresses)
    assert set(re.findall(r"url\([^)]*\)", seeds.html)) == {"url(#head)"}
    assert "@import" not in seeds.html
    assert set(re.findall(r"https?://[^\s\"'<)]*", seeds.html)) == {"http://www.w3.org/2000/svg"}


def test_the_policy_allows_the_page_s_own_script_alone(seeds: Explorer) -> None:
    (policy,) = [given["content"] for tag, given in Elements(seeds.html).found if "http-equiv" in given and tag == "meta"]

    assert policy is not None
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-inline" not in policy.partition("style-src")[0]


def test_every_part_of_the_script_is_on_the_page(repository: Path) -> None:
    parts = [path.stem for path in (repository / "src" / "variorum" / "report" / "script").iterdir()]

    assert sorted(parts) == sorted(SCRIPT)


def test_it_is_small(seeds: Explorer) -> None:
    assert len(seeds.html.encode()) < 5 * MEGABYTE


def test_the_same_build_gives_the_same_bytes(seeds: Explorer, repository: Path, tmp_path: Path) -> None:
    assert explorer(copied(repository, tmp_path / "corpus"))[0] == seeds.html


def test_hostile_words_stay_words(hostile: Explorer) -> None:
    tags = [tag for tag, _ in Elements(hostile.html).found]

    assert hostile.document("odd")["text"] == HOSTILE.removesuffix("\n")
    assert "img" not in tags
    assert "alert(" not in re.sub(r'<script type="text[^<]*', "", hostile.html)


def test_figures_have_names_numbers_and_the_page_s_colours(seeds: Explorer) -> None:
    drawn = re.findall(r'<svg role="img" aria-label="([^"]+)"', seeds.html)

    assert drawn == [
        "Mentions by type",
        "Claims by check-worthiness",
        "Agreement between annotators",
        "Reading levels against metrics",
        "Lengths",
        "What leaks between splits",
    ]
    for svg in re.findall(r'<svg role="img".*?</svg>', seeds.html, re.DOTALL):
        assert not re.search(r'(?:fill|stroke)="#', svg)


def test_agreement_on_attributes_is_drawn_and_no_leak_is_said(seeds: Explorer, tiny: Callable[[str], Explorer]) -> None:
    assert "<td>claim: checkworthiness</td>" in seeds.html
    assert "None found: documents of different splits" in tiny("document-without-annotation").html


def test_the_command_writes_the_page(corpus: Callable[[str], Folder]) -> None:
    folder = corpus("good")

    done = CliRunner().invoke(main, ["report", "--root", str(folder.root)])

    assert done.exit_code == 0
    assert folder.explorer.read_text("utf-8").startswith("<!doctype html>")
    assert done.stdout.startswith("Wrote ")


def test_the_command_draws_a_corpus_with_findings(corpus: Callable[[str], Folder], tmp_path: Path) -> None:
    folder = corpus("label-unknown")

    done = CliRunner().invoke(main, ["report", "--root", str(folder.root), "--target", str(tmp_path / "page.html")])

    assert done.exit_code == 0
    assert "1 finding, which the page lists" in done.stderr
    assert not folder.explorer.exists()
    page = tmp_path / "page.html"
    assert [each["rule"] for each in Explorer(page.read_text("utf-8"), page).findings] == ["label-unknown"]
