"""What all texts of a corpus have in common, two by two; looked for again only where a text, story or split has changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from variorum.cache.store import Cache, cache_key
from variorum.corpus.catalogue import Entry
from variorum.corpus.freeze import check_duplicates
from variorum.corpus.splits import Leaks, leaks
from variorum.corpus.texts import Texts
from variorum.corpus.word_run_index import comparison
from variorum.findings import Finding, Level, Where
from variorum.folder import Folder
from variorum.progress import Progress
from variorum.stages import stage


class Compared(NamedTuple):
    """What is compared: the texts of documents. `same` is how grave it is that one stands twice in a story."""

    folder: Folder
    entries: Sequence[Entry]
    texts: Texts
    same: Level = Level.ERROR


@dataclass(frozen=True)
class ComparedTexts:
    """What leaks between splits, and texts that are the same or nearly."""

    leaks: Leaks
    findings: list[Finding]


def compare_texts(those: Compared, cache: Cache, progress: Progress) -> ComparedTexts:
    """Holds the texts of documents against each other."""
    told = [(each.where(""), each.document.document_id, each.document.story_id, each.document.split) for each in those.entries]
    key = cache_key(told, those.same, sorted(those.texts.digests().items()))
    known = cache.find("comparisons", key, ComparedTexts)
    if known:
        return known
    found = _compared(those, progress)
    cache.keep("comparisons", key, found)
    return found


def _compared(those: Compared, progress: Progress) -> ComparedTexts:
    folder, entries, texts, same = those
    places = {entry.document.document_id: entry.where("") for entry in entries if entry.file}
    stories = {entry.document.document_id: entry.document.story_id for entry in entries}

    def name(document_id: str) -> Where | str:
        return places.get(document_id) or folder.name(folder.text(document_id))

    with stage("duplicates and leaks"), comparison(texts, texts.__getitem__, progress) as compared:
        return ComparedTexts(leaks(entries, compared), list(check_duplicates(compared, stories, name, same=same)))
