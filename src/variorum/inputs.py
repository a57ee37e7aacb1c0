"""Everything a build reads, read once, with everything that is wrong with it outside the annotations themselves."""

import weakref
from collections.abc import Iterable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import cached_property, partial
from hashlib import sha256
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory, mkdtemp
from typing import NamedTuple

from variorum.annotations.export_files import export_files
from variorum.annotations.export_index import ExportIndex, indexed
from variorum.annotations.task import read_task
from variorum.annotations.tasks import TaskPlace, Tasks, place_of
from variorum.corpus.catalogue import Document
from variorum.corpus.catalogue_files import read_catalogue_files
from variorum.corpus.catalogue_lines import CatalogueLines
from variorum.corpus.compared_texts import Compared, compare_texts
from variorum.corpus.entries import Entries
from variorum.corpus.settings import DEFAULTS, Settings, read_settings
from variorum.corpus.splits import Leaks, check_splits
from variorum.corpus.text_files import add_text_files
from variorum.corpus.texts import Texts
from variorum.curation.decisions import Decisions
from variorum.curation.kept_index import indexed_decisions
from variorum.engines import ALONE, Working
from variorum.engines.apart import done_apart
from variorum.engines.local import usable
from variorum.findings import Finding, Level, finding
from variorum.folder import ExportFile, Folder
from variorum.freed_memory import give_back
from variorum.progress import Progress, Step, no_progress
from variorum.schema.corpus_labels import read_corpus_labels
from variorum.schema.foreign import ForeignLabels
from variorum.schema.labels import Labels
from variorum.schema.preannotation import Preannotation, read_preannotation
from variorum.schema.projects import DOCUMENTS, PROJECTS, documents_of
from variorum.stages import stage
from variorum.tellings.entity_clusters import EntityClusters, read_entity_clusters


@dataclass
class Inputs:
    """A corpus in memory. `digests` are the SHA-256 of the files that the build depends on, by name, but for those of texts.

    `tasks` are those that annotators were given, by project and by what they are of: a document's id, or two joined.
    """

    folder: Folder
    texts: Texts
    settings: Settings = DEFAULTS
    labels: Labels = field(default_factory=dict)
    entries: Entries = field(default_factory=lambda: CatalogueLines().entries())
    exports: list[ExportFile] = field(default_factory=list)
    tasks: dict[str, Tasks] = field(default_factory=lambda: {name: Tasks() for name in PROJECTS})
    digests: dict[str, str] = field(default_factory=dict)
    leaks: Leaks = field(default_factory=lambda: Leaks([], []))
    findings: list[Finding] = field(default_factory=list)
    preannotation: Preannotation | None = None
    decisions: dict[str, Decisions] = field(default_factory=dict)
    entity_clusters: EntityClusters | None = None
    working: Working = ALONE
    scratch: Path | None = None

    def all_digests(self) -> dict[str, str]:
        """The SHA-256 of every file that the build depends on, by name: made when asked for, as there is one a text."""
        texts = {self.folder.text_name(each): digest for each, digest in self.texts.own_files().items()}
        return dict(sorted((self.digests | texts).items()))

    def documents(self, document_ids: Iterable[str]) -> dict[str, Document]:
        """What the catalogue says of some documents, by id."""
        return {entry.document.document_id: entry.document for entry in self.entries.only({*document_ids})}

    @cached_property
    def spool(self) -> Path:
        """A folder for what is unpacked: where every worker reaches it, or a temporary one that goes with the texts."""
        if self.scratch:
            return self.scratch / "unpacked"
        spool = mkdtemp(prefix="variorum-")
        weakref.finalize(self.texts, rmtree, spool, ignore_errors=True)  # which a pull holds, and nothing else of this
        return Path(spool)


def read_inputs(
    folder: Folder,
    progress: Progress = no_progress,
    working: Working = ALONE,
    scratch: Path | None = None,
) -> Inputs:
    """Reads a corpus folder; nothing in it, however broken, raises. What is in the cache is not read again.

    What is unpacked goes into the folder `scratch`, or into one of this machine.
    """
    inputs = read_corpus(folder, progress, working, scratch)
    _read_annotations(inputs, progress)
    _read_curation(inputs, in_shards=False)
    return inputs


LARGE = 400_000_000
"""From so many bytes of annotations on, packed or not, a process of its own reads the corpus and ends before several workers
start: a second more, and the memory is given back (figures: `done_apart`)."""


def read_in_shards(
    folder: Folder, progress: Progress = no_progress, working: Working = ALONE, scratch: Path | None = None
) -> Inputs:
    """The `Inputs` of a corpus folder for who works in shards: as of `read_inputs`, but for findings on decisions.

    What is wrong with lines of decisions on documents is left to whoever reads these, shard by shard.
    """
    if (working.workers or usable()) == 1 or _annotated(folder) < LARGE:
        return _read_in_shards(folder, working, scratch, progress)
    here = Working(working.workers if working.engine is None else 0, cache=working.cache)
    with ExitStack() as left:
        own = scratch or Path(left.enter_context(TemporaryDirectory(prefix="variorum-", ignore_cleanup_errors=True)))
        inputs = done_apart(partial(_read_in_shards, folder, here, own), progress)
        working.cache.files = inputs.working.cache.files
        inputs.working = working
        weakref.finalize(inputs, left.pop_all().close)
    return inputs


def _annotated(folder: Folder) -> int:
    size = 0
    for path in folder.annotation_files():
        with suppress(FileNotFoundError):  # a link that leads nowhere
            size += path.stat().st_size
    return size


def _read_in_shards(folder: Folder, working: Working, scratch: Path | None, progress: Progress) -> Inputs:
    inputs = read_corpus(folder, progress, working, scratch)
    _read_annotations(inputs, progress)
    _read_curation(inputs, in_shards=True)
    return inputs


def read_corpus(
    folder: Folder, progress: Progress = no_progress, working: Working = ALONE, scratch: Path | None = None
) -> Inputs:
    """The `Inputs` of a corpus folder without its annotations, and without what was decided of them: neither is read."""
    inputs = read_contract(folder, scratch)
    inputs.working = working
    give_back()
    _read_texts(inputs, progress)
    give_back()
    _read_preannotation(inputs)
    return inputs


@stage("catalogue and texts")
def read_contract(folder: Folder, scratch: Path | None = None) -> Inputs:
    """What the texts and annotations are held against: settings, labels, catalogue."""
    inputs = Inputs(folder, Texts(folder.text), scratch=scratch)
    inputs.settings, found = read_settings(*_read(inputs, folder.settings))
    inputs.findings += found
    inputs.labels, found = read_corpus_labels(folder, inputs.settings, lambda path: _read(inputs, path))
    inputs.findings += found
    _read_catalogue(inputs)
    return inputs


def _read(inputs: Inputs, path: Path) -> tuple[bytes, str]:
    """A file's bytes and name; its digest is kept. A file that is not there is empty."""
    name = inputs.folder.name(path)
    source = path.read_bytes() if path.is_file() else b""
    inputs.digests[name] = sha256(source).hexdigest()
    return source, name


def _read_catalogue(inputs: Inputs) -> None:
    roles = inputs.labels["document_role"].names
    found = read_catalogue_files(inputs.folder, roles, inputs.texts, lambda: inputs.spool)
    inputs.entries = found.lines.entries()
    inputs.findings += found.findings
    inputs.digests |= found.digests


def _read_texts(inputs: Inputs, progress: Progress) -> None:
    folder, entries, texts = inputs.folder, inputs.entries, inputs.texts
    if not folder.catalogue_files():
        inputs.findings += add_text_files(texts, folder, entries, inputs.working, progress)
    # Tasks of other projects often show one text again.
    same = Level.WARNING if isinstance(inputs.labels, ForeignLabels) else Level.ERROR
    compared = compare_texts(Compared(folder, entries, texts, same), inputs.working, progress)
    inputs.findings += compared.findings
    inputs.leaks = compared.leaks
    inputs.findings += check_splits(entries, inputs.leaks, inputs.settings, folder.name(folder.catalogue))


def _read_preannotation(inputs: Inputs) -> None:
    """Reads what annotators find marked already; no build depends on it, so its digest is not kept."""
    path = inputs.folder.preannotation
    if path.is_file():
        documents = {*inputs.entries.ids()}
        inputs.preannotation, found = read_preannotation(path.read_bytes(), inputs.labels, documents, inputs.folder.name(path))
        inputs.findings += found


@stage("index exports")
def _read_annotations(inputs: Inputs, progress: Progress) -> None:
    folder = inputs.folder
    inputs.exports, found = export_files(folder)
    inputs.findings += found
    known = _Known(inputs.entries.stories(), {each: each for each in inputs.texts})
    read = 0
    for number, index in enumerate(indexed(inputs.exports, inputs.spool, inputs.working), start=1):
        _read_tasks(inputs, index, known)
        read += index.export.path.stat().st_size
        progress(Step(number, len(inputs.exports), "Indexing exports", read, findings=len(inputs.findings)))


@stage("index decisions")
def _read_curation(inputs: Inputs, *, in_shards: bool) -> None:
    """Reads what was decided, and which mentions are of one entity."""
    folder = inputs.folder
    for project in PROJECTS:
        if folder.decisions(project).is_file():
            name = folder.name(folder.decisions(project))
            indexed = indexed_decisions(folder.decisions(project), name, inputs.working.cache)
            inputs.decisions[project], inputs.digests[name] = indexed.decisions, indexed.digest
            left = inputs.texts if in_shards and project == DOCUMENTS else ()
            rest = indexed.decisions.only(each for each in indexed.decisions.tasks if each not in left)
            inputs.findings += [*indexed.findings, *rest.read()[1]]
    if folder.entity_clusters.is_file():
        inputs.entity_clusters, found = read_entity_clusters(*_read(inputs, folder.entity_clusters))
        inputs.findings += found


class _Known(NamedTuple):
    """The story of each document, and the ids of those that have a text, each under itself: tasks hold those and no copies."""

    stories: Mapping[str, str]
    texts: Mapping[str, str]


def _read_tasks(inputs: Inputs, index: ExportIndex, known: _Known) -> None:
    """Gives each task of an export to its document or pair."""
    inputs.digests[index.export.name] = index.digest
    inputs.findings += index.findings
    rows = index.rows
    taken: list[tuple[int, str]] = []
    for number, key in enumerate(index.keys.to_pylist()):
        if key in known.texts:
            taken.append((number, known.texts[key]))
        elif _belongs(inputs, key, place_of(index.source, rows[number]), known):
            taken.append((number, key))
    inputs.tasks[index.export.project].add(index.source, [key for _, key in taken], rows[[number for number, _ in taken]])


def _belongs(inputs: Inputs, key: str | None, place: TaskPlace, known: _Known) -> bool:
    """Whether a task has documents with a text; one that has none is read here for its findings."""
    if key is None:
        inputs.findings += read_task(place.read())[1]
        return False
    documents = documents_of(key)
    unknown = [document_id for document_id in documents if document_id not in known.stories]
    told = {known.stories[document_id] for document_id in documents if document_id in known.stories}
    if unknown or len(told) > 1:
        task, _ = read_task(raw := place.read())
        where = task.where if task else raw.where
        rule = "task-unknown-document" if unknown else "task-two-stories"
        fact = f"There is no document {unknown[0]!r}." if unknown else f"Its documents tell {' and '.join(sorted(told))}."
        inputs.findings.append(finding(where, rule, fact))
        return False
    return all(document_id in known.texts for document_id in documents)
