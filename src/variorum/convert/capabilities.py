"""What a format can hold, and what becomes of a document that is put into it: pure functions, counted by kind."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from variorum.convert.document import CLAIM, MENTION, Document, Relation, Span, joined, ordered, token_sentences

Counts = Counter[str]
"""How much of something, by kind."""


@dataclass(frozen=True)
class Capabilities:
    """What a format can hold. A field that is False is a kind of loss."""

    claims: bool = True
    discontinuity: bool = True
    parts_of_tokens: bool = True
    several_sentences: bool = True
    nesting: bool = True
    crossing: bool = True
    same_words: bool = True
    relations: bool = True
    attributes: bool = True
    notes: bool = True
    lines_in_notes: bool = True
    document_labels: bool = True
    white_space: bool = True
    ids: bool = True


MEANINGS = {
    "claims": "claims",
    "discontinuity": "spans in pieces, which are written from their first word to their last",
    "parts_of_tokens": "spans that begin or end inside a token, which are widened to it",
    "several_sentences": "spans over the end of a sentence",
    "nesting": "spans inside another, of which the outermost is written",
    "crossing": "spans that cross another, of which the first is written",
    "same_words": "spans of the very words of another, of which one is written",
    "relations": "relations",
    "attributes": "answers about spans",
    "notes": "notes on spans",
    "lines_in_notes": "notes of several lines, which are written in one",
    "document_labels": "answers about a document, as its reading level",
    "white_space": "documents whose blanks become one between tokens and a line end between sentences",
    "ids": "ids of spans, which are numbered",
}
"""What is lost where a format cannot hold a kind, as people are told it."""
_DIFFERENCES = ("relations", "attributes", "notes", "document_labels")


@dataclass(frozen=True)
class Held:
    """A document as far as a format holds it, and what it loses by kind."""

    document: Document
    losses: Counts


def held(document: Document, able: Capabilities) -> Held:
    """What a format can hold of a document: what reading gives back of what is written."""
    losses: Counts = Counter()
    left = ordered(document)
    for step in (_layers, _pieces, _tokens, _overlaps, _answers, _relations, _blanks, _ids):
        left = ordered(step(left, able, losses))
    before, after = counted(document), counted(left)
    losses.update({kind: before[kind] - after[kind] for kind in _DIFFERENCES})
    return Held(left, +losses)


def counted(document: Document) -> Counts:
    """What a document holds, by kind."""
    return Counter(
        {
            "mentions": len(document.of(MENTION)),
            "claims": len(document.of(CLAIM)),
            "relations": len(document.relations),
            "attributes": sum(len(span.attributes) for span in document.spans),
            "notes": sum(bool(span.note) for span in document.spans),
            "document_labels": len(document.labels),
        }
    )


def _with(document: Document, spans: list[Span]) -> Document:
    return replace(document, spans=tuple(spans))


def _layers(document: Document, able: Capabilities, losses: Counts) -> Document:
    spans = [span for span in document.spans if able.claims or span.layer != CLAIM]
    losses["claims"] += len(document.spans) - len(spans)
    return _with(document, spans)


def _pieces(document: Document, able: Capabilities, losses: Counts) -> Document:
    if able.discontinuity:
        return document
    losses["discontinuity"] += sum(len(span.pieces) > 1 for span in document.spans)
    return _with(document, [replace(span, pieces=((span.start, span.end),)) for span in document.spans])


def _tokens(document: Document, able: Capabilities, losses: Counts) -> Document:
    """Widens spans to whole tokens."""
    if able.parts_of_tokens:
        return document
    segmentation = document.segmentation
    spans = []
    for span in document.spans:
        touched = [segmentation.tokens_in(*piece) for piece in span.pieces]
        pieces = [(segmentation.tokens[each[0]][0], segmentation.tokens[each[-1]][1]) for each in touched]
        spans.append(replace(span, pieces=joined(document.text, pieces)))
        losses["parts_of_tokens"] += spans[-1] != span
    return _with(document, spans)


def _overlaps(document: Document, able: Capabilities, losses: Counts) -> Document:
    """Takes out spans that run over a sentence's end, or overlap one that is kept."""
    starts = [] if able.several_sentences else [tokens[0][0] for tokens in token_sentences(document)]
    kept: list[Span] = []
    for span in document.spans:
        kind = next(_clashes(span, kept, starts, able), "")
        losses[kind] += bool(kind)
        if not kind:
            kept.append(span)
    return _with(document, kept)


def _clashes(span: Span, kept: list[Span], sentence_starts: list[int], able: Capabilities) -> Iterator[str]:
    """What keeps a span from standing beside those that are kept."""
    if any(span.start < start < span.end for start in sentence_starts):
        yield "several_sentences"
    if able.nesting and able.crossing and able.same_words:
        return
    for other in kept:
        if other.start < span.end and span.start < other.end:
            same = (other.start, other.end) == (span.start, span.end)
            kind = "same_words" if same else "nesting" if span.end <= other.end else "crossing"
            if not getattr(able, kind):
                yield kind


def _answers(document: Document, able: Capabilities, losses: Counts) -> Document:
    spans = list(document.spans)
    if not able.attributes:
        spans = [replace(span, attributes=()) for span in spans]
    if not able.notes:
        spans = [replace(span, note="") for span in spans]
    elif not able.lines_in_notes:
        losses["lines_in_notes"] += sum(span.note != one_line(span.note) for span in spans)
        spans = [replace(span, note=one_line(span.note)) for span in spans]
    return replace(_with(document, spans), labels=document.labels if able.document_labels else ())


_LINE_ENDS = re.compile(r"[\t\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
"""What ends a line in one tool or another, and the tab that parts the columns of one."""


def one_line(note: str) -> str:
    """A note as a line can hold it."""
    return " ".join(note.split()) if _LINE_ENDS.search(note) else note


def _relations(document: Document, able: Capabilities, losses: Counts) -> Document:
    """Takes out all relations, or those that lead to a span that is not held."""
    del losses  # counted as a difference
    there = {span.reference for span in document.spans}
    kept = [each for each in document.relations if able.relations and {each.start, each.end} <= there]
    return replace(document, relations=tuple(kept))


def _blanks(document: Document, able: Capabilities, losses: Counts) -> Document:
    """Joins tokens by single blanks and sentences by line ends."""
    if able.white_space:
        return document
    sentences = token_sentences(document)
    text = "\n".join(" ".join(document.text[start:end] for start, end in tokens) for tokens in sentences)
    losses["white_space"] += text != document.text
    moved: dict[int, int] = {}
    for start, end in (token for sentence in sentences for token in sentence):
        first = moved[next(reversed(moved))] + 2 if moved else 0  # behind a blank
        moved |= {offset: first + offset - start for offset in range(start, end)}
    spans = [
        replace(span, pieces=tuple((moved[start], moved[end - 1] + 1) for start, end in span.pieces)) for span in document.spans
    ]
    lines = tuple((moved[tokens[0][0]], moved[tokens[-1][1] - 1] + 1) for tokens in sentences)
    return replace(_with(document, spans), text=text, sentences=lines)


def _ids(document: Document, able: Capabilities, losses: Counts) -> Document:
    """Numbers spans in their order, from 1."""
    if able.ids:
        return document
    losses["ids"] += len(document.spans)
    names = {span.reference: (span.layer, str(number)) for number, span in enumerate(document.spans, start=1)}
    relations = [Relation(each.type, names[each.start], names[each.end]) for each in document.relations]
    spans = [replace(span, id=names[span.reference][1]) for span in document.spans]
    return replace(_with(document, spans), relations=tuple(relations))
