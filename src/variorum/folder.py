"""The corpus folder. No other module knows the names of its files and folders."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from variorum.storage import StoredPath, files_below

EXPORT_ENDINGS = re.compile(r"\.jsonl?(\.gz|\.zst)?$")
CATALOGUE_ENDINGS = (".jsonl", ".jsonl.zst")
GOLD = "gold"


def is_export_name(name: str) -> bool:
    """Whether a file's name ends as those of exports do."""
    return EXPORT_ENDINGS.search(name) is not None


@dataclass(frozen=True)
class ExportFile:
    """A file of annotations and what its place says of it. `round` is empty for the curated layer, gold.json."""

    path: Path
    name: str
    project: str
    round: str
    annotator: str

    @property
    def is_gold(self) -> bool:
        """Whether the file is the curated layer."""
        return self.round == ""


@dataclass(frozen=True)
class Folder:
    """One corpus: `seeds/ corpus/ annotations/ schema/ DATASET_CARD.md build/` under a root."""

    root: Path

    @cached_property
    def seeds(self) -> Path:
        """The articles as received."""
        return self.root / "seeds"

    def seed(self, document_id: str) -> Path:
        """The seed of one document."""
        return self.seeds / f"{document_id}.txt"

    @property
    def settings(self) -> Path:
        """What is true of the whole corpus."""
        return self.root / "corpus" / "corpus.yaml"

    @cached_property
    def catalogue(self) -> Path:
        """One line a document."""
        return self.root / "corpus" / "catalogue.jsonl"

    @property
    def catalogue_folder(self) -> Path:
        """The catalogue of a large corpus, in several files with the texts in their lines."""
        return self.root / "corpus" / "catalogue"

    @property
    def first_catalogue_file(self) -> Path:
        """The file of such a catalogue that a new folder begins with."""
        return self.catalogue_folder / "texts.jsonl"

    def catalogue_files(self) -> list[Path]:
        """The files of a catalogue that holds the texts itself; empty where there is `catalogue.jsonl` and a file a text."""
        return [path for path in _files(self.catalogue_folder) if path.name.endswith(CATALOGUE_ENDINGS)]

    @cached_property
    def texts(self) -> Path:
        """The frozen texts."""
        return self.root / "corpus" / "texts"

    def text(self, document_id: str) -> Path:
        """The frozen text of one document."""
        return self.texts / f"{document_id}.txt"

    def text_name(self, document_id: str) -> str:
        """The name of its file: in a tenth of the time that Path takes to find it."""
        return self.name(f"{self.texts}{os.sep}{document_id}.txt")

    @property
    def annotations(self) -> Path:
        """Everything annotators made."""
        return self.root / "annotations"

    @property
    def labels(self) -> Path:
        """The label inventories."""
        return self.root / "schema" / "labels.yaml"

    def label_config(self, project: str) -> Path:
        """Label Studio's config of one project (generated)."""
        return self.root / "schema" / "label_config" / f"{project}.xml"

    @property
    def project_config(self) -> Path:
        """The labelling config of a project that was not made for variorum (optional)."""
        return self.root / "schema" / "project.xml"

    @property
    def preannotation(self) -> Path:
        """What annotators find marked already (optional)."""
        return self.root / "schema" / "preannotation.yaml"

    @property
    def guidelines(self) -> Path:
        """What annotators go by."""
        return self.root / "annotations" / "guidelines.md"

    def guidelines_of(self, project: str) -> Path:
        """The guidelines of a project that joins documents."""
        return self.guidelines.with_suffix("") / f"{project}.md"

    @property
    def tables(self) -> Path:
        """The contracts of the published tables (generated)."""
        return self.root / "schema" / "tables"

    @property
    def card(self) -> Path:
        """The dataset card: prose by hand, numbers generated."""
        return self.root / "DATASET_CARD.md"

    @property
    def hub(self) -> Path:
        """The build: exactly the Hub repository."""
        return self.root / "build" / "hub"

    @property
    def cache(self) -> Path:
        """What builds keep so as not to do it again; safe to delete."""
        return self.root / "build" / "cache"

    @property
    def explorer(self) -> Path:
        """The explorer, one page."""
        return self.root / "build" / "report" / "index.html"

    @property
    def label_studio(self) -> Path:
        """What the local Label Studio server keeps: its database, token and log. Never under version control."""
        return self.root / ".label-studio"

    @property
    def access(self) -> Path:
        """How to reach that server: address, token, password; readable by its owner only."""
        return self.label_studio / "access.json"

    def export_of(self, project: str, round_: str, annotator: str) -> ExportFile:
        """The file of one annotator's work in a blind round, whether it is there or not; that of `gold` is in no round."""
        if annotator == GOLD:
            return self.gold(project)
        path = self.annotations / project / round_ / f"{annotator}.json"
        return ExportFile(path, self.name(path), project, round_, annotator)

    def gold(self, project: str) -> ExportFile:
        """The curated layer of a project, whether it is there or not."""
        path = self.annotations / project / f"{GOLD}.json"
        return ExportFile(path, self.name(path), project, "", GOLD)

    def decisions(self, project: str) -> Path:
        """How each item of a project's curated layer was decided."""
        return self.annotations / project / "decisions.jsonl"

    @property
    def entity_clusters(self) -> Path:
        """Which mentions are of one entity, across documents (optional)."""
        return self.root / "annotations" / "entity_clusters.jsonl"

    def aside(self, export: ExportFile) -> ExportFile:
        """Where pulled tasks are kept that are wrong as they are, so that they do not enter `export`."""
        path = self.label_studio / "aside" / export.path.relative_to(self.annotations)
        return ExportFile(path, self.name(path), export.project, export.round, export.annotator)

    def pull_record(self, export: ExportFile) -> Path:
        """How far the last pull of an assignment had come."""
        return self.label_studio / "pulled" / export.path.relative_to(self.annotations)

    def name(self, path: Path | str) -> str:
        """The path as findings give it: relative to the root, with forward slashes. Raises ValueError for one outside it."""
        written, root = str(path), self._written_root
        if not written.startswith(root):  # otherwise a tenth of the time that pathlib takes
            written, root = str(Path(path).relative_to(self.root)), ""
        return os.fsencode(written[len(root) :]).decode("utf-8", "backslashreplace").replace(os.sep, "/")

    @cached_property
    def _written_root(self) -> str:
        return f"{self.root}{os.sep}"

    def seed_files(self) -> list[Path]:
        """Every file under seeds/, hidden ones left out, in the order of their names."""
        return list(_files(self.seeds))

    def text_files(self) -> list[Path]:
        """Every file under corpus/texts/, in the order of their names."""
        return list(_files(self.texts))

    def annotation_files(self) -> list[Path]:
        """Every file under annotations/, exports or not, but for the guidelines (Markdown, a folder) and entity clusters."""
        return [path for path in _files(self.annotations) if not self._is_no_export(path)]

    def input_files(self) -> list[Path]:
        """Every file that a build may depend on; a build names those it did depend on in its manifest."""
        return [*self._other_inputs(), *self.text_files()]

    def other_files(self) -> list[str]:
        """The same and pre-annotations, but for texts, as text."""
        return [*map(str, self._other_inputs()), *(str(path) for path in (self.preannotation,) if path.is_file())]

    def seed_paths(self) -> list[str]:
        """The same as `seed_files`, as text."""
        return _names(self.seeds)

    def text_paths(self) -> list[str]:
        """The same as `text_files`, as text."""
        return _names(self.texts)

    def seeds_and_texts(self) -> list[str]:
        """Every file under corpus/texts/ and seeds/, as text: of 20,000 in 0.1 of the time that Path takes."""
        return [*self.text_paths(), *self.seed_paths()]

    def _other_inputs(self) -> list[Path]:
        single = [self.settings, self.catalogue, self.labels, self.project_config, self.card, self.entity_clusters]
        return [*(path for path in single if path.is_file()), *self.catalogue_files(), *self.annotation_files()]

    def _is_no_export(self, path: Path) -> bool:
        top = path.relative_to(self.annotations)
        return (
            path == self.entity_clusters
            or top.parts[0] == self.guidelines.stem
            or (len(top.parts) == 1 and path.suffix == ".md")
        )

    def export_file(self, path: Path) -> ExportFile | None:
        """What a file under annotations/ is by its place and name; None if no export belongs there."""
        project, *inner = path.relative_to(self.annotations).parts
        stem, matched = EXPORT_ENDINGS.subn("", path.name)
        match inner:
            case [_] if matched and stem == GOLD:
                return ExportFile(path, self.name(path), project, "", GOLD)
            case [round_, _] if matched:
                return ExportFile(path, self.name(path), project, round_, stem)
        return None

    def is_decisions(self, path: Path) -> bool:
        """Whether a file is a project's log of decisions, which is no export."""
        return path == self.decisions(path.parent.name)


def _files(folder: Path) -> Iterator[Path]:
    """What lies below a folder and is no folder, hidden things left out, sorted so that the order is the same anywhere.

    Links are followed, each folder once. Raises OSError where a folder cannot be read: what is in it would otherwise
    be missing without a word.
    """
    return map(type(folder), _names(folder))


def _names(folder: Path) -> list[str]:
    """The same as text."""
    found = _stored(folder) if isinstance(folder, StoredPath) else _walked(folder)
    return sorted(found, key=lambda path: path.replace(os.sep, "\0"))


def _stored(folder: StoredPath) -> Iterator[str]:
    for path in files_below(folder):
        if not any(name.startswith(".") for name in path.relative_to(folder).parts):
            yield str(path)


def _walked(folder: Path) -> Iterator[str]:
    seen: set[str] = set()
    for parent, folders, files in os.walk(folder, onerror=_refuse, followlinks=True):
        folders[:] = [name for name in folders if not name.startswith(".")] if os.path.realpath(parent) not in seen else []
        seen.add(os.path.realpath(parent))
        yield from (f"{parent}{os.sep}{name}" for name in files if not name.startswith("."))


def _refuse(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        raise error
