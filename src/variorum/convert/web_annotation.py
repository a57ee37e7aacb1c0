"""W3C Web Annotation as JSON-LD, a page of annotations a document beside its text.

Source: https://www.w3.org/TR/annotation-model/. A span's targets are its pieces, each by place (code points) and by quotation:
the standard's own context knows no list of targets. Its label and answers are bodies, and a relation is an annotation that
links two.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from variorum.convert.capabilities import Capabilities
from variorum.convert.document import Attributes, Document, Relation, Span, ordered
from variorum.convert.format import Files, Format, Read, folder_of, read_own, stem_of
from variorum.dataset.segmentation import Offsets
from variorum.schema.labels import Labels

Json = dict[str, Any]
_CONTEXT = [
    "http://www.w3.org/ns/anno.jsonld",
    {"layer": "urn:variorum:layer", "region": "urn:variorum:region", "question": "urn:variorum:question"},
]
_AROUND = 32
"""Characters of the text quoted before and behind a span, by which a reader finds it in another version."""


def write(batch: str, documents: Sequence[Document]) -> Files:
    """Two files a document, in the folder of its split: annotations and text."""
    files: Files = {}
    for document in documents:
        stem = f"{folder_of(batch)}/{document.id}"
        files[f"{stem}.txt"] = document.text.encode()
        files[f"{stem}.jsonld"] = msgspec.json.format(msgspec.json.encode(_page(document)), indent=1)
    return files


def _page(document: Document) -> Json:
    base = f"urn:variorum:{quote(document.id)}"
    names = {span.reference: f"{base}:{span.layer}:{quote(span.id, safe='')}" for span in document.spans}
    items = [_span(document, span, names[span.reference]) for span in document.spans]
    items += [
        _annotation(f"{base}:relation:{number}", "linking", [names[each.end], _body(each.type, "tagging")], names[each.start])
        for number, each in enumerate(document.relations, start=1)
    ]
    answers = [_body(label, "classifying", name) for name, labels in document.labels for label in labels]
    items += [_annotation(f"{base}:document", "classifying", answers, f"{document.id}.txt")] if answers else []
    return {"@context": _CONTEXT, "id": base, "type": "AnnotationPage", "items": items}


def _annotation(id_: str, motivation: str, body: Any, target: Any) -> Json:
    return {"id": id_, "type": "Annotation", "motivation": motivation, "body": body, "target": target}


def _body(value: str, purpose: str, question: str = "") -> Json:
    return {"type": "TextualBody", "purpose": purpose, "value": value} | ({"question": question} if question else {})


def _span(document: Document, span: Span, id_: str) -> Json:
    bodies = [_body(span.label, "tagging")]
    bodies += [_body(label, "classifying", name) for name, labels in span.attributes for label in labels]
    bodies += [_body(span.note, "commenting")] if span.note else []
    targets = [_target(document, piece) for piece in span.pieces]
    return _annotation(id_, "identifying", bodies, targets) | {"layer": span.layer, "region": span.id}


def _target(document: Document, piece: Offsets) -> Json:
    start, end = piece
    text = document.text
    place = {"type": "TextPositionSelector", "start": start, "end": end}
    around = {"prefix": text[max(0, start - _AROUND) : start], "suffix": text[end : end + _AROUND]}
    words = {"type": "TextQuoteSelector", "exact": text[start:end]} | {key: value for key, value in around.items() if value}
    return {"type": "SpecificResource", "source": f"{document.id}.txt", "selector": [place, words]}


def read(files: Mapping[str, bytes], labels: Labels) -> Read:
    """The documents of pages that were written here."""
    del labels  # each annotation says its layer

    def read_one(name: str, source: bytes) -> Iterator[Document]:
        text = files[f"{name.removesuffix('.jsonld')}.txt"].decode()
        yield _document(stem_of(name), text, msgspec.json.decode(source)["items"])

    return read_own(files, ".jsonld", read_one)


def _document(id_: str, text: str, items: list[Json]) -> Document:
    spans = {item["id"]: _span_of(item) for item in items if item["motivation"] == "identifying"}
    relations = [
        Relation(item["body"][1]["value"], spans[item["target"]].reference, spans[item["body"][0]].reference)
        for item in items
        if item["motivation"] == "linking"
    ]
    labels = [_answers(item["body"]) for item in items if item["motivation"] == "classifying"]
    return ordered(Document(id_, text, tuple(spans.values()), tuple(relations), labels[0] if labels else ()))


def _span_of(item: Json) -> Span:
    bodies = item["body"]
    pieces = tuple((each["selector"][0]["start"], each["selector"][0]["end"]) for each in item["target"])
    notes = [body["value"] for body in bodies if body["purpose"] == "commenting"]
    return Span(item["layer"], item["region"], bodies[0]["value"], pieces, _answers(bodies), " ".join(notes))


def _answers(bodies: list[Json]) -> Attributes:
    found: dict[str, tuple[str, ...]] = {}
    for body in bodies:
        if body["purpose"] == "classifying":
            found[body["question"]] = (*found.get(body["question"], ()), body["value"])
    return tuple(sorted(found.items()))


FORMAT = Format(
    name="web-annotation",
    title="W3C Web Annotation (JSON-LD)",
    files="`SPLIT/ID.jsonld`, `SPLIT/ID.txt`",
    offsets="code points",
    opened_by="readers of the W3C's model",
    able=Capabilities(),
    write=write,
    read=read,
)
