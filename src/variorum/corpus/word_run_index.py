"""All texts of a corpus against each other, as they stream by: the same text, nearly the same, long runs of words."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np

from variorum.corpus.near_duplicates import NearDuplicates, Texts, near_duplicates
from variorum.corpus.pair_search import groups_of
from variorum.corpus.run_store import IN_MEMORY, RunStore
from variorum.corpus.shared_runs import LISTED_PAIRS, Corpus, SharedRuns, linked_stories, shared_runs
from variorum.corpus.word_hashes import HashedTexts, Hashes, hash_texts
from variorum.kernel.arrays import Ints
from variorum.progress import Progress, Step, no_progress

Text = Callable[[int], str]
_TEXTS_AT_A_TIME = 256
"""Texts that are hashed at once: 16 at once take 1.4 times as long, 64 to 4,096 the same within 13%."""


class WordRuns:
    """The runs of words of texts, which are added in any order and need not be held.

    Documents are numbered from 0 in the order in which pairs are to be given. `spill` is a folder for temporary files,
    written only where there are more than `in_memory` runs; whoever gave it deletes it, once nothing more is asked.
    """

    def __init__(self, spill: Path, in_memory: int = IN_MEMORY) -> None:
        self._spill = spill
        self._in_memory = in_memory
        self._short = RunStore(spill / "short", in_memory)
        self._long = RunStore(spill / "long", in_memory)
        self._texts: list[tuple[Ints, Hashes]] = []  # the documents' numbers, and the digests of their texts

    def add(self, numbers: Sequence[int], texts: Sequence[str]) -> None:
        """Takes the texts of documents."""
        self.add_hashed(hash_texts(numbers, texts))

    def add_hashed(self, hashed: HashedTexts) -> None:
        """Takes texts that another process has hashed."""
        self._texts.append((hashed.numbers, hashed.digests))
        self._short.add(hashed.short)
        self._long.add(hashed.long)

    def duplicates(self, text: Text) -> list[tuple[int, int]]:
        """Each document whose text an earlier one has too, behind the first that has it, in the order of the later ones."""
        numbers, digests = self._numbers_and_digests()
        starts, groups = groups_of(digests)
        found: list[tuple[int, int]] = []
        for members in np.split(numbers, starts[1:]) if len(starts) < len(groups) else []:
            if len(members) > 1:
                found += _copies(members.tolist(), text)
        return sorted(found, key=itemgetter(1))

    def near_duplicates(self, stories: Ints, text: Text) -> NearDuplicates:
        """The pairs of different texts nearly the same, but for those of one story; of copies of a text the first counts.

        `stories[number]` is the story of a document, as a number.
        """
        keep = np.zeros(len(stories), dtype=np.bool_)
        keep[self._numbers_and_digests()[0]] = True
        keep[[later for _, later in self.duplicates(text)]] = False
        return near_duplicates(self._short, Texts(stories, keep, text), self._spill, self._in_memory)

    def shared_runs(self, corpus: Corpus, listed: int = LISTED_PAIRS) -> SharedRuns:
        """The long runs of words that documents of different splits share."""
        return shared_runs(self._long, corpus, listed)

    def linked_stories(self, stories: Sequence[int]) -> set[tuple[int, int]]:
        """Pairs of stories that share a long run of words: not all, but enough to come from any to all that share it."""
        return linked_stories(self._long, np.array(stories, dtype=np.int64))

    def _numbers_and_digests(self) -> tuple[Ints, Hashes]:
        """In the order of digests and numbers."""
        numbers = np.concatenate([np.empty(0, dtype=np.int64), *(each for each, _ in self._texts)])
        digests = np.concatenate([np.empty(0, dtype=np.uint64), *(each for _, each in self._texts)])
        order = np.lexsort((numbers, digests))
        return numbers[order], digests[order]


class Comparison(NamedTuple):
    """Texts to be held against each other: their documents' ids, sorted, their runs by place among these, how to get one."""

    ids: Sequence[str]
    runs: WordRuns
    text_of: Callable[[str], str]

    def text(self, number: int) -> str:
        """The text of the document at a place."""
        return self.text_of(self.ids[number])


@contextmanager
def comparison(ids: Iterable[str], text_of: Callable[[str], str], progress: Progress = no_progress) -> Iterator[Comparison]:
    """The texts of documents, each got when it is needed; what is written of their runs goes when the context is left."""
    ids = sorted(ids)

    def hashed() -> Iterator[HashedTexts]:
        for start in range(0, len(ids), _TEXTS_AT_A_TIME):
            numbers = range(start, min(start + _TEXTS_AT_A_TIME, len(ids)))
            yield hash_texts(numbers, [text_of(ids[number]) for number in numbers])
            progress(Step(numbers.stop, len(ids), "Comparing texts"))

    with comparison_of_hashed(ids, hashed(), text_of) as compared:
        yield compared


@contextmanager
def comparison_of_hashed(
    ids: Sequence[str], hashed: Iterable[HashedTexts], text_of: Callable[[str], str]
) -> Iterator[Comparison]:
    """As `comparison`, of texts hashed elsewhere, as by worker processes: the numbers are places in the sorted `ids`.

    Each result of `hash_texts` is taken as it comes, in any order.
    """
    with TemporaryDirectory() as spill:
        runs = WordRuns(Path(spill))
        for each in hashed:
            runs.add_hashed(each)
        yield Comparison(ids, runs, text_of)


def numbered(values: Iterable[str | None]) -> Ints:
    """A number for each value; equal ones have the same."""
    known: dict[str | None, int] = {}
    return np.array([known.setdefault(value, len(known)) for value in values], dtype=np.int64)


def _copies(numbers: list[int], text: Text) -> Iterator[tuple[int, int]]:
    """Those of documents with one digest whose texts are the same."""
    first: dict[str, int] = {}
    for number in numbers:
        twin = first.setdefault(text(number), number)
        if twin != number:
            yield twin, number
