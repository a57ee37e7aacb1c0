"""spaCy's DocBin. Mentions and claims are span groups of their names, the outermost mentions `ents` too, answers about the
document `cats`; ids, answers about spans, notes and relations, for which spaCy has no place, stand in `user_data`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from spacy.tokens import Doc, DocBin
from spacy.tokens import Span as SpacySpan
from spacy.util import filter_spans
from spacy.vocab import Vocab

from variorum.convert.capabilities import Capabilities
from variorum.convert.document import CLAIM, MENTION, Attributes, Document, Relation, Span, ordered
from variorum.convert.format import A_FILE_A_BATCH, Files, Format, Read, read_own
from variorum.schema.labels import Labels

_DATA = "variorum"
_GROUPS = {MENTION: "mentions", CLAIM: "claims"}
_JOINT = "="


def write(batch: str, documents: Sequence[Document]) -> Files:
    """All documents of a batch in one file."""
    vocab = Vocab()
    stored = DocBin(store_user_data=True, docs=[_doc(document, vocab) for document in documents])
    return {f"{batch}.spacy": stored.to_bytes()}


def _doc(document: Document, vocab: Vocab) -> Doc:
    words, spaces, starts = _words(document)
    begun = {start for start, _ in document.sentences}
    doc = Doc(
        vocab, words=words, spaces=spaces, sent_starts=[not place or start in begun for place, start in enumerate(starts)]
    )
    kept: dict[str, list[dict[str, Any]]] = {}
    for layer, group in _GROUPS.items():
        own = document.of(layer)
        doc.spans[group] = [_placed(doc, span) for span in own]
        kept[group] = [{"id": span.id, "attributes": _plain(span.attributes), "note": span.note} for span in own]
    doc.set_ents(filter_spans(doc.spans["mentions"]))
    doc.cats = {f"{name}{_JOINT}{label}": 1.0 for name, labels in document.labels for label in labels}
    relations = [[each.type, list(each.start), list(each.end)] for each in document.relations]
    doc.user_data[_DATA] = {"document_id": document.id, "spans": kept, "relations": relations}
    return doc


def _placed(doc: Doc, span: Span) -> SpacySpan:
    found = doc.char_span(span.start, span.end, label=span.label)
    assert found is not None, "spans were widened to tokens, and these are spaCy's too"
    return found


def _plain(attributes: Attributes) -> list[list[Any]]:
    return [[name, list(labels)] for name, labels in attributes]


def _words(document: Document) -> tuple[list[str], list[bool], list[int]]:
    """The tokens as spaCy has them: a blank behind one is its own, any other run of blanks is a token."""
    text = document.text
    words: list[str] = []
    spaces: list[bool] = []
    starts: list[int] = []
    place = 0
    for start, end in [*document.segmentation.tokens, (len(text), len(text))]:
        if words and text.startswith(" ", place, start):
            spaces[-1], place = True, place + 1
        for first, last in ((place, start), (start, end)):
            if first < last:
                words.append(text[first:last])
                spaces.append(False)
                starts.append(first)
        place = end
    return words, spaces, starts


def read(files: Mapping[str, bytes], labels: Labels) -> Read:
    """The documents of DocBins that were written here."""
    del labels  # the groups tell
    return read_own(files, ".spacy", lambda _, source: map(_document, DocBin().from_bytes(source).get_docs(Vocab())))


def _document(doc: Doc) -> Document:
    kept = doc.user_data[_DATA]
    spans = [
        Span(layer, told["id"], span.label_, ((span.start_char, span.end_char),), _attributes(told["attributes"]), told["note"])
        for layer, group in _GROUPS.items()
        for span, told in zip(doc.spans[group], kept["spans"][group], strict=True)
    ]
    labels: dict[str, tuple[str, ...]] = {}
    for written in doc.cats:
        name, _, label = written.partition(_JOINT)
        labels[name] = (*labels.get(name, ()), label)
    relations = [Relation(type_, (start[0], start[1]), (end[0], end[1])) for type_, start, end in kept["relations"]]
    return ordered(Document(kept["document_id"], doc.text, tuple(spans), tuple(relations), tuple(sorted(labels.items()))))


def _attributes(kept: list[list[Any]]) -> Attributes:
    return tuple((name, tuple(labels)) for name, labels in kept)


FORMAT = Format(
    name="spacy",
    title="spaCy DocBin",
    files=A_FILE_A_BATCH,
    offsets="tokens",
    library="spaCy",
    opened_by="spaCy",
    able=Capabilities(discontinuity=False, parts_of_tokens=False),
    write=write,
    read=read,
)
