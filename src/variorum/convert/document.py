"""One annotated document as every format is written from and read into. Offsets are code points, half-open."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby

from variorum.dataset.segmentation import TOKEN, Offsets, Segmentation

MENTION, CLAIM = "mention", "claim"
READING_LEVEL = "reading_level"
Attributes = tuple[tuple[str, tuple[str, ...]], ...]
"""Answers by name, in the order of the names, each with its labels in the order given."""
Reference = tuple[str, str]
"""What names a span of a document: its layer and its id. A mention and a claim of the same words may share an id."""
_FILLED = re.compile(r"\S")


@dataclass(frozen=True)
class Span:
    """A mention or a claim. Its pieces stand in order, and between two of them is more than blanks."""

    layer: str
    id: str
    label: str
    pieces: tuple[Offsets, ...]
    attributes: Attributes = ()
    note: str = ""

    @property
    def start(self) -> int:
        """Where its first piece begins."""
        return self.pieces[0][0]

    @property
    def end(self) -> int:
        """Where its last piece ends."""
        return self.pieces[-1][1]

    @property
    def reference(self) -> Reference:
        """What relations name it by."""
        return self.layer, self.id


@dataclass(frozen=True, order=True)
class Relation:
    """A directed relation between two spans of a document."""

    type: str
    start: Reference
    end: Reference


@dataclass(frozen=True)
class Document:
    """A document and what is marked in it. `labels` are the answers about it as a whole.

    Sentences and language are not compared: whoever reads a format makes them anew.
    """

    id: str
    text: str
    spans: tuple[Span, ...] = ()
    relations: tuple[Relation, ...] = ()
    labels: Attributes = ()
    sentences: tuple[Offsets, ...] = field(default=(), compare=False)
    language: str = field(default="en", compare=False)

    @cached_property
    def segmentation(self) -> Segmentation:
        """Sentences and tokens; tokens are runs of word characters, or single other characters, as in the table `ner`."""
        return Segmentation([], list(self.sentences), [match.span() for match in TOKEN.finditer(self.text)])

    def of(self, layer: str) -> list[Span]:
        """The spans of a layer."""
        return [span for span in self.spans if span.layer == layer]


def ordered(document: Document) -> Document:
    """The document with its spans in the order of the text, outer ones first, and its relations in order."""
    spans = sorted(document.spans, key=lambda span: (span.start, -span.end, span.layer, span.pieces, span.label, span.id))
    return replace(document, spans=tuple(spans), relations=tuple(sorted(document.relations)))


def joined(text: str, pieces: Iterable[Offsets]) -> tuple[Offsets, ...]:
    """Pieces in order, those that overlap or have nothing but blanks between them made one."""
    found: list[Offsets] = []
    for start, end in sorted(pieces):
        if found and not _FILLED.search(text, found[-1][1], start):
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return tuple(found)


def attributes_of(answers: Mapping[str, Iterable[str]]) -> Attributes:
    """Answers in the order of their names; those without labels are left out."""
    listed = {name: tuple(labels) for name, labels in sorted(answers.items())}
    return tuple((name, labels) for name, labels in listed.items() if labels)


def token_sentences(document: Document) -> list[list[Offsets]]:
    """All tokens by sentence; those between two sentences, as a line of asterisks, are a sentence of their own."""
    starts = [start for start, _ in document.sentences]

    def place(token: Offsets) -> tuple[int, bool]:
        number = bisect_right(starts, token[0]) - 1
        return number, number >= 0 and token[0] < document.sentences[number][1]

    return [list(group) for _, group in groupby(document.segmentation.tokens, key=place)]
