"""Texts against each other: what is found is what comparing every two of them finds."""

import pickle
import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.corpus import reference

from variorum.corpus import near_duplicates, pair_search, run_store, word_hashes
from variorum.corpus.run_store import IN_MEMORY
from variorum.corpus.shared_runs import Corpus, SharedRuns, SplitShare
from variorum.corpus.shingles import LONG_RUN_WORDS, NEAR_DUPLICATE_WORDS, Overlap, word_runs
from variorum.corpus.word_hashes import hash_texts, hash_words
from variorum.corpus.word_run_index import WordRuns, comparison, comparison_of_hashed
from variorum.progress import Step

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


def found(  # noqa: PLR0913, PLR0917 # what the search is given, and its limits
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


@pytest.mark.slow
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


def test_of_more_pairs_than_are_listed_the_first_come_and_all_are_counted(tmp_path: Path) -> None:
    run = "one two three four five six seven eight nine"  # two runs of eight words
    texts = dict(enumerate([run, f"{run} a", f"b {run}", f"c {run} d", "e"]))
    splits = [0, 2, 0, 2, 2]

    *_, whole = found(texts, [0, 1, 2, 3, 4], splits, tmp_path, listed=4)
    *_, part = found(texts, [0, 1, 2, 3, 4], splits, tmp_path, listed=3)

    assert whole.is_whole
    assert not part.is_whole
    assert part.pairs == whole.pairs[:3] == reference.shared_runs(texts, splits)[:3]
    assert part.shares == [SplitShare("train", "test", False, 2, 2), SplitShare("test", "train", False, 2, 2)]


def test_pairs_of_one_story_and_of_several_are_counted_apart(tmp_path: Path) -> None:
    run = "one two three four five six seven eight"
    texts = {0: run, 1: run + " a", 2: run + " b"}

    *_, shared = found(texts, [0, 0, 1], [0, 1, 2], tmp_path)

    assert shared.shares == [
        SplitShare("train", "validation", True, 1, 1),
        SplitShare("validation", "train", True, 1, 1),
        SplitShare("train", "test", False, 1, 1),
        SplitShare("validation", "test", False, 1, 1),
        SplitShare("test", "train", False, 1, 1),
        SplitShare("test", "validation", False, 1, 1),
    ]


@given(st.lists(st.text(st.sampled_from("aB1_ .\nÄß\u017fİΣς\u2019\u0301\u212a\U0001d7d8😀京"), max_size=30), max_size=5))
def test_hashed_words_are_those_of_the_reference(texts: list[str]) -> None:
    hashed, counts = hash_words(texts)
    words = [re.findall(r"\w+", text.lower()) for text in texts]

    assert counts.tolist() == [len(found) for found in words]
    written = [word for found in words for word in found]
    assert len(set(hashed.tolist())) == len(set(written))
    assert len(set(zip(hashed.tolist(), written, strict=True))) == len(set(written))


@given(st.lists(st.text(st.sampled_from("aB1 Äß\u017f\u2019\U0001d7d8京"), max_size=30), max_size=5))
def test_the_hash_of_a_word_does_not_depend_on_the_texts_beside_it(texts: list[str]) -> None:
    together = hash_words(texts)[0].tolist()

    assert together == [hashed for text in texts for hashed in hash_words([text])[0].tolist()]


def test_every_character_is_lowered_and_in_words_as_the_reference_has_it() -> None:
    characters = [chr(code) for code in range(sys.maxunicode + 1)]

    _, counts = hash_words(characters)

    assert counts.tolist() == [len(re.findall(r"\w+", character.lower())) for character in characters]


@given(st.lists(st.text(st.sampled_from("ab "), max_size=30), max_size=5), st.sampled_from(["short", "long"]))
def test_hashed_runs_are_as_many_as_the_runs(texts: list[str], which: str) -> None:
    hashed = hash_texts(range(len(texts)), texts)
    runs = getattr(pickle.loads(pickle.dumps(hashed)), which)  # noqa: S301 # our own bytes: results cross processes
    words = NEAR_DUPLICATE_WORDS if which == "short" else LONG_RUN_WORDS

    for number, text in enumerate(texts):
        assert len(set(runs.hashes[runs.documents == number].tolist())) == len(word_runs(text, words))


def test_texts_that_other_processes_hashed_give_the_same(tmp_path: Path) -> None:
    texts = {0: "one two three four", 1: "one two three four", 2: "five"}
    runs = WordRuns(tmp_path)
    for number in (2, 0, 1):
        runs.add_hashed(hash_texts([number], [texts[number]]))

    assert runs.duplicates(texts.__getitem__) == [(0, 1)]


def test_hashes_that_collide_make_no_pairs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {number: f"{number} a b c d e f g h" for number in range(3)} | {3: "x y z", 4: "u v w"}
    monkeypatch.setattr(word_hashes, "_mixed", np.zeros_like)

    _, near, shared = found(texts, [0, 1, 2, 3, 4], [0, 1, 2, 0, 1], tmp_path)

    assert near == reference.near_duplicates(texts, [0, 1, 2, 3, 4])
    assert shared.pairs == reference.shared_runs(texts, [0, 1, 2, 0, 1])


@given(st.lists(SENTENCES, max_size=9), st.integers(1, 4))
def test_texts_hashed_elsewhere_are_compared_as_those_hashed_here(texts: list[str], at_a_time: int) -> None:
    by_id = {f"d{number}": text for number, text in enumerate(texts)}
    portions = [range(start, min(start + at_a_time, len(texts))) for start in range(0, len(texts), at_a_time)]
    hashed = (hash_texts(portion, texts[portion.start : portion.stop]) for portion in reversed(portions))

    with (
        comparison(by_id, by_id.__getitem__) as here,
        comparison_of_hashed(sorted(by_id), hashed, by_id.__getitem__) as elsewhere,
    ):
        assert here.ids == elsewhere.ids
        assert here.runs.duplicates(here.text) == elsewhere.runs.duplicates(elsewhere.text)


def test_a_comparison_shows_how_many_texts_it_has_hashed() -> None:
    seen: list[Step] = []
    with comparison("ba", str.upper, seen.append) as compared:
        assert compared.ids == ["a", "b"]

    assert seen == [Step(2, 2, "Comparing texts")]
