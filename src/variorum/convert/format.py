"""What a format is: its names, what it can hold, and how documents are written to its files and read from them."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from variorum.convert.capabilities import Capabilities
from variorum.convert.document import Document
from variorum.findings import Finding, finding
from variorum.schema.labels import Labels

Files = dict[str, bytes]
"""The contents of files by their names, which may have folders before them."""


@dataclass(frozen=True)
class Read:
    """The documents of some files, and what is wrong with them; of a file with an error nothing may be used."""

    documents: list[Document]
    findings: list[Finding]


BATCH = 1_000
"""Documents that are held at once, and that one file has in formats with many documents in a file."""
A_FILE_A_BATCH = f"one for {BATCH:,} documents of a split"


@dataclass(frozen=True)
class Format:
    """A format.

    `files`, `offsets`, `library` and `opened_by` say which files it has, what offsets in them count, and what reads them
    here and elsewhere, as people are told it. `write` gets a name for the batch, such as `train-00000`, and documents as
    `held` leaves them; formats with a file a document take the name's split as a folder. `read` gets files and the corpus's
    labels, which tell claims from mentions where a format has one kind of span. `shared` are files that stand once beside
    all others. `is_xml` says that control characters cannot be written. Only what `reads_others` is read into a corpus: of
    the other formats files come in many shapes, and `read` knows the one written here.
    """

    name: str
    title: str
    files: str
    offsets: str
    opened_by: str
    able: Capabilities
    write: Callable[[str, Sequence[Document]], Files]
    read: Callable[[Mapping[str, bytes], Labels], Read]
    shared: Callable[[Labels], Files] = lambda _labels: {}
    reads_others: bool = False
    is_xml: bool = False
    library: str = ""


_FOREIGN: tuple[type[Exception], ...] = (ValueError, LookupError, TypeError, AttributeError)
"""What ends reading a file that has not what is always written."""


def read_own(
    files: Mapping[str, bytes],
    ending: str,
    read_one: Callable[[str, bytes], Iterable[Document]],
    errors: tuple[type[Exception], ...] = (),
) -> Read:
    """The documents of files that were written here. Any other file with that ending is a finding, by whatever is not there.

    `errors` are what a format's library raises besides.
    """
    documents: list[Document] = []
    findings: list[Finding] = []
    for name, source in sorted(files.items()):
        if name.endswith(ending):
            try:
                documents += list(read_one(name, source))
            except _FOREIGN + errors as error:
                findings.append(finding(name, "convert-malformed", f"The file is not as it is written here: {error!r}."))
    return Read(documents, findings)


def folder_of(batch: str) -> str:
    """The folder of a batch in formats with a file a document: the split."""
    return batch.rsplit("-", 1)[0]


def stem_of(name: str) -> str:
    """A file's name without its folders and ending: the id of its document."""
    return PurePosixPath(name).stem


_ESCAPED = re.compile(r"%([0-9A-F]{2,6});")


def escaped(name: str, reserved: str = "") -> str:
    """A label that may stand in a column: blanks, `%` and what a format reserves become `%HEX;`, which `unescaped` undoes."""
    return "".join(f"%{ord(each):02X};" if each.isspace() or each in "%" + reserved else each for each in name)


def unescaped(written: str) -> str:
    """A label as it was before `escaped`."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), written)


def by_id(documents: Iterable[Document]) -> dict[str, Document]:
    """Documents by their ids."""
    return {document.id: document for document in documents}
