"""The certificate against the careful rules, which define what is right: it is never given to decisions that they refuse."""

import random
import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from tests.spoiled import spoil

from variorum.annotations.work import Link, Marked, Place, Work
from variorum.curation.check import check_task
from variorum.curation.decisions import Decision, Line, settle
from variorum.curation.items import items_of
from variorum.curation.plain import is_plain
from variorum.findings import Finding
from variorum.schema.labels import CLAIM_ATTRIBUTES
from variorum.schema.projects import PROJECTS

TEXT = "Oslo said the bridge is safe. Nine boats sank in Bergen, and the mayor of Bergen resigned."
TEXTS = {"one": TEXT, "two": TEXT}
WORDS = [place.span() for place in re.finditer(r"\w+", TEXT)]
ODD: list[Any] = [None, "", "a1", "a3", "gold", "all", "none", "new", "curator", "majority", "unanimous", "open", "round1"]
ODD += ["round2", "two", 0, 4, 5, [], ["a1"], {}]


@st.composite
def blind(draw: st.DrawFn, annotator: str, round_: str, base: Work | None) -> Work:
    """What somebody made of the text; much of it like what another one did."""
    if base and draw(st.booleans()):
        base = msgspec.structs.replace(base, links={"relation": ()}) if draw(st.booleans()) else base
        return msgspec.structs.replace(_renamed(base, annotator), annotator=annotator, round=round_)
    mentions = tuple(
        Marked(place, (("type", (draw(st.sampled_from(["GPE", "ORG"])),)),), f"{annotator} m{place.start}")
        for place in draw(st.lists(places(), unique=True, max_size=4))
    )
    claims = tuple(
        Marked(place, tuple((name, (draw(st.sampled_from("xy")),)) for name in CLAIM_ATTRIBUTES), f"{annotator} c{place.start}")
        for place in draw(st.lists(places(), unique=True, max_size=2))
    )
    links = tuple(
        Link(one.place, other.place, (("type", (type_,)),), f"{one.region_id}->{other.region_id}", ("claim", "mention"))
        for one in claims
        for other in mentions
        for type_ in draw(st.lists(st.sampled_from(["claimer", "about"]), unique=True, max_size=1))
    )
    level = draw(st.sampled_from(["A2", "B1"]))
    spans = {"mention": mentions, "claim": claims}
    return Work("documents", round_, annotator, "one", spans, {"relation": links}, {"reading_level": (level,)})


@st.composite
def places(draw: st.DrawFn) -> Place:
    first = draw(st.integers(0, len(WORDS) - 1))
    last = min(first + draw(st.integers(0, 3)), len(WORDS) - 1)
    return Place("one", WORDS[first][0], WORDS[last][1])


def _renamed(work: Work, annotator: str) -> Work:
    """The same with other region ids."""
    spans = {
        layer: tuple(msgspec.structs.replace(each, region_id=f"{annotator} {each.region_id}") for each in found)
        for layer, found in work.spans.items()
    }
    return msgspec.structs.replace(work, spans=spans)


@st.composite
def curated(draw: st.DrawFn) -> tuple[list[Work], list[Decision]]:
    """The works of a task with the decisions on them, those that are open decided by hand, and the gold that comes of it."""
    names = draw(st.sampled_from([("a1",), ("a1", "a2"), ("a1", "a2", "a3")]))
    works = [draw(blind("a1", "round1", None))]
    works += [draw(blind(name, "round1", works[0])) for name in names[1:]]
    decisions = settle(items_of(works, TEXTS), {}, "")
    wishes = {each.item: draw(st.sampled_from([*(own.annotator for own in each.candidates), "none"])) for each in decisions}
    by_hand = {
        each.item: msgspec.structs.replace(each, decision=wishes[each.item], reason="So.", rule="curator")
        if each.is_open or draw(st.integers(0, 9)) == 0
        else each
        for each in decisions
    }
    for _ in range(2):  # a link waits for its ends
        by_hand = {each.item: each for each in settle(items_of(works, TEXTS), by_hand, "c1")}
    return [*works, gold_of(list(by_hand.values()))], list(by_hand.values())


def gold_of(decisions: Sequence[Decision]) -> Work:
    """The gold that says what was decided."""
    standing = [(each.layer, each.gold) for each in decisions if each.gold]
    spans = {
        layer: tuple(Marked(gold.spans[0].place, tuple(gold.values.items()), "g") for name, gold in standing if name == layer)
        for layer in ("mention", "claim")
    }
    links = tuple(
        Link(gold.spans[0].place, gold.spans[1].place, tuple(gold.values.items()), "g->g", ("claim", "mention"))
        for name, gold in standing
        if name == "relation"
    )
    answers = {name: gold.values[name] for name, gold in standing if name == "reading_level"}
    return Work("documents", "", "gold", "one", spans, {"relation": links}, answers)


def careful(works: Sequence[Work], decisions: Sequence[Decision]) -> list[Finding]:
    lines = [Line(number, each) for number, each in enumerate(decisions, start=1)]
    return list(check_task(lines, "decisions.jsonl", works, TEXTS, PROJECTS["documents"]))


def certified(works: Sequence[Work], decisions: Sequence[Decision]) -> bool:
    return is_plain(decisions, works, TEXTS, PROJECTS["documents"])


@given(curated())
def test_what_is_right_is_certified_but_for_what_fell_with_an_end(made: tuple[list[Work], list[Decision]]) -> None:
    works, decisions = made

    assert careful(works, decisions) == []
    assert certified(works, decisions) == all(each.rule != "dependent" for each in decisions)


@pytest.mark.slow
@settings(max_examples=600, deadline=None)
@given(curated(), st.randoms(use_true_random=False), st.integers(1, 2))
def test_spoiled_decisions_are_certified_only_if_they_are_right(
    made: tuple[list[Work], list[Decision]], chance: random.Random, changes: int
) -> None:
    works, decisions = made
    plain = [msgspec.to_builtins(each) for each in decisions]
    for _ in range(changes):
        spoil(plain, chance, ODD)
    try:
        spoiled = msgspec.convert(plain, list[Decision])
    except msgspec.ValidationError:
        return
    unique = list({each.item: each for each in spoiled if each.task == "one"}.values())
    is_certified = certified(works, unique)
    event(f"certified: {is_certified}")

    assert not (is_certified and careful(works, unique))


@settings(max_examples=300, deadline=None)
@given(curated(), st.randoms(use_true_random=False))
def test_decisions_on_spoiled_works_are_certified_only_if_they_are_right(
    made: tuple[list[Work], list[Decision]], chance: random.Random
) -> None:
    works, decisions = made
    plain = [msgspec.to_builtins(each) for each in works]
    spoil(plain, chance, ODD)
    try:
        spoiled = msgspec.convert(plain, list[Work])
    except msgspec.ValidationError:
        return
    if any(each.task != "one" for each in spoiled):  # works come by their task, those without any mark too
        return
    if any(place.document_id != "one" for each in spoiled for place in marked(each)):
        return
    try:
        refused = bool(careful(spoiled, decisions))
    except KeyError:  # a link without a type never leaves the reader of exports
        return

    assert not (certified(spoiled, decisions) and refused)


def marked(work: Work) -> Iterator[Place]:
    yield from (each.place for found in work.spans.values() for each in found)
    yield from (place for found in work.links.values() for each in found for place in (each.start, each.end))


@pytest.mark.parametrize("later", [(), ("a1",), ("a1", "a2")])
def test_decisions_of_an_earlier_round_are_not_certified(later: tuple[str, ...]) -> None:
    level: dict[str, tuple[str, ...]] = {"reading_level": ("A2",)}
    works = [Work("documents", "round1", name, "one", answers=level) for name in ("a1", "a2")]
    decisions = settle(items_of(works, TEXTS), {}, "")
    works += [gold_of(decisions), *(Work("documents", "round2", name, "one", answers=level) for name in later)]

    assert certified(works, decisions) == (len(later) <= 1)
    assert bool(careful(works, decisions)) == (len(later) > 1)
