"""A corpus folder from a Label Studio project that was not made for variorum: its exports and its labelling config.

Each text of a task becomes a document, to the character; each result goes to the text that it is about, in a file for
each annotator. Nothing of a result is changed: what is wrong with it, the build finds where it now stands.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import yaml

from variorum.annotations.export import RawTask, read_source
from variorum.annotations.layout import laid_out, normalised
from variorum.corpus.catalogue import Document
from variorum.corpus.settings import SPLITS, Settings
from variorum.corpus.split_draw import with_splits
from variorum.corpus.word_run_index import Comparison, comparison, numbered
from variorum.findings import Finding, failed, finding
from variorum.folder import ExportFile, Folder
from variorum.new.first_files import FIRST, New, first_card, only_filled, with_split_shares, write_first_files, write_settings
from variorum.new.language import language_of
from variorum.new.names import free
from variorum.progress import Progress, no_progress
from variorum.safe_write import replaced_folder, write_beside
from variorum.schema.foreign import Config, foreign_labels, read_config

Json = dict[str, Any]
ROUND = "round1"
_ID_KEYS = ("document_id", "doc_id", "id", "file_name", "filename", "file", "name")
"""What tasks may call their own name; the first that every task has, each with another value, is taken."""


_ADDRESS = re.compile(rb"[A-Za-z0-9._%+-]@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")


@dataclass
class Imported:
    """What exports hold: documents with their texts and tasks, one a document and annotator; and how many results."""

    texts: dict[str, str] = field(default_factory=dict)
    stories: dict[str, str] = field(default_factory=dict)
    tasks: dict[str, list[Json]] = field(default_factory=lambda: defaultdict(list))
    findings: list[Finding] = field(default_factory=list)
    results_in: int = 0
    results_out: int = 0


def new_from_label_studio(target: Path, exports: list[Path], config: Path, progress: Progress = no_progress) -> New:
    """Makes the corpus folder `target`, which holds nothing yet, of exports (JSON) and the config that they were made with.

    Where a part of the config or of an export cannot be taken up, the folder is not made.
    """
    source = config.read_bytes()
    read, findings = read_config(source, config.name)
    imported = Imported(findings=findings) if failed(findings) else import_exports(exports, read)
    if failed(imported.findings):
        return New(FIRST, [], set(), imported.findings)
    with replaced_folder(target) as fresh:
        folder = Folder(fresh)
        language = language_of(" ".join(text[:200] for text in imported.texts.values())[:20_000])
        seen = msgspec.structs.replace(FIRST, name=target.resolve().name, language=language)
        with comparison(imported.texts, imported.texts.__getitem__, progress) as compared:
            _join_stories(imported.stories, list(_alike(imported, compared)))
            settings = with_split_shares(seen, set(imported.stories.values()))
            documents = [_document(imported, each, settings) for each in imported.texts]
            documents = with_splits(documents, [], compared, settings)
        settings, undecided = write_settings(folder, only_filled(settings, documents), set(imported.stories.values()))
        _write_documents(folder, documents, imported.texts)
        write_beside(folder.project_config, source)
        write_first_files(folder, settings, _labels_yaml(read))
        for annotator, tasks in imported.tasks.items():
            write_beside(folder.export_of("documents", ROUND, annotator).path, laid_out(tasks))
        first_card(folder, progress)
    return New(settings, list(imported.texts), set(imported.stories.values()), [*imported.findings, *undecided])


def import_exports(paths: list[Path], config: Config) -> Imported:
    """What exports hold, each task taken apart by its texts and by who annotated it."""
    findings: list[Finding] = []
    tasks: list[tuple[RawTask, Json]] = []
    for path in paths:
        export = ExportFile(path, path.name, "documents", ROUND, "a1")
        strange: list[tuple[RawTask, object]] = []
        raws, found = read_source(path.read_bytes(), export)
        findings += [each for each in found if each.rule not in ("annotator-several", "annotator-email")]
        for raw in raws:
            written = msgspec.json.decode(raw.source)
            if isinstance(written, dict) and isinstance(written.get("data"), dict):
                tasks.append((raw, _modern(written)))
            else:
                strange.append((raw, written))
        findings += _strange(strange)
    importer = _Importer(config)
    importer.imported.findings = findings
    for (raw, task), name in zip(tasks, _names([task for _, task in tasks]), strict=True):
        importer.add(raw, task, name)
    imported = importer.imported
    for key, count in sorted(importer.personal.items()):
        fact = f"The field `{key}` holds an e-mail address in {count} tasks; there it was not taken over."
        findings.append(
            finding(paths[0].name, "new-left-out", fact, "Write it into the export by another name if it is needed.")
        )
    if imported.results_in != imported.results_out:
        fact = f"{imported.results_in} results went in, {imported.results_out} came out."
        findings.append(finding(paths[0].name, "conservation", fact))
    return imported


def _strange(records: list[tuple[RawTask, object]]) -> Iterator[Finding]:
    """What is wrong with the records of a file that are no tasks: said once, since such a file has no others."""
    for raw, written in records[:1]:
        flat = isinstance(written, dict) and not {"annotations", "completions"} & set(written)
        rule = "export-json-min" if flat else "export-shape"
        yield finding(raw.where, rule, f"The record has no `data`, as have {len(records) - 1} more: they are no tasks.")


def _modern(task: Json) -> Json:
    """A task of before Label Studio 1.0 with today's names."""
    if "completions" in task and "annotations" not in task:
        task = {key: value for key, value in task.items() if key != "completions"} | {"annotations": task["completions"]}
    return task


def _names(tasks: list[Json]) -> list[str]:
    """A document id for each task: what its data calls it, or else its id in Label Studio, or its place."""
    for key in _ID_KEYS:
        values = [task["data"].get(key) for task in tasks]
        if tasks and all(isinstance(each, str | int) and each != "" for each in values) and len(set(values)) == len(values):
            break
    else:
        values = [f"task-{task.get('id', number)}" for number, task in enumerate(tasks, start=1)]
    taken: set[str] = set()
    return [free(str(value), taken) for value in values]


class _Importer:
    """Takes tasks apart. Annotators get pseudonyms in the order in which they are met."""

    def __init__(self, config: Config) -> None:
        self.imported = Imported()
        self._config = config
        self.personal: Counter[str] = Counter()
        self._annotators: dict[str, str] = {}
        self._held: dict[tuple[str, str], Json] = {}

    def add(self, raw: RawTask, task: Json, name: str) -> None:
        """Takes one task apart. Without any text it has nothing that its results could stand on: then they do not add up."""
        texts = dict(self._texts(raw, task))
        fields = self._fields(task)
        ids = {tag: f"{name}__{tag}" if len(self._config.texts) > 1 else name for tag in texts}
        for tag, text in texts.items():
            self.imported.texts[ids[tag]], self.imported.stories[ids[tag]] = text, name
        for key in ("annotations", "drafts"):
            for work in task.get(key) or []:
                results = work.get("result") if isinstance(work, dict) else None
                if isinstance(results, list):
                    self.imported.results_in += len(results)
                    self.imported.findings += self._astray(raw, task, work, list(texts))
                    for tag, part in _parts(results, list(texts)).items():
                        document = self._document(
                            self._annotator(work, raw), ids[tag], texts[tag], {"fields": fields, "id": task.get("id")}
                        )
                        document[key].append(normalised({key: [work | {"result": part}]})[key][0])
                        self.imported.results_out += len(part)

    def _astray(self, raw: RawTask, task: Json, work: Json, tags: list[str]) -> Iterator[Finding]:
        """Results about a text that the task does not show: put to another text, their offsets would lie."""
        where = raw.where.at(task=str(task.get("id", "")), annotation=str(work.get("id", "")))
        for result in work["result"]:
            if isinstance(result, dict) and result.get("type") != "relation" and result.get("from_name"):
                to = result.get("to_name")
                if to not in tags and not (to is None and len(self._config.texts) == 1):
                    fact = f"The result is about {to!r}, which is no text of the task."
                    yield finding(where.at(region=str(result.get("id", ""))), "export-shape", fact)

    def _texts(self, raw: RawTask, task: Json) -> Iterator[tuple[str, str]]:
        """The texts of a task by the name of their tag; one that is missing is told."""
        for tag, key in self._config.texts.items():
            text = task["data"].get(key)
            text = str(text) if isinstance(text, int | float) else text
            if isinstance(text, str) and text.strip():
                yield tag, text
            else:
                rule = "new-left-out" if text is None or isinstance(text, str) else "export-shape"
                where = raw.where.at(task=str(task.get("id", "")))
                self.imported.findings.append(finding(where, rule, f"The task's data has no text `{key}`."))

    def _annotator(self, work: Json, raw: RawTask) -> str:
        """The pseudonym of who made an annotation or draft: by their id, or the file's name where it does not say who."""
        who = work.get("completed_by", work.get("user"))
        who = who.get("id", who.get("email")) if isinstance(who, dict) else who
        key = str(who) if isinstance(who, str | int) else f"file:{raw.export.path.stem}"
        return self._annotators.setdefault(key, f"a{len(self._annotators) + 1}")

    def _fields(self, task: Json) -> Json:
        """What else a task's data holds; a field that holds an e-mail address is left out, and counted."""
        others = {key: value for key, value in task["data"].items() if key not in self._config.texts.values()}
        personal = [key for key, value in others.items() if _ADDRESS.search(msgspec.json.encode(value))]
        self.personal.update(personal)
        return {key: value for key, value in others.items() if key not in personal}

    def _document(self, annotator: str, document_id: str, text: str, shared: Json) -> Json:
        """An annotator's task of a document."""
        if (annotator, document_id) not in self._held:
            digest = sha256(text.encode()).hexdigest()
            data = {"document_id": document_id, "fields": shared["fields"], "text": text, "text_sha256": digest}
            made = normalised({"annotations": [], "data": data, "drafts": [], "id": shared["id"]})
            self._held[annotator, document_id] = made
            self.imported.tasks[annotator].append(made)
        return self._held[annotator, document_id]


def _parts(results: list[Any], tags: list[str]) -> dict[str, list[Any]]:
    """The results of an annotation by the text that they are about, each text with its own, if only none.

    Relations go to the text of the region that they lead from; what names no text goes to the first.
    """
    parts: dict[str, list[Any]] = {tag: [] for tag in tags}
    place: dict[object, str] = {}
    for result in results:
        to = result.get("to_name") if isinstance(result, dict) else None
        if isinstance(result, dict) and result.get("type") != "relation":
            place.setdefault(str(result.get("id")), to if to in parts else tags[0])
    for result in results:
        to = result.get("to_name") if isinstance(result, dict) else None
        from_ = place.get(str(result.get("from_id"))) if isinstance(result, dict) else None
        parts[to if to in parts else from_ or tags[0]].append(result)
    return parts


def _write_documents(folder: Folder, documents: list[Document], texts: Mapping[str, str]) -> None:
    """Writes the catalogue, the texts in its lines: they were annotated as they are, so that no rule may drop anything."""
    lines = []
    for document in documents:
        fields = {name: value for name, value in msgspec.to_builtins(document).items() if not name.startswith("seed")}
        lines.append(msgspec.json.encode(fields | {"text": texts[document.document_id]}) + b"\n")
    write_beside(folder.first_catalogue_file, b"".join(lines))


def _alike(imported: Imported, compared: Comparison) -> Iterator[tuple[str, str]]:
    """The pairs of documents with the same text, or nearly the same."""
    yield from ((compared.ids[one], compared.ids[other]) for one, other in compared.runs.duplicates(compared.text))
    stories = numbered(imported.stories[each] for each in compared.ids)
    yield from (
        (compared.ids[pair.first], compared.ids[pair.second])
        for pair in compared.runs.near_duplicates(stories, compared.text)[0]
    )


def _join_stories(stories: dict[str, str], alike: Iterable[tuple[str, str]]) -> None:
    """Gives documents with nearly the same text one story, so that none of them is learnt from and tested on."""
    for one, two in alike:
        kept, given_up = sorted((stories[one], stories[two]))
        if kept != given_up:
            stories.update({each: kept for each, story in stories.items() if story == given_up})


def _document(imported: Imported, document_id: str, settings: Settings) -> Document:
    return Document(
        document_id=document_id,
        story_id=imported.stories[document_id],
        role="other",
        split=SPLITS[0],
        language=settings.language,
        licence=settings.licences.text,
        text_sha256=sha256(imported.texts[document_id].encode()).hexdigest(),
    )


def _labels_yaml(config: Config) -> str:
    """The labels of a config, for people to define."""
    head = (
        "# The labels of schema/project.xml, by control: say what each means. A label that the config gains is added at the\n"
        "# end; the order of labels is the order of ids in the published ClassLabels.\n"
    )
    labels = foreign_labels(config, {})
    written = {
        name: {
            "description": each.description,
            "labels": [{"name": label.name, "definition": label.definition} for label in each.labels],
        }
        for name, each in labels.items()
    }
    return head + yaml.safe_dump(written, sort_keys=False, allow_unicode=True, width=120)
