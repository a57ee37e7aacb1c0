"""The work of `variorum curate`: the finished works of a round become decisions and, once all is decided, gold."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from variorum.annotations.export import read_source
from variorum.annotations.layout import laid_out
from variorum.annotations.work import Work
from variorum.curation.check import check_decision
from variorum.curation.decisions import Decision, follow, settle, written_decisions
from variorum.curation.gold import Json, gold_task
from variorum.curation.items import items_of
from variorum.dataset.examined import Rounds, by_round, examined, finished
from variorum.findings import Finding, Where, failed, finding
from variorum.folder import Folder
from variorum.inputs import Inputs, key_of, task_data
from variorum.safe_write import write_beside
from variorum.schema.projects import PROJECTS


@dataclass
class Curated:
    """What a round comes to: its decisions, the tasks of gold by key, and all that stands in the way."""

    project: str
    round: str
    decisions: list[Decision] = field(default_factory=list)
    tasks: dict[str, Json] = field(default_factory=dict)
    works: dict[str, list[Work]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def faults(self) -> list[Finding]:
        """What is wrong beside items that are open."""
        return [each for each in self.findings if failed([each]) and each.rule != "decision-open"]

    @property
    def open(self) -> list[Decision]:
        """What is still to be decided."""
        return [each for each in self.decisions if each.is_open]

    def keep(self, folder: Folder) -> list[str]:
        """Writes the decisions, and gold where nothing is open and nothing wrong with it; returns the files that changed.

        Where nothing could be decided, because annotations or earlier decisions are at fault, nothing is touched.
        """
        if not self.decisions:
            return []
        files = {folder.decisions(self.project): written_decisions(self.decisions)}
        if self.tasks and not failed(self.findings):
            files[folder.gold(self.project).path] = laid_out(list(self.tasks.values()))
        changed = {path: content for path, content in files.items() if not path.is_file() or path.read_bytes() != content}
        for path, content in changed.items():
            write_beside(path, content)
        return [folder.name(path) for path in changed]


def curate(inputs: Inputs, project: str, round_: str = "", curator: str = "", from_gold: bool = False) -> Curated:
    """The decisions of a round, by default of the latest of each task; earlier ones hold while their candidates are the same.

    With `from_gold` the decisions are what gold.json, as the curator submitted it, makes of the round; it is not written then.
    """
    reviews = list(examined(inputs, project))
    rounds = by_round([work for _, read in reviews for work in finished(read, inputs.labels)])
    lines = inputs.decisions.get(project, [])
    earlier = {line.decision.item: line.decision for line in lines}
    works = _chosen(rounds, round_, {each.task: each.round for each in earlier.values()})
    curated = Curated(project, round_ or ", ".join(sorted({found[0].round for found in works.values()}, key=_natural)))
    curated.findings = [each for _, read in reviews for each in read.findings if failed([each])]
    file = inputs.folder.name(inputs.folder.decisions(project))
    curated.findings += [each for each in inputs.findings if each.where.file == file]
    curated.works = works
    if round_ not in ("", *rounds) or not works:
        place = inputs.folder.name(inputs.folder.annotations / project)
        curated.findings.append(
            finding(place, "round-missing", f"{project} has no finished work in {curated.round or 'any round'}.")
        )
    if not failed(curated.findings) and from_gold:
        both = {task: [*found, *rounds[""][task]] for task, found in works.items() if task in rounds[""]}
        items = [item for _, found in sorted(both.items()) for item in items_of(found, inputs.texts)]
        curated.decisions = follow(items, earlier, curator)
        curated.findings += _check_decisions(curated, inputs)
    elif not failed(curated.findings):
        items = [item for _, found in sorted(works.items()) for item in items_of(found, inputs.texts)]
        curated.decisions = settle(items, earlier, curator)
        _write_gold(curated, inputs)
    return curated


def _chosen(rounds: Rounds, asked: str, decided: Mapping[str, str]) -> dict[str, list[Work]]:
    """The works of each task: of the round that was asked for; of a task that it lacks, of the round it was decided in before.

    Where no round is asked for, the latest of each task that several finished, or else the latest.
    """
    blind = sorted((name for name in rounds if name), key=_natural)
    if not asked:
        found = sorted(
            ((task, works) for name in blind for task, works in rounds[name].items()), key=lambda each: len(each[1]) > 1
        )
        return dict(found)
    before = {task: rounds[name][task] for task, name in decided.items() if name in rounds and task in rounds[name]}
    return before | rounds.get(asked, {})


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
    for number, key in enumerate(sorted(curated.works), start=1):
        own = [each for each in curated.decisions if each.task == key]
        curated.tasks[key] = gold_task(number, project, task_data(inputs, key), own, inputs.labels)
    curated.findings += _check_gold(curated, inputs)


def _check_gold(curated: Curated, inputs: Inputs) -> Iterator[Finding]:
    """All that would be wrong with gold.json as it would be written."""
    export = inputs.folder.gold(curated.project)
    raws, faults = read_source(laid_out(list(curated.tasks.values())), export)
    yield from faults
    fresh = replace(inputs, tasks={curated.project: {str(key_of(raw)): [raw] for raw in raws}})
    for _, read in examined(fresh, curated.project):
        yield from read.findings


def _lines_of(decisions: Iterable[Decision]) -> dict[str, int]:
    """The line on which each decision will stand."""
    return {each.item: number for number, each in enumerate(sorted(decisions, key=lambda each: each.task), start=1)}


def _natural(round_: str) -> tuple[tuple[int, str], ...]:
    """round10 comes after round9."""
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", round_))
