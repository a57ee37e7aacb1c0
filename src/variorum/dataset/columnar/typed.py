"""A task as the fast way takes it: decoded into typed structs, or not at all.

What does not have the common shape is not judged here; the careful reader finds the words for it.
"""

from dataclasses import dataclass
from typing import Annotated

import msgspec

from variorum.annotations.canonical import canonical, may_repeat_keys
from variorum.annotations.export import RawTask
from variorum.folder import ExportFile

Offset = Annotated[int, msgspec.Meta(ge=0, lt=2**31)]
Name = int | str


class Value(msgspec.Struct, gc=False):
    """What a result says of a region; `startOffset` is that of a HyperText tag."""

    start: Offset | None = None
    end: Offset | None = None
    text: str | None = None
    labels: list[str] | None = None
    choices: list[str] | None = None
    startOffset: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET  # noqa: N815 # Label Studio's own name


class Result(msgspec.Struct, gc=False):
    """A result of a kind that is common: labels, choices or a relation."""

    id: str = ""
    type: str = ""
    from_name: str = ""
    origin: str = "manual"
    value: Value | None = None
    from_id: str = ""
    to_id: str = ""
    direction: str = ""
    labels: list[str] | None = None


class _Annotation(msgspec.Struct, gc=False):
    id: Name
    result: msgspec.Raw
    was_cancelled: bool | None = None
    updated_at: str | None = None
    parent_annotation: Name | None = None
    prediction: msgspec.Raw = msgspec.Raw(b"null")


class _Data(msgspec.Struct, gc=False):
    document_id: str
    text: str
    text_sha256: str | msgspec.UnsetType = msgspec.UNSET


class _Task(msgspec.Struct, gc=False):
    data: _Data
    annotations: list[_Annotation]
    id: Name | None = None
    drafts: list[msgspec.Raw] | None = None
    predictions: list[msgspec.Raw] | None = None


@dataclass(frozen=True, slots=True)
class Finished:
    """One finished annotation: its results typed, and each in its canonical form."""

    id: str
    updated_at: str | None
    results: list[Result]
    written: list[msgspec.Raw]


@dataclass(frozen=True, slots=True)
class PlainTask:
    """A task of one document that needs no word said of its shape."""

    export: ExportFile
    raw: RawTask
    document_id: str
    id: str
    annotations: list[Finished]
    predictions: int


_task = msgspec.json.Decoder(_Task)
_results = msgspec.json.Decoder(list[Result])
_raws = msgspec.json.Decoder(list[msgspec.Raw])
_NOTHING = (b"null", b"{}")


def plain_task(raw: RawTask, document_id: str, text: str, text_sha256: str) -> PlainTask | None:
    """A task of a document, if all its work is finished, independent and of the common shape; otherwise None."""
    try:
        form = canonical(raw.source)
        task = _task.decode(form)
        if task.drafts or not _is_of(task, document_id, text, text_sha256) or may_repeat_keys(raw.source, form):
            return None
        annotations = [_annotated(each) for each in task.annotations if _is_finished(each)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if len(annotations) < len(task.annotations):
        return None
    id_ = "" if task.id is None else str(task.id)
    return PlainTask(raw.export, raw, document_id, id_, annotations, len(task.predictions or ()))


def _is_of(task: _Task, document_id: str, text: str, text_sha256: str) -> bool:
    data = task.data
    return data.document_id == document_id and data.text == text and data.text_sha256 in (text_sha256, msgspec.UNSET)


def _is_finished(annotation: _Annotation) -> bool:
    copied = annotation.parent_annotation is not None or bytes(annotation.prediction) not in _NOTHING
    return not (annotation.was_cancelled or copied)


def _annotated(annotation: _Annotation) -> Finished:
    results, written = _results.decode(annotation.result), _raws.decode(annotation.result)
    return Finished(str(annotation.id), annotation.updated_at, results, written)
