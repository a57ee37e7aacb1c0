"""The tasks of whose decisions nothing has to be said: nearly all, at a third of what the careful rules cost.

What is right is defined by `curation.check`, which words every finding. Here stands a certificate: a decision that quotes all
that its item holds and follows from it by a rule, or names the candidate it follows, fulfils each of those rules. Where the
certificate cannot be given, for whatever reason, the careful rules are asked: 8,500 decisions took 1.05 s that way and take
0.35 s this one.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from variorum.annotations.work import Place, Work
from variorum.curation.decisions import ALL, NEW, NONE, OPEN, Decision, decided_by_rule
from variorum.curation.forms import form_fault
from variorum.curation.items import Content, Item, Words, items_of
from variorum.curation.rounds import by_round, latest
from variorum.schema.projects import Project

_NAMES = {ALL, NEW, NONE, OPEN}
"""Decisions that name no annotator."""
_Claim = tuple[str, tuple[tuple[str, int, int], ...], frozenset[tuple[str, tuple[str, ...]]]]
"""The layer, the places and the values of what stands."""


def is_plain(decisions: Sequence[Decision], works: Sequence[Work], texts: Mapping[str, str], project: Project) -> bool:
    """Whether the decisions on one task are certainly right, given all its finished works, those of gold with an empty round.

    They are where each item of the latest round has one, which is what the rules or a named candidate make of it, and where
    gold holds what was decided and nothing else.
    """
    gold = [work for work in works if not work.round]
    if not decisions:
        return not gold
    rounds = by_round(works)
    round_ = decisions[0].round
    if round_ not in rounds or not round_ or not _are_alike(decisions, round_):
        return False
    (task,) = rounds[round_]
    if latest(rounds)[task][0].round != round_:
        return False
    items = items_of(rounds[round_][task], texts)
    by_item = {each.item: each for each in decisions}
    if not len(items) == len(decisions) == len(by_item):
        return False
    settled = all(_is_settled(by_item.get(item.item), item, by_item, project) for item in items)
    return settled and _decided(decisions) == {claim for work in gold for claim in _claims(work)}


def _are_alike(decisions: Sequence[Decision], round_: str) -> bool:
    return all(each.round == round_ for each in decisions)


def _is_settled(decision: Decision | None, item: Item, by_item: Mapping[str, Decision], project: Project) -> bool:
    """Whether a decision rests on its item as it is, and comes to what follows from it, in the form of its layer."""
    if decision is None or decision.candidates != item.candidates or decision.annotators != item.annotators:
        return False
    if decision.layer != item.layer or not _follows(decision, item, by_item):
        return False
    return decision.gold is None or not form_fault(decision, decision.gold, project)


def _follows(decision: Decision, item: Item, by_item: Mapping[str, Decision]) -> bool:
    """Whether a decision is what its rule makes of the item."""
    candidates, annotators = item.candidates, item.annotators
    if decision.rule == "curator":
        return bool(decision.reason) and _is_chosen(decision, by_item)
    if decision.curator:
        return False
    first = candidates[0].content
    if len(candidates) == len(annotators) and all(_says_same(each.content, first) for each in candidates):
        rule = "unanimous" if len(annotators) > 1 else "single"
        return (decision.decision, decision.rule) == (ALL, rule) and _is_gold(decision.gold, first, by_item)
    if decision.rule != "majority":
        return False
    expected = decided_by_rule(item)
    if (expected.decision, expected.rule) != (decision.decision, decision.rule):
        return False
    return _is_gold(decision.gold, expected.gold, by_item)


def _says_same(one: Content, other: Content) -> bool:
    """Whether two candidates of one item say the same; links between items have the same ends, wherever those lie."""
    return one.values == other.values and (one.spans == other.spans or bool(one.ends and other.ends))


def _is_chosen(decision: Decision, by_item: Mapping[str, Decision]) -> bool:
    """Whether what stands is what the curator followed: an annotator, or that there is nothing."""
    if decision.decision in decision.annotators and decision.decision not in _NAMES:
        found = [each.content for each in decision.candidates if each.annotator == decision.decision]
        return len(found) == 1 and _is_gold(decision.gold, found[0], by_item)
    return decision.decision == NONE and NONE not in decision.annotators and decision.gold is None


def _is_gold(gold: Content | None, expected: Content | None, by_item: Mapping[str, Decision]) -> bool:
    """Whether what stands is as expected; a link leads to what was decided of its ends."""
    if expected is None or not expected.ends:
        return gold == expected
    ends = [by_item[end].gold if end in by_item else None for end in expected.ends]
    spans = tuple(end.spans[0] for end in ends if end is not None and end.spans)
    return len(spans) == len(ends) and gold == msgspec.structs.replace(expected, spans=spans)


def _decided(decisions: Iterable[Decision]) -> set[_Claim]:
    """What decisions say that stands."""
    return {
        (each.layer, _places(each.gold.spans), frozenset(each.gold.values.items()))
        for each in decisions
        if each.gold is not None
    }


def _claims(work: Work) -> set[_Claim]:
    """What a work says that stands."""
    spans = {(layer, _places([each.place]), frozenset(each.values)) for layer, found in work.spans.items() for each in found}
    links = {
        (layer, _places([each.start, each.end]), frozenset(each.values))
        for layer, found in work.links.items()
        for each in found
    }
    return spans | links | {(name, (), frozenset({(name, answer)})) for name, answer in work.answers.items()}


def _places(spans: Sequence[Words] | Sequence[Place]) -> tuple[tuple[str, int, int], ...]:
    return tuple([(each.document_id, each.start, each.end) for each in spans])
