"""The corpus goes to Label Studio: one project an annotator, one task a document, by as many steps as are missing.

A push compares what the server has with what it should have, does what is missing and compares again, until nothing is.
So it may be repeated, broken off, or run twice at once, and the server's 500 after a commit doubles nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from typing import TypeVar

from markdown_it import MarkdownIt
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from variorum.corpus.catalogue import Document
from variorum.corpus.freeze import Progress, no_progress
from variorum.findings import Finding, Where, failed, finding
from variorum.folder import Folder
from variorum.inputs import Inputs
from variorum.label_studio.assignment import Assignment, found_projects
from variorum.label_studio.client import BrokenOffError, Json, Project, Server, ServerError, TaskHead
from variorum.schema.label_config import documents_config, offered, used

IMPORTED = 100
"""Tasks sent at once: a second or two of the server's time, so that progress is seen."""
PASSES = 6
"""How often a push compares and completes before it gives up: the server fails, or somebody works against it."""

Predict = Callable[[list[str]], Iterator[list[Json]]]
"""The results of each text."""
T = TypeVar("T")


@dataclass(frozen=True)
class Material:
    """What each project of a corpus should hold. `data` is the tasks' by document id.

    `model_version` is that of the predictions, which `predict` makes; it is empty where predictions are left alone.
    Documents in `bare` get none.
    """

    folder: Folder
    corpus: str
    config: str
    instructions: str
    data: Mapping[str, Json]
    model_version: str = ""
    bare: frozenset[str] = frozenset()
    predict: Predict | None = None

    def predicted(self, document_id: str) -> str:
        """The model version that a document's prediction should have; empty where it should have none."""
        return "" if document_id in self.bare else self.model_version

    def where(self, assignment: Assignment) -> Where:
        """The file that an assignment is pulled into: what findings on its project name."""
        return Where(self.folder.export_of(assignment.project, assignment.round, assignment.annotator).name)


@dataclass(frozen=True)
class State:
    """A project as the server has it. `worked` are the tasks that somebody annotated, skipped or began.

    `used` counts the labels and choices in that work, each with its control; it is only asked for where the config changes.
    """

    project: Project
    tasks: list[TaskHead]
    worked: frozenset[int]
    used: Counter[tuple[str, str]] = field(default_factory=Counter)


@dataclass
class Plan:
    """What a push would do for one assignment, and what stands in the way.

    `add` are document ids; `renew` tasks whose text or title changed, `predict` tasks without their prediction, each with
    its document; `clear` tasks whose predictions are to go; `remove` tasks that stand twice and that nobody worked on.
    """

    assignment: Assignment
    project: int | None = None
    settings: dict[str, str] = field(default_factory=dict)
    add: list[str] = field(default_factory=list)
    renew: dict[int, str] = field(default_factory=dict)
    predict: dict[int, str] = field(default_factory=dict)
    clear: list[int] = field(default_factory=list)
    remove: list[int] = field(default_factory=list)
    unchanged: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def steps(self) -> int:
        """How many tasks there is something to do for."""
        return len(self.add) + len(self.renew) + len(self.predict) + len(self.clear) + len(self.remove)

    @property
    def done(self) -> bool:
        """Whether the server has all it should have."""
        return self.project is not None and not self.settings and not self.steps


def material_of(inputs: Inputs, guidelines: str) -> Material:
    """What the projects of a corpus should hold, without predictions; `guidelines` are Markdown."""
    documents = [entry.document for entry in inputs.entries if entry.document.document_id in inputs.texts]
    return Material(
        folder=inputs.folder,
        corpus=inputs.settings.name,
        config=documents_config(inputs.labels),
        instructions=MarkdownIt().enable("table").render(guidelines),
        data={each.document_id: _task_data(each, inputs.texts[each.document_id]) for each in documents},
    )


def _task_data(document: Document, text: str) -> Json:
    return {
        "document_id": document.document_id,
        "title": document.title or document.document_id,
        "story_id": document.story_id,
        "text_sha256": document.text_sha256,
        "text": text,
    }


def plan_push(server: Server, material: Material, assignment: Assignment) -> Plan:
    """Compares a project on the server with the material; changes nothing."""
    ids = found_projects(server.described(), material.corpus).get(assignment, [])
    if not ids:
        return Plan(assignment, None, _settings(material, None), add=list(material.data))
    return compare(material, assignment, _state(server, material, ids[0]))


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
    """A task with the number of its predictions as it is: what the server says of it may be stale, so doubles are looked at."""
    return replace(task, predictions=len(server.predictions(task.id))) if task.predictions > 1 else task


def compare(material: Material, assignment: Assignment, state: State) -> Plan:
    """The plan for a project in this state."""
    plan = Plan(assignment, state.project.id, _settings(material, state.project))
    plan.findings += _orphans(material, assignment, state)
    by_document: dict[str, list[TaskHead]] = defaultdict(list)
    for task in state.tasks:
        by_document[str(task.data.get("document_id"))].append(task)
    for document_id, tasks in by_document.items():
        if document_id in material.data:
            _compare_document(plan, material, document_id, tasks, state.worked)
        else:
            fact = f"The task on the server is of {document_id!r}."
            where = material.where(assignment)
            plan.findings += [finding(where.at(task=str(task.id)), "task-bare", fact) for task in tasks]
    plan.add = [document_id for document_id in material.data if document_id not in by_document]
    return plan


def _settings(material: Material, project: Project | None) -> dict[str, str]:
    """The fields of a project that have to be set."""
    wanted = {"label_config": material.config.strip()}
    wanted |= {"expert_instruction": material.instructions} if material.instructions else {}
    if project is None:
        return wanted
    there = {"label_config": project.label_config.strip(), "expert_instruction": project.instructions}
    return {name: value for name, value in wanted.items() if there[name] != value}


def _orphans(material: Material, assignment: Assignment, state: State) -> Iterator[Finding]:
    """A finding for each label in use that the project's config offers and the new one does not."""
    going = offered(state.project.label_config) - offered(material.config)
    for control, label in sorted(going & set(state.used)):
        times = state.used[control, label]
        fact = f"{label} of {control} would go; annotations on the server use it {times} time{'s' if times > 1 else ''}."
        yield finding(material.where(assignment), "config-orphans", fact)


def _compare_document(plan: Plan, material: Material, document_id: str, tasks: list[TaskHead], worked: frozenset[int]) -> None:
    """What a document's tasks need. One that was worked on keeps its text and what it began with."""
    where = material.where(plan.assignment)
    kept = [task for task in tasks if task.id in worked]
    for task in kept:
        if task.data.get("text") != material.data[document_id]["text"]:
            fact = f"The text of {document_id} on the server differs from the frozen text."
            plan.findings.append(finding(where.at(task=str(task.id)), "task-edited", fact))
    if len(kept) > 1:
        fact = f"On the server {document_id} has {len(kept)} tasks that were worked on."
        plan.findings.append(finding(where.at(task=str(kept[-1].id)), "task-twice", fact))
    if not kept:
        kept = tasks[:1]
        _renew(plan, material, document_id, kept[0])
    plan.remove += [task.id for task in tasks if task not in kept]
    plan.unchanged += sum(not {task.id} & {*plan.renew, *plan.predict, *plan.clear} for task in kept)


def _renew(plan: Plan, material: Material, document_id: str, task: TaskHead) -> None:
    """What a task that nobody worked on needs."""
    version = material.predicted(document_id)
    if task.data != material.data[document_id]:
        plan.renew[task.id] = document_id
    elif material.model_version and (task.model_version != version or task.predictions > 1):
        plan.clear += [task.id] if task.model_version else []
        plan.predict |= {task.id: document_id} if version else {}


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
    if plan.settings:
        server.update_project(project, show_instruction=bool(material.instructions), **plan.settings)
    for id_ in plan.remove:
        # Asked right before: somebody may have begun it since the plan was made. The next comparison sees that.
        server.delete_tasks([] if server.begun(project, id_) else [id_])
        done(1)
    for id_, document_id in plan.renew.items():
        if not server.begun(project, id_):
            server.delete_predictions(id_)  # they are of the text that goes
            server.update_task(id_, dict(material.data[document_id]))
        done(1)
    for id_ in plan.clear:
        server.delete_predictions(id_)
        done(1)
    for chunk in _chunks(plan.add):
        server.import_tasks(project, list(_new_tasks(material, chunk)))
        done(len(chunk))
    for pairs in _chunks(plan.predict.items()):
        found = _predictions(material, [document_id for _, document_id in pairs])
        server.import_predictions(project, [{"task": id_, **found[document_id]} for id_, document_id in pairs])
        done(len(pairs))


def _advance(progress: Progress, counted: Counter[str], steps: int) -> None:
    counted["done"] += steps
    progress(counted["done"], counted["total"])


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


def _new_tasks(material: Material, document_ids: list[str]) -> Iterator[Json]:
    predictions = _predictions(material, [each for each in document_ids if material.predicted(each)])
    for document_id in document_ids:
        found = [predictions[document_id]] if document_id in predictions else []
        yield {"data": material.data[document_id], "predictions": found}


def _predictions(material: Material, document_ids: list[str]) -> dict[str, Json]:
    """A prediction for each document, by its id."""
    if material.predict is None:
        return {}
    results = material.predict([material.data[document_id]["text"] for document_id in document_ids])
    made = [{"model_version": material.model_version, "result": result} for result in results]
    return dict(zip(document_ids, made, strict=True))
