"""What is looked up in all texts at once is what is found text by text."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from variorum.hub import text_index
from variorum.hub.references import Piece, referenced
from variorum.hub.text_index import DEPTH, IndexedTexts

# Few letters, so that texts have long runs in common, and characters of one to four bytes.
LETTERS = "ab \U0001f600ï\uffff"
TEXTS = st.dictionaries(st.sampled_from(["1", "2", "3", "4", "5"]), st.text(LETTERS, max_size=60))
WORDS = st.text(LETTERS + "c", max_size=60)


def text_by_text(words: str, texts: Mapping[str, str], least: int) -> list[Piece]:
    """The same, the plain way."""
    pieces: list[Piece] = []
    literal, place = "", 0
    while place < len(words):
        run = longest(words, place, texts, least)
        if run is None:
            literal += words[place]
            place += 1
            continue
        pieces += [*([Piece("", 0, 0, literal)] if literal else []), run]
        literal, place = "", place + run.end - run.start
    return [*pieces, *([Piece("", 0, 0, literal)] if literal else [])]


def longest(words: str, place: int, texts: Mapping[str, str], least: int) -> Piece | None:
    for end in range(len(words), place + least - 1, -1):
        for document_id, text in texts.items():
            if words[place:end] in text:
                at = text.index(words[place:end])
                return Piece(document_id, at, at + end - place, "")
    return None


@given(TEXTS, st.sets(st.sampled_from(["1", "2", "3"])), WORDS, st.integers(1, DEPTH + 4), st.sampled_from([1, 30, 1_000]))
def test_pieces_are_those_found_text_by_text(
    texts: dict[str, str], chosen: set[str], words: str, least: int, block: int
) -> None:
    own = {each: text for each, text in texts.items() if each in chosen}

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(text_index, "BLOCK", block)
        indexed = IndexedTexts(texts, texts)

    assert referenced(words, own, least, indexed) == text_by_text(words, own | texts, least)


def test_long_runs_are_told_apart_beyond_what_places_are_sorted_by() -> None:
    same = "x" * DEPTH
    texts = {"1": f"{same}ab {same}abc", "2": f"{same}abcd", "3": f"{same}abcd"}

    indexed = IndexedTexts(texts, texts)

    assert indexed.longest(f"{same}abcde", 0, 12) == ("2", 0, DEPTH + 4)
    assert indexed.longest(f"{same}abc", 0, 12) == ("1", DEPTH + 3, 2 * DEPTH + 6)
    assert indexed.longest(f"{same}abce", 0, DEPTH + 4) is None


def test_only_the_texts_that_are_named_are_looked_in() -> None:
    indexed = IndexedTexts({"1": "one", "2": "two"}, ["2"])

    assert dict(indexed) == {"2": "two"}
    assert (indexed.has("tw"), indexed.has("on"), "1" in indexed) == (True, False, False)
