"""brat stand-off: `ID.txt` with the text and `ID.ann` with a line a text-bound annotation, relation, attribute or note.

Source: https://brat.nlplab.org/standoff.html, and brat's own parser, server/src/annotation.py. Offsets are code points.
brat compares the quoted words with the text by lines, so that a span over a line end is written in pieces; ours have
never only blanks between two pieces, so that reading joins them again. The id of a region is a note of type `Region`.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from variorum.convert.capabilities import Capabilities
from variorum.convert.document import CLAIM, MENTION, Document, Relation, Span, attributes_of, joined, ordered
from variorum.convert.format import Files, Format, Read, escaped, folder_of, stem_of, unescaped
from variorum.dataset.segmentation import Offsets
from variorum.findings import Finding, Where, finding
from variorum.schema.labels import CLAIM_ATTRIBUTES, LAYERS, Labels

_LINE = re.compile(r"[^\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")
"""What brat reads as one line: Python's `splitlines` parts at all of these."""
_REGION, _NOTE = "Region", "AnnotatorNotes"
_RESERVED = ":;|"


def write(batch: str, documents: Sequence[Document]) -> Files:
    """Two files a document, in the folder of its split."""
    files: Files = {}
    for document in documents:
        stem = f"{folder_of(batch)}/{document.id}"
        files[f"{stem}.txt"] = document.text.encode()
        files[f"{stem}.ann"] = "".join(f"{line}\n" for line in _lines(document)).encode()
    return files


def _lines(document: Document) -> Iterator[str]:
    names = {span.reference: f"T{number}" for number, span in enumerate(document.spans, start=1)}
    attributes, notes = 0, 0
    for span in document.spans:
        name = names[span.reference]
        pieces = [piece for each in span.pieces for piece in _by_line(document.text, each)]
        offsets = ";".join(f"{start} {end}" for start, end in pieces)
        yield f"{name}\t{_name(span.label)} {offsets}\t{' '.join(document.text[start:end] for start, end in pieces)}"
        for control, labels in span.attributes:
            for label in labels:
                attributes += 1
                yield f"A{attributes}\t{_name(control)} {name} {_name(label)}"
        for kind, told in ((_REGION, span.id), (_NOTE, span.note)):
            if told:
                notes += 1
                yield f"#{notes}\t{kind} {name}\t{told}"
    for number, relation in enumerate(document.relations, start=1):
        yield f"R{number}\t{_name(relation.type)} Arg1:{names[relation.start]} Arg2:{names[relation.end]}"


def _by_line(text: str, piece: Offsets) -> list[Offsets]:
    return [match.span() for match in _LINE.finditer(text, *piece) if match[0].strip()]


def _name(label: str) -> str:
    return escaped(label, _RESERVED)


def shared(labels: Labels) -> Files:
    """Brat's configuration of the project."""
    relations = [
        f"{_name(label.name)}\tArg1:{_ends(label.from_, labels)}, Arg2:{_ends(label.to, labels)}"
        for label in labels["relation_type"].labels
    ]
    attributes = [
        f"{name}\tArg:{'|'.join(map(_name, labels['claim'].names))}, Value:{'|'.join(map(_name, labels[name].names))}"
        for name in CLAIM_ATTRIBUTES
    ]
    parts = {
        "entities": [_name(name) for name in (*labels["entity_type"].names, *labels["claim"].names)],
        "relations": ["<OVERLAP>\tArg1:<ENTITY>, Arg2:<ENTITY>, <OVL-TYPE>:<ANY>", *relations],
        "events": [],
        "attributes": attributes,
    }
    text = "\n".join(f"[{part}]\n" + "".join(f"{line}\n" for line in lines) for part, lines in parts.items())
    return {"annotation.conf": text.encode()}


def _ends(layers: tuple[str, ...], labels: Labels) -> str:
    inventories = dict(zip(LAYERS, ("entity_type", "claim"), strict=True))
    return "|".join(_name(name) for layer in layers for name in labels[inventories[layer]].names)


@dataclass
class _Reading:
    """The lines of one `.ann` file as they are read, by the id that brat gives each.

    `pointers` are attributes and notes, each with its line, its id and what it is about.
    """

    name: str
    text: str
    bound: dict[str, tuple[str, tuple[Offsets, ...]]] = field(default_factory=dict)
    regions: dict[str, str] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    answers: dict[str, dict[str, list[str]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    pointers: list[tuple[int, str, str]] = field(default_factory=list)
    related: list[tuple[int, str, str, str, str]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def fault(self, line: int, fact: str) -> None:
        """Reports a line."""
        self.findings.append(finding(Where(self.name, line), "convert-malformed", fact))

    def left_out(self, line: int, id_: str, reason: str) -> None:
        """Tells of a line that has no place in a document."""
        self.findings.append(finding(Where(self.name, line), "convert-unread", f"{id_[:20]} is left out: {reason}."))

    def add(self, number: int, line: str) -> None:
        """Reads a line, by what its id begins with."""
        kinds = {"T": self._bound, "R": self._relation, "A": self._attribute, "M": self._attribute, "#": self._note}
        id_, _, rest = line.partition("\t")
        reader = kinds.get(id_[:1])
        if id_[:1] in ("E", "N", "*"):
            self.left_out(number, id_, "events, normalisations and equivalences are not read")
        elif reader is None:
            self.fault(number, f"{id_[:20]!r} is no id of brat's.")
        elif not reader(number, id_, rest):
            self.fault(number, f"The line cannot be read: {line[:60]!r}.")

    def _bound(self, number: int, id_: str, rest: str) -> bool:
        found = re.match(r"(\S+) (\d+ \d+(?:;\d+ \d+)*)(?:\t(.*))?$", rest)
        if not found or id_ in self.bound:
            return False
        pieces = [(int(start), int(end)) for start, end in re.findall(r"(\d+) (\d+)", found[2])]
        words = " ".join(self.text[start:end] for start, end in pieces)
        if any(not start < end <= len(self.text) for start, end in pieces):
            self.fault(number, f"{found[2]} is no place in a text of {len(self.text)} characters.")
        elif not words.strip():
            self.fault(number, f"At {found[2]} are only blanks.")
        elif found[3] is not None and words.replace("\n", " ") != found[3]:
            self.fault(number, f"The text at {found[2]} is {words[:40]!r}, the line says {found[3][:40]!r}.")
        else:
            self.bound[id_] = unescaped(found[1]), joined(self.text, pieces)
        return True

    def _relation(self, number: int, id_: str, rest: str) -> bool:
        found = re.match(r"(\S+) \S+?:(\S+) \S+?:(\S+)\s*$", rest)
        if found:
            self.related.append((number, id_, unescaped(found[1]), found[2], found[3]))
        return bool(found)

    def _attribute(self, number: int, id_: str, rest: str) -> bool:
        found = re.match(r"(\S+) (\S+)(?: (\S+))?\s*$", rest)
        if found:
            self.pointers.append((number, id_, found[2]))
            self.answers[found[2]][unescaped(found[1])].append(unescaped(found[3] or "true"))
        return bool(found)

    def _note(self, number: int, id_: str, rest: str) -> bool:
        found = re.match(r"(\S+) (\S+)\t(.*)$", rest)
        if found:
            self.pointers.append((number, id_, found[2]))
        if found and found[1] == _REGION:
            self.regions[found[2]] = found[3]
        elif found:
            self.notes[found[2]].append(found[3])
        return bool(found)

    def document(self, id_: str, claims: frozenset[str]) -> Document:
        """The document, once all lines are read."""
        spans = {
            name: Span(
                CLAIM if label in claims else MENTION,
                self.regions.get(name, name),
                label,
                pieces,
                attributes_of(self.answers.get(name, {})),
                " ".join(self.notes.get(name, [])),
            )
            for name, (label, pieces) in self.bound.items()
        }
        for number, pointer, target in self.pointers:
            if target not in spans:
                self.left_out(number, pointer, f"{target} is no text-bound annotation")
        return ordered(Document(id_, self.text, tuple(spans.values()), tuple(self._relations(spans))))

    def _relations(self, spans: Mapping[str, Span]) -> Iterator[Relation]:
        for number, id_, type_, *ends in self.related:
            if not (lost := [end for end in ends if end not in spans]):
                yield Relation(type_, spans[ends[0]].reference, spans[ends[1]].reference)
            elif lost[0].startswith("E"):
                self.left_out(number, id_, f"the event {lost[0]} is not read")
            else:
                self.fault(number, f"There is no text-bound annotation {lost[0]!r}.")


def read(files: Mapping[str, bytes], labels: Labels) -> Read:
    """The documents of pairs of `.txt` and `.ann` files."""
    documents: list[Document] = []
    findings: list[Finding] = []
    for name in sorted(name for name in files if name.endswith((".ann", ".txt"))):
        text_name = f"{name[:-4]}.txt"
        if name.endswith(".txt"):
            if f"{name[:-4]}.ann" not in files:
                findings.append(finding(name, "convert-malformed", "There is no .ann file beside it."))
        elif text_name not in files:
            findings.append(finding(name, "convert-malformed", "There is no .txt file beside it."))
        else:
            document, faults = _read(name, files[text_name], files[name], frozenset(labels[CLAIM].names))
            documents += [document] if document else []
            findings += faults
    return Read(documents, findings)


def _read(name: str, text: bytes, lines: bytes, claims: frozenset[str]) -> tuple[Document | None, list[Finding]]:
    try:
        reading = _Reading(name, text.decode("utf-8").replace("\r\n", "\n"))
        written = lines.decode("utf-8-sig").replace("\r\n", "\n").split("\n")
    except UnicodeDecodeError as error:
        return None, [finding(name, "convert-malformed", f"Byte {error.start} of it or of its .txt file is not UTF-8.")]
    for number, line in enumerate(written, start=1):
        if line.strip():
            reading.add(number, line)
    document = reading.document(stem_of(name), claims)
    return document, reading.findings


FORMAT = Format(
    name="brat",
    title="brat stand-off",
    files="`SPLIT/ID.txt`, `SPLIT/ID.ann`, `annotation.conf`",
    offsets="code points",
    opened_by="brat",
    able=Capabilities(lines_in_notes=False, document_labels=False),
    write=write,
    read=read,
    shared=shared,
    reads_others=True,
)
