"""Seeds as files: which can be frozen, into what, and what is wrong with the others."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path

import msgspec

from variorum.corpus.catalogue import DOCUMENT_ID, Document
from variorum.corpus.seed_text import SeedText, canonical, control_characters, parse_source_date
from variorum.corpus.texts import TEXT
from variorum.engines import CHUNK, Made, Working
from variorum.findings import Finding, Where, failed, finding
from variorum.folder import Folder
from variorum.irregular import irregular
from variorum.progress import Progress, Step


@dataclass(frozen=True)
class Seed:
    """A seed that can be frozen, but for its text (`SeedTexts`): a corpus may have many."""

    document_id: str
    name: str
    sha256: str
    text_sha256: str
    source_date: str | None
    rules: tuple[str, ...]


class SeedTexts(Mapping[str, str]):
    """What seeds are frozen into, by document; each is read when it is asked for."""

    def __init__(self, folder: Folder, document_ids: Iterable[str]) -> None:
        self._folder, self._ids = folder, dict.fromkeys(document_ids)

    def __getitem__(self, document_id: str) -> str:
        if document_id not in self._ids:
            raise KeyError(document_id)
        return canonical(self._folder.seed(document_id).read_bytes()).text

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)

    def only(self, document_ids: Iterable[str]) -> "SeedTexts":
        """Those of some documents, as a worker is sent them."""
        return SeedTexts(self._folder, document_ids)


def read_seeds(folder: Folder, working: Working, progress: Progress) -> Iterator[tuple[list[Seed], list[Finding]]]:
    """Every seed that can be frozen, and a finding for each fault of the others: CHUNK, in the order of their names."""
    paths = folder.seed_paths()

    def some(start: int) -> list[str]:
        return paths[start : start + CHUNK]

    many = Made(some, range(0, len(paths), CHUNK))
    for number, read in enumerate(working.done_here(partial(_read_some, folder), many, len(paths) * TEXT), start=1):
        yield read
        progress(Step(min(number * CHUNK, len(paths)), len(paths), "Reading seeds"))


def _read_some(folder: Folder, paths: list[str]) -> tuple[list[Seed], list[Finding]]:
    read = [read_seed(folder, Path(path)) for path in paths]
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
    seed = Seed(path.stem, name, digest, text_digest, frozen.source_date, tuple(frozen.rules))
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


def renewed(document: Document, seed: Seed) -> Document:
    """What the catalogue says of a document once its seed is frozen again."""
    return msgspec.structs.replace(
        document,
        source_date=seed.source_date or document.source_date,
        seed=seed.name,
        seed_sha256=seed.sha256,
        seed_rules=seed.rules,
        text_sha256=seed.text_sha256,
    )
