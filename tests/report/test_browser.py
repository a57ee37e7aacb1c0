"""The explorer in a real Chromium. Whatever a test does there, the browser may not complain nor ask for anything outside."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from tests.report.conftest import Explorer, Json, Reader

pytestmark = pytest.mark.server
Reading = Callable[..., Reader]

STORY = "putin-beijing-2023"
SUMMARY, COMMENTARY, REWRITE = "000_fa71912102e7c8c3", "003_e83b93b34febada4", "004_78485a8877b098dc"
VIEWS = (
    "#/",
    "#/figures",
    "#/labels",
    "#/findings",
    "#/about",
    f"#/story/{STORY}",
    f"#/story/{STORY}/claims",
    f"#/story/{STORY}/alignment",
    f"#/story/{STORY}/annotators/{COMMENTARY}/round1",
    f"#/story/{STORY}/decisions",
    f"#/document/{SUMMARY}/sentence/0",
)
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}}


def test_every_document_is_listed_and_can_be_filtered(seeds: Explorer, reading: Reading) -> None:
    page = reading(seeds).open()
    filters = page.locator("#filters")

    expect(page.locator("#found")).to_have_text("3 documents in 1 story")
    filters.locator("[name=q]").fill("simplified_rewrite")
    expect(page.locator("#found")).to_have_text("1 document in 1 story")
    expect(page.locator("#results .role")).to_have_text(["simplified rewrite"])
    filters.locator("[name=q]").fill("")
    filters.locator("[name=label]").select_option("QUANTITY")
    expect(page.locator("#results .role")).to_have_text(["simplified rewrite"])
    filters.locator("[name=label]").select_option("")
    filters.get_by_label("Annotator").select_option("a12")
    filters.get_by_label("Rule").select_option("curator")
    expect(page.locator("#found")).to_have_text("3 documents in 1 story")
    filters.locator("[name=split]").select_option("train")
    expect(page.locator("#results .role")).to_have_text(["summary"])


def test_the_texts_are_searched_too(seeds: Explorer, reading: Reading) -> None:
    page = reading(seeds).open("#/?q=gazprom")

    expect(page.locator("#searched")).to_contain_text("3 texts looked through")
    texts = {each["role"]: each["text"] for each in seeds.stories[0]["documents"]}
    holding = [role.replace("_", " ") for role, text in texts.items() if "Gazprom" in text]
    expect(page.locator("#results .role")).to_have_text(holding)
    page.locator("#filters [name=q]").fill("there is no such word")
    expect(page.locator("#searched")).to_contain_text("Try fewer or shorter words")
    page.locator("#filters [name=q]").fill("")
    page.locator("#filters [name=label]").select_option("claimer")  # a relation
    expect(page.locator("#found")).to_have_text("3 documents in 1 story")
    page.locator("#filters [name=label]").select_option("B1")
    expect(page.locator("#results .role")).to_have_text(["simplified rewrite"])


def test_a_filter_is_in_the_address(seeds: Explorer, reading: Reading) -> None:
    page = reading(seeds).open("#/?split=test&disputed=1")

    expect(page.locator("#filters [name=split]")).to_have_value("test")
    expect(page.locator("#results .role")).to_have_text(["simplified rewrite"])


def test_many_documents_are_listed_page_by_page(large: Explorer, reading: Reading) -> None:
    page = reading(large).open()

    expect(page.locator("#pages")).to_contain_text("Page 1 of 3")
    expect(page.locator("#results > li")).to_have_count(40)
    page.get_by_role("link", name="Last").click()
    expect(page.locator("#pages")).to_contain_text("Page 3 of 3")
    page.keyboard.press("[")
    expect(page.locator("#pages")).to_contain_text("Page 2 of 3")
    page.get_by_role("link", name="article-060").click()
    expect(page.locator("#story h1")).to_have_text("article-060")
    expect(page.locator("[data-document='article-060'] .text")).to_contain_text(large.document("article-060")["text"][:40])


def test_findings_stand_under_their_rule_and_say_how_grave_they_are(tiny: Callable[[str], Explorer], reading: Reading) -> None:
    found = tiny("catalogue-missing")
    page = reading(found).open("#/findings")

    rules = list(dict.fromkeys(each["rule"] for each in found.findings))
    expect(page.locator("#finding-list h2 code")).to_have_text(rules)
    expect(page.locator("#finding-list .finding")).to_have_count(len(found.findings))
    expect(page.locator("#findings-found")).to_contain_text("error")


@pytest.mark.parametrize("document_id", [SUMMARY, COMMENTARY, REWRITE])
def test_the_text_is_drawn_as_it_is(seeds: Explorer, reading: Reading, document_id: str) -> None:
    reader = reading(seeds)
    reader.open(f"#/story/{STORY}")
    own = seeds.document(document_id)

    assert reader.drawn(document_id) == [own["text"][start:end] for start, end in own["paragraphs"]]
    chips = reader.page.locator(f"[data-document='{document_id}'] button.chip")
    assert chips.count() == len(own["layers"][0]["spans"])


def test_a_label_is_looked_for_in_the_texts(seeds: Explorer, reading: Reading) -> None:
    page = reading(seeds).open(f"#/story/{STORY}")

    page.locator("#story label", has_text="Label").locator("select").select_option("EVENT")

    expect(page.locator("button.chip")).to_have_text(["EVENT"] * 4)


def test_a_claim_is_followed_across_tellings(seeds: Explorer, reading: Reading) -> None:
    reader = reading(seeds)
    page = reader.open(
        f"#/document/{SUMMARY}/claim/{_claim(seeds, SUMMARY, 'The International Criminal Court (ICC) has issued')}"
    )

    expect(page.locator("#panel h2")).to_have_text("Claim 5")
    assert reader.lit("on", SUMMARY).startswith("The International Criminal Court (ICC) has issued an arrest warrant")
    assert "issued by the International Criminal Court (ICC) against Putin earlier this year" in reader.lit("kin", COMMENTARY)
    assert "the International Criminal Court (ICC) issued a warrant for Putin\u2019s arrest" in reader.lit("kin", REWRITE)
    page.locator("#panel").get_by_role("link", name="the International Criminal Court (ICC) issued a warrant").click()
    expect(page.locator("#panel h2")).to_have_text("Claim 9")
    assert reader.lit("on", REWRITE) == "the International Criminal Court (ICC) issued a warrant for Putin\u2019s arrest"
    assert f"/document/{REWRITE}/claim/" in page.url


def _claim(seeds: Explorer, document_id: str, words: str) -> str:
    own = seeds.document(document_id)
    spans = [each for each in own["layers"][0]["spans"] if each["layer"] == "claim"]
    (found,) = [each["id"] for each in spans if own["text"][each["start"] : each["end"]].startswith(words)]
    return str(found)


def test_aligned_sentences_light_up_in_the_other_tellings(seeds: Explorer, reading: Reading) -> None:
    reader = reading(seeds)
    page = reader.open(f"#/story/{STORY}")

    page.locator(f"[data-document='{REWRITE}'] [data-sentence='0']").hover()

    assert "met in Beijing yesterday" in reader.lit("glow", COMMENTARY)
    page.locator(f"[data-document='{REWRITE}'] [data-sentence='0']").click()
    expect(page.locator("#panel")).to_contain_text("partially aligned · commentary")
    tops = page.locator("[data-document]").evaluate_all("columns => columns.map(each => each.getBoundingClientRect().top)")
    assert len(set(tops)) == 1  # side by side, beside the panel too


def test_a_disagreement_is_shown_with_its_decision(seeds: Explorer, reading: Reading) -> None:
    page = reading(seeds).open(f"#/story/{STORY}/decisions")

    page.locator("#story").get_by_label("Layer").select_option("claim")
    card = page.locator(".decision").first
    expect(card.locator("th")).to_have_text(["a4", "a5"])
    expect(card.locator("tr.stands th")).to_have_text(["a4"])
    expect(card.locator(".verdict")).to_have_text("curator: a4 is followed. (c1)")
    expect(card.locator(".reason")).to_have_text("Praise takes a side as criticism does.")
    expect(card.locator("tr").first.locator("strong")).to_have_text(["claim type: position statement"])
    card.get_by_role("link", name="Show it in the text").click()
    expect(page.locator("#panel blockquote")).to_have_text(
        "Putin has praised the initiative as a platform for international cooperation"
    )


def test_a_decision_on_two_tellings_shows_both(seeds: Explorer, reading: Reading) -> None:
    page = reading(seeds).open(f"#/story/{STORY}/decisions?layer=alignment")

    card = page.locator(".decision").first
    expect(card.locator(".context .facts")).to_have_text(["summary", "commentary"])
    said = card.locator(".context .text").all_inner_texts()
    assert card.locator("tr").first.locator("q").all_inner_texts() == [each.strip() for each in said]
    card.get_by_role("link", name="Show it in the text").last.click()
    expect(page.locator("#panel blockquote")).to_have_text(said[1].strip())


def test_gold_stands_beside_each_annotator(seeds: Explorer, reading: Reading) -> None:
    page = reading(seeds).open(f"#/story/{STORY}/annotators/{COMMENTARY}/round1")

    expect(page.locator(".column h2")).to_have_text(["gold", "a1 round1"])
    expect(page.locator(".differs-note")).to_have_text("9 other")
    expect(page.locator(".column").last.locator(".chip.differs")).to_have_count(9)
    page.get_by_text("What differs").click()
    listed = page.locator(".column").last.locator(".apart li")
    expect(listed).to_have_count(9)
    place = listed.first.get_by_role("link").inner_text()
    listed.first.get_by_role("link").click()
    expect(page.locator("#panel blockquote")).to_have_text(place)


def test_a_link_to_a_mention_restores_the_view(seeds: Explorer, reading: Reading) -> None:
    own = seeds.document(REWRITE)
    span = next(each for each in reversed(own["layers"][0]["spans"]) if each["layer"] == "mention")
    reader = reading(seeds)
    page = reader.open(f"#/document/{REWRITE}/mention/{span['id']}")

    assert reader.lit("on", REWRITE) == own["text"][span["start"] : span["end"]]
    expect(page.locator("button[aria-pressed=true]")).to_be_in_viewport()


def test_hostile_words_are_drawn_and_not_obeyed(hostile: Explorer, reading: Reading) -> None:
    reader = reading(hostile)
    reader.open("#/document/odd")
    own = hostile.document("odd")

    assert reader.drawn("odd") == [own["text"][start:end] for start, end in own["paragraphs"]]
    for span in own["layers"][0]["spans"]:
        reader.open(f"#/document/odd/mention/{span['id']}")
        assert reader.lit("on", "odd") == own["text"][span["start"] : span["end"]]


def test_crossing_and_nested_spans_have_underlines_of_their_own(tiny: Callable[[str], Explorer], reading: Reading) -> None:
    reader = reading(tiny("mentions-nested-three-deep"))
    documents = [each for story in reader.explorer.stories for each in story["documents"]]
    deepest = max(documents, key=_depth)
    reader.open(f"#/document/{deepest['id']}")

    layered = reader.page.locator(".seg.marked").evaluate_all(
        "all => all.map(each => each.style.backgroundPosition.split(',').length)"
    )

    assert max(layered) == _depth(deepest) > 1


def _depth(document: Json) -> int:
    """The most spans over any one character."""
    spans: list[Json] = document["layers"][0]["spans"]
    covering: list[int] = [sum(each["start"] <= at["start"] < each["end"] for each in spans) for at in spans]
    return max(covering)


def test_a_finding_leads_to_its_place(tiny: Callable[[str], Explorer], reading: Reading) -> None:
    reader = reading(tiny("span-not-its-text"))
    page = reader.open("#/findings")

    page.get_by_role("link", name="in the text").click()

    expect(page.locator("#panel")).to_contain_text("span-mismatch")
    assert reader.lit("on", "two") == "Bergen"


def test_a_finding_leads_to_the_work_that_it_is_about(tiny: Callable[[str], Explorer], reading: Reading) -> None:
    page = reading(tiny("round-in-which-one-copied")).open("#/findings")

    page.locator(".finding", has_text="a1 has this very region").first.get_by_role("link", name="in the text").click()

    expect(page.get_by_label("Work of")).to_have_value("a2 round1")


def test_the_keyboard_is_enough(seeds: Explorer, reading: Reading) -> None:
    page = reading(seeds).open(f"#/story/{STORY}")

    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("j")
    expect(page.locator("#panel h2")).to_have_text("Claim 1")
    page.keyboard.press("j")
    expect(page.locator("#panel h2")).to_have_text("NORP")
    page.keyboard.press("1")  # the hotkey of PERSON
    expect(page.locator("#panel h2")).to_have_text("PERSON")
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()
    expect(page.locator("button.chip:focus")).to_have_text("PERSON")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#panel")).to_be_visible()


def test_nothing_keeps_anybody_out(seeds: Explorer, reading: Reading) -> None:
    """Axe finds no fault against WCAG 2.2, level AA, in any view."""
    reader = reading(seeds)
    for address in VIEWS:
        found = Axe().run(reader.open(address), options=RULES)
        assert found.violations_count == 0, (address, found.generate_report())


def test_it_can_be_read_in_the_dark(seeds: Explorer, reading: Reading) -> None:
    reader = reading(seeds, "dark")
    for address in VIEWS:
        page = reader.open(address)
        found = Axe().run(page, options={"runOnly": ["color-contrast"]})
        assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(22, 25, 30)"
        assert found.violations_count == 0, (address, found.generate_report())


def test_it_fits_a_narrow_screen(seeds: Explorer, reading: Reading) -> None:
    reader = reading(seeds, width=360)

    for address in VIEWS:
        assert reader.open(address).evaluate("document.documentElement.scrollWidth") <= 360, address


def test_it_prints(seeds: Explorer, reading: Reading) -> None:
    page = reading(seeds).open(f"#/story/{STORY}")

    printed = page.pdf()

    assert printed.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) >= 2
    page.emulate_media(media="print")
    expect(page.locator(".controls").first).to_be_hidden()
    expect(page.locator(".text").first).to_be_visible()
    expect(page.locator("svg.arrows").first).to_be_hidden()
    expect(page.locator(".printed").first).to_contain_text("claimer")


def test_the_picture_of_the_readme_is_the_tellings_side_by_side(seeds: Explorer, reading: Reading) -> None:
    """`make screenshots` takes it: `VARIORUM_SCREENSHOTS` says where it goes."""
    page = reading(seeds).open(f"#/story/{STORY}")

    expect(page.locator("[data-document]")).to_have_count(3)
    expect(page.locator(".legend")).to_contain_text("Broken lines: claims")
    if where := os.environ.get("VARIORUM_SCREENSHOTS"):
        page.screenshot(path=Path(where).absolute() / "explorer.png")


def test_what_only_comes_near_a_claim_is_told_apart(seeds: Explorer, reading: Reading) -> None:
    """Claims of a cluster state the same; others overlap with it or contradict it, and are lit and listed apart."""
    reader = reading(seeds)
    page = reader.open(f"#/document/{SUMMARY}/claim/2AgsNn858v")  # stands for its cluster, and overlaps with another

    headings = page.locator("#panel h3")
    expect(headings.nth(0)).to_have_text("The same claim in every telling")
    expect(headings.nth(1)).to_have_text("overlaps")
    assert "met in Beijing yesterday" in reader.lit("kin", COMMENTARY)
    assert reader.lit("near", SUMMARY).startswith("Russian President Vladimir Putin has arrived in Beijing")
    assert not reader.lit("kin", SUMMARY)
    kin, near = (
        page.locator(f".seg.{name}").first.evaluate("each => getComputedStyle(each).textDecorationStyle")
        for name in ("kin", "near")
    )
    assert kin != near
    reader.open(f"#/document/{REWRITE}/claim/H9FB9NqkF0")
    assert reader.lit("against", COMMENTARY) == "it violates international norms"
    expect(page.locator("#panel h3").nth(1)).to_have_text("contradicts")
    oddly_related = _claim(seeds, COMMENTARY, "Both countries are also working towards the construction of a second")
    reader.open(f"#/document/{COMMENTARY}/claim/{oddly_related}")
    assert page.locator("#panel").inner_text().count("stands for the cluster") == 1


def test_an_annotator_s_span_is_joined_as_gold_s_in_its_place(seeds: Explorer, reading: Reading) -> None:
    reader = reading(seeds)
    page = reader.open(f"#/story/{STORY}")

    page.locator("#story").get_by_label("Work of").select_option("a5 round3")
    page.locator(f"[data-document='{SUMMARY}'] button.chip.claim", has_text=re.compile("^15$")).click()

    assert "met in Beijing yesterday" in reader.lit("kin", COMMENTARY)
    expect(page.locator("#panel")).not_to_contain_text("no such claim")
    expect(page.locator("#panel")).not_to_contain_text("Only gold")
    own = seeds.document(REWRITE)
    gold, *others = own["layers"]
    places = {(each["start"], each["end"]) for each in gold["spans"]}
    (layer, alone), *_ = (
        (layer, each) for layer in others for each in layer["spans"] if (each["start"], each["end"]) not in places
    )
    work = f"{layer['annotator']}+{layer['round']}"
    reader.open(f"#/document/{REWRITE}/{alone['layer']}/{alone['id']}?work={work}")
    expect(page.locator("#panel")).to_contain_text("gold marks nothing with these bounds")
    expect(page.locator("#panel")).not_to_contain_text("no such claim")


def test_what_is_shown_is_in_the_address(seeds: Explorer, reading: Reading) -> None:
    reader = reading(seeds)
    page = reader.open(f"#/story/{STORY}")
    story = page.locator("#story")
    label = story.locator("label", has_text="Label").locator("select")

    story.get_by_label("Work of").select_option("a5 round3")
    label.select_option("EVENT")
    story.get_by_label("Relations").uncheck()
    page.reload()
    expect(story.get_by_label("Work of")).to_have_value("a5 round3")
    expect(label).to_have_value("EVENT")
    expect(story.get_by_label("Relations")).not_to_be_checked()
    story.get_by_role("link", name="Decisions").click()
    story.get_by_label("Layer").select_option("claim")
    story.get_by_label("Rule").select_option("any")
    story.get_by_role("button", name="Next").click()
    expect(page.locator("#story h1")).to_be_focused()
    page.reload()
    expect(page.locator(".pages:visible")).to_contain_text("Page 2 of")
    expect(story.get_by_label("Layer")).to_have_value("claim")
    assert page.title() == f"{STORY} · Decisions · {seeds.index['name']}"

    reader.open(f"#/story/{STORY}")
    first, second = page.locator("button.chip").nth(0), page.locator("button.chip").nth(1)
    first.click()
    expect(first).to_have_attribute("aria-pressed", "true")
    second.click()
    expect(second).to_have_attribute("aria-pressed", "true")
    page.go_back()
    expect(first).to_have_attribute("aria-pressed", "true")
    page.go_back()
    expect(page.locator("#panel")).to_be_hidden()
    for stale in ("#/story/gone", "#/document/gone/claim/x", f"#/document/{SUMMARY}/claim/gone"):
        reader.open(stale)
        expect(page.locator("#lost")).to_contain_text("gone")
        expect(page.locator("#lost")).to_contain_text("not in this build")
    reader.open()
    expect(page.locator("#lost")).to_be_hidden()


def test_the_focus_is_where_the_reader_is(seeds: Explorer, reading: Reading) -> None:
    page = reading(seeds).open(f"#/story/{STORY}")

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the link that skips the head
    expect(page.locator("#main")).to_be_focused()
    expect(page.locator("#story h1")).to_be_visible()
    chip = page.locator("button.chip").nth(1)
    chip.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#panel")).to_be_focused()
    page.locator("#panel").get_by_role("link").first.press("Enter")
    expect(page.locator("#panel")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()
    expect(page.locator("button.chip:focus")).to_have_count(1)
    page.keyboard.press("k")
    expect(page.locator("#panel")).to_be_visible()
    page.keyboard.press(".")
    expect(page.locator("#panel")).to_be_focused()
    page.keyboard.press("?")
    expect(page.locator("#hotkeys kbd", has_text="+")).to_have_count(0)
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Documents").click()
    page.get_by_role("link", name=STORY, exact=True).click()
    expect(page.locator("#story h1")).to_be_focused()


def test_what_is_lit_out_of_view_is_pointed_at(seeds: Explorer, reading: Reading) -> None:
    own = seeds.document(SUMMARY)
    claim = own["layers"][0]["spans"][0]["id"]
    page = reading(seeds).open(f"#/story/{STORY}")
    page.locator(f"[data-document='{SUMMARY}'] [data-id='{claim}']").click()

    away = page.locator("[data-document]", has=page.locator(".elsewhere:visible")).last.get_attribute("data-document")
    column = page.locator(f"[data-document='{away}']")
    expect(column.locator(".elsewhere")).to_contain_text(re.compile(r"^[↑↓] \d"))
    column.locator(".elsewhere").click()
    expect(column.locator(".elsewhere")).to_be_hidden()
    expect(column.locator(".seg:is(.kin, .near)").first).to_be_in_viewport()


def test_without_gold_annotators_are_compared_by_name(tiny: Callable[[str], Explorer], reading: Reading) -> None:
    page = reading(tiny("round-in-which-one-copied")).open("#/story/one/annotators")

    expect(page.locator("#tab")).to_contain_text("Nothing of this text is gold: the others are compared with a1 round1.")
    expect(page.locator(".column h2")).to_have_text(["a1 round1", "a2 round1"])
    expect(page.locator(".columns")).not_to_contain_text("gold")
    expect(page.locator(".column").last).to_contain_text("As a1 round1")
