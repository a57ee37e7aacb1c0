"""CoNLL-2003: a token a line with its BIO tag in the last column, sentences parted by empty lines.

Source: Tjong Kim Sang and De Meulder 2003. The columns for part of speech and chunk, which this corpus has not, hold `_`
and `O`. A document begins with the one line that other readers know for it, which has no room for an id: the ids stand in
a file beside it, `NAME.ids`, a line each.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from variorum.convert.capabilities import Capabilities
from variorum.convert.document import MENTION, Document, Span, ordered, token_sentences
from variorum.convert.format import A_FILE_A_BATCH, Files, Format, Read, escaped, stem_of, unescaped
from variorum.dataset.segmentation import Offsets
from variorum.findings import Finding, Where, finding
from variorum.schema.labels import Labels
from variorum.wording import counted

_BEGIN, _IDS = "-DOCSTART-", ".ids"


def write(batch: str, documents: Sequence[Document]) -> Files:
    """All documents of a batch in one file, and their ids in another."""
    ids = "".join(f"{document.id}\n" for document in documents)
    return {f"{batch}.conll": "".join(map(_document, documents)).encode(), f"{batch}{_IDS}": ids.encode()}


def _document(document: Document) -> str:
    tags = {}
    for span in document.spans:
        for index in (touched := document.segmentation.tokens_in(span.start, span.end)):
            tags[index] = f"{'B' if index == touched[0] else 'I'}-{escaped(span.label)}"
    places = {token: index for index, token in enumerate(document.segmentation.tokens)}
    sentences = [
        "".join(f"{document.text[token[0] : token[1]]} _ O {tags.get(places[token], 'O')}\n" for token in tokens)
        for tokens in token_sentences(document)
    ]
    return "\n".join([f"{_BEGIN} -X- O O\n", *sentences, ""])  # spaCy knows no other spelling of it


@dataclass
class _Reading:
    """One document as its lines are read."""

    id: str
    lines: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    length: int = 0
    spans: list[tuple[str, int, int]] = field(default_factory=list)
    open: bool = False

    def add(self, word: str, tag: str) -> None:
        """Adds a token. `I-X` that follows no X begins one too, as in the first CoNLL-2003 files."""
        start = self.length + (1 if self.tokens else 0)
        self.length = start + len(word)
        self.tokens.append(word)
        kind, _, label = tag.partition("-")
        if kind == "I" and self.open and self.spans[-1][0] == label:
            self.spans[-1] = label, self.spans[-1][1], self.length
        elif kind != "O":
            self.spans.append((label, start, self.length))
        self.open = kind != "O"

    def end_sentence(self) -> None:
        """Ends a line of the text where a sentence ends."""
        if self.tokens:
            self.lines.append(" ".join(self.tokens))
            self.length += 1
        self.tokens, self.open = [], False

    def document(self) -> Document:
        """The document, its tokens joined by blanks and its sentences by line ends."""
        self.end_sentence()
        spans = [
            Span(MENTION, str(number), unescaped(label), ((start, end),))
            for number, (label, start, end) in enumerate(self.spans, start=1)
        ]
        return ordered(Document(self.id, "\n".join(self.lines), tuple(spans), sentences=tuple(_places(self.lines))))


def _places(lines: list[str]) -> Iterator[Offsets]:
    start = 0
    for line in lines:
        yield start, start + len(line)
        start += len(line) + 1


def read(files: Mapping[str, bytes], labels: Labels) -> Read:
    """The documents of CoNLL files; a file without `-DOCSTART-` is one document."""
    del labels  # there are only mentions
    documents: list[Document] = []
    findings: list[Finding] = []
    lines: dict[str, list[str]] = {}
    for name, source in sorted(files.items()):
        try:
            lines[name] = source.decode("utf-8-sig").replace("\r\n", "\n").split("\n")
        except UnicodeDecodeError as error:
            findings.append(finding(name, "convert-malformed", f"Byte {error.start} is not UTF-8."))
    for name in (name for name in lines if not name.endswith(_IDS)):
        readings, faults = _read(name, lines[name], lines.get(_beside(name), []))
        findings += faults
        documents += [document for reading in readings if (document := reading.document()).text]
    return Read(documents, findings)


def _beside(name: str) -> str:
    """The name of the file with the ids of a file's documents."""
    return PurePosixPath(name).with_suffix(_IDS).as_posix()


def _read(name: str, lines: list[str], id_lines: list[str]) -> tuple[list[_Reading], list[Finding]]:
    ids = [line.strip() for line in id_lines if line.strip()]
    readings = [_Reading(stem_of(name))]
    findings: list[Finding] = []
    for number, line in enumerate(lines, start=1):
        columns = line.replace("\t", " ").split(" ") if line.strip() else []
        if not columns:
            readings[-1].end_sentence()
        elif columns[0] == _BEGIN:
            id_ = _named(columns[1:-1]) or "".join(ids[len(readings) - 1 : len(readings)])
            readings.append(_Reading(id_ or f"{stem_of(name)}-{len(readings):05d}"))
        elif fault := _fault(columns):
            findings.append(finding(Where(name, number), "convert-malformed", fault))
        else:
            readings[-1].add(columns[0], columns[-1])
    if ids and len(ids) != len(readings) - 1:
        fact = f"It has {counted(len(ids), 'id')}, {name} has {counted(len(readings) - 1, 'document')}."
        findings.append(finding(_beside(name), "convert-malformed", fact))
    return readings, findings


def _named(columns: list[str]) -> str:
    """The document's id in a line `-DOCSTART-`, where it was written once; empty where there is none."""
    return columns[0] if columns and columns[0] not in ("-X-", "_") and set(columns) != {"O"} else ""


def _fault(columns: list[str]) -> str:
    """What is wrong with the columns of a line; empty if nothing is."""
    kind, hyphen, label = columns[-1].partition("-")
    if len(columns) == 1:
        return "The line has one column, where a token and its tag belong."
    if not columns[0]:
        return "The line begins with a blank, where a token belongs."
    if kind not in ("O", "B", "I") or bool(hyphen) != (kind != "O") or bool(label) != (kind != "O"):
        return f"The tag is {columns[-1]!r}, where O, B-TYPE or I-TYPE belongs."
    return ""


FORMAT = Format(
    name="conll2003",
    title="CoNLL-2003 (BIO)",
    files=f"{A_FILE_A_BATCH}, its ids in `.ids`",
    offsets="tokens",
    opened_by="flair, spaCy's `convert`, seqeval",
    able=Capabilities(
        claims=False,
        discontinuity=False,
        parts_of_tokens=False,
        several_sentences=False,
        nesting=False,
        crossing=False,
        same_words=False,
        relations=False,
        attributes=False,
        notes=False,
        document_labels=False,
        white_space=False,
        ids=False,
    ),
    write=write,
    read=read,
    reads_others=True,
)
