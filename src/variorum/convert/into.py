"""Files of another format become a corpus of this shape: seeds, frozen texts, and one annotator's work on them."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec
import yaml

from variorum.annotations.layout import laid_out
from variorum.convert.capabilities import Counts, held
from variorum.convert.document import CLAIM, MENTION, READING_LEVEL, Document, Span, attributes_of
from variorum.convert.fitting import fitting
from variorum.convert.format import Files, Format
from variorum.convert.label_studio_json import FORMAT as LABEL_STUDIO
from variorum.convert.label_studio_json import task
from variorum.corpus.catalogue import DOCUMENT_ID
from variorum.corpus.freeze import Freezing, freeze
from variorum.corpus.seed_text import canonical
from variorum.corpus.settings import SPLITS, Settings
from variorum.corpus.splits import draw_split
from variorum.findings import Finding, failed, finding
from variorum.folder import Folder
from variorum.safe_write import replaced_folder
from variorum.schema.labels import CLAIM_ATTRIBUTES, Labels, repeated
from variorum.schema.projects import DOCUMENTS, ENTITY_TYPE
from variorum.wording import counted, left_out

ROUND, ANNOTATOR = "imported", "a1"
_INVENTORIES = {MENTION: ENTITY_TYPE, CLAIM: CLAIM}


@dataclass(frozen=True)
class Contract:
    """What the new corpus takes over from the one that is stood in: its settings and labels, read and as they are written."""

    settings: Settings
    labels: Labels
    written_labels: bytes


@dataclass
class Imported:
    """What came in: documents, how many of them as drafts, and what a corpus cannot hold of them by kind."""

    documents: int = 0
    drafts: int = 0
    losses: Counts = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)


class _RefusedError(Exception):
    """The corpus cannot be made as it is, so that it may not take the target's place."""


def read_into(format_: Format, files: Files, target: Path, contract: Contract, reading_level: str = "") -> Imported:
    """Makes a corpus folder of files, whole or not at all.

    An annotation that lacks what a corpus wants, a reading level or the answers about a claim, comes in as a draft, which
    an annotator completes; `reading_level` is given to all documents that have none.
    """
    read = format_.read(files, contract.labels)
    done = Imported(findings=list(read.findings))
    done.findings += _id_faults(read.documents)
    labelled = [_labelled(document, done) for document in read.documents]
    done.findings += _unknown_labels(labelled, contract.labels, reading_level)
    documents = [_kept(document, reading_level, done) for document in labelled]
    if not failed(done.findings):
        documents = [_fitting(document, contract, done) for document in documents]
    if not documents and not failed(done.findings):
        done.findings.append(finding(", ".join(files) or "nothing", "convert-malformed", "There is no document in it."))
    if not failed(done.findings):
        with suppress(_RefusedError), replaced_folder(target) as fresh:
            _write(Folder(fresh), documents, contract, done)
    return done


def _id_faults(documents: list[Document]) -> Iterator[Finding]:
    ids = [document.id for document in documents]
    for id_ in repeated(ids):
        yield finding(id_, "convert-document-id", f"{ids.count(id_)} documents have the id {id_!r}.")
    for id_ in dict.fromkeys(ids):
        if not DOCUMENT_ID.fullmatch(id_):
            yield finding(id_, "convert-document-id", f"{id_!r} cannot be the id of a document.")


def _labelled(document: Document, done: Imported) -> Document:
    """A document without what has no label: annotators of other tools may leave it open."""
    spans = tuple(span for span in document.spans if span.label.strip())
    there = {span.reference for span in spans}
    ends = [each for each in document.relations if {each.start, each.end} <= there]
    relations = tuple(each for each in ends if each.type.strip())
    for lost, what in (
        (len(document.spans) - len(spans), "annotation without a label"),
        (len(document.relations) - len(ends), "relation to what has none"),
        (len(ends) - len(relations), "relation without a label"),
    ):
        if lost:
            done.findings.append(finding(document.id, "convert-unread", left_out(lost, what)))
    return replace(document, spans=spans, relations=relations)


def _unknown_labels(documents: list[Document], labels: Labels, reading_level: str) -> Iterator[Finding]:
    """One finding for each label that labels.yaml lacks, with the line to add there."""
    used: Counter[tuple[str, str, str]] = Counter()
    for document in documents:
        used.update((_INVENTORIES[span.layer], span.label, "") for span in document.spans)
        used.update(
            (name, label, "")
            for span in document.spans
            for name, given in span.attributes
            if span.layer == CLAIM and name in CLAIM_ATTRIBUTES
            for label in given
        )
        used.update(
            ("relation_type", each.type, f"from: [{each.start[0]}], to: [{each.end[0]}], ") for each in document.relations
        )
        used.update((name, label, "") for name, given in document.labels if name == READING_LEVEL for label in given)
    used.update([(READING_LEVEL, reading_level, "")] if reading_level else [])
    told: set[tuple[str, str]] = set()
    for (inventory, label, ends), count in sorted(used.items()):
        if label not in labels[inventory].names and (inventory, label) not in told:
            told.add((inventory, label))
            line = f"- {{name: {_in_yaml(label)}, {ends}definition: ...}}"
            hint = f"Add to {inventory} in schema/labels.yaml: {line}"
            fact = f"{label!r}, which stands {counted(count, 'time')}, is not in the inventory {inventory}."
            yield finding("schema/labels.yaml", "convert-label-unknown", fact, hint)


def _in_yaml(label: str) -> str:
    """A label as it may stand between braces: as it is, or in quotes where YAML would read anything else."""
    with suppress(yaml.YAMLError):
        if yaml.safe_load(f"{{name: {label}, definition: ...}}") == {"name": label, "definition": "..."}:
            return label
    return msgspec.json.encode(label).decode()


def _kept(document: Document, reading_level: str, done: Imported) -> Document:
    """A document as a corpus holds it: its text as it will be frozen, and the answers that annotators are asked for."""
    known = held(document, LABEL_STUDIO.able)
    done.losses += known.losses
    spans = [_answered(span, document.id, done) for span in known.document.spans]
    labels = {name: given for name, given in document.labels if name == READING_LEVEL}
    done.findings += [
        finding(document.id, "convert-unread", f"The answer {name} is left out: annotators are not asked for it.")
        for name, _ in document.labels
        if name != READING_LEVEL
    ]
    if reading_level:
        labels.setdefault(READING_LEVEL, (reading_level,))
    return _frozen(replace(known.document, spans=tuple(spans), labels=attributes_of(labels)))


def _fitting(document: Document, contract: Contract, done: Imported) -> Document:
    """A document that validates: with what a format may hold and a corpus may not left out."""
    fits, findings = fitting(document, contract.labels, contract.settings.abbreviations)
    done.findings += findings
    return fits


def _answered(span: Span, document_id: str, done: Imported) -> Span:
    """A span with the answers that its layer has."""
    kept = tuple((name, given) for name, given in span.attributes if span.layer == CLAIM and name in CLAIM_ATTRIBUTES)
    for name, given in span.attributes:
        if (name, given) not in kept:
            fact = f"{name} on {span.id} is left out: annotators are not asked for it about a {span.layer}."
            done.findings.append(finding(document_id, "convert-unread", fact))
    return replace(span, attributes=kept)


def _frozen(document: Document) -> Document:
    """A document with the text that freezing makes of it, and its spans moved along."""
    source = document.text.encode("utf-8", "surrogatepass")
    seed = canonical(source)
    if seed.text == document.text:
        return document
    firsts = [len(source[: drop.start].decode()) for drop in seed.drops]
    lengths = [len(source[drop.start : drop.end].decode()) for drop in seed.drops]

    def moved(offset: int) -> int:
        passed = bisect_right(firsts, offset)
        return offset - sum(min(length, offset - first) for first, length in zip(firsts[:passed], lengths, strict=False))

    spans = [replace(span, pieces=tuple((moved(start), moved(end)) for start, end in span.pieces)) for span in document.spans]
    return replace(document, text=seed.text, spans=tuple(spans))


def _is_finished(document: Document) -> bool:
    """Whether a document has every answer that a corpus wants."""
    asked = all(dict(span.attributes).keys() >= set(CLAIM_ATTRIBUTES) for span in document.of(CLAIM))
    return asked and bool(dict(document.labels).get(READING_LEVEL))


def _write(folder: Folder, documents: list[Document], contract: Contract, done: Imported) -> None:
    settings = _settings(documents, contract.settings)
    for path, content in (
        (folder.settings, yaml.safe_dump(settings_of(settings), sort_keys=False, allow_unicode=True).encode()),
        (folder.labels, contract.written_labels),
        *((folder.seeds / f"{document.id}.txt", document.text.encode() + b"\n") for document in documents),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    done.findings += freeze(Freezing(folder, settings, annotated=set())).findings
    if failed(done.findings):
        raise _RefusedError
    tasks = [task(document, number, _is_finished(document)) for number, document in enumerate(documents, start=1)]
    export = folder.export_of(DOCUMENTS, ROUND, ANNOTATOR).path
    export.parent.mkdir(parents=True)
    export.write_bytes(laid_out(tasks))
    done.documents, done.drafts = len(documents), sum(not _is_finished(document) for document in documents)


def _settings(documents: list[Document], settings: Settings) -> Settings:
    """The settings of the new corpus: all in one split where drawing would leave a split without a document."""
    drawn = {draw_split(document.id, settings) for document in documents}
    wanted = {split for split in SPLITS if settings.split_shares.get(split)}
    shares = settings.split_shares if drawn >= wanted else {SPLITS[0]: 1.0}
    return msgspec.structs.replace(settings, split_shares=shares)


def settings_of(settings: Settings) -> Mapping[str, object]:
    """What corpus.yaml begins with: nothing that describes the texts of another corpus."""
    return {
        "name": "imported",
        "version": "0.1.0",
        "language": settings.language,
        "licences": {"text": "other", "annotation": "other"},
        "holds_out": settings.holds_out,
        "split_shares": dict(settings.split_shares),
        "split_seed": settings.split_seed,
        "abbreviations": list(settings.abbreviations),
    }
