"""WebAnno TSV 3 as it comes in. What is not written here, as chains, slots and other layers, is counted and left out."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple

from variorum.convert.document import CLAIM, Document, Relation, Span, attributes_of, joined, ordered
from variorum.convert.format import Read, unescaped
from variorum.convert.inception import ANNOTATION, LABEL_FEATURES, READ, document_id
from variorum.convert.webanno_notation import (
    BASE,
    BEFORE,
    FORMAT_LINE,
    JOINT,
    NULL,
    TEXT,
    plain,
    stacked,
    units,
)
from variorum.findings import Finding, Where, failed, finding
from variorum.schema.labels import CLAIM_ATTRIBUTES, Labels
from variorum.wording import counted, left_out

_FEATURES = (*LABEL_FEATURES, *CLAIM_ATTRIBUTES)
_LAYER = re.compile(r"#T_(SP|CH|RL)=([^|]+)(.*)")
_ROW = re.compile(r"(\d+-\d+(?:\.\d+)?)\t(\d{1,10})-(\d{1,10})\t([^\t]*)(?:\t(.*))?")
_MALFORMED, _UNREAD = "convert-malformed", "convert-unread"
_LONGEST_GAP = 1_000_000
"""Blanks between two sentences beyond which an offset is taken to be wrong, and no text is made for it."""


class _Column(NamedTuple):
    """A column as the header declares it: the kind and type of its layer, and its feature, which may be none."""

    kind: str
    type: str
    feature: str

    @property
    def is_span(self) -> bool:
        """Whether it is a feature of spans that is read."""
        return self.kind == "SP" and self.type in READ and self.feature in _FEATURES

    @property
    def base(self) -> str:
        """The layer between whose annotations relations lead, if they are read; else empty."""
        type_ = self.feature.removeprefix(BASE)
        return type_ if self.kind == "RL" and type_ != self.feature and type_ in (*READ, ANNOTATION) else ""


class _Row(NamedTuple):
    """The line of a token or of a part of one. Offsets are UTF-16 units."""

    line: int
    name: str
    start: int
    end: int
    words: str
    cells: list[str]


@dataclass
class _Marked:
    """An annotation as its lines are read. Offsets are code points."""

    type: str
    start: int
    end: int
    values: dict[str, str] = field(default_factory=dict)

    def span(self, id_: str, text: str, claims: frozenset[str]) -> Span:
        """The span, whose label may tell that it is a claim."""
        label = next((self.values[name] for name in LABEL_FEATURES if name in self.values), "")
        layer = CLAIM if label in claims else READ[self.type]
        answers = {name: map(unescaped, told.split(JOINT)) for name, told in self.values.items() if name in CLAIM_ATTRIBUTES}
        return Span(layer, id_, label, joined(text, [(self.start, self.end)]), attributes_of(answers))


def read(files: Mapping[str, bytes], labels: Labels) -> Read:
    """The documents of TSV files of version 3; what is no `.tsv` file is passed over."""
    claims = frozenset(labels[CLAIM].names)
    documents: list[Document] = []
    findings: list[Finding] = []
    for name, source in sorted(files.items()):
        if name.endswith(".tsv"):
            reading = _Reading(name)
            reading.add_lines(source)
            document = None if reading.findings else _Marking(reading).document(claims)
            documents += [document] if document and not failed(reading.findings) else []
            findings += reading.findings
    return Read(documents, findings)


@dataclass
class _Reading:
    """The lines of one file as they are read."""

    name: str
    columns: list[_Column] = field(default_factory=list)
    text: str = ""
    rows: list[_Row] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    _length: int = 0
    _before: str = ""
    _waiting: list[str] = field(default_factory=list)

    def report(self, rule: str, fact: str, line: int = 0) -> None:
        """Reports what cannot be read, or is left out."""
        self.findings.append(finding(Where(self.name, line), rule, fact))

    def add_lines(self, source: bytes) -> None:
        """Reads all lines. Afterwards the text is whole."""
        try:
            lines = source.decode("utf-8-sig").replace("\r\n", "\n").split("\n")
        except UnicodeDecodeError as error:
            self.report(_MALFORMED, f"Byte {error.start} is not UTF-8.")
            return
        if not lines[0].startswith(FORMAT_LINE):
            self.report(_MALFORMED, f"The line does not begin with {FORMAT_LINE!r}: {lines[0][:60]!r}.", 1)
            return
        for number, line in enumerate(lines[1:], start=2):
            self._add(number, line)
        if not self.rows and not self.findings:
            self.report(_MALFORMED, "There is no token in it.")
        self.text = self.text.removesuffix("\n")

    def _add(self, number: int, line: str) -> None:
        """Reads a line, by what it begins with."""
        if line.startswith(TEXT):
            self._waiting.append(plain(line.removeprefix(TEXT)) + "\n")
        elif line.startswith(BEFORE):
            self._before = plain(line.removeprefix(BEFORE))
        elif layer := _LAYER.fullmatch(line):
            kind, type_, names = layer.groups()
            self.columns += [_Column(kind, type_, name) for name in names.split("|") if name] or [_Column(kind, type_, "")]
        elif line and not line.startswith("#"):
            self._add_row(number, line)

    def _add_row(self, number: int, line: str) -> None:
        found = _ROW.fullmatch(line)
        cells = found[5].split("\t") if found and found[5] is not None else []
        if not found or len(cells) < len(self.columns):
            wanted = f"A number, offsets, words and {counted(len(self.columns), 'more column')} belong here"
            self.report(_MALFORMED, f"{wanted}: {line[:60]!r}.", number)
            return
        row = _Row(number, found[1], int(found[2]), int(found[3]), found[4], cells)
        if self._waiting:
            self._begin_sentence(row)
        self.rows.append(row)

    def _begin_sentence(self, row: _Row) -> None:
        """Adds a sentence where its first token begins, as INCEpTION does: behind a line end, or none, and blanks."""
        if self._length == row.start + 1:
            self.text, self._length = self.text.removesuffix("\n"), row.start
        gap = row.start - self._length
        if not 0 <= gap <= _LONGEST_GAP:
            self.report(_MALFORMED, f"The sentence begins at {row.start}, the text before it ends at {self._length}.", row.line)
            gap = 0
        before = self._before if not self.rows and units(self._before)[-1] == gap else " " * gap
        added = before + "".join(self._waiting)
        self.text, self._length, self._waiting = self.text + added, self._length + units(added)[-1], []


class _Marking:
    """What is marked in a file whose lines are read: annotations by their numbers, or else by where they stand."""

    def __init__(self, reading: _Reading) -> None:
        self._reading, self._text = reading, reading.text
        self._offsets = {offset: index for index, offset in enumerate(units(reading.text))}
        self._marked: dict[str, _Marked] = {}
        self._first: dict[tuple[str, str], str] = {}
        columns = list(enumerate(reading.columns))
        kinds = [(column.kind, column.type) for column in reading.columns]
        self._spans = [(index, column) for index, column in columns if column.is_span]
        self._relations = [(index, kinds.index(kinds[index]), column.base) for index, column in columns if column.base]

    def document(self, claims: frozenset[str]) -> Document:
        """The document. What is wrong with its lines, and what is left out, is reported to the reading."""
        for row in self._reading.rows:
            self._mark(row)
        self._report_unread()
        spans = self._spans_by_key(claims)
        relations = [each for row in self._reading.rows for each in self._relations_at(row, spans)]
        return ordered(Document(document_id(self._reading.name), self._text, tuple(spans.values()), tuple(relations)))

    def _mark(self, row: _Row) -> None:
        start, end = self._offsets.get(row.start), self._offsets.get(row.end)
        told = f"{row.start}-{row.end}"
        if start is None or end is None or start > end:
            self._reading.report(_MALFORMED, f"{told} is no place in a text of {max(self._offsets)} UTF-16 units.", row.line)
        elif (words := self._text[start:end]) not in (row.words, plain(row.words)):
            self._reading.report(_MALFORMED, f"The text at {told} is {words!r}, the line says {row.words!r}.", row.line)
        else:
            for index, column in self._spans:
                self._mark_stack(row, column, row.cells[index], start, end)

    def _mark_stack(self, row: _Row, column: _Column, cell: str, start: int, end: int) -> None:
        for place, (told, number, _) in enumerate(stacked(cell)):
            key = number or f"{column.type} {row.name} {place}"
            self._first.setdefault((row.name, column.type), key)
            if key not in self._marked:
                self._marked[key] = _Marked(column.type, start, end)
            marked = self._marked[key]
            marked.start, marked.end = min(start, marked.start), max(end, marked.end)
            if marked.type != column.type:
                self._reading.report(_MALFORMED, f"The number {number} stands for annotations of two layers.", row.line)
            if told != NULL:
                marked.values[column.feature] = plain(told)

    def _spans_by_key(self, claims: frozenset[str]) -> dict[str, Span]:
        """The spans that have words. One without a number gets one that is free."""
        free = count(max((int(key) for key in self._marked if key.isdigit()), default=0) + 1)
        spans = {}
        for key, marked in self._marked.items():
            if self._text[marked.start : marked.end].strip():
                spans[key] = marked.span(key if key.isdigit() else str(next(free)), self._text, claims)
            else:
                self._reading.report(_UNREAD, f"An annotation of {marked.type} has no words and is left out.")
        return spans

    def _relations_at(self, row: _Row, spans: Mapping[str, Span]) -> Iterator[Relation]:
        """The relations that lead to a row's annotations."""
        for index, labels, base in self._relations:
            sources = stacked(row.cells[index])
            types = stacked(row.cells[labels]) if labels != index else [(NULL, "", "")] * len(sources)
            for (unit, source, target), (type_, _, _) in zip(sources, types, strict=False):
                start, end = self._end(spans, source, unit, base), self._end(spans, target, row.name, base)
                if start and end:
                    yield Relation("" if type_ == NULL else plain(type_), start.reference, end.reference)
                else:
                    self._reading.report(
                        _UNREAD, f"The relation from {unit} to {row.name} leads to what is not there.", row.line
                    )

    def _end(self, spans: Mapping[str, Span], number: str, unit: str, base: str) -> Span | None:
        """The span at an end of a relation: that of a number, or else the first of its layer on a token."""
        return spans.get(number if number.strip("0") else self._first.get((unit, base), ""))

    def _report_unread(self) -> None:
        """Counts the values in columns that are not read."""
        known = {index for index, _ in self._spans} | {each for index, labels, _ in self._relations for each in (index, labels)}
        left = Counter(
            column
            for row in self._reading.rows
            for index, column in enumerate(self._reading.columns)
            if index not in known
            for told, _, _ in stacked(row.cells[index])
            if told != NULL or column.type not in READ
        )
        for column, number in left.items():
            what = "|".join(filter(None, (column.type, column.feature)))
            self._reading.report(_UNREAD, left_out(number, f"value of {what}"))
