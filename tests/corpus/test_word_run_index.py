"""Texts against each other: what is found is what comparing every two of them finds."""

import pickle
import re
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.corpus import reference
from variorum.corpus import near_duplicates, pair_search, run_store
from variorum.corpus.run_store import IN_MEMORY
from variorum.corpus.shared_runs import Corpus, SharedRuns, SplitShare
from variorum.corpus.shingles import LONG_RUN_WORDS, NEAR_DUPLICATE_WORDS, Overlap, word_runs
from variorum.corpus.word_hashes import HashedTexts, hash_texts, hash_words
from variorum.corpus.word_run_index import WordRuns

SPLITS = ("train", "validation", "test")
SENTENCES = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=12).map(" ".join)


@st.composite
def corpora(draw: st.DrawFn) -> tuple[dict[int, str], list[int], list[int]]:
    """Texts put together from few sentences, some of them with a word changed; stories and splits."""
    sentences = draw(st.lists(SENTENCES, min_size=1, max_size=4))
    bodies = draw(st.lists(st.lists(st.sampled_from(sentences), max_size=5).map(" ".join), min_size=1, max_size=4))
    tails = st.sampled_from(["", "", " a", " x", ", and SO.", "; y z"])
    texts = draw(st.lists(st.tuples(st.sampled_from(bodies), tails).map("".join), max_size=14))
    numbers = st.integers(0, 2)
    stories, splits = (draw(st.lists(numbers, min_size=len(texts), max_size=len(texts))) for _ in range(2))
    return dict(enumerate(texts)), stories, splits


def found(
    texts: dict[int, str], stories: list[int], splits: list[int], folder: Path, in_memory: int = IN_MEMORY, listed: int = 5000
) -> tuple[list[tuple[int, int]], list[Overlap], SharedRuns]:
    runs = WordRuns(folder, in_memory)
    for number in sorted(texts, reverse=True):
        runs.add([number], [texts[number]])
    corpus = Corpus(np.array(splits, np.int64), SPLITS, np.array(stories, np.int64), texts.__getitem__)
    near = runs.near_duplicates(corpus.stories, texts.__getitem__)
    return runs.duplicates(texts.__getitem__), list(near.pairs), runs.shared_runs(corpus, listed)


@pytest.fixture(params=["in memory", "written", "in ranges"])
def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many runs are held; the last also takes few at a time, everywhere."""
    if request.param == "in ranges":
        monkeypatch.setattr(run_store, "IN_RANGE", 3)
        monkeypatch.setattr(pair_search, "PAIRS_AT_A_TIME", 2)
        monkeypatch.setattr(near_duplicates, "CANDIDATES", 2)
    return IN_MEMORY if request.param == "in memory" else 7


def test_pairs_are_those_of_comparing_every_two_texts(store: int) -> None:
    @given(corpora())
    def check(drawn: tuple[dict[int, str], list[int], list[int]]) -> None:
        texts, stories, splits = drawn
        with TemporaryDirectory() as folder:
            copies, near, shared = found(texts, stories, splits, Path(folder), store)

        assert copies == reference.duplicates(texts)
        assert near == reference.near_duplicates(texts, stories)
        assert shared.pairs == reference.shared_runs(texts, splits)
        assert shared.is_whole

    check()
