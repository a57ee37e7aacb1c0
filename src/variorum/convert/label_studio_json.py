"""Label Studio's JSON, laid out as the exports under annotations/: what is exported can be annotated again, and is what
other formats become on their way into a corpus.
"""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from variorum.annotations.export import read_source
from variorum.annotations.ladder import OffsetText
from variorum.annotations.layout import Json, laid_out
from variorum.annotations.region_reader import read_regions
from variorum.annotations.regions import Region, Regions
from variorum.annotations.task import Annotation, Task, read_task
from variorum.convert.capabilities import Capabilities
from variorum.convert.document import CLAIM, MENTION, READING_LEVEL, Document, Relation, Span, attributes_of, joined, ordered
from variorum.convert.format import A_FILE_A_BATCH, Files, Format, Read
from variorum.findings import Finding, finding
from variorum.folder import ExportFile
from variorum.schema.labels import Labels
from variorum.schema.projects import DOCUMENTS, ENTITY_TYPE, PROJECTS

_CONTROLS = {MENTION: ENTITY_TYPE, CLAIM: CLAIM}


def write(batch: str, documents: Sequence[Document]) -> Files:
    """All documents of a batch in one file."""
    return {f"{batch}.json": laid_out([task(document, number) for number, document in enumerate(documents, start=1)])}


def task(document: Document, number: int, finished: bool = True) -> Json:
    """A task with one annotation; where that is not `finished`, it is a draft."""
    data = {
        "document_id": document.id,
        "title": document.id,
        "text_sha256": sha256(document.text.encode()).hexdigest(),
        "text": document.text,
    }
    work = {"id": number, "was_cancelled": False, "result": list(_results(document))}
    return {"id": number, "data": data, "annotations": [work] if finished else [], "drafts": [] if finished else [work]}


def _results(document: Document) -> Iterator[Json]:
    for span in document.spans:
        value = {"start": span.start, "end": span.end, "text": document.text[span.start : span.end]}
        yield _result(_CONTROLS[span.layer], "labels", {**value, "labels": [span.label]}, span.id)
        for name, labels in span.attributes:
            yield _result(name, "choices", {**value, "choices": list(labels)}, span.id)
        if span.note:
            yield _result("note", "textarea", {**value, "text": [span.note]}, span.id)
    for name, labels in document.labels:
        yield _result(name, "choices", {"choices": list(labels)}, f"{document.id}-{name}")
    for each in document.relations:
        ends = {"from_id": each.start[1], "to_id": each.end[1]}
        yield {**ends, "type": "relation", "direction": "right", "labels": [each.type]}


def _result(control: str, type_: str, value: Json, id_: str) -> Json:
    return {"id": id_, "from_name": control, "to_name": "text", "type": type_, "value": value}


def read(files: Mapping[str, bytes], labels: Labels) -> Read:
    """The documents of exports: of each task the first finished annotation."""
    documents: list[Document] = []
    findings: list[Finding] = []
    for name, source in sorted(files.items()):
        tasks, faults = read_source(source, ExportFile(Path(name), name, DOCUMENTS, "imported", "a1"))
        findings += faults
        for raw in tasks:
            found, faults = read_task(raw)
            findings += faults
            if found is not None:
                documents += _documents(found, labels, findings)
    return Read(documents, findings)


COMPLETED_LATER = ("attribute-missing", "reading-level-missing")
"""What a corpus wants and other projects need not have: without it an annotation comes in as a draft."""


def _documents(found: Task, labels: Labels, findings: list[Finding]) -> Iterator[Document]:
    (document_id, text), *_ = found.texts.values()
    works = [each for each in found.annotations if each.counts]
    others = [*works[1:], *(each for each in found.annotations if not each.counts)]
    findings += [
        finding(other.where, "convert-unread", "Of a task only the first finished annotation is read.") for other in others
    ]
    regions = Regions()
    if works:
        regions = _regions(works[0], document_id, text, labels)
        findings += [each for each in regions.findings if each.rule not in COMPLETED_LATER]
    yield _document(document_id, text, regions)


def _regions(work: Annotation, document_id: str, text: str, labels: Labels) -> Regions:
    return read_regions(work, {"text": (document_id, OffsetText(text))}, labels, PROJECTS[DOCUMENTS])


def read_back(document: Document, labels: Labels) -> tuple[Document, Regions]:
    """A document as a corpus reads the task that is made of it, and what is found on the way."""
    export = ExportFile(Path(document.id), document.id, DOCUMENTS, "imported", "a1")
    regions = Regions()
    for raw in read_source(laid_out([task(document, 1)]), export)[0]:
        found, _ = read_task(raw)
        for work in found.annotations if found else []:
            regions = _regions(work, document.id, document.text, labels)
    return _document(document.id, document.text, regions), regions


def _document(document_id: str, text: str, regions: Regions) -> Document:
    spans = [_span(text, region) for region in (*regions.mentions, *regions.claims)]
    relations = [
        Relation(each.type, (each.from_layer, each.from_id), (each.to_layer, each.to_id)) for each in regions.relations
    ]
    level = {READING_LEVEL: [regions.reading_level]} if regions.reading_level else {}
    return ordered(Document(document_id, text, tuple(spans), tuple(relations), attributes_of(level)))


def _span(text: str, region: Region) -> Span:
    pieces = joined(text, [(region.span.start, region.span.end)])
    return Span(region.layer, region.id, region.label, pieces, attributes_of(region.attributes), region.note)


FORMAT = Format(
    name="label-studio",
    title="Label Studio JSON",
    files=A_FILE_A_BATCH,
    offsets="code points",
    opened_by="Label Studio, to annotate a release again",
    able=Capabilities(discontinuity=False),
    write=write,
    read=read,
    reads_others=True,
)
