"""Rules that hold gold and decisions together: nothing stands without a decision, nothing is decided out of nothing."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from variorum.annotations.work import Place, Values, Work
from variorum.curation.decisions import ALL, NEW, NONE, Decision, Line, settle
from variorum.curation.forms import form_fault
from variorum.curation.items import Candidate, Content, items_of
from variorum.curation.plain import is_plain
from variorum.curation.rounds import by_round, in_order, latest
from variorum.findings import Finding, Where, finding
from variorum.schema.projects import Project

Claimed = tuple[str, str, tuple[Place, ...], Values]
"""What stands: the task, the layer, the places and the values, whatever the item is called."""
Proposal = tuple[str, str, str, Claimed]
"""Who claimed it, in which round and in which region."""


def check_decisions(
    lines: Iterable[Line], file: str, works: Mapping[str, list[Work]], texts: Mapping[str, str], project: Project
) -> Iterator[Finding]:
    """What is wrong with a project's decisions, held against its gold and the annotators of their rounds.

    `works` are all finished works by task, those of gold with an empty round.
    """
    by_task: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        by_task[line.decision.task].append(line)
    for task in sorted({*works, *by_task}):
        own, found = by_task.get(task, []), works.get(task, [])
        if not is_plain([line.decision for line in own], found, texts, project):
            yield from check_task(own, file, found, texts, project)


def check_task(
    lines: Sequence[Line], file: str, works: Sequence[Work], texts: Mapping[str, str], project: Project
) -> Iterator[Finding]:
    """What is wrong with the decisions on one task, which may be none; nothing is where they are plain."""
    proposed = {each for work in works for each in _proposals(work)}
    gold = {claimed for work in works if not work.round for _, claimed in _all_claimed(work)}
    for line in lines:
        where = Where(file, line.number)
        if not works:
            yield finding(where, "decisions-malformed", f"{line.decision.task!r} is no task that anybody finished.")
        yield from check_decision(line.decision, where, texts, project)
        yield from _check_line(line, where, proposed, gold)
    decided = {_claimed(each.decision.task, each.decision.layer, each.decision.gold) for each in lines if each.decision.gold}
    for task, layer, places, _ in sorted(gold - decided, key=str):
        fact = f"{' '.join([layer, *map(_shown, places)])} of {task} has no decision that says so."
        yield finding(Where(file), "gold-without-decision", fact)
    yield from _check_settled(lines, file, works, texts)


def _check_settled(lines: Sequence[Line], file: str, works: Sequence[Work], texts: Mapping[str, str]) -> Iterator[Finding]:
    """Whether the decisions on a task are what the round they were made of still comes to, and whether that is the latest."""
    rounds = by_round(works)
    decided = max((each.decision.round for each in lines if each.decision.round in rounds), key=in_order, default="")
    if not decided:
        return
    (task,) = rounds[decided]
    settled = settle(items_of(rounds[decided][task], texts), {each.decision.item: each.decision for each in lines})
    expected = {each.item: each for each in settled}
    for line in lines:
        if line.decision.item not in expected:
            fact = f"{decided} has no item {line.decision.item}."
            yield finding(Where(file, line.number), "decision-stale", fact)
        elif differing := _differing(line.decision, expected[line.decision.item]):
            fact = f"{line.decision.item} would have another `{differing[0]}`: {_brief(expected[line.decision.item])}."
            yield finding(Where(file, line.number), "decision-stale", fact)
    for item in sorted(set(expected) - {each.decision.item for each in lines}):
        yield finding(Where(file), "decision-stale", f"{item} has no decision: {'; '.join(proposals(expected[item]))}.")
    later = latest(rounds)[task][0].round
    if in_order(later) > in_order(decided):
        fact = f"Gold of {task} is made of {decided}; several have finished {later}."
        yield finding(Where(file), "decision-of-earlier-round", fact)


def _differing(one: Decision, other: Decision) -> list[str]:
    """The fields in which two decisions on an item differ; what only leads to a region or remarks on it is no difference."""
    if one == other:  # as nearly all are; to compare them without regions takes eight times as long
        return []
    plain = [_without_regions(each) for each in (one, other)]
    return [name for name in _COMPARED if getattr(plain[0], name) != getattr(plain[1], name)]


_COMPARED = ("layer", "round", "annotators", "candidates", "rule", "decision", "gold", "curator")


def _without_regions(decision: Decision) -> Decision:
    candidates = tuple(msgspec.structs.replace(each, region_id="", note="") for each in decision.candidates)
    return msgspec.structs.replace(decision, candidates=candidates)


def _brief(decision: Decision) -> str:
    """A decision in words."""
    return f"{decision.rule}, {'; '.join(proposals(decision))}"


def check_decision(decision: Decision, where: Where, texts: Mapping[str, str], project: Project) -> Iterator[Finding]:
    """What is wrong with a decision by itself: it is open, its gold has another form than its layer's, it quotes what does not
    stand there, or gives no reason.
    """
    if decision.is_open:
        told = [*proposals(decision), *([decision.reason.rstrip(".")] if decision.reason else [])]
        if decision.decision or decision.gold:
            told.append(f"{decision.decision!r} is none of its annotators, nor {NONE}, nor {NEW} with gold")
        yield finding(where, "decision-open", f"{decision.item}: {'; '.join(told)}.")
    if decision.gold and (fault := form_fault(decision, decision.gold, project)):
        yield finding(where, "decisions-malformed", f"{decision.item}: {fault}")
    for words in decision.gold.spans if decision.gold else ():
        if texts.get(words.document_id, "")[words.start : words.end] != words.text:
            fact = f"{decision.item}: [{words.start}, {words.end}) of {words.document_id} is not {words.text!r}."
            yield finding(where, "decision-misquotes", fact)
    if decision.rule == "curator" and not decision.reason:
        yield finding(where, "decision-without-reason", f"{decision.item} was decided by hand, and nobody says why.")


def proposals(decision: Decision) -> list[str]:
    """What each annotator proposed for an item, in words."""
    told = []
    for annotator in decision.annotators:
        found = [each for each in decision.candidates if each.annotator == annotator]
        values = ", ".join("+".join(answer) for answer in found[0].content.values.values()) if found else "nothing"
        words = " > ".join(repr(each.text) for each in found[0].content.spans) if found else ""
        told.append(f"{annotator} has {' as '.join(filter(None, (words, values)))}")
    return told


def _check_line(line: Line, where: Where, proposed: set[Proposal], gold: set[Claimed]) -> Iterator[Finding]:
    each = line.decision
    if each.decision == NEW and each.gold is None:
        yield finding(where, "decisions-malformed", f"{each.item} is decided as `new`, and `gold` is empty.")
    if not each.candidates and each.decision != NEW:
        yield finding(where, "decision-without-candidates", f"Nobody proposed {each.item}.")
    for candidate in each.candidates:
        claimed = _claimed(each.task, each.layer, candidate.content)
        if (each.round, candidate.annotator, candidate.region_id, claimed) not in proposed:
            fact = f"{candidate.annotator} has no such {each.layer} in {each.round} as {candidate.region_id or each.item}."
            yield finding(where, "decision-candidate-unknown", fact)
    if each.gold and _claimed(each.task, each.layer, each.gold) not in gold:
        yield finding(where, "decision-unlike-gold", f"What is decided of {each.item} is not in the gold.")
    if not _is_kept(each):
        yield finding(where, "decision-unlike-candidate", f"{each.item} says it follows {each.decision}, and does not.")


def _is_kept(decision: Decision) -> bool:
    """Whether what stands is what the decision says: what all propose, what the annotator it names does, or nothing."""
    if decision.rule == "dependent":
        return decision.gold is None
    if decision.decision == ALL:
        followed = list(decision.candidates)
        return len(followed) == len(decision.annotators) and all(_follows(each, decision) for each in followed)
    if decision.decision == NONE:
        return decision.gold is None
    followed = [each for each in decision.candidates if each.annotator == decision.decision]
    return decision.gold is None or not followed or _follows(followed[0], decision)


def _follows(candidate: Candidate, decision: Decision) -> bool:
    """Whether what stands is what the candidate says; the ends of a link may have been decided otherwise."""
    gold = decision.gold
    if gold is None:
        return False
    same_place = candidate.content.spans == gold.spans or bool(gold.ends)
    return same_place and candidate.content.values == gold.values


def _proposals(work: Work) -> Iterator[Proposal]:
    """Everything an annotator proposed, with the region it stands in."""
    yield from ((work.round, work.annotator, region_id, claimed) for region_id, claimed in _all_claimed(work))


def _all_claimed(work: Work) -> Iterator[tuple[str, Claimed]]:
    """Everything a work claims, with its region."""
    for layer, spans in work.spans.items():
        yield from ((each.region_id, (work.task, layer, (each.place,), _sorted(each.values))) for each in spans)
    for layer, links in work.links.items():
        yield from ((each.region_id, (work.task, layer, (each.start, each.end), _sorted(each.values))) for each in links)
    yield from (("", (work.task, name, (), ((name, answer),))) for name, answer in work.answers.items())


def _claimed(task: str, layer: str, content: Content) -> Claimed:
    return task, layer, tuple(words.place for words in content.spans), _sorted(tuple(content.values.items()))


def _sorted(values: Values) -> Values:
    return tuple(sorted((name, tuple(sorted(labels))) for name, labels in values))


def _shown(place: Place) -> str:
    return f"[{place.start}, {place.end})"
