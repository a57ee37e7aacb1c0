"""Decisions: one line of decisions.jsonl an item, with its candidates, what was decided, by which rule and why.

People may edit the file: for an item whose rule is `open` they name in `decision` the annotator they follow, `none` where
nothing is to stand, or `new` with what is to stand in `gold`; and give a reason. To overrule what all agree on they write the
rule `curator` as well. All else in a line is written by `variorum curate`.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b, sha256
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from variorum.curation.items import OVERLAP, Candidate, Content, Item, overlap
from variorum.findings import Finding, Where, finding
from variorum.folder import GOLD
from variorum.schema.tables import DECIDED_BY

NONE, NEW, OPEN, ALL = "none", "new", "", "all"
RULES = (*DECIDED_BY, "open")
"""How an item came to be decided: by all, by most, by the curator, by what was decided of its ends, by the only annotator
who finished the task; or not yet."""


class Decision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An item and what was decided of it. `gold` is what stands; it is null where nothing does, and while the item is open."""

    item: str
    task: str
    layer: str
    round: str = ""
    annotators: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    decision: str = OPEN
    gold: Content | None = None
    region_id: str = ""
    note: str = ""
    rule: str = "open"
    reason: str = ""
    curator: str = ""

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to decide."""
        return self.rule == "open"


class Line(msgspec.Struct, frozen=True):
    """A decision and the line of the file it stands on."""

    number: int
    decision: Decision


_line = msgspec.json.Decoder(Decision)


class _Named(msgspec.Struct, gc=False):
    """As much of a line as its place is known by."""

    item: str
    task: str


_named = msgspec.json.Decoder(_Named)
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Run(NamedTuple):
    """Where decisions on one task stand together in their file: the first line, and the bytes of all."""

    line: int
    offset: int
    length: int


class Decisions:
    """The decisions of a file in its order, left there until they are asked for: only their places are held, by task.

    Findings name the file `file`.
    """

    def __init__(self, path: Path, file: str, runs: dict[str, list[Run]]) -> None:
        self._path = path
        self._file = file
        self.runs = runs

    @property
    def tasks(self) -> Collection[str]:
        """The tasks that something was decided of."""
        return self.runs.keys()

    def __iter__(self) -> Iterator[Line]:
        return iter(self.read()[0])

    def read(self) -> tuple[list[Line], list[Finding]]:
        """The decisions, and a finding for each line that is none."""
        lines: list[Line] = []
        findings: list[Finding] = []
        with self._path.open("rb") as file:
            for run in sorted(run for own in self.runs.values() for run in own):
                file.seek(run.offset)
                for number, written in enumerate(BytesIO(file.read(run.length)), start=run.line):
                    read = _read_line(written, Where(self._file, number)) if written.strip() else None
                    if isinstance(read, Finding):
                        findings.append(read)
                    elif read:
                        lines.append(Line(number, read))
        return lines, findings

    def digest(self) -> str:
        """The SHA-256 of the lines, wherever in the file they stand."""
        taken = sha256()
        with self._path.open("rb") as file:
            for task, runs in sorted(self.runs.items()):
                for run in runs:
                    file.seek(run.offset)
                    taken.update(f"{task}\0{run.length}\0".encode() + file.read(run.length))
        return taken.hexdigest()

    def lines(self) -> list[int]:
        """The number of each run's first line."""
        return [run.line for own in self.runs.values() for run in own]

    def only(self, tasks: Iterable[str]) -> "Decisions":
        """Those on some tasks, as a worker is sent them."""
        return Decisions(self._path, self._file, {task: self.runs[task] for task in tasks if task in self.runs})


@dataclass
class Indexed:
    """The decisions of a file, its SHA-256, and a finding for each line that cannot be among them."""

    decisions: Decisions
    digest: str
    findings: list[Finding]


def index_decisions(path: Path, file: str) -> Indexed:
    """Finds the decisions in a file; findings name it `file`.

    Of a file in the form that `written_decisions` gives it, a line is looked at for the name of its item, and what else is
    wrong with it is found when it is read: 70,000 lines take 0.4 s, where reading all of each takes 1.3 s.
    """
    digest = sha256()
    with path.open("rb") as lines:
        runs = _runs_of_tasks(lines, digest.update)
    if runs is None:
        return index_line_by_line(path, file)
    return Indexed(Decisions(path, file, runs), digest.hexdigest(), [])


def _runs_of_tasks(lines: Iterable[bytes], update: Callable[[bytes], None]) -> dict[str, list[Run]] | None:
    """Where the decisions on each task stand, if those of a task stand together and each item is named after its task.

    No item stands twice then, if none does in its task. None where it is not so, or where a line has no name.
    """
    begun: dict[str, tuple[int, int]] = {}
    task, prefix, items, offset = None, "", set[str](), 0
    for number, line in enumerate(lines, start=1):
        update(line)
        offset += len(line)
        if line.isspace():
            continue
        try:
            named = _named.decode(line)
        except _UNREADABLE:
            return None
        if named.task != task:
            task, prefix, items = named.task, f"{named.task}/", set()
            if task in begun or "/" in task:
                return None
            begun[task] = number, offset - len(line)
        if named.item in items or not named.item.startswith(prefix):
            return None
        items.add(named.item)
    ends = [*(place for _, place in begun.values()), offset][1:]
    return {task: [Run(line, place, end - place)] for (task, (line, place)), end in zip(begun.items(), ends, strict=True)}


def index_line_by_line(path: Path, file: str) -> Indexed:
    """Reads a file of any form; of two lines on an item the second is wrong, wherever they stand."""
    runs: dict[str, list[Run]] = defaultdict(list)
    findings: list[Finding] = []
    digest = sha256()
    seen: set[bytes] = set()
    offset = 0
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            digest.update(line)
            written = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
            read = _read_line(written, Where(file, number), seen) if written.strip() else None
            if isinstance(read, Finding):
                findings.append(read)
            elif read:
                runs[read.task].append(Run(number, offset + len(line) - len(written), len(written)))
            offset += len(line)
    return Indexed(Decisions(path, file, dict(runs)), digest.hexdigest(), findings)


def _read_line(written: bytes, where: Where, seen: set[bytes] | None = None) -> Decision | Finding:
    """The decision of a line, or what is wrong with it. `seen` has the digest of each item so far, where any may be twice."""
    try:
        decision = _line.decode(written)
    except _UNREADABLE as error:
        return finding(where, "decisions-malformed", f"{str(error).rstrip('.')}.")
    if seen is not None:
        item = blake2b(decision.item.encode("utf-8", "replace"), digest_size=16).digest()
        if item in seen:
            return finding(where, "decisions-malformed", f"The item {decision.item} stands twice.")
        seen.add(item)
    if decision.rule not in RULES:
        return finding(where, "decisions-malformed", f"There is no rule {decision.rule!r}.")
    return decision


def written_decisions(decisions: Iterable[Decision]) -> bytes:
    """Decisions as a file, in the order of their tasks and, inside them, as they come."""
    ordered = sorted(decisions, key=lambda each: each.task)
    return b"".join(msgspec.json.encode(each) + b"\n" for each in ordered)


def by_task(decisions: Iterable[Decision]) -> Mapping[str, list[Decision]]:
    """Decisions by task, in their order; a task without has an empty list."""
    found: dict[str, list[Decision]] = defaultdict(list)
    for each in decisions:
        found[each.task].append(each)
    return found


def settle(items: Iterable[Item], earlier: Mapping[str, Decision], curator: str = "") -> list[Decision]:
    """A decision for each item: one by hand holds while the candidates say the same, else the rules decide or it is open.

    Items that nobody proposed stay as the curator added them. `curator` is who decides what was decided by hand. A file of
    decisions is right if settling it gives the file again.
    """
    items = list(items)
    fresh = {item.item: item for item in items}
    without = defaultdict(list)
    for each in earlier.values():
        if each.item not in fresh and _is_by_hand(each):
            without[each.task, each.layer].append(each)
    before = {item.item: earlier.get(item.item) or _before(item, without[item.task, item.layer]) for item in items}
    taken = {each.item for each in before.values() if each}
    decided = [_settled(item, before[item.item], curator) for item in items]
    added = [each for each in earlier.values() if each.decision == NEW and not each.candidates and each.item not in taken]
    of_task = {item.task: item for item in items}
    return _with_ends(decided + [_by_hand_of(_among(each, of_task.get(each.task)), each, curator) for each in added])


def _among(added: Decision, item: Item | None) -> Decision:
    """What the curator added, in the round that the rest of its task is decided in, whose annotators marked nothing there."""
    return msgspec.structs.replace(added, round=item.round, annotators=item.annotators) if item else added


def _before(item: Item, without: list[Decision]) -> Decision | None:
    """The decision on an item that had another name, or that the curator had added: one of spans that overlap by half."""
    return next((each for each in without if _is_alike(item, each)), None)


def _is_alike(item: Item, earlier: Decision) -> bool:
    told = [each.content for each in earlier.candidates] or ([earlier.gold] if earlier.gold else [])
    places = [[words.place for words in content.spans] for content in told]
    return any(
        bool(own) and len(own) == len(other) and all(overlap(*pair) >= OVERLAP for pair in zip(own, other, strict=True))
        for candidate in item.candidates
        for own in [[words.place for words in candidate.content.spans]]
        for other in places
    )


def follow(items: Iterable[Item], earlier: Mapping[str, Decision], curator: str) -> list[Decision]:
    """A decision for each item from what the curator made of it: the candidate of `gold` among its candidates, or its absence.

    A reason is the curator's note, or else, with the curator, what an earlier decision to the same end gave. What the curator
    added stands last.
    """
    decided = [_followed(item, earlier.get(item.item), curator) for item in items]
    return sorted(decided, key=lambda each: not each.candidates)


def _followed(item: Item, earlier: Decision | None, curator: str) -> Decision:
    gold = next((each for each in item.candidates if each.annotator == GOLD), None)
    proposed = tuple(each for each in item.candidates if each.annotator != GOLD)
    base = _undecided(msgspec.structs.replace(item, candidates=proposed))
    by_rule = _by_rule(base) if proposed else base
    stands = by_rule.gold and gold and _content(by_rule.gold) == _content(gold.content)
    if stands or (gold is None and by_rule.decision == NONE):
        return msgspec.structs.replace(by_rule, region_id=gold.region_id, note=gold.note) if gold else by_rule
    same = [each.annotator for each in proposed if gold and _content(each.content) == _content(gold.content)]
    made: dict[str, Any] = {"decision": same[0] if same else NEW if gold else NONE, "rule": "curator", "curator": curator}
    if gold:
        made |= {"gold": gold.content, "region_id": gold.region_id, "note": gold.note}
    if gold and gold.note not in {"", *(each.note for each in proposed)}:
        return msgspec.structs.replace(base, reason=gold.note, **made)
    if earlier and earlier.decision == made["decision"] and _gold(earlier) == _gold(msgspec.structs.replace(base, **made)):
        made |= {"reason": earlier.reason, "curator": earlier.curator or curator}
    return msgspec.structs.replace(base, **made)


def _gold(decision: Decision) -> bytes:
    return _content(decision.gold) if decision.gold else b""


def _content(content: Content) -> bytes:
    """What is said, to be compared; of a link between items, whose ends are the same for all, only as what."""
    return msgspec.json.encode([content.values, () if content.ends else content.spans], order="sorted")


def _settled(item: Item, earlier: Decision | None, curator: str) -> Decision:
    base = _undecided(item)
    by_rule = _by_rule(base)
    if earlier is None or not _is_by_hand(earlier):
        return msgspec.structs.replace(by_rule, reason=earlier.reason) if earlier and by_rule.is_open else by_rule
    if _proposed(earlier) == _proposed(base):
        return _by_hand_of(base, earlier, curator)
    came_to_agree = by_rule.rule in ("unanimous", "majority") and decided_by_rule(earlier).is_open
    return by_rule if came_to_agree else _reopened(base, earlier)


def _is_by_hand(decision: Decision) -> bool:
    """Whether a person decided, or wrote into a line that is open; a link that fell with its end was decided before."""
    if decision.rule == "dependent":
        return bool(decision.candidates) and decided_by_rule(decision).decision != decision.decision
    return decision.rule == "curator" or (decision.is_open and (decision.decision != OPEN or decision.gold is not None))


def _undecided(item: Item | Decision) -> Decision:
    """A decision on an item that decides nothing."""
    return Decision(**{name: getattr(item, name) for name in Item.__struct_fields__})


def _proposed(decision: Decision) -> list[object]:
    """What a decision rests on: who took part, and what they said, wherever it is kept and whatever they remarked."""
    return [decision.round, decision.annotators, [(each.annotator, _content(each.content)) for each in decision.candidates]]


def _reopened(base: Decision, earlier: Decision) -> Decision:
    if earlier.is_open:  # what was typed is kept, to be looked at
        return msgspec.structs.replace(base, decision=earlier.decision, gold=earlier.gold, reason=earlier.reason)
    told = f" ({earlier.reason})" if earlier.reason else ""
    return msgspec.structs.replace(base, reason=f"Reopened, its candidates changed; decided before: {earlier.decision}{told}.")


def decided_by_rule(item: Item | Decision) -> Decision:
    """What all, or most, say of an item; it is open where they do not agree."""
    return _by_rule(_undecided(item))


def _by_rule(base: Decision) -> Decision:
    """What all, or most, say of an item; silence is a vote against it."""
    if not base.candidates:
        return base
    said = [_content(each.content) for each in base.candidates]
    votes = Counter(said)
    silent = len(base.annotators) - len(base.candidates)
    best, count = max(zip(base.candidates, (votes[each] for each in said), strict=True), key=lambda pair: pair[1])
    if count == len(base.annotators):
        return _following(base, best, ALL, "unanimous" if count > 1 else "single")
    if count * 2 > len(base.annotators):
        return _following(base, best, best.annotator, "majority")
    if silent * 2 > len(base.annotators):
        return msgspec.structs.replace(base, decision=NONE, rule="majority")
    return base


def _following(base: Decision, candidate: Candidate, decision: str, rule: str) -> Decision:
    """The decision to follow a candidate; where it has no note, another's on the item is kept."""
    notes = [each.note for each in (candidate, *base.candidates) if each.note]
    return msgspec.structs.replace(
        base,
        decision=decision,
        gold=candidate.content,
        region_id=candidate.region_id,
        note=notes[0] if notes else "",
        rule=rule,
    )


def _by_hand_of(base: Decision, earlier: Decision, curator: str) -> Decision:
    """An earlier decision on the same candidates; what a person wrote into an open line becomes the curator's decision.

    What names nobody stays open, with all that was typed.
    """
    base = msgspec.structs.replace(_undecided(base), reason=earlier.reason)
    told = {"curator": earlier.curator or curator, "rule": "curator", "decision": earlier.decision}
    found = [each for each in base.candidates if each.annotator == earlier.decision]
    if found:
        made = _following(base, found[0], earlier.decision, "curator")
        return msgspec.structs.replace(made, note=earlier.note or made.note, **told)
    if earlier.decision == NONE:
        return msgspec.structs.replace(base, **told)
    if earlier.decision == NEW and earlier.gold:
        region_id = earlier.region_id or (base.candidates[0].region_id if base.candidates else "")
        return msgspec.structs.replace(base, gold=earlier.gold, region_id=region_id, note=earlier.note, **told)
    return msgspec.structs.replace(base, decision=earlier.decision, gold=earlier.gold)


def _with_ends(decisions: list[Decision]) -> list[Decision]:
    """Links stand only where both their ends do, and lead to what was decided there; they wait while an end is open."""
    by_item = {each.item: each for each in decisions}
    return [_with_ends_of(each, by_item) for each in decisions]


def _with_ends_of(decision: Decision, by_item: Mapping[str, Decision]) -> Decision:
    if decision.gold is None or not all(end in by_item for end in decision.gold.ends) or not decision.gold.ends:
        return decision
    if any(by_item[end].is_open for end in decision.gold.ends):
        return decision
    ends = [by_item[end].gold for end in decision.gold.ends]
    if None in ends:
        return msgspec.structs.replace(decision, gold=None, rule="dependent")  # what was decided holds again once the end does
    spans = tuple(each.spans[0] for each in ends if each)
    moved = {} if spans == decision.gold.spans else {"region_id": ""}
    return msgspec.structs.replace(decision, gold=msgspec.structs.replace(decision.gold, spans=spans), **moved)
