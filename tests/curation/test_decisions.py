"""Items, and how each comes to be decided."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from variorum.annotations.work import Link, Marked, Place, Work
from variorum.curation.check import check_decision
from variorum.curation.decisions import Decision, follow, index_decisions, index_line_by_line, settle, written_decisions
from variorum.curation.items import Content, Item, Words, items_of, overlap
from variorum.findings import Where
from variorum.schema.projects import PROJECTS

TEXT = "Oslo said the bridge is safe. Nine boats sank in Bergen, and the mayor of Bergen resigned."
TEXTS = {"one": TEXT}


def place(words: str) -> Place:
    start = TEXT.index(words)
    return Place("one", start, start + len(words))


def mention(words: str, type_: str = "GPE", id_: str = "", note: str = "") -> Marked:
    return Marked(place(words), (("type", (type_,)),), id_ or words, note)


def claim(words: str, modality: str = "asserted") -> Marked:
    return Marked(place(words), (("modality", (modality,)),), f"c {words}")


def claimer(source: str, of: str) -> Link:
    return Link(place(of), place(source), (("type", ("claimer",)),), f"{of}->{source}", ("claim", "mention"))


def work(
    annotator: str, *mentions: Marked, claims: tuple[Marked, ...] = (), links: tuple[Link, ...] = (), level: str = "A2"
) -> Work:
    spans = {"mention": mentions, "claim": claims}
    return Work("documents", "round1", annotator, "one", spans, {"relation": links}, {"reading_level": (level,)})


def decided(*works: Work, **earlier: Decision) -> dict[str, Decision]:
    return {each.item: each for each in settle(items_of(works, TEXTS), earlier, "c1")}


def rules(decisions: dict[str, Decision]) -> dict[str, str]:
    return {item.removeprefix("one/"): each.rule for item, each in decisions.items()}


def test_what_all_marked_alike_needs_no_hand() -> None:
    found = decided(work("a1", mention("Oslo", id_="x")), work("a2", mention("Oslo", id_="y")))

    assert rules(found) == {"mention/0-4": "unanimous", "reading_level": "unanimous"}
    oslo = found["one/mention/0-4"]
    assert oslo.gold == Content((Words("one", 0, 4, "Oslo"),), {"type": ("GPE",)})
    assert (oslo.decision, [(each.annotator, each.region_id) for each in oslo.candidates]) == (
        "all",
        [("a1", "x"), ("a2", "y")],
    )


def test_two_who_differ_leave_an_item_open() -> None:
    found = decided(work("a1", mention("Oslo"), level="B1"), work("a2", mention("Oslo", "ORG")))

    assert rules(found) == {"mention/0-4": "open", "reading_level": "open"}
    assert found["one/mention/0-4"].gold is None


def test_what_one_of_two_marked_is_open() -> None:
    assert rules(decided(work("a1", mention("Oslo")), work("a2")))["mention/0-4"] == "open"


def test_most_of_three_decide_also_against() -> None:
    found = decided(
        work("a1", mention("Oslo"), mention("Bergen")), work("a2", mention("Oslo")), work("a3", mention("Oslo", "ORG"))
    )

    assert rules(found) == {"mention/0-4": "majority", "mention/49-55": "majority", "reading_level": "unanimous"}
    assert (found["one/mention/0-4"].decision, found["one/mention/49-55"].decision) == ("a1", "none")


def test_the_only_annotator_of_a_task_is_no_unanimity() -> None:
    assert set(rules(decided(work("a1", mention("Oslo")))).values()) == {"single"}


def test_spans_that_overlap_by_half_are_candidates_for_one_item() -> None:
    found = decided(
        work("a1", mention("Nine boats", "CARDINAL")), work("a2", mention("Nine", "CARDINAL"), mention("boats", "ORG"))
    )

    assert {item: len(each.candidates) for item, each in found.items()} == {
        "one/mention/30-40": 2,
        "one/mention/30-34": 1,
        "one/reading_level": 2,
    }


def test_a_link_of_claims_that_differ_a_little_is_one_item_and_leads_to_what_was_decided() -> None:
    ones = (claim("the bridge is safe"),)
    others = (claim("bridge is safe"),)
    works = (
        work("a1", mention("Oslo"), claims=ones, links=(claimer("Oslo", "the bridge is safe"),)),
        work("a2", mention("Oslo"), claims=others, links=(claimer("Oslo", "bridge is safe"),)),
    )
    before = decided(*works)
    item = "one/relation/claim/10-28>mention/0-4:claimer"
    assert rules(before)["relation/claim/10-28>mention/0-4:claimer"] == "unanimous"
    by_hand = msgspec.structs.replace(before["one/claim/10-28"], decision="a2", reason="Without the article.")

    after = decided(*works, **before | {"one/claim/10-28": by_hand})

    assert after["one/claim/10-28"].rule == "curator"
    gold = after[item].gold
    assert gold is not None
    assert [words.text for words in gold.spans] == ["bridge is safe", "Oslo"]


def test_a_link_falls_with_its_end() -> None:
    works = [
        work(name, *([mention("Oslo")] if name == "a1" else []), claims=(claim("the bridge is safe"),), links=links)
        for name, links in (("a1", (claimer("Oslo", "the bridge is safe"),)), ("a2", ()))
    ]
    before = decided(*works)
    by_hand = {
        item: msgspec.structs.replace(each, decision="none") if each.layer == "mention" else each
        for item, each in before.items()
    }
    relation = "one/relation/claim/10-28>mention/0-4:claimer"
    by_hand[relation] = msgspec.structs.replace(by_hand[relation], decision="a1")

    after = decided(*works, **by_hand)

    assert (after[relation].rule, after[relation].decision, after[relation].gold) == ("dependent", "a1", None)

    mention_again = {
        item: msgspec.structs.replace(each, decision="a1") for item, each in after.items() if each.layer == "mention"
    }
    restored = decided(*works, **after | mention_again)
    assert (restored[relation].rule, restored[relation].decision) == ("curator", "a1")
    assert restored[relation].gold is not None


def test_a_decision_by_hand_holds_until_its_candidates_change() -> None:
    works = (work("a1", mention("Oslo")), work("a2", mention("Oslo", "ORG")))
    item = "one/mention/0-4"
    by_hand = msgspec.structs.replace(decided(*works)[item], decision="a2", reason="The city council spoke.")

    first = decided(*works, **{item: by_hand})[item]
    again = decided(*works, **{item: first})[item]
    changed = decided(works[0], work("a2", mention("Oslo", "PERSON")), **{item: first})[item]

    assert (first.rule, first.curator, first.gold and first.gold.values) == ("curator", "c1", {"type": ("ORG",)})
    assert again == first
    assert (changed.rule, changed.decision, changed.gold) == ("open", "", None)
    assert changed.reason == "Reopened, its candidates changed; decided before: a2 (The city council spoke.)."


def test_what_came_to_agree_needs_the_hand_no_longer() -> None:
    works = (work("a1", mention("Oslo")), work("a2", mention("Oslo", "ORG")))
    item = "one/mention/0-4"
    first = decided(*works, **{item: msgspec.structs.replace(decided(*works)[item], decision="a2")})[item]

    assert decided(works[1], work("a1", mention("Oslo", "ORG")), **{item: first})[item].rule == "unanimous"


def test_a_curator_may_overrule_all_and_add_what_nobody_proposed() -> None:
    works = (work("a1", mention("Oslo")), work("a2", mention("Oslo")))
    found = decided(*works)
    over = msgspec.structs.replace(found["one/mention/0-4"], decision="none", rule="curator", reason="A boat.")
    gold = Content((Words("one", 49, 55, "Bergen"),), {"type": ("GPE",)})
    added = Decision(
        item="one/mention/49-55", task="one", layer="mention", decision="new", gold=gold, rule="curator", reason="Missed."
    )

    after = decided(*works, **{"one/mention/0-4": over, "one/mention/49-55": added})

    assert (after["one/mention/0-4"].decision, after["one/mention/0-4"].rule) == ("none", "curator")
    assert after["one/mention/49-55"] == msgspec.structs.replace(added, curator="c1", round="round1", annotators=("a1", "a2"))
    assert decided(*works, **after) == after


@pytest.mark.parametrize("wish", ["a7", "maybe", "new"])
def test_a_wish_that_names_nobody_stays_open_and_says_so(wish: str) -> None:
    works = (work("a1", mention("Oslo")), work("a2", mention("Oslo", "ORG")))
    by_hand = msgspec.structs.replace(decided(*works)["one/mention/0-4"], decision=wish, reason="Because.")

    after = decided(*works, **{"one/mention/0-4": by_hand})["one/mention/0-4"]

    assert after == by_hand
    (told,) = check_decision(after, Where("decisions.jsonl"), TEXTS, PROJECTS["documents"])
    assert told.fact.endswith(f"Because; {wish!r} is none of its annotators, nor none, nor new with gold.")


def test_three_whose_spans_differ_by_a_letter_are_candidates_for_one_item() -> None:
    spans = ("the bridge is safe", "he bridge is safe", "e bridge is safe")
    found = decided(*(work(f"a{index}", claims=(claim(words),)) for index, words in enumerate(spans, start=1)))

    assert [len(each.candidates) for each in found.values() if each.layer == "claim"] == [3]


def test_a_new_region_id_is_no_new_proposal() -> None:
    works = (work("a1", mention("Oslo")), work("a2", mention("Oslo")))
    over = msgspec.structs.replace(decided(*works)["one/mention/0-4"], decision="none", rule="curator", reason="A boat.")

    after = decided(works[0], work("a2", mention("Oslo", id_="anew")), **{"one/mention/0-4": over})["one/mention/0-4"]

    assert (after.rule, after.decision, after.reason) == ("curator", "none", "A boat.")


@pytest.mark.parametrize("last", [(), (work("a2", mention("Oslo", "ORG")),)])
def test_what_was_overruled_is_open_again_when_anything_changes(last: tuple[Work, ...]) -> None:
    works = (work("a1", mention("Oslo")), work("a2", mention("Oslo")))
    over = msgspec.structs.replace(decided(*works)["one/mention/0-4"], decision="none", rule="curator", reason="A boat.")

    after = decided(works[0], *last, **{"one/mention/0-4": over})["one/mention/0-4"]

    assert (after.rule, after.reason) == ("open", "Reopened, its candidates changed; decided before: none (A boat.).")


def test_a_span_that_moved_takes_the_memory_of_its_decision_along() -> None:
    works = (work("a1", claims=(claim("the bridge is safe"),)), work("a2", claims=(claim("bridge is safe"),)))
    item = "one/claim/10-28"
    first = decided(*works, **{item: msgspec.structs.replace(decided(*works)[item], decision="a2", reason="So.")})

    after = decided(work("a1", claims=(claim("he bridge is safe"),)), works[1], **first)["one/claim/11-28"]

    assert (after.rule, after.reason) == ("open", "Reopened, its candidates changed; decided before: a2 (So.).")


@pytest.mark.parametrize(("words", "rule"), [("Bergen", "unanimous"), ("in Bergen", "unanimous"), ("mayor", "curator")])
def test_what_the_curator_added_gives_way_to_what_a_later_round_marks_there(words: str, rule: str) -> None:
    gold = Content((Words("one", 49, 55, "Bergen"),), {"type": ("GPE",)})
    line = Decision(item="one/mention/49-55", task="one", layer="mention", decision="new", gold=gold, reason="Missed.")
    before = decided(work("a1"), work("a2"), **{line.item: line})

    after = decided(work("a3", mention(words)), work("a4", mention(words)), **before)

    mentions = [each for each in after.values() if each.layer == "mention"]
    assert len(mentions) == 1 + (rule == "curator")
    assert mentions[-1].rule == rule


def test_a_line_that_the_curator_adds_needs_no_rule() -> None:
    gold = Content((Words("one", 49, 55, "Bergen"),), {"type": ("GPE",)})
    line = Decision(item="one/mention/49-55", task="one", layer="mention", decision="new", gold=gold, reason="Missed.")

    after = decided(work("a1"), work("a2"), **{line.item: line})[line.item]

    assert (after.rule, after.curator, after.gold) == ("curator", "c1", gold)


def test_the_curator_s_span_changes_nothing_about_which_belong_together() -> None:
    works = (work("a1", claims=(claim("Nine boats sank in Bergen"),)), work("a2", claims=(claim("Nine boats sank in"),)))
    plain = set(decided(*works))
    gold = Work("documents", "", "gold", "one", {"claim": (claim("Nine boats sank"),)}, {}, {"reading_level": ("A2",)})

    found = followed(gold, *works)

    assert {f"one/{item}" for item in found} == plain
    assert {each.item: each for each in settle(items_of(works, TEXTS), {each.item: each for each in found.values()}, "c1")} == {
        each.item: each for each in found.values()
    }


def followed(gold: Work, *works: Work, **earlier: Decision) -> dict[str, Decision]:
    items: list[Item] = items_of([*works, gold], TEXTS)
    return {each.item.removeprefix("one/"): each for each in follow(items, earlier, "c1")}


def test_what_the_curator_submitted_is_told_apart_by_what_it_follows() -> None:
    works = (
        work("a1", mention("Oslo"), mention("Nine", "CARDINAL"), mention("Bergen"), mention("mayor", "PERSON")),
        work("a2", mention("Oslo"), mention("Nine boats", "CARDINAL"), mention("Bergen", "ORG"), level="B1"),
    )
    gold = Work(
        "documents",
        "",
        "gold",
        "one",
        {
            "mention": (
                mention("Oslo"),
                mention("Bergen", "ORG", note="The port."),
                mention("Nine boats", "GPE"),
                mention("safe"),
            )
        },
        {},
        {"reading_level": ("B1",)},
    )

    found = followed(gold, *works)

    assert {item: (each.rule, each.decision, each.reason) for item, each in found.items()} == {
        "mention/0-4": ("unanimous", "all", ""),
        "mention/24-28": ("curator", "new", ""),
        "mention/30-34": ("curator", "none", ""),
        "mention/30-40": ("curator", "new", ""),
        "mention/49-55": ("curator", "a2", "The port."),
        "mention/65-70": ("curator", "none", ""),
        "reading_level": ("curator", "a2", ""),
    }
    assert found["mention/24-28"].candidates == ()
    assert all(each.annotators == ("a1", "a2") for each in found.values())


def test_decisions_come_back_as_they_were_written(tmp_path: Path) -> None:
    found = decided(work("a1", mention("Oslo")), work("a2", mention("Oslo", "ORG"), claims=(claim("Nine boats sank"),)))

    path = tmp_path / "decisions.jsonl"
    path.write_bytes(written_decisions(found.values()))

    indexed = index_decisions(path, path.name)

    assert indexed.findings == []
    assert {line.decision.item: line.decision for line in indexed.decisions} == found
    assert [line.number for line in indexed.decisions.only({"one"})] == list(range(1, len(found) + 1))
    assert list(indexed.decisions.only({"two"})) == []


SPANS = st.tuples(st.integers(0, 20), st.integers(1, 10), st.sampled_from(["GPE", "ORG"]))


def drawn(annotator: str, spans: list[Any]) -> Work:
    unique = {(start, start + size): type_ for start, size, type_ in spans}
    marks = tuple(Marked(Place("one", *span), (("type", (type_,)),), str(span)) for span, type_ in unique.items())
    return Work("documents", "round1", annotator, "one", {"mention": marks})


@given(st.lists(st.lists(SPANS, max_size=6), min_size=1, max_size=3))
def test_every_region_is_a_candidate_once_and_the_order_of_works_leaves_no_trace(given_: list[list[Any]]) -> None:
    works = [drawn(f"a{index}", spans) for index, spans in enumerate(given_)]
    items = items_of(works, TEXTS)

    proposed = sorted((each.annotator, each.region_id) for item in items for each in item.candidates)
    assert proposed == sorted((each.annotator, marked.region_id) for each in works for marked in each.spans["mention"])
    assert len({item.item for item in items}) == len(items)
    assert all(len({each.annotator for each in item.candidates}) == len(item.candidates) for item in items)
    assert items_of(works[::-1], TEXTS) == items
    before = settle(items, {})
    assert settle(items, {each.item: each for each in before}) == before


@given(SPANS, SPANS)
def test_overlap_is_symmetric_and_one_for_the_same_place(one: Any, other: Any) -> None:
    first, second = (Place("one", start, start + size) for start, size, _ in (one, other))

    assert overlap(first, second) == overlap(second, first)
    assert 0 <= overlap(first, second) <= 1
    assert overlap(first, first) == 1


def line_of(name: str, task: str = "one", **more: Any) -> bytes:
    return msgspec.json.encode({"item": f"{task}/{name}", "task": task, "layer": "mention"} | more) + b"\n"


LINES = st.sampled_from(
    [
        *(line_of(name, task) for name in ("mention/1-2", "mention/3-4") for task in ("one", "two")),
        line_of("mention/5-6", round=7),
        line_of("mention/7-8", rule="whim"),
        line_of("mention/9-10", item="two/mention/3-4"),
        line_of("mention/1-2", "one/mention"),
        line_of("mention/1-2", item="one/mention/mention/1-2"),
        line_of("mention/1-2")[:-9] + b"\n",
        line_of("mention/11-12").replace(b"mention", "\u00e6\ud7ff".encode(), 1),
        b"\xef\xbb\xbf" + line_of("mention/13-14"),
        b'{"item": "one/x", "task": "one", "layer": "\n',
        b"\n",
        b" \r\n",
        b"7\n",
    ]
)


@given(st.lists(LINES, max_size=6))
def test_what_is_left_until_a_line_is_read_is_told_as_if_all_were_read_at_once(lines: list[bytes]) -> None:
    with TemporaryDirectory() as place:
        path = Path(place) / "decisions.jsonl"
        path.write_bytes(b"".join(lines))
        indexed, at_once = index_decisions(path, path.name), index_line_by_line(path, path.name)
        read, findings = indexed.decisions.read()

        assert indexed.digest == at_once.digest
        assert sorted([*indexed.findings, *findings]) == sorted(at_once.findings)
        assert (read, []) == at_once.decisions.read()
        assert set(at_once.decisions.tasks) <= set(indexed.decisions.tasks)
        by_task = [line for task in sorted(indexed.decisions.tasks) for line in indexed.decisions.only([task])]
        assert sorted(by_task, key=lambda line: line.number) == read
