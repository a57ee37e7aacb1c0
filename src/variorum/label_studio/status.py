"""How far every annotator is, and what validation says of their work."""

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from variorum.findings import Level
from variorum.label_studio.assignment import Assignment
from variorum.label_studio.pull import STATES, Puller


@dataclass(frozen=True)
class Status:
    """One assignment on the server. `states` has the number of tasks in each; `changed` how many tasks a pull would fetch.

    `faults` say why the file or what was set aside cannot be read; then nothing else is known.
    """

    assignment: Assignment
    project: int
    states: dict[str, int]
    changed: int
    last_change: str
    labels: dict[str, dict[str, int]]
    errors: int
    warnings: int
    faults: list[str]

    @property
    def record(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        return asdict(self)


def status(puller: Puller, assignment: Assignment, project: int) -> Status:
    """The state of one assignment, from the server and checked against the corpus; writes nothing."""
    export = puller.reference.folder.export_of(assignment.project, assignment.round, assignment.annotator)
    pulled = puller.pull(export, project)
    levels = Counter(each.level for each in puller.findings(pulled))
    return Status(
        assignment=assignment,
        project=project,
        states={state: pulled.states[state] for state in STATES},
        changed=pulled.fetched,
        last_change=max((kept.last_change for kept in pulled.newest), default=""),
        labels=_by_control(sum((kept.labels for kept in pulled.newest), Counter())),
        errors=levels[Level.ERROR],
        warnings=levels[Level.WARNING],
        faults=[str(each) for each in pulled.faults],
    )


def _by_control(counted: Counter[tuple[str, str]]) -> dict[str, dict[str, int]]:
    """Counts by control and label, the controls in alphabetical order, the most frequent label first."""
    controls = sorted({control for control, _ in counted})
    return {name: {label: times for (control, label), times in counted.most_common() if control == name} for name in controls}
