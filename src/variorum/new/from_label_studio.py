"""A corpus folder from a Label Studio project that was not made for variorum: its exports and its labelling config.

Each text of a task becomes a document, to the character; each result goes to the text that it is about, in a file for
each annotator. Nothing of a result is changed: what is wrong with it, the build finds where it now stands.
"""

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path

import msgspec
import yaml

from variorum.annotations.layout import joined
from variorum.corpus.catalogue import Document
from variorum.corpus.settings import Settings
from variorum.corpus.split_draw import drawn_splits
from variorum.corpus.word_run_index import Comparison, comparison, numbered
from variorum.findings import Finding, failed, finding
from variorum.folder import Folder
from variorum.new.exports import ROUND, Imported, Received, import_exports
from variorum.new.first_files import (
    FIRST,
    New,
    first_card,
    only_filled,
    template,
    undecided,
    with_split_shares,
    write_first_files,
    write_settings,
)
from variorum.new.language import language_of
from variorum.progress import Progress, no_progress
from variorum.safe_write import replaced_folder, write_beside
from variorum.schema.foreign import Config, foreign_labels, plain_name, read_config, table_name


def new_from_label_studio(target: Path, exports: list[Received], config: Received, progress: Progress = no_progress) -> New:
    """Makes the corpus folder `target`, which holds nothing yet, of exports (JSON) and the config that they were made with.

    Where a part of the config or of an export cannot be taken up, the folder is not made.
    """
    source = config.read()
    read, findings = read_config(source, config.name)
    imported = Imported() if failed(findings) else import_exports(exports, read)
    imported.findings[:0] = findings
    if failed(imported.findings):
        return New(FIRST, [], set(), imported.findings)
    with replaced_folder(target) as fresh:
        folder = Folder(fresh)
        language = language_of(" ".join(text[:200] for text in imported.texts.values())[:20_000])
        seen = msgspec.structs.replace(FIRST, name=target.resolve().name, language=language)
        with comparison(imported.texts, imported.texts.__getitem__, progress) as compared:
            _join_stories(imported.stories, list(_alike(imported, compared)))
            settings = with_split_shares(seen, set(imported.stories.values()))
            own = [imported.stories[each] for each in compared.ids]
            splits = drawn_splits(set(own), {}, own, compared, settings)
        documents = [_document(imported, each, settings, splits) for each in imported.texts]
        settings = only_filled(settings, documents)
        write_settings(folder, settings, template("foreign.yaml"))
        _write_documents(folder, documents, imported.texts)
        write_beside(folder.project_config, source)
        write_first_files(folder, settings, _labels_yaml(read))
        for annotator, tasks in imported.tasks.items():
            in_order = [tasks.pop(document_id) for document_id in sorted(tasks)]
            write_beside(folder.export_of("documents", ROUND, annotator).path, joined(in_order))
        first_card(folder, progress)
    stories = set(imported.stories.values())
    decided = undecided(folder, settings, len(imported.texts), len(stories), is_frozen=False)
    told = [*imported.findings, *_renamed(read, config.name), *decided]
    return New(settings, list(imported.texts), stories, told)


def _renamed(config: Config, file: str) -> Iterator[Finding]:
    for name in config.controls:
        if (table := table_name(name)) != name:
            why = "is a name of the engine's own" if plain_name(name) == name else "cannot name one"
            yield finding(file, "new-renamed", f"The table of the control {name!r} is {table}: {name!r} {why}.")


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


def _document(imported: Imported, document_id: str, settings: Settings, splits: Mapping[str, str]) -> Document:
    return Document(
        document_id=document_id,
        story_id=imported.stories[document_id],
        role="other",
        split=splits[imported.stories[document_id]],
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
