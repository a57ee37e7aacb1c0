"""Seeds and frozen texts in files of their own, held against the catalogue; read again only where one of them has changed."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from variorum.cache.store import cache_key
from variorum.cache.watch import Watch
from variorum.corpus.catalogue import Document, Entry
from variorum.corpus.entries import Entries
from variorum.corpus.seed_files import Seed, read_seed, renewed
from variorum.corpus.texts import TEXT, Texts
from variorum.engines import CHUNK, Made, Working
from variorum.findings import Finding, Where, failed, finding
from variorum.folder import Folder
from variorum.irregular import irregular
from variorum.kernel.arrays import Bools
from variorum.progress import Progress, Step
from variorum.stages import stage


@dataclass(frozen=True)
class _AllFrozen:
    """That each document of a catalogue has the text and the seed that it names, and there are no others."""


class _Asked(NamedTuple):
    """Some documents, and whether there is a file for the seed and the text of each."""

    entries: list[Entry]
    has_seed: list[bool]
    has_text: list[bool]


class _Read(NamedTuple):
    """What came of it: the SHA-256 of each frozen text, by id; what is wrong; and seeds that are missing, with their names."""

    frozen: dict[str, str]
    findings: list[Finding]
    missing: list[tuple[str | None, Finding]]


@stage("catalogue and texts")
def add_text_files(texts: Texts, folder: Folder, entries: Entries, working: Working, progress: Progress) -> list[Finding]:
    """Adds the frozen texts of a corpus whose catalogue names them; returns what is wrong with them and their seeds."""
    cache = working.cache
    watch = cache.texts or (Watch(folder, folder.seeds_and_texts) if cache.folder else None)
    if watch and cache.find("texts", cache_key(entries.digest(), watch.before), _AllFrozen):
        for start in range(0, len(entries), CHUNK):
            _add(texts, {each.document.document_id: each.document.text_sha256 for each in entries[start : start + CHUNK]})
        return []
    findings = _read(texts, folder, entries, working, progress)
    if watch and cache.writes and not findings and (state := watch.after()):
        cache.keep("texts", cache_key(entries.digest(), state), _AllFrozen())
    return findings


def _add(texts: Texts, frozen: dict[str, str]) -> None:
    texts.add_files([*frozen], [*frozen.values()])


def _read(texts: Texts, folder: Folder, entries: Entries, working: Working, progress: Progress) -> list[Finding]:
    ids = entries.ids()
    has_seed, strange_seeds = matched(folder.seed_paths(), map(folder.seed, ids))
    has_text, strange_texts = matched(folder.text_paths(), map(folder.text, ids))
    findings = [*_unknown_texts(folder, strange_texts)]

    def asked(start: int) -> _Asked:
        some = slice(start, start + CHUNK)
        return _Asked(entries[some], has_seed[some].tolist(), has_text[some].tolist())

    def strangers(start: int) -> list[str]:
        return strange_seeds[start : start + CHUNK]

    others = Made(strangers, range(0, len(strange_seeds), CHUNK))
    for found in working.done_here(partial(_read_strangers, folder), others, len(strange_seeds) * TEXT):
        findings += found
    own = Made(asked, range(0, len(ids), CHUNK))
    missing: list[tuple[str | None, Finding]] = []
    for number, read in enumerate(working.done_here(partial(_read_some, folder), own, 2 * len(ids) * TEXT), start=1):
        _add(texts, read.frozen)
        findings += read.findings
        missing += read.missing
        progress(Step(min(number * CHUNK, len(ids)), len(ids), "Reading seeds and texts", findings=len(findings)))
    faulty = {
        each.where.file for each in findings
    }  # of a seed with a finding of its own it would be untrue that it is not there
    return [*findings, *(each for seed, each in missing if seed not in faulty)]


def matched(paths: list[str], expected: Iterable[Path]) -> tuple[Bools, list[str]]:
    """Which of the expected files are there, and the paths that nobody expects."""
    there, sought = (pa.array(map(os.fsencode, map(str, each)), pa.binary()) for each in (paths, expected))
    strange = np.flatnonzero(~np.asarray(pc.is_in(there, value_set=sought)))
    return np.asarray(pc.is_in(sought, value_set=there)), [paths[place] for place in strange]


def _unknown_texts(folder: Folder, paths: list[str]) -> Iterator[Finding]:
    for path in map(Path, paths):
        fact = f"{path.name} belongs to no document of {folder.name(folder.catalogue)}."
        yield finding(folder.name(path), "text-unknown", fact)


def _read_strangers(folder: Folder, paths: list[str]) -> list[Finding]:
    """What is wrong with seeds that the catalogue has no line of."""
    findings: list[Finding] = []
    for path in paths:
        seed, faults = read_seed(folder, type(folder.root)(path))
        findings += faults
        if seed and not failed(faults):
            fact = f"{seed.document_id} has no line in {folder.name(folder.catalogue)}."
            findings.append(finding(seed.name, "seed-not-frozen", fact))
    return findings


def _read_some(folder: Folder, asked: _Asked) -> _Read:
    read = _Read({}, [], [])
    for entry, has_seed, has_text in zip(*asked, strict=True):
        if not _check_seed(folder, entry, read.findings, has_seed) and folder.text(entry.document.document_id).is_file():
            where, seed = Where(folder.name(folder.catalogue), entry.line), entry.document.seed
            read.missing.append((seed, finding(where, "seed-missing", f"{seed} is not there.")))
        if fault := check_text(folder, entry, has_text):
            read.findings.append(fault)
        else:
            read.frozen[entry.document.document_id] = entry.document.text_sha256
    return read


def _check_seed(folder: Folder, entry: Entry, findings: list[Finding], is_there: bool) -> bool:
    """Adds what is wrong with the seed of a document; returns whether there is one."""
    if not is_there:
        return False
    seed, faults = read_seed(folder, folder.seed(entry.document.document_id))
    findings += faults
    if seed is None or failed(faults):
        return False
    findings += _unlike_line(folder.name(folder.catalogue), entry, seed)
    return True


def _unlike_line(catalogue: str, entry: Entry, seed: Seed) -> Iterator[Finding]:
    """Where the seed of a document and its line in the catalogue disagree."""
    if entry.document.seed_sha256 != seed.sha256:
        yield finding(seed.name, "seed-changed", f"The seed is not the one that {catalogue}:{entry.line} was frozen from.")
        return
    for fact in _unlike_seed(entry.document, seed):
        yield finding(Where(catalogue, entry.line), "catalogue-not-of-seed", fact)


def _unlike_seed(document: Document, seed: Seed) -> Iterator[str]:
    """Where a line differs from what freezing its seed gives; people may date a text whose seed gives no date."""
    given = renewed(document, seed)
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
