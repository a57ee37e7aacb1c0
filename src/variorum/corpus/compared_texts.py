"""What all texts of a corpus have in common, two by two; looked for again only where a text, story or split has changed."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import NamedTuple, Protocol

from variorum.cache.store import cache_key
from variorum.corpus.entries import Entries
from variorum.corpus.splits import Leaks, leaks
from variorum.corpus.texts import TEXT, Texts
from variorum.corpus.word_hashes import HashedTexts, hash_texts
from variorum.corpus.word_run_index import Comparison, comparison_of_hashed
from variorum.engines import CHUNK, Made, Working
from variorum.findings import Finding, Level, Where, finding
from variorum.folder import Folder
from variorum.kernel.arrays import Ints
from variorum.progress import Progress, Step
from variorum.stages import stage

LISTED_NEAR_DUPLICATES = 1_000
"""How many pairs of nearly the same texts are findings of their own; of n copies of one form there are n squared."""

_SHOWN_TWICE = "Nothing to do where two tasks are meant to show it; else leave one of them out of the export."


class SomeTexts(Protocol):
    """Texts by document, of which some can be sent to a worker."""

    def __iter__(self) -> Iterator[str]:
        """The ids of the documents."""
        ...

    def only(self, document_ids: Iterable[str], /) -> Mapping[str, str]:
        """Those of some documents."""
        ...


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

    hashed = hashed_texts(texts, working, progress)
    with stage("duplicates and leaks"), comparison_of_hashed(ids, hashed, texts.__getitem__) as compared:
        stories = entries.story_numbers()[entries.places(ids)]
        return ComparedTexts(leaks(entries, compared), list(check_duplicates(compared, stories, name, same=same)))


def hashed_texts(texts: SomeTexts, working: Working, progress: Progress) -> Iterator[HashedTexts]:
    """The runs of words of all texts, some hundred at a time; they are numbered in the order of their ids."""
    ids = sorted(texts)

    def asked(start: int) -> tuple[range, Mapping[str, str]]:
        chunk = range(start, min(start + CHUNK, len(ids)))
        return chunk, texts.only(ids[number] for number in chunk)

    many = Made(asked, range(0, len(ids), CHUNK))
    for done, found in enumerate(working.done_here(_hash, many, len(ids) * TEXT), start=1):
        yield found
        progress(Step(min(done * CHUNK, len(ids)), len(ids), "Comparing texts"))


def _hash(asked: tuple[range, Mapping[str, str]]) -> HashedTexts:
    numbers, texts = asked
    return hash_texts(numbers, [texts[document_id] for document_id in texts])


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
