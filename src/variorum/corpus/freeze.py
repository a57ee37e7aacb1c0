"""Seeds become frozen texts and catalogue lines. A frozen text that annotations refer to never changes under them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from itertools import islice
from pathlib import Path
from types import MappingProxyType

import msgspec

from variorum.corpus.catalogue import DOCUMENT_ID, Document, Entry, line_of, read_catalogue
from variorum.corpus.seed_text import SeedText, canonical, control_characters, parse_source_date
from variorum.corpus.settings import SPLITS, Settings
from variorum.corpus.split_draw import with_splits
from variorum.corpus.stories import story_of
from variorum.corpus.texts import TEXT
from variorum.corpus.word_run_index import Comparison, comparison, numbered
from variorum.engines import ALONE, Working
from variorum.findings import Finding, Level, Where, failed, finding
from variorum.folder import Folder
from variorum.irregular import irregular
from variorum.kernel.arrays import Ints
from variorum.progress import Progress, Step, no_progress
from variorum.safe_write import write_beside, write_many_beside

AT_A_TIME = 512
"""Seeds that a worker is given at once."""
LISTED_NEAR_DUPLICATES = 1_000
"""How many pairs of nearly the same texts are findings of their own; of n copies of one form there are n squared."""

_SHOWN_TWICE = "Nothing to do where two tasks are meant to show it; else leave one of them out of the export."


@dataclass(frozen=True)
class Seed:
    """A seed that can be frozen, but for its text, which is read when it is needed: a corpus may have many."""

    document_id: str
    path: Path
    name: str
    sha256: str
    text_sha256: str
    source_date: str | None
    rules: tuple[str, ...]

    @property
    def text(self) -> str:
        """The canonical text."""
        return canonical(self.path.read_bytes()).text


@dataclass
class Freeze:
    """What a freeze did, or would do: ids of documents added, frozen anew and left as they are."""

    added: list[str] = field(default_factory=list)
    renewed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def read_seeds(folder: Folder, progress: Progress = no_progress, working: Working = ALONE) -> tuple[list[Seed], list[Finding]]:
    """Every seed that can be frozen, and a finding for each fault of the others."""
    seeds: list[Seed] = []
    findings: list[Finding] = []
    paths = folder.seed_files()
    chunks = [paths[start : start + AT_A_TIME] for start in range(0, len(paths), AT_A_TIME)]
    for number, (read, faults) in enumerate(working.done_here(partial(_read_some, folder), chunks, len(paths) * TEXT)):
        seeds += read
        findings += faults
        progress(Step(number * AT_A_TIME + len(chunks[number]), len(paths), "Reading seeds"))
    return seeds, findings


def _read_some(folder: Folder, paths: Sequence[Path]) -> tuple[list[Seed], list[Finding]]:
    read = [read_seed(folder, path) for path in paths]
    seeds = [seed for seed, faults in read if seed is not None and not failed(faults)]
    return seeds, [each for _, faults in read for each in faults]


def read_seed(folder: Folder, path: Path) -> tuple[Seed | None, list[Finding]]:
    """One seed, or None, with what is wrong with it."""
    name = folder.name(path)
    if path.parent != folder.seeds or path.suffix != ".txt" or not DOCUMENT_ID.fullmatch(path.stem):
        return None, [finding(name, "seed-name", _name_fault(folder, path))]
    if fault := irregular(path, name):
        return None, [fault]
    source = path.read_bytes()
    try:
        frozen = canonical(source)
    except UnicodeDecodeError as error:
        fact = f"Byte {error.start} (0x{source[error.start]:02X}) is not UTF-8."
        return None, [finding(Where(name, source.count(b"\n", 0, error.start) + 1), "seed-not-utf8", fact)]
    digest, text_digest = (sha256(content).hexdigest() for content in (source, frozen.text.encode()))
    seed = Seed(path.stem, path, name, digest, text_digest, frozen.source_date, tuple(frozen.rules))
    return seed, list(_faults(name, frozen))


def _name_fault(folder: Folder, path: Path) -> str:
    seeds = folder.name(folder.seeds)
    if path.parent != folder.seeds:
        return f"Seeds stand in {seeds}/ itself, not in folders below it."
    return f"{path.name!r} cannot be the name of a seed."


def _faults(name: str, frozen: SeedText) -> Iterator[Finding]:
    text = frozen.text
    if not text.strip():
        yield finding(name, "seed-empty", "The file holds no text.")
    controls = control_characters(text)
    if controls:
        offset, character = controls[0]
        more = f" and {len(controls) - 1} more" if len(controls) > 1 else ""
        place = Where(name, text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))
        yield finding(place, "seed-control-character", f"{character} stands here{more}.")
    try:
        if frozen.source_date:
            parse_source_date(frozen.source_date)
    except ValueError as error:
        yield finding(Where(name, 1), "seed-date-header", f"The header says {frozen.source_date}: {error}.")


def check_duplicates(
    compared: Comparison,
    stories: Ints,
    name: Callable[[str], Where | str],
    near: Level = Level.ERROR,
    same: Level = Level.ERROR,
) -> Iterator[Finding]:
    """Documents with the same text, and documents of different stories with nearly the same.

    `stories` are those of the documents compared, as numbers; `name` gives the file of a document by its id.
    Freeze takes the second as warnings (`near`): a story id can be given only once the document has its line. `same` is the
    level of the first where both tell one story.
    """

    def named(number: int) -> Where | str:
        return name(compared.ids[number])

    for first, later in compared.runs.duplicates(compared.text):
        level = same if stories[first] == stories[later] else Level.ERROR
        fact, hint = f"The text is that of {named(first)}.", _SHOWN_TWICE if level is Level.WARNING else ""
        yield finding(named(later), "text-duplicate", fact, hint, level)
    pairs, most = compared.runs.near_duplicates(stories, compared.text)
    for pair in islice(pairs, LISTED_NEAR_DUPLICATES):
        fact = f"The text is nearly that of {named(pair.first)}: they share {pair.jaccard:.0%} of their runs of three words."
        yield finding(named(pair.second), "text-near-duplicate", fact, level=near)
    if more := next(pairs, None):
        fact = f"Only {LISTED_NEAR_DUPLICATES} pairs are listed, and this is of one more; up to {most} documents are in any."
        yield finding(named(more.second), "text-near-duplicate", fact, level=near)


def check_form(folder: Folder) -> Iterator[Finding]:
    """What stands beside a catalogue that holds the texts itself, though it belongs to the other form of a corpus."""
    if folder.catalogue_files():
        for path in (folder.catalogue, *folder.text_files()[:1], *folder.seed_files()[:1]):
            if path.is_file():
                fact = f"{folder.name(folder.catalogue_folder)}/ holds the texts, and this file is there."
                yield finding(folder.name(path), "catalogue-two-forms", fact)


def check_seed(catalogue: str, entry: Entry, seed: Seed) -> Iterator[Finding]:
    """Where the seed of a document and its line in the catalogue disagree."""
    if entry.document.seed_sha256 != seed.sha256:
        yield finding(seed.name, "seed-changed", f"The seed is not the one that {catalogue}:{entry.line} was frozen from.")
        return
    for fact in _unlike_seed(entry.document, seed):
        yield finding(Where(catalogue, entry.line), "catalogue-not-of-seed", fact)


def _unlike_seed(document: Document, seed: Seed) -> Iterator[str]:
    """Where a line differs from what freezing its seed gives; people may date a text whose seed gives no date."""
    given = _renewed(document, seed)
    for name in ("text_sha256", "seed", "seed_rules", "source_date"):
        written, right = getattr(document, name), getattr(given, name)
        if written != right:
            shown = [", ".join(value) or "none" if isinstance(value, tuple) else value for value in (written, right)]
            yield f"The {name} of {document.document_id} is {shown[0]}, its seed gives {shown[1]}."


def check_text(folder: Folder, entry: Entry, is_there: bool) -> Finding | None:
    """What is wrong with the frozen text of a document: it is missing, no file, or changed."""
    catalogue, document = folder.name(folder.catalogue), entry.document
    path = folder.text(document.document_id)
    if not is_there:
        has_seed = (folder.root / (document.seed or "")).is_file()
        lacking = "no frozen text" if has_seed else "neither a frozen text nor a seed"
        hint = "" if has_seed else "Restore its files, or delete the line."
        return finding(Where(catalogue, entry.line), "text-missing", f"{document.document_id} has {lacking}.", hint)
    if fault := irregular(path, folder.name(path)):
        return fault
    if sha256(path.read_bytes()).hexdigest() != document.text_sha256:
        fact = f"The text is not the one that {catalogue}:{entry.line} was frozen with."
        return finding(folder.name(path), "text-changed", fact)
    return None


def freeze(
    folder: Folder,
    settings: Settings,
    annotated: set[str] | None,
    progress: Progress = no_progress,
    languages: Mapping[str, str] = MappingProxyType({}),
) -> Freeze:
    """Adds every new seed to the corpus; writes nothing if there is an error.

    `languages` are those of new documents, by id, that are in another than most.

    `annotated` are the ids of documents that annotations refer to: their texts may not change. None says that this is
    not known, so that no text may. What people wrote in the catalogue stays as they wrote it, to the byte.
    """
    seeds, findings = read_seeds(folder, progress)
    _, entries, faults = _catalogue(folder)
    plan = _plan(seeds, {entry.document.document_id: entry for entry in entries}, annotated, folder)
    plan.findings += [*findings, *faults, *check_form(folder), *_check_unchanged(folder, entries, plan)]
    by_id = {seed.document_id: seed for seed in seeds}
    with comparison(by_id, lambda document_id: by_id[document_id].text, progress) as compared:
        proposed = [_proposed(by_id[each], settings, languages.get(each, settings.language)) for each in plan.added]
        stories = {document.document_id: document.story_id for document in (*(each.document for each in entries), *proposed)}
        numbers = numbered(stories.get(each) for each in compared.ids)
        plan.findings += check_duplicates(compared, numbers, lambda name: by_id[name].name, near=Level.WARNING)
        if not failed(plan.findings):
            new = with_splits(proposed, [entry.document for entry in entries], compared, settings)
            _write_texts(folder, seeds, plan)
            _write_catalogue(folder, seeds, plan, new)
    return plan


def _plan(seeds: list[Seed], known: dict[str, Entry], annotated: set[str] | None, folder: Folder) -> Freeze:
    plan = Freeze()
    for seed in seeds:
        entry = known.get(seed.document_id)
        if entry is None:
            plan.added.append(seed.document_id)
        elif entry.document.seed_sha256 == seed.sha256 and folder.text(seed.document_id).is_file():
            plan.unchanged.append(seed.document_id)
        elif entry.document.text_sha256 != seed.text_sha256 and (annotated is None or seed.document_id in annotated):
            reason = "a file of annotations cannot be read to see whose texts it needs"
            reason = reason if annotated is None else "annotations refer to its text"
            plan.findings.append(finding(seed.name, "seed-changed", f"The seed changed since it was frozen, and {reason}."))
        else:
            plan.renewed.append(seed.document_id)
    return plan


def _check_unchanged(folder: Folder, entries: list[Entry], plan: Freeze) -> Iterator[Finding]:
    moving = {*plan.added, *plan.renewed}
    present = {str(path) for path in folder.text_files()}
    for entry in entries:
        document_id = entry.document.document_id
        if document_id not in moving and str(folder.text(document_id)) in present:
            yield from filter(None, [check_text(folder, entry, is_there=True)])


def _write_texts(folder: Folder, seeds: list[Seed], plan: Freeze) -> None:
    moving = {*plan.added, *plan.renewed}
    write_many_beside((folder.text(each.document_id), each.text.encode()) for each in seeds if each.document_id in moving)


def _write_catalogue(folder: Folder, seeds: list[Seed], plan: Freeze, proposed: list[Document]) -> None:
    """Puts in the lines of new documents and of those frozen anew; all other bytes stay as they are."""
    by_id = {seed.document_id: seed for seed in seeds}
    source, entries = _catalogue(folder)[:2]
    lines = source.split(b"\n")
    for entry in entries:
        if entry.document.document_id in plan.renewed:
            renewed = _renewed(entry.document, by_id[entry.document.document_id])
            if renewed != entry.document:
                lines[entry.line - 1] = line_of(renewed).rstrip(b"\n")
    kept = b"\n".join(lines)
    kept += b"\n" if plan.added and kept and not kept.endswith(b"\n") else b""
    new = b"".join(map(line_of, proposed))
    if kept + new != source:
        write_beside(folder.catalogue, kept + new)


def _catalogue(folder: Folder) -> tuple[bytes, list[Entry], list[Finding]]:
    source = folder.catalogue.read_bytes() if folder.catalogue.exists() else b""
    return source, *read_catalogue(source, folder.name(folder.catalogue))


def _proposed(seed: Seed, settings: Settings, language: str) -> Document:
    """A new document: of the story that its name tells, until a person says another; its split is drawn later."""
    return Document(
        document_id=seed.document_id,
        story_id=story_of(seed.document_id, settings),
        role="other",
        split=SPLITS[0],
        language=language,
        licence=settings.licences.text,
        source_date=seed.source_date,
        seed=seed.name,
        seed_sha256=seed.sha256,
        seed_rules=seed.rules,
        text_sha256=seed.text_sha256,
    )


def _renewed(document: Document, seed: Seed) -> Document:
    return msgspec.structs.replace(
        document,
        source_date=seed.source_date or document.source_date,
        seed=seed.name,
        seed_sha256=seed.sha256,
        seed_rules=seed.rules,
        text_sha256=seed.text_sha256,
    )
