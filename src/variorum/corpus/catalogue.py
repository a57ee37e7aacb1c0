"""The catalogue: one line a document, added by freeze, edited by people, checked here."""

import re
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from typing import Annotated, NamedTuple, TypeVar

import msgspec

from variorum.corpus.seed_text import parse_source_date
from variorum.corpus.settings import SPLITS
from variorum.findings import Finding, Where, finding
from variorum.yaml_file import sentence

DOCUMENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
"""What can be a document id: it names files, and leaves room for their endings."""
D = TypeVar("D", bound="Document")
_BYTE = re.compile(r"\(byte (\d+)\)")


Words = Annotated[str, msgspec.Meta(min_length=1)]
Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the catalogue says of one document.

    People write `title`, `story_id`, `role`, `simplified_of`, `split`, `language` and `licence`; freeze writes the rest
    and proposes the first values of those. `redistribute` is false where the text may not be passed on: a release then
    withholds it. `seed_rules` are the rules that made the text from the seed. Only where the catalogue holds the texts
    itself is there no seed.
    """

    document_id: str
    title: str | None = None
    story_id: Words
    role: str
    simplified_of: str | None = None
    split: str
    language: Words
    licence: Words
    redistribute: bool = True
    source_date: str | None = None
    seed: Annotated[str, msgspec.Meta(min_length=1, max_length=255)] | None = None
    seed_sha256: Sha256 | None = None
    seed_rules: tuple[str, ...] = ()
    text_sha256: Sha256


class DocumentWithText(Document, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The same where the catalogue holds the text itself."""

    text: str


class Entry(msgspec.Struct, frozen=True):
    """A document and where it stands: the line and, where the catalogue is of several files, which of them."""

    line: int
    document: Document
    file: str = ""

    def where(self, catalogue: str) -> Where:
        """Its place; `catalogue` is the name of the only file, if there is one."""
        return Where(self.file or catalogue, self.line)


class CheckedEntry(NamedTuple):
    """An entry, and whether the text of its line is the one with its `text_sha256`."""

    entry: Entry
    is_frozen: bool


def read_lines(lines: Iterable[bytes], file: str) -> Iterator[Entry | Finding]:
    """The entries of a catalogue that names its texts, and a finding for each line that is none: nothing is held."""
    for count, (number, line) in enumerate(_written(lines)):
        if not count and not line.lstrip().startswith(b"{"):
            fact = "The file does not begin with {."
            yield finding(file, "catalogue-malformed", fact, "Write one JSON object a line, in UTF-8.")
            return
        try:
            document = _document(line, Document)
            if document.seed is None or document.seed_sha256 is None:
                lacking = "seed" if document.seed is None else "seed_sha256"
                raise msgspec.ValidationError(f"Object missing required field `{lacking}`")
            yield Entry(number, document)
        except _NO_DOCUMENT as error:
            yield _malformed(error, file, number)


def read_texts(lines: Iterable[bytes], file: str) -> Iterator[CheckedEntry | Finding]:
    """The entries of a file of a catalogue that holds the texts itself, and what is wrong with a line: nothing is held."""
    for number, line in _written(lines):
        try:
            read = _document(line, DocumentWithText)
            if read.seed is not None:
                raise msgspec.ValidationError("`seed` and `text` exclude each other")
            is_frozen = sha256(read.text.encode()).hexdigest() == read.text_sha256
            yield CheckedEntry(Entry(number, _bare(read), file), is_frozen)
            if not is_frozen:
                yield finding(Where(file, number), "text-changed", f"The text of {read.document_id} has another SHA-256.")
        except _NO_DOCUMENT as error:
            yield _malformed(error, file, number)


def _written(lines: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank, with their numbers and without a byte order mark."""
    for number, line in enumerate(lines, start=1):
        source = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
        if source.strip():
            yield number, source


_NO_DOCUMENT = (msgspec.DecodeError, UnicodeError, RecursionError)


def _bare(read: DocumentWithText) -> Document:
    return Document(**{name: getattr(read, name) for name in Document.__struct_fields__})


def _malformed(error: Exception, file: str, line: int) -> Finding:
    rule = "catalogue-unknown-field" if "unknown field" in str(error) else "catalogue-malformed"
    column = int(at[1]) + 1 if (at := _BYTE.search(str(error))) else 0
    return finding(Where(file, line, column), rule, sentence(error))


def _document(line: bytes, form: type[D]) -> D:
    """The document of a line; raises msgspec.DecodeError where the line is none."""
    document = msgspec.json.decode(line, type=form)
    if not DOCUMENT_ID.fullmatch(document.document_id):
        raise msgspec.ValidationError(f"{document.document_id!r} is no document id")
    return document


def check_entry(entry: Entry, roles: tuple[str, ...], catalogue: str) -> Iterator[Finding]:
    """What is wrong with the values of one line of a catalogue."""
    for check in (_split, _role(roles), _source_date):
        yield from (finding(entry.where(catalogue), rule, fact) for rule, fact in check(entry.document))


Faults = Iterator[tuple[str, str]]


def _split(document: Document) -> Faults:
    if document.split not in SPLITS:
        yield "catalogue-unknown-split", f"{document.document_id} has the split {document.split!r}."


def _role(roles: tuple[str, ...]) -> Callable[[Document], Faults]:
    def check(document: Document) -> Faults:
        if document.role not in roles:
            yield "catalogue-unknown-role", f"{document.document_id} has the role {document.role!r}."

    return check


def _source_date(document: Document) -> Faults:
    try:
        if document.source_date is not None:
            parse_source_date(document.source_date)
    except ValueError as error:
        yield "catalogue-malformed", f"The source_date of {document.document_id} is no date: {error}."


def line_of(document: Document) -> bytes:
    """A document as a line of the catalogue."""
    return msgspec.json.encode(document) + b"\n"
