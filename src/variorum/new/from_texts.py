"""A corpus folder from a folder of .txt files."""

from collections.abc import Iterator, Mapping
from os import walk
from pathlib import Path

import msgspec

from variorum.corpus.freeze import Freezing, freeze
from variorum.corpus.stories import endings_seen, story_of
from variorum.engines import ALONE, Working
from variorum.findings import Finding, failed, finding
from variorum.folder import Folder
from variorum.new.first_files import (
    FIRST,
    New,
    first_card,
    template,
    undecided,
    with_split_shares,
    write_first_files,
    write_settings,
)
from variorum.new.language import UNDETERMINED, language_of
from variorum.new.names import document_ids
from variorum.progress import Progress, no_progress
from variorum.safe_write import replaced_folder, write_beside

_LOOKED_AT = 20_000
"""Bytes in which a language is looked for, of as many files."""
_ENOUGH = 80
"""Bytes of one text in which it may be plain."""


def new_from_texts(target: Path, texts: Path, progress: Progress = no_progress, working: Working = ALONE) -> New:
    """Makes the corpus folder `target`, which holds nothing yet, of all .txt files below `texts`.

    The files are copied byte for byte and frozen. Where they cannot be frozen, the folder is there with its findings
    and without a catalogue, so that they can be mended there.
    """
    paths, left_out = text_files(texts)
    named, renamed = document_ids(paths, texts)
    with replaced_folder(target) as fresh:
        folder = Folder(fresh)
        for document_id, path in named.items():
            write_beside(folder.seed(document_id), path.read_bytes())
        seen = msgspec.structs.replace(
            FIRST, name=target.resolve().name, language=_language(paths), story_endings=endings_seen(named)
        )
        stories = {story_of(document_id, seen) for document_id in named}
        settings = with_split_shares(seen, stories)
        write_settings(folder, settings)
        write_first_files(folder, settings, template("labels.yaml"))
        new = New(settings, list(named), stories, [*left_out, *renamed])
        new.findings += undecided(folder, settings, len(named), len(stories), is_frozen=True)
        languages = _other_languages(named, settings.language)
        new.findings += _told_languages(folder, languages, settings.language)
        new.findings += freeze(Freezing(folder, settings, set(), languages, working), progress).findings
        if not failed(new.findings):
            first_card(folder, progress)
    return new


def text_files(texts: Path) -> tuple[list[Path], list[Finding]]:
    """All .txt files below a folder, sorted, and a finding for each other file; what is hidden is not looked at."""
    found: list[Path] = []
    for parent, folders, names in walk(texts):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(parent, name) for name in names if not name.startswith(".")]
    found.sort(key=lambda path: path.parts)
    facts = {path.relative_to(texts).as_posix(): _why_left_out(path) for path in found if not _is_text(path)}
    return list(filter(_is_text, found)), [finding(name, "new-left-out", fact) for name, fact in facts.items()]


def _why_left_out(path: Path) -> str:
    return (
        f"A {path.suffix or 'nameless'} file is no .txt file." if path.is_file() else "It is a broken link, or no file at all."
    )


def _is_text(path: Path) -> bool:
    return path.suffix.lower() == ".txt" and path.is_file()


def _other_languages(named: Mapping[str, Path], language: str) -> dict[str, str]:
    """The languages of documents that are plainly in another one than the corpus."""
    seen = {document_id: _language([path]) for document_id, path in named.items() if path.stat().st_size >= _ENOUGH}
    return {document_id: own for document_id, own in seen.items() if own not in (language, UNDETERMINED)}


def _told_languages(folder: Folder, languages: Mapping[str, str], language: str) -> Iterator[Finding]:
    if languages:
        (document_id, own), *others = sorted(languages.items())
        more = f", and {len(others)} more in others than {language}" if others else ""
        fact = f"By its words {document_id} is in the language {own}{more}."
        hint = "Its line says so; where that is wrong, correct `language` there."
        yield finding(folder.name(folder.catalogue), "new-undecided", fact, hint)


def _language(paths: list[Path]) -> str:
    """The language of the texts, as far as it can be seen; bytes that are not UTF-8 have a finding elsewhere."""
    share = max(1000, _LOOKED_AT // max(1, len(paths)))
    return language_of(" ".join(path.read_bytes()[:share].decode("utf-8", "ignore") for path in paths[: _LOOKED_AT // share]))
