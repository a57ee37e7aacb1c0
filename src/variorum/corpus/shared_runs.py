"""Long runs of words that documents of different splits share: exact counts, and the first of the pairs."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from variorum.corpus.pair_search import FirstPairs, add_pairs, differing, group_starts, groups_of
from variorum.corpus.run_store import RunStore
from variorum.corpus.shingles import LONG_RUN_WORDS, Overlap, overlaps
from variorum.corpus.word_hashes import Hashes, Mask
from variorum.kernel.arrays import Ints

LISTED_PAIRS = 5_000
"""How many pairs are listed of documents of one story, and how many of documents of different stories."""


class SplitShare(NamedTuple):
    """What documents of `split` share with those of `other` that tell the same story, or with those of other stories.

    `documents` of them hold one of the `runs`, each counted once.
    """

    split: str
    other: str
    same_story: bool
    documents: int
    runs: int


class SharedRuns(NamedTuple):
    """The first pairs, in the order of their documents; where there may be more, `is_whole` is false and `shares` counts."""

    pairs: list[Overlap]
    is_whole: bool
    shares: list[SplitShare]


class Corpus(NamedTuple):
    """What is known of the documents whose runs were hashed: splits and stories as numbers, and how to get a text."""

    splits: Ints
    split_names: tuple[str, ...]
    stories: Ints
    text: Callable[[int], str]


def shared_runs(store: RunStore, corpus: Corpus, listed: int = LISTED_PAIRS) -> SharedRuns:
    """What documents of different splits share of runs of eight words; pairs are compared by their texts."""
    found = {True: FirstPairs(listed + 1), False: FirstPairs(listed + 1)}
    shares = _Shares(corpus)
    for hashes, documents, _ in store.shared(np.ones(len(corpus.splits), dtype=np.bool_)):
        holders = _astride(hashes, documents, corpus)
        shares.add(holders)
        for same_story, pairs in found.items():
            _search(pairs, holders, corpus, same_story=same_story)
    first = sorted(pair for pairs in found.values() for pair in list(pairs.pairs())[:listed])
    is_whole = not any(pairs.is_full for pairs in found.values())
    return SharedRuns(list(overlaps(first, corpus.text, LONG_RUN_WORDS)), is_whole, shares.counted())


def linked_stories(store: RunStore, stories: Ints) -> set[tuple[int, int]]:
    """Stories that share runs, each with the first that has the run; they are compared by hashes alone."""
    linked: set[tuple[int, int]] = set()
    count = np.int64(stories.max(initial=0) + 2)
    for hashes, documents, _ in store.shared(np.ones(len(stories), dtype=np.bool_)):
        own = stories[documents]
        starts, groups = groups_of(hashes)
        first = own[starts][groups]
        pairs = np.unique(first[first != own] * count + own[first != own])
        linked.update(zip((pairs // count).tolist(), (pairs % count).tolist(), strict=True))
    return linked


class _Holders(NamedTuple):
    """Who holds runs that stand in several splits, in the order of runs and documents; `runs` numbers the runs.

    `same_story[i, split]` says whether a document of that split, another than its own, and of its story has the run too;
    `other_story` whether one of another story has.
    """

    documents: Ints
    runs: Ints
    splits: Ints
    same_story: Mask
    other_story: Mask


def _astride(hashes: Hashes, documents: Ints, corpus: Corpus) -> _Holders:
    starts, runs = groups_of(hashes)
    astride = differing(corpus.splits[documents], starts)[runs]
    documents, runs = documents[astride], runs[astride]
    splits, stories = corpus.splits[documents], corpus.stories[documents]
    is_of = splits[:, None] == np.arange(len(corpus.split_names))
    by_story = np.lexsort((stories, runs))
    of_story = np.empty(is_of.shape, dtype=np.int64)
    of_story[by_story] = _counts(is_of[by_story], runs[by_story], stories[by_story])
    return _Holders(documents, runs, splits, (of_story > 0) & ~is_of, (_counts(is_of, runs) > of_story) & ~is_of)


def _counts(is_of: Mask, *columns: Ints) -> Ints:
    """How many of the group of each element are of each split."""
    starts, groups = groups_of(*columns)
    return np.add.reduceat(is_of, starts, axis=0, dtype=np.int64)[groups] if len(starts) else is_of.astype(np.int64)


class _Shares:
    """Counts the documents and runs of each two splits."""

    def __init__(self, corpus: Corpus) -> None:
        self._names = corpus.split_names
        shape = len(corpus.split_names), len(corpus.split_names)
        self._runs = {same_story: np.zeros(shape, dtype=np.int64) for same_story in (True, False)}
        self._holding = {same_story: np.zeros((len(corpus.splits), shape[0]), dtype=np.bool_) for same_story in (True, False)}
        self._splits = corpus.splits

    def add(self, holders: _Holders) -> None:
        """Counts the runs of one range, which no other range has."""
        for same_story, shared in ((True, holders.same_story), (False, holders.other_story)):
            for own, other in np.ndindex(self._runs[same_story].shape):
                sharing = shared[:, other] & (holders.splits == own)
                self._holding[same_story][holders.documents[sharing], other] = True
                self._runs[same_story][own, other] += len(group_starts(holders.runs[sharing]))

    def counted(self) -> list[SplitShare]:
        """What is shared, splits in the order of their numbers."""
        return [
            SplitShare(
                split, other, same_story, int(holding[self._splits == own, at].sum()), int(self._runs[same_story][own, at])
            )
            for same_story, holding in self._holding.items()
            for own, split in enumerate(self._names)
            for at, other in enumerate(self._names)
            if self._runs[same_story][own, at]
        ]


def _search(found: FirstPairs, holders: _Holders, corpus: Corpus, *, same_story: bool) -> None:
    """Adds the pairs of documents of different splits, and of the same story or of different ones, that hold a run."""
    stories = corpus.stories[holders.documents]
    order = np.lexsort((holders.documents, stories, holders.runs)) if same_story else np.arange(len(stories))
    documents, splits, runs = holders.documents[order], holders.splits[order], holders.runs[order]
    starts, groups = groups_of(runs, stories[order]) if same_story else groups_of(runs)
    ends = np.append(starts, len(runs))[groups + 1]
    shared = (holders.same_story if same_story else holders.other_story)[order].any(axis=1)
    for split in range(len(corpus.split_names)):
        members = np.flatnonzero(splits == split)
        before = np.cumsum(np.concatenate([[0], splits == split]))
        chosen = np.flatnonzero(shared & (splits != split) & (documents <= found.last_document))
        begin, end = before[chosen + 1], before[ends[chosen]]

        def pairing(ones: Ints, others: Ints) -> tuple[Ints, Ints]:
            first, second = documents[chosen[ones]], documents[members[others]]  # noqa: B023 # called in this turn of the loop
            wanted = (corpus.stories[first] == corpus.stories[second]) == same_story
            return first[wanted], second[wanted]

        add_pairs(found, documents[chosen], begin, end, pairing)
