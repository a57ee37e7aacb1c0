"""The files of a catalogue, read line by line: one that names the texts, or several that hold them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from variorum.corpus.catalogue import Entry, check_entry, read_lines, read_texts
from variorum.corpus.catalogue_lines import CatalogueLines
from variorum.corpus.texts import TextPlace, Texts
from variorum.findings import Finding, finding
from variorum.folder import Folder
from variorum.irregular import irregular
from variorum.whole_files import digest_of_file, unpack

_BLOCK = 4_096
"""Places of texts that are objects until they are put into arrays."""


@dataclass
class Catalogue:
    """What a catalogue says, and all that is wrong with it; `digests` are the SHA-256 of its files, by name."""

    name: str
    roles: tuple[str, ...]
    lines: CatalogueLines = field(default_factory=CatalogueLines)
    findings: list[Finding] = field(default_factory=list)
    digests: dict[str, str] = field(default_factory=dict)

    def take(self, entry: Entry) -> None:
        """Takes the entry of the next line."""
        self.lines.add(entry)
        self.findings += check_entry(entry, self.roles, self.name)


def read_catalogue_files(folder: Folder, roles: tuple[str, ...], texts: Texts, spool: Callable[[], Path]) -> Catalogue:
    """The catalogue of a corpus; where it holds the texts, these are added to `texts`. What is unpacked goes into `spool()`."""
    if paths := folder.catalogue_files():
        found = Catalogue(folder.name(folder.catalogue_folder), roles, findings=[*check_form(folder)])
        for path in paths:
            _read_with_texts(found, path, folder.name(path), texts, spool)
        empty = "Its files hold no document."
    else:
        found = Catalogue(folder.name(folder.catalogue), roles)
        empty = _read_alone(found, folder.catalogue)
    if empty and not found.findings and not found.lines:
        found.findings.append(finding(found.name, "catalogue-missing", empty))
    found.findings += found.lines.check(found.name)
    return found


def _read_alone(found: Catalogue, path: Path) -> str:
    """Reads the only file; returns what is to be said if it is empty."""
    if not path.is_file():
        return "The file is not there."
    with path.open("rb") as file:
        lines = _Lines(file)
        for read in read_lines(lines, found.name):
            found.findings.append(read) if isinstance(read, Finding) else found.take(read)
        found.digests[found.name] = lines.digest()
    return "The file holds no document."


def _read_with_texts(found: Catalogue, path: Path, name: str, texts: Texts, spool: Callable[[], Path]) -> None:
    """Reads one of several files; one that cannot be unpacked is a finding."""
    if fault := irregular(path, name):
        found.findings.append(fault)
        return
    found.digests[name] = digest_of_file(path)
    try:
        plain = path if path.suffix == ".jsonl" else unpack(path, spool() / name)
    except (OSError, EOFError, pa.ArrowInvalid) as error:
        fact = f"The file cannot be unpacked: {error}."
        found.findings.append(finding(name, "catalogue-malformed", fact, "Copy the file again."))
        return
    with plain.open("rb") as file:
        lines = _Lines(file)
        places: list[TextPlace] = []
        for read in read_texts(lines, name):
            if isinstance(read, Finding):
                found.findings.append(read)
                continue
            found.take(read.entry)
            if read.is_frozen:
                document = read.entry.document
                places.append(TextPlace(document.document_id, document.text_sha256, lines.offset, lines.length))
            if len(places) >= _BLOCK:
                texts.add(plain, places)
                places = []
        texts.add(plain, places)


class _Lines:
    """The lines of a file, where the last one lies, and the SHA-256 of all that there were."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._digest = file, sha256()
        self.offset = self.length = 0

    def __iter__(self) -> Iterator[bytes]:
        for line in self._file:
            self.offset += self.length
            self.length = len(line)
            self._digest.update(line)
            yield line

    def digest(self) -> str:
        """The SHA-256 of the file, the rest of which is read."""
        for _ in self:
            pass
        return self._digest.hexdigest()


def check_form(folder: Folder) -> Iterator[Finding]:
    """What stands beside a catalogue that holds the texts itself, though it belongs to the other form of a corpus."""
    if folder.catalogue_files():
        for path in (folder.catalogue, *folder.text_files()[:1], *folder.seed_files()[:1]):
            if path.is_file():
                fact = f"{folder.name(folder.catalogue_folder)}/ holds the texts, and this file is there."
                yield finding(folder.name(path), "catalogue-two-forms", fact)
