"""The corpus goes to Label Studio: one project an annotator, one task a document, by as many steps as are missing.

A push compares what the server has with what it should have, does what is missing and compares again, until nothing is.
So it may be repeated, broken off, or run twice at once, and the server's 500 after a commit doubles nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from markdown_it import MarkdownIt
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from variorum.findings import Finding, Where, failed, finding
from variorum.folder import Folder
from variorum.inputs import Inputs
from variorum.label_studio.assignment import Assignment, found_projects
from variorum.label_studio.client import BrokenOffError, GoneError, Json, ProjectHead, Server, ServerError, TaskHead
from variorum.progress import Progress, Step, no_progress
from variorum.schema.label_config import label_config, offered, used
from variorum.schema.projects import DOCUMENTS, PROJECTS, Project
from variorum.to_annotate import pairs_of, task_data

IMPORTED = 100
"""Tasks sent at once: a second or two of the server's time, so that progress is seen."""
MODEL_VERSION = "model_version"
PASSES = 6
"""How often a push compares and completes before it gives up: the server fails, or somebody works against it."""

Predict = Callable[[list[str]], dict[str, list[Json]]]
"""The predictions of some tasks by key, each with its `model_version` and `result`."""
T = TypeVar("T")


@dataclass(frozen=True)
class Material:
    """What each project of a corpus should hold. `data` is the tasks' by key: a document's id, or two joined.

    `versions` are the model versions that a task's predictions should have, by key, and `predict` makes them; a key that
    is not there should have none. Without `predict` predictions are left alone. `shown` is the version that a task begins with,
    where it has several.
    """

    folder: Folder
    corpus: str
    config: str
    instructions: str
    data: Mapping[str, Json]
    project: Project = PROJECTS[DOCUMENTS]
    versions: Mapping[str, frozenset[str]] = field(default_factory=dict)
    predict: Predict | None = None
    shown: str = ""

    def predicted(self, key: str) -> frozenset[str]:
        """The model versions that a task's predictions should have."""
        return self.versions.get(key, frozenset())

    def texts(self, data: Mapping[str, Any]) -> list[Any]:
        """The texts that a task's data shows."""
        return [data.get(shown.text_key) for shown in self.project.texts]

    def where(self, assignment: Assignment) -> Where:
        """The file that an assignment is pulled into: what findings on its project name."""
        return Where(self.folder.export_of(assignment.project, assignment.round, assignment.annotator).name)


@dataclass(frozen=True)
class State:
    """A project as the server has it. `worked` are the tasks that somebody annotated, skipped or began.

    `used` counts the labels and choices in that work, each with its control; it is only asked for where the config changes.
    """

    project: ProjectHead
    tasks: list[TaskHead]
    worked: frozenset[int]
    used: Counter[tuple[str, str]] = field(default_factory=Counter)


@dataclass
class Plan:
    """What a push would do for one assignment, and what stands in the way.

    `add` are keys of tasks; `renew` tasks whose text or title changed, `predict` tasks without their predictions, each with
    its key; `clear` tasks whose predictions are to go; `remove` tasks that stand twice and that nobody worked on;
    `spare` younger, empty projects of the same assignment: a push that was broken off, or ran beside another, left them.
    """

    assignment: Assignment
    project: int | None = None
    settings: dict[str, str] = field(default_factory=dict)
    add: list[str] = field(default_factory=list)
    renew: dict[int, str] = field(default_factory=dict)
    predict: dict[int, str] = field(default_factory=dict)
    clear: list[int] = field(default_factory=list)
    remove: list[int] = field(default_factory=list)
    spare: list[int] = field(default_factory=list)
    unchanged: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def steps(self) -> int:
        """How many tasks there is something to do for."""
        return len(self.add) + len(self.renew) + len(self.predict) + len(self.clear) + len(self.remove)

    @property
    def done(self) -> bool:
        """Whether the server has all it should have."""
        return self.project is not None and not self.settings and not self.steps and not self.spare


def material_of(inputs: Inputs, guidelines: str, project: Project = PROJECTS[DOCUMENTS]) -> Material:
    """What the projects of a corpus should hold, without predictions; `guidelines` are Markdown."""
    return Material(
        folder=inputs.folder,
        corpus=inputs.settings.name,
        config=label_config(project, inputs.labels),
        instructions=MarkdownIt().enable("table").render(guidelines),
        data=task_data(inputs, pairs_of(inputs) if project.is_joint else sorted(inputs.texts)),
        project=project,
    )


PredictTexts = Callable[[list[str]], Iterable[list[Json]]]
"""The results of each text."""


def with_predictions(
    material: Material, model_version: str, predict: PredictTexts, bare: frozenset[str] = frozenset()
) -> Material:
    """The material of single documents with one prediction each, but for those in `bare`; `predict` is given texts."""

    def predicted(keys: list[str]) -> dict[str, list[Json]]:
        results = predict([material.data[key]["text"] for key in keys])
        return {key: [{"model_version": model_version, "result": each}] for key, each in zip(keys, results, strict=True)}

    versions = {key: frozenset({model_version}) for key in material.data if key not in bare}
    return replace(material, versions=versions, predict=predicted)


def plan_push(server: Server, material: Material, assignment: Assignment) -> Plan:
    """Compares a project on the server with the material; changes nothing."""
    ids = found_projects(server.described(), material.corpus).get(assignment, [])
    if not ids:
        return Plan(assignment, None, _settings(material, None), add=list(material.data))
    state = _state(server, material, ids[0])
    plan = compare(material, assignment, state)
    begun = server.begun(ids[0], sorted({*plan.renew, *plan.remove}))  # since the list was asked for
    plan = compare(material, assignment, replace(state, worked=state.worked | begun)) if begun else plan
    return replace(plan, spare=[id_ for id_ in ids[1:] if _is_empty(server, id_)])


def _is_empty(server: Server, project: int) -> bool:
    """Whether a project is there and has no task; the push that made it may just be deleting it."""
    try:
        return not server.tasks(project)
    except GoneError:
        return False


def _state(server: Server, material: Material, id_: int) -> State:
    project = server.project(id_)
    tasks = [_counted(server, task) for task in server.tasks(id_, data=True)]
    worked = {task.id for task in tasks if task.annotations} | {task.id for task in server.drafted(id_)}
    in_use: Counter[tuple[str, str]] = Counter()
    if "label_config" in _settings(material, project):
        exported = [task for part in server.export(id_, sorted(worked)) for task in part]
        works = [work for task in exported for key in ("annotations", "drafts") for work in task.get(key) or []]
        in_use = used([result for work in works for result in work.get("result") or []])
    return State(project, tasks, frozenset(worked), in_use)


def _counted(server: Server, task: TaskHead) -> TaskHead:
    """A task with the number of its predictions as it is.

    The number that the server keeps may be stale, so doubles are looked at, and a number that its model versions deny.
    """
    doubtful = task.predictions > 1 or bool(task.predictions) != bool(task.model_version)
    return replace(task, predictions=len(server.predictions(task.id))) if doubtful else task


def compare(material: Material, assignment: Assignment, state: State) -> Plan:
    """The plan for a project in this state."""
    plan = Plan(assignment, state.project.id, _settings(material, state.project))
    plan.findings += _orphans(material, assignment, state)
    by_key: dict[str, list[TaskHead]] = defaultdict(list)
    for task in state.tasks:
        by_key[str(material.project.key(task.data))].append(task)
    for key, tasks in by_key.items():
        if key in material.data:
            _compare_task(plan, material, key, tasks, state.worked)
        else:
            fact = f"The task on the server is of {key!r}."
            where = material.where(assignment)
            plan.findings += [finding(where.at(task=str(task.id)), "task-bare", fact) for task in tasks]
    plan.add = [key for key in material.data if key not in by_key]
    if not (plan.add or plan.predict or any(material.shown in task.model_versions for task in state.tasks)):
        plan.settings.pop(MODEL_VERSION, None)  # everything was worked on already, and keeps what it began with
    return plan


def _settings(material: Material, project: ProjectHead | None) -> dict[str, str]:
    """The fields of a project that have to be set."""
    wanted = {"label_config": material.config.strip()}
    wanted |= {"expert_instruction": material.instructions} if material.instructions else {}
    wanted |= {MODEL_VERSION: material.shown} if material.shown and project and project.tasks else {}
    if project is None:
        return wanted
    there = {"label_config": project.label_config.strip(), "expert_instruction": project.instructions}
    there[MODEL_VERSION] = project.model_version
    return {name: value for name, value in wanted.items() if there[name] != value}


def _orphans(material: Material, assignment: Assignment, state: State) -> Iterator[Finding]:
    """A finding for each label in use that the project's config offers and the new one does not."""
    going = offered(state.project.label_config) - offered(material.config)
    for control, label in sorted(going & set(state.used)):
        times = state.used[control, label]
        fact = f"{label} of {control} would go; annotations on the server use it {times} time{'s' if times > 1 else ''}."
        yield finding(material.where(assignment), "config-orphans", fact)


def _compare_task(plan: Plan, material: Material, key: str, tasks: list[TaskHead], worked: frozenset[int]) -> None:
    """What the tasks of one key need. One that was worked on keeps its text and what it began with."""
    where = material.where(plan.assignment)
    kept = [task for task in tasks if task.id in worked]
    for task in kept:
        if material.texts(task.data) != material.texts(material.data[key]):
            fact = f"The text of {key} on the server differs from the frozen text."
            plan.findings.append(finding(where.at(task=str(task.id)), "task-edited", fact))
    if len(kept) > 1:
        fact = f"On the server {key} has {len(kept)} tasks that were worked on."
        plan.findings.append(finding(where.at(task=str(kept[-1].id)), "task-twice", fact))
    if not kept:
        kept = tasks[:1]
        _renew(plan, material, key, kept[0])
    plan.remove += [task.id for task in tasks if task not in kept]
    plan.unchanged += sum(not {task.id} & {*plan.renew, *plan.predict, *plan.clear} for task in kept)


def _renew(plan: Plan, material: Material, key: str, task: TaskHead) -> None:
    """What a task that nobody worked on needs."""
    wanted = material.predicted(key)
    if task.data != material.data[key]:
        plan.renew[task.id] = key
    elif material.predict and (task.model_versions != wanted or task.predictions > max(len(wanted), 1)):
        plan.clear += [task.id] if task.model_versions else []
        plan.predict |= {task.id: key} if wanted else {}


def push(server: Server, material: Material, assignment: Assignment, progress: Progress = no_progress) -> Plan:
    """Does what is missing until nothing is; returns the last plan, which is done or has errors.

    Raises ServerError where the server does not do its part.
    """
    pause = wait_exponential(multiplier=0.5, max=8)
    retrying = Retrying(
        stop=stop_after_attempt(PASSES), wait=pause, retry=retry_if_exception_type(BrokenOffError), reraise=True
    )
    for attempt in retrying:
        with attempt:
            for _ in range(PASSES):
                plan = plan_push(server, material, assignment)
                if plan.done or failed(plan.findings):
                    return plan
                _carry_out(server, material, plan, progress)
    raise ServerError(f"Somebody else changes the project of {assignment} while it is filled. Run the command again.")


def _carry_out(server: Server, material: Material, plan: Plan, progress: Progress) -> None:
    project = plan.project or _create(server, material.corpus, plan.assignment)
    done = partial(_advance, progress, Counter(total=plan.steps))
    settings = {name: value for name, value in plan.settings.items() if name != MODEL_VERSION}
    if settings:
        server.update_project(project, show_instruction=bool(material.instructions), **settings)
    for id_ in plan.spare:
        server.delete_project(id_)
    for id_ in plan.remove:
        # Asked right before: somebody may have begun it since the plan was made. The next comparison sees that.
        server.delete_tasks([] if server.begun(project, [id_]) else [id_])
        done(1)
    for id_, key in plan.renew.items():
        if not server.begun(project, [id_]):
            server.delete_predictions(id_)  # they are of the text that goes
            server.update_task(id_, dict(material.data[key]))
        done(1)
    for id_ in plan.clear:
        server.delete_predictions(id_)
        done(1)
    for chunk in _chunks(plan.add):
        server.import_tasks(project, list(_new_tasks(material, chunk)))
        done(len(chunk))
    for pairs in _chunks(plan.predict.items()):
        found = _predictions(material, [key for _, key in pairs])
        server.import_predictions(project, [{"task": id_, **each} for id_, key in pairs for each in found[key]])
        done(len(pairs))
    if MODEL_VERSION in plan.settings:  # last: the server takes none that no prediction has
        server.update_project(project, model_version=plan.settings[MODEL_VERSION])


def _advance(progress: Progress, counted: Counter[str], steps: int) -> None:
    counted["done"] += steps
    progress(Step(counted["done"], counted["total"]))


def _chunks(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while chunk := list(islice(rest, IMPORTED)):
        yield chunk


def _create(server: Server, corpus: str, assignment: Assignment) -> int:
    """Makes the assignment's project, or finds the one that another push made meanwhile: the oldest counts."""
    made = server.create_project(assignment.title, assignment.mark(corpus))
    oldest = found_projects(server.described(), corpus)[assignment][0]
    if oldest != made:
        server.delete_project(made)
    return oldest


def _new_tasks(material: Material, keys: list[str]) -> Iterator[Json]:
    predictions = _predictions(material, [key for key in keys if material.predicted(key)])
    for key in keys:
        yield {"data": material.data[key], "predictions": predictions.get(key, [])}


def _predictions(material: Material, keys: list[str]) -> dict[str, list[Json]]:
    """The predictions of some tasks, by their keys."""
    return material.predict(keys) if material.predict else {}
