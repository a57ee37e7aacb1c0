"""The catalogue: one line a document, added by freeze, edited by people, checked here."""

import re
from collections.abc import Callable, Iterator
from typing import Annotated

import msgspec

from variorum.corpus.seed_text import parse_source_date
from variorum.corpus.settings import SPLITS
from variorum.findings import Finding, Where, finding
from variorum.yaml_file import sentence

DOCUMENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
"""What can be a document id: it names files, and leaves room for their endings."""
_BYTE = re.compile(r"\(byte (\d+)\)")


Words = Annotated[str, msgspec.Meta(min_length=1)]
Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the catalogue says of one document.

    People write `title`, `story_id`, `role`, `simplified_of`, `split`, `language` and `licence`; freeze writes the rest
    and proposes the first values of those. `redistribute` is false where the text may not be passed on: a release then
    withholds it. `seed_rules` are the rules that made the text from the seed.
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
    seed: Words
    seed_sha256: Sha256
    seed_rules: tuple[str, ...] = ()
    text_sha256: Sha256


class Entry(msgspec.Struct, frozen=True):
    """A document and the line of the catalogue that it stands in."""

    line: int
    document: Document


def read_catalogue(source: bytes, file: str) -> tuple[list[Entry], list[Finding]]:
    """The entries of a catalogue and a finding for each line that is none."""
    entries: list[Entry] = []
    findings: list[Finding] = []
    source = source.removeprefix(b"\xef\xbb\xbf")
    if not source.lstrip().startswith(b"{") and source.strip():
        return [], [
            finding(file, "catalogue-malformed", "The file does not begin with {.", "Write one JSON object a line, in UTF-8.")
        ]
    for number, line in enumerate(source.split(b"\n"), start=1):
        if line.strip():
            try:
                entries.append(Entry(number, _document(line)))
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                rule = "catalogue-unknown-field" if "unknown field" in str(error) else "catalogue-malformed"
                column = int(at[1]) + 1 if (at := _BYTE.search(str(error))) else 0
                findings.append(finding(Where(file, number, column), rule, sentence(error)))
    return entries, findings


def _document(line: bytes) -> Document:
    """The document of a line; raises msgspec.DecodeError where the line is none."""
    document = msgspec.json.decode(line, type=Document)
    if not DOCUMENT_ID.fullmatch(document.document_id):
        raise msgspec.ValidationError(f"{document.document_id!r} is no document id")
    return document


def check_catalogue(entries: list[Entry], roles: tuple[str, ...], file: str) -> Iterator[Finding]:
    """What is wrong between the lines of a catalogue, or with their values."""
    lines: dict[str, int] = {}
    for entry in entries:
        # Case is folded: some file systems would keep the texts of `Oslo` and `oslo` in one file.
        first = lines.setdefault(entry.document.document_id.casefold(), entry.line)
        if first != entry.line:
            fact = f"{entry.document.document_id} stands in line {first} already."
            yield finding(Where(file, entry.line), "catalogue-duplicate-id", fact)
    documents = {entry.document.document_id: entry.document for entry in entries}
    for entry in entries:
        for check in (_split, _role(roles), _simplified_of(documents), _source_date):
            yield from (finding(Where(file, entry.line), rule, fact) for rule, fact in check(entry.document))


Faults = Iterator[tuple[str, str]]


def _split(document: Document) -> Faults:
    if document.split not in SPLITS:
        yield "catalogue-unknown-split", f"{document.document_id} has the split {document.split!r}."


def _role(roles: tuple[str, ...]) -> Callable[[Document], Faults]:
    def check(document: Document) -> Faults:
        if document.role not in roles:
            yield "catalogue-unknown-role", f"{document.document_id} has the role {document.role!r}."

    return check


def _simplified_of(documents: dict[str, Document]) -> Callable[[Document], Faults]:
    def check(document: Document) -> Faults:
        if document.simplified_of is None:
            return
        original = documents.get(document.simplified_of)
        if original is None or document.document_id in _originals(original, documents):
            yield "catalogue-simplified-of", f"{document.document_id} is simplified_of {document.simplified_of!r}."
        elif original.story_id != document.story_id:
            fact = f"{document.document_id} tells the story {document.story_id}, its original the story {original.story_id}."
            yield "catalogue-simplified-of", fact

    return check


def _originals(document: Document | None, documents: dict[str, Document]) -> set[str]:
    """A document and what it is simplified of, and so on; ends where it comes round."""
    found: set[str] = set()
    while document is not None and document.document_id not in found:
        found.add(document.document_id)
        document = documents.get(document.simplified_of or "")
    return found


def _source_date(document: Document) -> Faults:
    try:
        if document.source_date is not None:
            parse_source_date(document.source_date)
    except ValueError as error:
        yield "catalogue-malformed", f"The source_date of {document.document_id} is no date: {error}."


def line_of(document: Document) -> bytes:
    """A document as a line of the catalogue."""
    return msgspec.json.encode(document) + b"\n"
