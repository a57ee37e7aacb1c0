"""What all texts of a corpus have in common, two by two; looked for again only where a text, story or split has changed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from variorum.cache.store import cache_key
from variorum.corpus.entries import Entries
from variorum.corpus.freeze import check_duplicates
from variorum.corpus.splits import Leaks, leaks
from variorum.corpus.texts import TEXT, Texts
from variorum.corpus.word_hashes import HashedTexts, hash_texts
from variorum.corpus.word_run_index import comparison_of_hashed
from variorum.engines import Made, Working
from variorum.findings import Finding, Level, Where
from variorum.folder import Folder
from variorum.progress import Progress, Step
from variorum.stages import stage

AT_A_TIME = 512
"""Texts that a worker is given at once. From 64 on a text takes as long as with any more; 512 come back as 5 MB."""


class Compared(NamedTuple):
    """What is compared: the texts of documents. `same` is how grave it is that one stands twice in a story."""

    folder: Folder
    entries: Entries
    texts: Texts
    same: Level = Level.ERROR


@dataclass(frozen=True)
class ComparedTexts:
    """What leaks between splits, and texts that are the same or nearly."""

    leaks: Leaks
    findings: list[Finding]


def compare_texts(those: Compared, working: Working, progress: Progress) -> ComparedTexts:
    """Holds the texts of documents against each other."""
    key = cache_key(those.entries.compared_digest(), those.same, those.texts.digest())
    known = working.cache.find("comparisons", key, ComparedTexts)
    if known:
        return known
    found = _compared(those, working, progress)
    working.cache.keep("comparisons", key, found)
    return found


def _compared(those: Compared, working: Working, progress: Progress) -> ComparedTexts:
    folder, entries, texts, same = those
    ids = sorted(texts)

    @cache
    def places() -> dict[str, Where]:
        return {entry.document.document_id: entry.where("") for entry in entries if entry.file}

    def name(document_id: str) -> Where | str:
        return places().get(document_id) or folder.name(folder.text(document_id))

    hashed = _hashed(ids, texts, working, progress)
    with stage("duplicates and leaks"), comparison_of_hashed(ids, hashed, texts.__getitem__) as compared:
        stories = entries.story_numbers()[entries.places(ids)]
        return ComparedTexts(leaks(entries, compared), list(check_duplicates(compared, stories, name, same=same)))


def _hashed(ids: Sequence[str], texts: Texts, working: Working, progress: Progress) -> Iterator[HashedTexts]:
    """The runs of words of all texts, some hundred at a time."""

    def asked(start: int) -> tuple[range, Texts]:
        chunk = range(start, min(start + AT_A_TIME, len(ids)))
        return chunk, texts.only(ids[number] for number in chunk)

    many = Made(asked, range(0, len(ids), AT_A_TIME))
    for done, found in enumerate(working.done_here(_hash, many, len(ids) * TEXT), start=1):
        yield found
        progress(Step(min(done * AT_A_TIME, len(ids)), len(ids), "Comparing texts"))


def _hash(asked: tuple[range, Texts]) -> HashedTexts:
    numbers, texts = asked
    return hash_texts(numbers, [texts[document_id] for document_id in texts])
