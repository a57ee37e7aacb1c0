"""The work of `variorum curate`: the finished works of a round become decisions and, once all is decided, gold."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from variorum.annotations.export import read_source
from variorum.annotations.layout import laid_out
from variorum.annotations.task import key_of
from variorum.annotations.work import Work
from variorum.curation.check import check_decision
from variorum.curation.decisions import Decision, by_task, follow, settle, written_decisions
from variorum.curation.gold import Json, gold_task
from variorum.curation.items import Item, items_of
from variorum.curation.rounds import by_round, chosen, in_order
from variorum.dataset.examined import examined, finished
from variorum.findings import Finding, Where, failed, finding
from variorum.folder import Folder
from variorum.inputs import Inputs
from variorum.safe_write import write_beside
from variorum.schema.projects import PROJECTS
from variorum.to_annotate import task_data


@dataclass
class Curated:
    """What a round comes to: its decisions, the tasks of gold by key, and all that stands in the way.

    `works` are the annotators', `gold` is what the curator submitted, both by task.
    """

    project: str
    round: str
    works: Mapping[str, list[Work]]
    gold: Mapping[str, list[Work]]
    decisions: list[Decision] = field(default_factory=list)
    tasks: dict[str, Json] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    is_decided: bool = False

    @property
    def faults(self) -> list[Finding]:
        """What is wrong beside items that are open."""
        return [each for each in self.findings if failed([each]) and each.rule != "decision-open"]

    @property
    def open(self) -> list[Decision]:
        """What is still to be decided."""
        return [each for each in self.decisions if each.is_open]

    def decide(self, decisions: list[Decision]) -> None:
        """Takes the decisions; there are none where all annotators found nothing."""
        self.decisions, self.is_decided = decisions, True

    def keep(self, folder: Folder) -> list[str]:
        """Writes the decisions, and gold where nothing is open and nothing wrong with it; returns the files that changed.

        Where nothing could be decided, because annotations or earlier decisions are at fault, nothing is touched.
        """
        if not self.is_decided:
            return []
        files = {folder.decisions(self.project): written_decisions(self.decisions)}
        if self.tasks and not failed(self.findings):
            files[folder.gold(self.project).path] = laid_out(list(self.tasks.values()))
        changed = {path: content for path, content in files.items() if not path.is_file() or path.read_bytes() != content}
        for path, content in changed.items():
            write_beside(path, content)
        return [folder.name(path) for path in changed]


def curate(inputs: Inputs, project: str, round_: str = "", curator: str = "") -> Curated:
    """The decisions of a round, by default of the latest of each task; earlier ones hold while their candidates do."""
    curated = _begun(inputs, project, round_)
    if not failed(curated.findings):
        curated.decide(settle(_items(curated.works, inputs), _earlier(inputs, project), curator))
        _write_gold(curated, inputs)
    return curated


def curate_from_gold(inputs: Inputs, project: str, round_: str = "", curator: str = "") -> Curated:
    """The decisions that gold.json, as the curator submitted it, makes of the round; gold itself is not written.

    Tasks that the curator did not finish keep the decisions they have.
    """
    curated = _begun(inputs, project, round_)
    if not failed(curated.findings):
        earlier = _earlier(inputs, project)
        both = {task: [*found, *curated.gold[task]] for task, found in curated.works.items() if task in curated.gold}
        rest = {task: found for task, found in curated.works.items() if task not in both}
        kept = {item: each for item, each in earlier.items() if each.task not in both}
        curated.decide([*follow(_items(both, inputs), earlier, curator), *settle(_items(rest, inputs), kept, curator)])
        curated.findings += _check_decisions(curated, inputs)
    return curated


def _begun(inputs: Inputs, project: str, round_: str) -> Curated:
    """The works to be decided on, with all that stands in the way of it."""
    reviews = list(examined(inputs, inputs.tasks[project]))
    rounds = by_round(work for _, read in reviews for work in finished(read, inputs.labels))
    works = chosen(rounds, round_, {each.task: each.round for each in _earlier(inputs, project).values()})
    named = round_ or ", ".join(sorted({found[0].round for found in works.values()}, key=in_order))
    curated = Curated(project, named, works, rounds.get("", {}))
    curated.findings += [each for _, read in reviews for each in read.findings if failed([each])]
    file = inputs.folder.name(inputs.folder.decisions(project))
    curated.findings += [each for each in inputs.findings if each.where.file == file]
    if round_ not in ("", *rounds) or not works:
        place = inputs.folder.name(inputs.folder.annotations / project)
        fact = f"{project} has no finished work in {named or 'any round'}."
        curated.findings.append(finding(place, "round-missing", fact))
    return curated


def _earlier(inputs: Inputs, project: str) -> dict[str, Decision]:
    return {line.decision.item: line.decision for line in inputs.decisions.get(project, [])}


def _items(works: Mapping[str, list[Work]], inputs: Inputs) -> list[Item]:
    return [item for _, found in sorted(works.items()) for item in items_of(found, inputs.texts)]


def _check_decisions(curated: Curated, inputs: Inputs) -> Iterator[Finding]:
    file = inputs.folder.name(inputs.folder.decisions(curated.project))
    places = _lines_of(curated.decisions)
    for each in curated.decisions:
        yield from check_decision(each, Where(file, places[each.item]), inputs.texts, PROJECTS[curated.project])


def _write_gold(curated: Curated, inputs: Inputs) -> None:
    """Fills in the tasks of gold, and what would be wrong with them."""
    curated.findings += _check_decisions(curated, inputs)
    if failed(curated.findings):
        return
    project = PROJECTS[curated.project]
    own = by_task(curated.decisions)
    for number, (key, data) in enumerate(task_data(inputs, sorted(curated.works)).items(), start=1):
        curated.tasks[key] = gold_task(number, project, data, own[key], inputs.labels)
    curated.findings += _check_gold(curated, inputs)


def _check_gold(curated: Curated, inputs: Inputs) -> Iterator[Finding]:
    """All that would be wrong with gold.json as it would be written."""
    export = inputs.folder.gold(curated.project)
    raws, faults = read_source(laid_out(list(curated.tasks.values())), export)
    yield from faults
    for _, read in examined(inputs, {str(key_of(raw)): [raw] for raw in raws}):
        yield from read.findings


def _lines_of(decisions: Iterable[Decision]) -> dict[str, int]:
    """The line on which each decision will stand."""
    return {each.item: number for number, each in enumerate(sorted(decisions, key=lambda each: each.task), start=1)}
