"""What of a document a corpus would not validate with is left out, and told: the checks are those of validation itself."""

from collections.abc import Iterator
from dataclasses import replace

from variorum.annotations.regions import Regions
from variorum.convert.document import Document, Reference
from variorum.convert.label_studio_json import COMPLETED_LATER, read_back
from variorum.dataset.segmentation import Segmentation, segment
from variorum.dataset.span_rules import check_spans
from variorum.findings import Finding, Level, finding
from variorum.schema.labels import Labels
from variorum.wording import left_out


def fitting(document: Document, labels: Labels, abbreviations: tuple[str, ...]) -> tuple[Document, list[Finding]]:
    """A document with what can stand in a corpus, and a warning for all that cannot, as two labels of the same words."""
    segmentation = segment(document.text, abbreviations)
    told: list[Finding] = []
    while True:  # what stood inside a span that went may cross another now
        found, regions = read_back(document, labels)
        clashing = dict(_clashing(regions, document.text, segmentation))
        faults = [each for each in regions.findings if each.level is Level.ERROR and each.rule not in COMPLETED_LATER]
        told += [_left_out(document.id, each) for each in (*faults, *clashing.values())]
        if not faults and not clashing:
            return document, told
        document = _without(found, set(clashing))
        if lost := len(found.relations) - len(document.relations):
            told.append(finding(document.id, "convert-unread", left_out(lost, "relation to what is left out")))


def _clashing(regions: Regions, text: str, segmentation: Segmentation) -> Iterator[tuple[Reference, Finding]]:
    """The spans that cannot stand beside others or in their sentences, each with an error about it."""
    for layer, found in regions.layers.items():  # each by itself: a mention and a claim may share an id
        for each in check_spans(Regions({layer: found}), text, segmentation, None):
            if each.level is Level.ERROR:
                yield (layer, each.where.region), each


def _without(document: Document, lost: set[Reference]) -> Document:
    spans = tuple(span for span in document.spans if span.reference not in lost)
    relations = tuple(each for each in document.relations if not {each.start, each.end} & lost)
    return replace(document, spans=spans, relations=relations)


def _left_out(document_id: str, fault: Finding) -> Finding:
    place = fault.where.at(file=document_id, line=0, column=0, task="", annotation="")
    return finding(place, fault.rule, f"{fault.fact} It is left out.", fault.hint, Level.WARNING)
