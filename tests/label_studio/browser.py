"""An annotator at a real Chromium: what a person does in Label Studio, by name."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, expect, sync_playwright

from tests.label_studio.lead import PASSWORD

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
CLICKS = 5
_NOTHING_OUTSIDE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"

# Where a stretch of the article stands on the screen, in its characters, which here count as in Label Studio's own code:
# UTF-16 units of the rendered text.
_PLACE = """([start, end]) => {
  const walker = document.createTreeWalker(document.querySelector('.article .lsf-richtext__container'), NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  let at = 0, begun = false;
  for (let node = walker.nextNode(); node; at += node.textContent.length, node = walker.nextNode()) {
    const length = node.textContent.length;
    if (!begun && start < at + length) { range.setStart(node, start - at); begun = true; }
    if (begun && end <= at + length) { range.setEnd(node, end - at); break; }
  }
  const boxes = [...range.getClientRects()].filter(box => box.width > 0);
  const first = boxes[0], last = boxes[boxes.length - 1];
  return {text: range.toString(), from: [first.left + 1, first.top + first.height / 2],
          to: [last.right - 0.5, last.top + last.height / 2]};
}"""


class Annotator:
    """One person with a browser of their own. `requests` are the addresses that the browser asked for."""

    def __init__(self, page: Page, url: str, screenshots: Path | None = None) -> None:
        self.page = page
        self.url = url
        self.screenshots = screenshots
        self.requests: list[str] = []
        page.context.on("request", lambda request: self.requests.append(request.url))

    @property
    def hosts(self) -> set[str]:
        return {urlsplit(url).hostname or "" for url in self.requests if not url.startswith(("data:", "blob:"))}

    def look(self, name: str) -> None:
        """Takes a picture for the annotators' page, where one is wanted."""
        if self.screenshots:
            self.page.wait_for_timeout(500)
            self.page.screenshot(path=self.screenshots / f"{name}.png")

    def sign_up(self, name: str) -> None:
        self.page.goto(f"{self.url}/user/signup/")
        self.page.fill("input[name=email]", f"{name}@localhost")
        self.page.fill("input[name=password]", PASSWORD)
        self.look("sign-up")
        self.page.get_by_role("button", name="Create Account").click()
        self.page.wait_for_url(f"{self.url}/")

    def open_project(self, id_: int) -> None:
        self.page.goto(f"{self.url}/projects/")
        card = self.page.locator(f"a[href^='/projects/{id_}']").first
        card.wait_for()
        self.look("projects")
        card.click()
        self.page.get_by_text("Label All Tasks").wait_for()

    def label_all(self) -> None:
        """Begins with the first task; the guidelines are shown and put away."""
        self.look("tasks")
        self.page.get_by_text("Label All Tasks").click()
        self.page.get_by_text("Annotation guidelines").wait_for()
        self.look("guidelines")
        self.page.keyboard.press("Escape")
        self._ready()

    def open_task(self, project: int, task: int) -> None:
        self.page.goto(f"{self.url}/projects/{project}/data?task={task}")
        self._ready()

    def _ready(self) -> None:
        self.page.locator(".lsf-richtext__container").first.wait_for()
        expect(self.page.get_by_test_id("bottombar-submit-button")).to_be_enabled()
        self.page.wait_for_timeout(1500)  # until the editor has drawn what was predicted, for which it gives no sign

    @property
    def regions(self) -> list[str]:
        """The regions as the editor lists them: label and text."""
        listed = self.page.locator(".lsf-outliner-item").all_inner_texts()
        return [" ".join(each.split("\n")[1:]) for each in listed]

    def region(self, words: str) -> Locator:
        return self.page.locator(".lsf-outliner-item").filter(has_text=words).last

    def select(self, words: str) -> None:
        """Clicks on a region until it is selected: what is left of a dialog that fades away takes a click for itself."""
        self.page.keyboard.press("Escape")  # or a click on the region that is selected would let it go
        selected = self.page.locator(".lsf-tree-node-selected").filter(has_text=words).first
        for _ in range(CLICKS):
            self.region(words).click()
            with suppress(AssertionError):
                expect(selected).to_be_visible(timeout=3000)
                return
        raise AssertionError(f"{words} cannot be selected")

    def delete(self, words: str) -> None:
        self.select(words)
        self.page.keyboard.press("Backspace")
        expect(self.region(words)).to_have_count(0)

    def mark(self, hotkey: str, words: str) -> None:
        """Chooses a label and draws the mouse over the words."""
        article = self.page.locator(".article .lsf-richtext__container").evaluate(
            "box => { const walker = document.createTreeWalker(box, NodeFilter.SHOW_TEXT); let text = '';"
            " while (walker.nextNode()) text += walker.currentNode.textContent; return text; }"
        )
        start = len(article[: article.index(words)].encode("utf-16-le")) // 2
        place = self.page.evaluate(_PLACE, [start, start + len(words.encode("utf-16-le")) // 2])
        assert place["text"] == words
        drawn = self.page.locator("[class*=htx-highlight]")
        before = drawn.count()
        self.page.keyboard.press("Escape")  # or the label would go to the region that is still selected
        self.page.keyboard.press(hotkey)
        self.page.mouse.move(*place["from"])
        self.page.mouse.down()
        self.page.mouse.move(*place["to"], steps=8)
        self.page.mouse.up()
        self.page.wait_for_function("before => document.querySelectorAll('[class*=htx-highlight]').length > before", arg=before)

    def choose(self, *choices: str) -> None:
        """Ticks choices beside the article, by their names."""
        for choice in choices:
            box = self.page.locator(".side").get_by_text(choice, exact=False).first
            box.scroll_into_view_if_needed()
            box.click()

    def relate(self, source: str, target: str, label: str) -> None:
        """Draws a relation from one region to another and names it."""
        self.select(source)
        self.page.keyboard.press("Alt+r")
        self.page.locator(".article .lsf-richtext__container").get_by_text(target, exact=True).first.click()
        self.page.get_by_text("Relations", exact=True).first.click()
        self._name(self.page.locator(".lsf-relations__item").last, label)
        self.look("relation")
        self.page.get_by_text("Regions", exact=True).first.click()

    def _name(self, relation: Locator, label: str) -> None:
        relation.hover()
        relation.get_by_role("button").first.click()
        relation.get_by_text("Select labels").click()
        self.page.get_by_role("option", name=label, exact=True).click()
        self.page.keyboard.press("Escape")
        expect(relation.get_by_text(label, exact=True)).to_be_visible()

    def name_relations(self, label: str) -> int:
        """Gives every relation that was drawn beforehand the same label; returns how many there were."""
        self.page.get_by_text("Relations", exact=True).first.click()
        drawn = self.page.locator(".lsf-relations__item")
        for index in range(drawn.count()):
            self._name(drawn.nth(index), label)
        return drawn.count()

    def submit(self) -> None:
        with self.page.expect_response(
            lambda response: response.request.method == "POST" and "/annotations" in response.url
        ) as sent:
            self.page.get_by_test_id("bottombar-submit-button").click()
        assert sent.value.ok

    def submit_in_vain(self) -> str:
        """Why Label Studio does not take the annotation."""
        self.page.get_by_test_id("bottombar-submit-button").click()
        dialog = self.page.get_by_role("dialog").last
        message = dialog.inner_text().split("\n")[1]
        expect(dialog).not_to_have_class(re.compile("ant-zoom-appear"))  # a click while it still grows is lost
        dialog.get_by_role("button", name="OK").click()
        expect(dialog).to_be_hidden()
        return message

    def skip(self) -> None:
        with self.page.expect_response(lambda response: response.request.method == "POST" and "/annotations" in response.url):
            self.page.get_by_role("button", name="Skip").click()


@contextmanager
def annotator(url: str, screenshots: Path | None = None) -> Iterator[Annotator]:
    """A browser that can reach nothing but this machine."""
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", _NOTHING_OUTSIDE])
        try:
            yield Annotator(browser.new_page(viewport={"width": 1500, "height": 950}), url, screenshots)
        finally:
            browser.close()
