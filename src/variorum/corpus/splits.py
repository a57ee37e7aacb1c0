"""Which split a story is drawn into, and what leaks between splits."""

from collections import defaultdict
from collections.abc import Iterator
from hashlib import sha256
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from variorum.corpus.catalogue import Document
from variorum.corpus.entries import Entries
from variorum.corpus.settings import SPLITS, Settings, Split
from variorum.corpus.shared_runs import Corpus, SplitShare
from variorum.corpus.shingles import LONG_RUN_WORDS
from variorum.corpus.word_run_index import Comparison
from variorum.findings import Finding, finding
from variorum.kernel.arrays import Bools, Ints


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


class Leaks(NamedTuple):
    """What leaks between splits. `counts` is empty unless there may be more pairs than are listed: then it is of all."""

    listed: list[Leak]
    counts: list[SplitShare]


def check_splits(entries: Entries, leaking: Leaks, settings: Settings, file: str) -> Iterator[Finding]:
    """Splits that are empty, and what leaks between them unless the corpus declares that it holds out tellings."""
    seconds = {leak.second for leak in leaking.listed}
    places = {entry.document.document_id: entry.where(file) for entry in entries.only(seconds)}
    present = entries.split_names()
    for split in SPLITS:
        if entries and settings.split_shares.get(split, 0) > 0 and split not in present:
            yield finding(file, "split-empty", f"No document has the split {split}.")
    if settings.holds_out == "stories":
        for leak in leaking.listed:
            if leak.rule == "split-leakage":
                drawn = f" The story's id would draw {draw_split(leak.story, settings)}."
                yield finding(places[leak.second], leak.rule, leak.fact + drawn)
            elif not leak.story:  # one finding a story, not one more for its words
                yield finding(places[leak.second], leak.rule, leak.fact)
        for share in leaking.counts:
            if not share.same_story:
                yield finding(file, "split-shared-text", f"Not every pair is listed: {counted(share)}.")


def counted(share: SplitShare) -> str:
    """What documents of two splits share, as a clause."""
    stories = "the same story" if share.same_story else "other stories"
    return (
        f"{share.documents} documents of {share.split} share {share.runs} runs of {LONG_RUN_WORDS} words "
        f"with documents of {stories} in {share.other}"
    )


def leaks(entries: Entries, compared: Comparison) -> Leaks:
    """What documents of different splits have in common: their story, or long runs of words. All compared have an entry."""
    names = tuple(sorted(entries.split_names(), key=_place))
    splits, stories = entries.split_numbers(names), entries.story_numbers()
    places = entries.places(compared.ids)
    shared = compared.runs.shared_runs(Corpus(splits[places], names, stories[places], compared.text))
    ids = {compared.ids[number] for pair in shared.pairs for number in (pair.first, pair.second)}
    documents = {entry.document.document_id: entry.document for entry in entries.only(ids)}
    pairs = [(documents[compared.ids[pair.first]], documents[compared.ids[pair.second]], pair.shared) for pair in shared.pairs]
    listed = [*_shared_stories(entries, splits, stories), *(_shared_text(*pair) for pair in pairs)]
    return Leaks(listed, [] if shared.is_whole else shared.shares)


def _place(split: str) -> tuple[int, str]:
    return ([*SPLITS, split].index(split), split)


def _shared_stories(entries: Entries, splits: Ints, stories: Ints) -> Iterator[Leak]:
    """One leak a story that stands in several splits, between its first document and the first in another split."""
    told = defaultdict(list)
    for entry in entries.at(np.flatnonzero(_are_apart(splits, stories)[stories]).tolist()):
        told[entry.document.story_id].append(entry.document)
    for story, documents in told.items():
        first = documents[0]
        other = next(document for document in documents if document.split != first.split)
        places = ", ".join(f"{document.document_id} in {document.split}" for document in documents)
        yield Leak("split-leakage", first.document_id, other.document_id, story, 0, f"The story {story} has {places}.")


def _are_apart(splits: Ints, stories: Ints) -> Bools:
    """Which stories, by number, have documents in several splits."""
    least, most = np.full(len(stories), splits.max(initial=0)), np.zeros(len(stories), np.int64)
    np.minimum.at(least, stories, splits)
    np.maximum.at(most, stories, splits)
    are_apart: Bools = least < most
    return are_apart


def _shared_text(first: Document, second: Document, runs: int) -> Leak:
    fact = f"{second.document_id} in {second.split} shares {runs} runs of {LONG_RUN_WORDS} words"
    fact += f" with {first.document_id} in {first.split}."
    story = first.story_id if first.story_id == second.story_id else ""
    return Leak("split-shared-text", first.document_id, second.document_id, story, runs, fact)
