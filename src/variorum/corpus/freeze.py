"""Seeds become frozen texts and catalogue lines. A frozen text that annotations refer to never changes under them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from itertools import compress
from pathlib import Path

import msgspec

from variorum.corpus.catalogue import Document, Entry, line_of, read_lines
from variorum.corpus.catalogue_files import check_form
from variorum.corpus.catalogue_lines import CatalogueLines
from variorum.corpus.compared_texts import check_duplicates, hashed_texts
from variorum.corpus.entries import Entries
from variorum.corpus.seed_files import Seed, SeedTexts, read_seeds, renewed
from variorum.corpus.settings import SPLITS, Settings
from variorum.corpus.split_draw import drawn_splits
from variorum.corpus.stories import story_of
from variorum.corpus.text_files import check_text, matched
from variorum.corpus.texts import TEXT, ChangedError
from variorum.corpus.word_run_index import comparison_of_hashed, numbered
from variorum.engines import ALONE, CHUNK, Made, Working
from variorum.findings import Finding, Level, failed, finding
from variorum.folder import Folder
from variorum.progress import Progress, no_progress
from variorum.safe_write import write_many_beside
from variorum.whole_files import digest_of_file


@dataclass
class Freeze:
    """What a freeze did, or would do: ids of documents added, frozen anew and left as they are."""

    added: list[str] = field(default_factory=list)
    renewed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True)
class Freezing:
    """What is to be taken up, and how.

    `annotated` are the ids of documents that annotations refer to: their texts may not change. None says that this is not
    known, so that no text may. `languages` are those of new documents, by id, that are in another than most.
    """

    folder: Folder
    settings: Settings
    annotated: set[str] | None
    languages: Mapping[str, str] = field(default_factory=dict)
    working: Working = ALONE


@dataclass
class _Catalogue:
    """The catalogue as it is, with its SHA-256, the ids of all seeds that there are, and the catalogue as it will be.

    That is lines by number where they change, and documents that are added behind.
    New documents wait packed, and texts are read again when they are written: 100,000 seeds took 500 MB together.
    """

    entries: Entries
    digest: str
    seeds: list[str] = field(default_factory=list)
    changed: dict[int, bytes] = field(default_factory=dict)
    renewed: CatalogueLines = field(default_factory=CatalogueLines)
    added: CatalogueLines = field(default_factory=CatalogueLines)


def freeze(what: Freezing, progress: Progress = no_progress) -> Freeze:
    """Adds every new seed to the corpus; writes nothing if there is an error.

    What people wrote in the catalogue stays as they wrote it, to the byte.
    """
    folder = what.folder
    plan = Freeze(findings=[*check_form(folder)])
    catalogue = _Catalogue(digest=_digest(folder), entries=_read_catalogue(folder, plan))  # in this order
    for seeds, faults in read_seeds(folder, what.working, progress):
        plan.findings += faults
        catalogue.seeds += [seed.document_id for seed in seeds]
        known = catalogue.entries.found([seed.document_id for seed in seeds])
        for seed in seeds:
            if entry := known.get(seed.document_id):
                _take_up_again(what, plan, catalogue, (entry, seed))
            else:
                plan.added.append(seed.document_id)
                catalogue.added.add(Entry(0, _proposed(seed, what)))
    plan.findings += _check_unchanged(what, catalogue.entries, {*plan.renewed})
    _compare_and_write(what, plan, catalogue, progress)
    return plan


def _read_catalogue(folder: Folder, plan: Freeze) -> Entries:
    lines = CatalogueLines()
    if folder.catalogue.exists():
        with folder.catalogue.open("rb") as file:
            for read in read_lines(file, folder.name(folder.catalogue)):
                plan.findings.append(read) if isinstance(read, Finding) else lines.add(read)
    plan.findings += lines.check_ids(folder.name(folder.catalogue))
    return lines.entries()


def _take_up_again(what: Freezing, plan: Freeze, catalogue: _Catalogue, known: tuple[Entry, Seed]) -> None:
    """Decides on a seed that the catalogue has a line of."""
    entry, seed = known
    document = entry.document
    if document.seed_sha256 == seed.sha256 and what.folder.text(seed.document_id).is_file():
        plan.unchanged.append(seed.document_id)
    elif document.text_sha256 != seed.text_sha256 and (what.annotated is None or seed.document_id in what.annotated):
        reason = "a file of annotations cannot be read to see whose texts it needs"
        reason = reason if what.annotated is None else "annotations refer to its text"
        plan.findings.append(finding(seed.name, "seed-changed", f"The seed changed since it was frozen, and {reason}."))
    else:
        plan.renewed.append(seed.document_id)
        again = renewed(document, seed)
        catalogue.renewed.add(Entry(entry.line, again))
        if again != document:
            catalogue.changed[entry.line] = line_of(again).rstrip(b"\n")


def _check_unchanged(what: Freezing, entries: Entries, moving: set[str]) -> Iterator[Finding]:
    """Frozen texts that are there and have changed, or are no files, but for those that are frozen anew."""
    folder = what.folder
    is_there, _ = matched(folder.text_paths(), map(folder.text, entries.ids()))

    def some(start: int) -> list[Entry]:
        chunk = slice(start, start + CHUNK)
        there = compress(entries[chunk], is_there[chunk])
        return [entry for entry in there if entry.document.document_id not in moving]

    many = Made(some, range(0, len(entries), CHUNK))
    for found in what.working.done_here(partial(_check_texts, folder), many, len(entries) * TEXT):
        yield from found


def _check_texts(folder: Folder, entries: list[Entry]) -> list[Finding]:
    return [fault for entry in entries if (fault := check_text(folder, entry, is_there=True))]


def _compare_and_write(what: Freezing, plan: Freeze, catalogue: _Catalogue, progress: Progress) -> None:
    """Holds the texts of all seeds against each other, gives the new ones their splits and writes what there is to write."""
    folder, ids = what.folder, sorted(catalogue.seeds)
    story_of_id = catalogue.entries.stories() | catalogue.added.stories()
    stories, texts = [story_of_id[each] for each in ids], SeedTexts(folder, ids)

    def name(document_id: str) -> str:
        return folder.name(folder.seed(document_id))

    with comparison_of_hashed(ids, hashed_texts(texts, what.working, progress), texts.__getitem__) as compared:
        plan.findings += check_duplicates(compared, numbered(stories), name, near=Level.WARNING)
        if not failed(plan.findings):
            new, fixed = {story_of_id[each] for each in plan.added}, catalogue.entries.first_splits()
            splits = drawn_splits(new, fixed, stories, compared, what.settings)
            write_many_beside(_files(folder, catalogue, texts, splits), last=partial(_check_same, folder, catalogue))


def _check_same(folder: Folder, catalogue: _Catalogue) -> None:
    """Raises ChangedError where somebody has worked on the catalogue meanwhile, whose lines may now be others."""
    if _digest(folder) != catalogue.digest:
        raise ChangedError(f"{folder.name(folder.catalogue)} changed while it was used. Run the command again.")


def _digest(folder: Folder) -> str:
    return digest_of_file(folder.catalogue) if folder.catalogue.is_file() else ""


def _files(
    folder: Folder, catalogue: _Catalogue, texts: SeedTexts, splits: Mapping[str, str]
) -> Iterator[tuple[Path, Iterable[bytes]]]:
    """The texts of documents that are new or frozen anew, and the catalogue with their lines; all other bytes of it stay."""
    for document in (entry.document for lines in (catalogue.added, catalogue.renewed) for entry in lines):
        text = texts[document.document_id].encode()
        if sha256(text).hexdigest() != document.text_sha256:
            raise ChangedError(f"{document.seed} changed while it was used. Run the command again.")
        yield folder.text(document.document_id), [text]
    if catalogue.changed or len(catalogue.added):
        yield folder.catalogue, _lines(folder, catalogue, splits)


def _lines(folder: Folder, catalogue: _Catalogue, splits: Mapping[str, str]) -> Iterator[bytes]:
    line = b"\n"
    if folder.catalogue.exists():
        with folder.catalogue.open("rb") as file:
            for number, line in enumerate(file, start=1):
                changed = catalogue.changed.get(number)
                yield line if changed is None else changed + line[len(line.rstrip(b"\n")) :]
    if len(catalogue.added) and not line.endswith(b"\n"):
        yield b"\n"
    for entry in catalogue.added:
        yield line_of(msgspec.structs.replace(entry.document, split=splits[entry.document.story_id]))


def _proposed(seed: Seed, what: Freezing) -> Document:
    """A new document: of the story that its name tells, until a person says another; its split is drawn later."""
    return Document(
        document_id=seed.document_id,
        story_id=story_of(seed.document_id, what.settings),
        role="other",
        split=SPLITS[0],
        language=what.languages.get(seed.document_id, what.settings.language),
        licence=what.settings.licences.text,
        source_date=seed.source_date,
        seed=seed.name,
        seed_sha256=seed.sha256,
        seed_rules=seed.rules,
        text_sha256=seed.text_sha256,
    )
