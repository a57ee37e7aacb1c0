"""The tasks of a project, each with everything that annotators made of it."""

from collections.abc import Iterator, Mapping

from variorum.annotations.export import RawTask
from variorum.annotations.review import Review
from variorum.annotations.work import Work, work_of
from variorum.dataset.segmentation import Segmentation, segment
from variorum.dataset.span_rules import examine
from variorum.inputs import Inputs
from variorum.schema.labels import Labels
from variorum.schema.projects import documents_of


def examined(inputs: Inputs, tasks: Mapping[str, list[RawTask]]) -> Iterator[tuple[str, Review]]:
    """Every document or pair that has tasks, with their review, in order."""
    segmented: dict[str, Segmentation] = {}
    for key in sorted(tasks):
        for document_id in documents_of(key):
            if document_id not in segmented:
                segmented[document_id] = segment(inputs.texts[document_id], inputs.settings.abbreviations)
        texts = {document_id: (inputs.texts[document_id], segmented[document_id]) for document_id in documents_of(key)}
        yield key, examine(texts, tasks[key], inputs.labels)


def finished(read: Review, labels: Labels) -> list[Work]:
    """The finished annotations of a review as plain values."""
    return [work_of(each, labels) for each in read.reviewed if each.annotation.counts]
