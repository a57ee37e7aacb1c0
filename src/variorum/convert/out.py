"""The gold of a release in another format: what is lost is counted before, and what is written is read back."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby, islice
from pathlib import Path

from variorum.build import build as build_corpus
from variorum.convert.capabilities import Counts, Held, counted, held
from variorum.convert.document import Document, ordered
from variorum.convert.format import BATCH, Files, Format, by_id
from variorum.convert.release import documents, labels_of
from variorum.diff import is_current
from variorum.difference.read import Build, open_build
from variorum.findings import Finding, failed, finding
from variorum.folder import Folder
from variorum.progress import Progress, Step, no_progress
from variorum.safe_write import replaced_folder

_UNWRITABLE = "convert-character"


@dataclass
class Account:
    """What goes into a format: documents, what they hold, what of it is written and what is lost, by kind.

    `bare` are documents without gold, which are left out: to a trainer they would say that there is nothing in them.
    """

    documents: int = 0
    bare: int = 0
    held: Counts = field(default_factory=Counter)
    written: Counts = field(default_factory=Counter)
    losses: Counts = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)


def release_of(folder: Folder, scratch: Path, progress: Progress = no_progress) -> tuple[Build | None, list[Finding]]:
    """The build of a corpus folder, made in `scratch` where the one there is is not of today's files; or why there is none."""
    if is_current(folder):
        return open_build(folder.hub), []
    findings = build_corpus(folder, progress, scratch).findings
    return (None, findings) if failed(findings) else (open_build(scratch), findings)


def foreseen(build: Build, format_: Format) -> Account:
    """What writing would hold and lose. Nothing is written."""
    account = Account()
    for found in documents(build):
        if not found.annotated:
            account.bare += 1
            continue
        left = held(found.document, format_.able)
        _add(account, found.document, left)
        account.findings += unwritable(left.document, format_)
    return account


def _add(account: Account, document: Document, left: Held) -> None:
    account.documents += 1
    account.held += counted(document)
    account.written += counted(left.document)
    account.losses += left.losses


def unwritable(document: Document, format_: Format) -> Iterator[Finding]:
    """What keeps a document from being written in XML."""
    if format_.is_xml:
        from variorum.convert.xml_source import UNWRITABLE  # lxml comes with the extra

        for told in (document.text, *(span.note for span in document.spans)):
            if found := UNWRITABLE.search(told):
                yield finding(document.id, _UNWRITABLE, f"XML cannot hold U+{ord(found[0]):04X}.")


class _UnlikeError(Exception):
    """What was written reads back as something else, so that it may not take the target's place."""


def write(build: Build, format_: Format, target: Path, progress: Progress = no_progress) -> Account:
    """Writes the gold of a release into `target`, whole or not at all; what was there goes.

    Every file is read back before it is written: where that gives anything but what should be in it, it is a finding.
    """
    account = Account()
    labels = labels_of(build)
    total = sum(build.manifest.get("rows", {}).get("documents", {}).values())
    with suppress(_UnlikeError), replaced_folder(target) as fresh:
        shared = format_.shared(labels)
        _put(fresh, shared)
        for name, batch in _batches(build, account):
            left = [held(document, format_.able) for document in batch]
            for document, each in zip(batch, left, strict=True):
                _add(account, document, each)
            files = format_.write(name, [each.document for each in left])
            read = format_.read(files | shared, labels)
            account.findings += [*read.findings, *_unlike([each.document for each in left], read.documents)]
            if failed(account.findings):
                raise _UnlikeError
            _put(fresh, files)
            progress(Step(account.documents, total, "Converting documents"))
    return account


def _batches(build: Build, account: Account) -> Iterator[tuple[str, list[Document]]]:
    """The documents with gold, with a name for each batch."""
    for split, found in groupby(documents(build), key=lambda each: each.split):
        number = 0
        annotated = (each.document for each in found if _counts(each.annotated, account))
        while batch := list(islice(annotated, BATCH)):
            yield f"{split}-{number:05d}", batch
            number += 1


def _counts(annotated: bool, account: Account) -> bool:
    account.bare += not annotated
    return annotated


def _unlike(written: list[Document], read: list[Document]) -> Iterator[Finding]:
    """Documents that read back otherwise than they were written."""
    found = by_id(read)
    for document in written:
        if found.get(document.id) != ordered(document):
            yield finding(document.id, "convert-unlike", "What was written of the document reads back otherwise.")


def _put(folder: Path, files: Files) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
