"""What is inside a task: its document, its annotations with their state, and their results, each checked for its shape.

Label Studio's server validates nothing of this, so nothing is taken for granted here.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from typing import Any

import msgspec

from variorum.annotations.canonical import may_repeat_keys
from variorum.annotations.export import RawTask
from variorum.annotations.frame import Data
from variorum.findings import Finding, Level, Where, finding
from variorum.folder import ExportFile
from variorum.schema.labels import repeated
from variorum.schema.projects import DOCUMENTS, PROJECTS, Project, Shown
from variorum.yaml_file import sentence

Json = dict[str, Any]
OF_ANNOTATOR = "annotator:"
"""What the model versions of predictions hold that are an annotator's work, shown to the curator."""


@dataclass(frozen=True)
class Result:
    """One result of an annotation as exported. `index` is its place in the annotation; `id` is empty for relations."""

    index: int
    id: str
    control: str
    type: str
    value: Json
    written: Json
    raw: RawTask
    inside: Where

    @property
    def region(self) -> str:
        """The region as findings name it."""
        return self.id or f"{self.written.get('from_id')}->{self.written.get('to_id')}"

    @property
    def where(self) -> Where:
        """The result's place; its line is looked for only now, since few results have findings."""
        return self.inside.at(region=self.region, line=self.raw.line_of(self.inside.annotation, self.index))


@dataclass(frozen=True)
class Annotation:
    """One annotation, draft included. `state` is submitted, skipped or draft; `size` counts its results as exported.

    `copied_from` names the annotation, or the annotator's prediction, that it began as a copy of.
    """

    id: str
    state: str
    updated_at: str | None
    results: tuple[Result, ...]
    size: int
    where: Where
    copied_from: str = ""

    @property
    def counts(self) -> bool:
        """Whether the annotation is finished work. What is wrong with other work is a warning, not an error."""
        return self.state == "submitted"

    @property
    def level(self) -> Level | None:
        """The level that findings on this annotation have, where it is not the rule's own."""
        return None if self.counts else Level.WARNING


@dataclass
class Task:
    """One task: all that annotators of one file made of one document, or of two.

    `key` is the document's id, or both ids joined; `texts` are by the name of their Text tag, each with its document's id.
    """

    key: str
    texts: dict[str, tuple[str, str]]
    where: Where
    raw: RawTask
    annotations: list[Annotation] = field(default_factory=list)
    predictions: int = 0
    is_foreign: bool = False


def project_of(raw: RawTask) -> Project:
    """The kind of project that a task belongs to by its file's place."""
    return project_of_file(raw.export)


def project_of_file(export: ExportFile) -> Project:
    """The kind of project that all tasks of a file belong to."""
    return PROJECTS.get(export.project, PROJECTS[DOCUMENTS])


class _Head(msgspec.Struct):
    data: Data


_head = msgspec.json.Decoder(_Head)


def key_of(raw: RawTask) -> str | None:
    """The document or pair that a task says it is of; the rest of the task is skipped, unless its head is odd."""
    try:
        return project_of(raw).key(msgspec.structs.asdict(_head.decode(raw.source).data))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        task, _ = read_task(raw)  # which reads the last of two `data`, where the head stumbles over the first
        return task.key if task else None


def read_task(raw: RawTask, *, is_foreign: bool = False) -> tuple[Task | None, list[Finding]]:
    """A task, or None where it does not say which document it is; with everything that is wrong with its shape.

    In a project that was not made for variorum an id may be a number, and a result that has none is called by its place:
    so other tools write them, and Label Studio keeps them.
    """
    try:
        written = msgspec.json.decode(raw.source)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return None, [finding(raw.where, "export-shape", sentence(error))]
    if not isinstance(written, dict):
        return None, [finding(raw.where, "export-shape", "This is no task, which begins with {.")]
    where = raw.where.at(task=_name(written.get("id")))
    if key := _repeated_key(raw.source, written):
        return None, [
            finding(where, "export-shape", f"The key {key!r} stands twice in one object; only the last would be read.")
        ]
    if "annotations" not in written and ("annotation_id" in written or "annotator" in written):
        return None, [finding(where, "export-json-min", "The task has no `annotations`, but fields of JSON_MIN.")]
    return _task(raw, _identified(written) if is_foreign else written, where, is_foreign)


def _identified(task: Json) -> Json:
    """A task whose results all have an id that is text."""
    works = {key: task[key] for key in ("annotations", "drafts") if isinstance(task.get(key), list)}
    return task | {key: [_with_ids(work) for work in found] for key, found in works.items()}


def _with_ids(work: object) -> object:
    """An annotation with an id for each of its results; what is none stays as it is."""
    if not isinstance(work, dict) or not isinstance(work.get("result"), list):
        return work
    taken = {_name(each.get("id")) for each in _objects(work["result"])}
    given = [(each, next(name for name in _places(at) if name not in taken)) for at, each in enumerate(work["result"])]
    return work | {"result": [_with_id(each, by_place) if isinstance(each, dict) else each for each, by_place in given]}


def _places(index: int) -> Iterator[str]:
    """Names of a result by its place, of which the first that no other has is taken."""
    return (f"result-{index + 1}" + "-" * more for more in count())


def _with_id(result: Json, by_place: str) -> Json:
    ends = {key: _name(result[key]) for key in ("from_id", "to_id") if key in result}
    return result | (ends if result.get("type") == "relation" else {"id": _name(result.get("id")) or by_place})


def _repeated_key(source: bytes, written: Json) -> str:
    """A key that stands twice in one object, as after a merge gone wrong: all but the last would be lost in silence.

    Looked for, which is slow, only where one may.
    """
    if not may_repeat_keys(source, msgspec.json.encode(written)):
        return ""
    found: list[str] = []

    def check(pairs: list[tuple[str, Any]]) -> Json:
        found.extend(repeated([key for key, _ in pairs]))
        return dict(pairs)

    with suppress(ValueError, RecursionError):  # msgspec could read it; what only the other parser refuses is no repeat
        json.loads(source, object_pairs_hook=check)
    return found[0] if found else ""


def _objects(items: object) -> list[Json]:
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _task(raw: RawTask, written: Json, where: Where, is_foreign: bool) -> tuple[Task | None, list[Finding]]:
    data = written.get("data")
    data = data if isinstance(data, dict) else {}
    project = project_of(raw)
    texts: dict[str, tuple[str, str]] = {}
    for shown in project.texts:
        fault = _text_fault(data, shown, where)
        if fault:
            return None, [fault]
        texts[shown.name] = data[shown.id_key], data[shown.text_key]
    predictions = _length(written.get("predictions"))
    task = Task(project.key(data) or "", texts, where, raw, predictions=predictions, is_foreign=is_foreign)
    findings = list(_read_annotations(task, written))
    return task, findings


def _text_fault(data: Json, shown: Shown, where: Where) -> Finding | None:
    """What is wrong with one of the texts that a task shows."""
    document_id, text = data.get(shown.id_key), data.get(shown.text_key)
    if not isinstance(document_id, str) or not document_id:
        return finding(where, "task-no-document", f"The task's data has no `{shown.id_key}`.")
    if not isinstance(text, str):
        return finding(where, "export-shape", f"The task's data has no `{shown.text_key}`.")
    digest = sha256(text.encode("utf-8", "replace")).hexdigest()
    if data.get(shown.sha256_key, digest) != digest:
        return finding(where, "task-text-differs", f"The task's `{shown.sha256_key}` is not that of its text.")
    return None


def _read_annotations(task: Task, written: Json) -> Iterator[Finding]:
    for key in ("annotations", "drafts"):
        items = written.get(key)
        if items is None and key == "drafts":
            continue
        if not isinstance(items, list):
            yield finding(task.where, "export-shape", f"The task has no list of `{key}`.")
            continue
        for item in items:
            yield from _read_annotation(task, item, draft=key == "drafts")


def _read_annotation(task: Task, written: object, draft: bool) -> Iterator[Finding]:
    if not isinstance(written, dict):
        # Exports made without expanding drafts list their ids only.
        if not draft:
            yield finding(task.where, "export-shape", "An annotation is no object.")
        return
    where = task.where.at(annotation=_name(written.get("id")))
    items = written.get("result")
    if not isinstance(written.get("was_cancelled"), bool | None):
        yield finding(where, "export-shape", "`was_cancelled` must be true or false.")
        return
    state = "draft" if draft else "skipped" if written.get("was_cancelled") else "submitted"
    level = None if state == "submitted" else Level.WARNING
    if not isinstance(items, list):
        yield finding(where, "export-shape", "The annotation has no list of results.", level=level)
        return
    results = []
    for index, item in enumerate(items):
        result = _result(index, item, where, task.raw)
        if isinstance(result, Result):
            results.append(result)
        else:
            own = _name(item.get("id") if isinstance(item, dict) else None) or f"result-{index + 1}"
            region = own if task.is_foreign else ""
            place = where.at(line=task.raw.line_of(where.annotation, index), region=region)
            yield finding(place, "export-shape", f"Result {index + 1}: {result}", level=level)
    updated_at = written.get("updated_at")
    task.annotations.append(
        Annotation(
            id=_name(written.get("id")),
            state=state,
            updated_at=updated_at if isinstance(updated_at, str) else None,
            results=tuple(results),
            size=len(items),
            where=where,
            copied_from=_copied_from(written),
        )
    )


def _copied_from(written: Json) -> str:
    """What of another annotator's an annotation began as a copy of, in words; empty if nothing."""
    if parent := _name(written.get("parent_annotation")):
        return f"annotation {parent}"
    prediction = written.get("prediction")
    version = prediction.get("model_version") if isinstance(prediction, dict) else None
    return version if isinstance(version, str) and OF_ANNOTATOR in version else ""


def _result(index: int, written: object, where: Where, raw: RawTask) -> Result | str:
    """A result, or what keeps it from being one."""
    if not isinstance(written, dict):
        return "it is no object."
    type_ = written.get("type")
    if type_ == "relation":
        ends = (written.get("from_id"), written.get("to_id"))
        if not all(isinstance(end, str) and end for end in ends):
            return "a relation has no from_id or to_id."
        return Result(index, "", "", "relation", {}, written, raw, where)
    id_, control, value = written.get("id"), written.get("from_name"), written.get("value")
    for key, found, kind in (("id", id_, str), ("from_name", control, str), ("type", type_, str), ("value", value, dict)):
        if not isinstance(found, kind) or not found:
            return f"it has no `{key}`."
    assert isinstance(id_, str)
    assert isinstance(value, dict)
    return Result(index, id_, str(control), str(type_), value, written, raw, where)


def _name(written_id: object) -> str:
    """An id of Label Studio, which is a number or text; anything else cannot be named."""
    return str(written_id) if isinstance(written_id, int | str) and not isinstance(written_id, bool) else ""


def _length(items: object) -> int:
    return len(items) if isinstance(items, list) else 0
