"""Seeds and frozen texts in files of their own, held against the catalogue; read again only where one of them has changed."""

from collections.abc import Sequence
from dataclasses import dataclass

from variorum.cache.store import cache_key
from variorum.corpus.entries import Entries
from variorum.corpus.freeze import WRONG_TEXT, check_frozen, read_seeds
from variorum.engines import Working
from variorum.findings import Finding
from variorum.folder import Folder
from variorum.progress import Progress
from variorum.stages import stage


@dataclass(frozen=True)
class TextFiles:
    """The SHA-256 of the frozen text of each document that has one, by id, and all that is wrong."""

    texts: dict[str, str]
    findings: list[Finding]


@stage("catalogue and texts")
def read_text_files(folder: Folder, entries: Entries, working: Working, progress: Progress) -> TextFiles:
    """The texts of a corpus whose catalogue names them."""
    cache = working.cache
    if not cache.folder:
        return _read(folder, entries, working, progress)
    paths = folder.seeds_and_texts()
    digests = [cache.files.known(path) for path in paths]
    if None not in digests and (found := cache.find("texts", _key(folder, entries, paths, digests), TextFiles)):
        return found
    found = _read(folder, entries, working, progress)
    if not found.findings:
        told = _told(folder, entries, paths)
        for path, digest in zip(paths, told, strict=True):
            cache.files.keep(path, digest)
        cache.keep("texts", _key(folder, entries, paths, told), found)
    return found


def _told(folder: Folder, entries: Entries, paths: Sequence[str]) -> list[str]:
    """The digests of seeds and texts as the catalogue has them, which are right where nothing is wrong."""
    documents = [entry.document for entry in entries]
    told = {f"{folder.name(folder.seeds)}/{each.document_id}.txt": each.seed_sha256 or "" for each in documents}
    told |= {folder.name(folder.text(each.document_id)): each.text_sha256 for each in documents}
    return [told[folder.name(path)] for path in paths]


def _key(folder: Folder, entries: Entries, paths: Sequence[str], digests: Sequence[str | None]) -> str:
    return cache_key(entries.digest(), [folder.name(path) for path in paths], digests)


def _read(folder: Folder, entries: Entries, working: Working, progress: Progress) -> TextFiles:
    seeds, findings = read_seeds(folder, progress, working)
    findings += check_frozen(folder, entries, seeds, {each.where.file for each in findings})
    wrong = {each.where.file for each in findings if each.rule in WRONG_TEXT}
    present = {path for path in folder.text_files() if folder.name(path) not in wrong}
    documents = [entry.document for entry in entries]
    return TextFiles(
        {each.document_id: each.text_sha256 for each in documents if folder.text(each.document_id) in present}, findings
    )
