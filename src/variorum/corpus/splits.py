"""Which split a story is drawn into, and what leaks between splits."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import accumulate
from typing import NamedTuple

from variorum.corpus.catalogue import Entry
from variorum.corpus.settings import SPLITS, Settings, Split
from variorum.corpus.shingles import LONG_RUN_WORDS, overlaps
from variorum.findings import Finding, Where, finding


class Leak(NamedTuple):
    """Something that two documents of different splits have in common.

    `story` is the one both tell, or empty; `runs` is the number of word runs that they share.
    """

    rule: str
    first: str
    second: str
    story: str
    runs: int
    fact: str


def draw_split(story_id: str, settings: Settings) -> Split:
    """The split of a story: a hash of its id alone, so that new stories never move old ones."""
    digest = sha256(f"{settings.split_seed}:{story_id}".encode()).digest()
    drawn = int.from_bytes(digest[:8], "big") / 2**64 * sum(settings.split_shares.values())
    shares = [settings.split_shares.get(split, 0.0) for split in SPLITS]
    return next((split for split, end in zip(SPLITS, accumulate(shares), strict=True) if drawn < end), SPLITS[0])


def check_splits(entries: list[Entry], leaking: list[Leak], settings: Settings, file: str) -> Iterator[Finding]:
    """Splits that are empty, and what leaks between them unless the corpus declares that it holds out tellings."""
    lines = {entry.document.document_id: entry.line for entry in entries}
    present = {entry.document.split for entry in entries}
    for split in SPLITS:
        if entries and settings.split_shares.get(split, 0) > 0 and split not in present:
            yield finding(file, "split-empty", f"No document has the split {split}.")
    if settings.holds_out == "stories":
        for leak in leaking:
            if leak.rule == "split-leakage":
                drawn = f" The story's id would draw {draw_split(leak.story, settings)}."
                yield finding(Where(file, lines[leak.second]), leak.rule, leak.fact + drawn)
            elif not leak.story:  # one finding a story, not one more for its words
                yield finding(Where(file, lines[leak.second]), leak.rule, leak.fact)


def leaks(entries: list[Entry], texts: dict[str, str]) -> list[Leak]:
    """What documents of different splits have in common: their story, or long runs of words."""
    return [*_shared_stories(entries), *_shared_runs(entries, texts)]


def _shared_stories(entries: list[Entry]) -> Iterator[Leak]:
    """One leak a story that stands in several splits, between its first document and the first in another split."""
    stories = defaultdict(list)
    for entry in entries:
        stories[entry.document.story_id].append(entry.document)
    for story, documents in stories.items():
        first = documents[0]
        other = next((document for document in documents if document.split != first.split), None)
        if other is not None:
            places = ", ".join(f"{document.document_id} in {document.split}" for document in documents)
            yield Leak("split-leakage", first.document_id, other.document_id, story, 0, f"The story {story} has {places}.")


def _shared_runs(entries: Iterable[Entry], texts: dict[str, str]) -> Iterator[Leak]:
    split = {entry.document.document_id: entry.document.split for entry in entries}
    story = {entry.document.document_id: entry.document.story_id for entry in entries}
    for pair in overlaps({name: texts[name] for name in split if name in texts}, LONG_RUN_WORDS):
        if split[pair.first] != split[pair.second]:
            fact = f"{pair.second} in {split[pair.second]} shares {pair.shared} runs of {LONG_RUN_WORDS} words"
            fact += f" with {pair.first} in {split[pair.first]}."
            shared = story[pair.first] if story[pair.first] == story[pair.second] else ""
            yield Leak("split-shared-text", pair.first, pair.second, shared, pair.shared, fact)
