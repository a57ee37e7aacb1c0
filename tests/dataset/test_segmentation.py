"""Paragraphs, sentences and tokens."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from variorum.dataset.segmentation import Segmentation, segment

PIECES = [
    "Rain fell. ",
    "Dr. Li came. ",
    "“Go!” he said. ",
    "It cost 1.5 m. ",
    "a",
    " ",
    "\n",
    "\n\n",
    "\n \n",
    "***\n\n",
    "😀 ",
    "e\u0301. ",
    "שלום. ",
    "\u00a0",
    "? ",
    "e.g. ",
    "A. B. ",
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.text(max_size=40)
SPANS = st.tuples(st.integers(0, 60), st.integers(1, 30)).map(lambda span: (span[0], span[0] + span[1]))


def slices(text: str, offsets: list[tuple[int, int]]) -> list[str]:
    return [text[start:end] for start, end in offsets]


def touches(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


@given(TEXTS)
def test_tokens_are_all_that_is_not_blank_in_order(text: str) -> None:
    tokens = segment(text).tokens

    assert "".join(slices(text, tokens)) == "".join(text.split())
    assert all(end <= start for (_, end), (start, _) in pairwise(tokens))


@given(TEXTS)
def test_a_token_is_a_run_of_word_characters_or_one_other_character(text: str) -> None:
    for token in slices(text, segment(text).tokens):
        assert re.fullmatch(r"\w+", token) or (len(token) == 1 and not re.match(r"\s", token))


@given(TEXTS)
def test_paragraphs_are_trimmed_in_order_and_hold_all_that_is_not_blank(text: str) -> None:
    paragraphs = segment(text).paragraphs

    assert "".join("".join(paragraph.split()) for paragraph in slices(text, paragraphs)) == "".join(text.split())
    assert all(paragraph == paragraph.strip() != "" for paragraph in slices(text, paragraphs))
    assert all(re.search(r"\n\s*\n", paragraph) is None for paragraph in slices(text, paragraphs))
    assert paragraphs == sorted(paragraphs)


@given(TEXTS)
def test_sentences_are_trimmed_in_order_apart_and_each_in_one_paragraph(text: str) -> None:
    found = segment(text)

    assert all(sentence == sentence.strip() for sentence in slices(text, found.sentences))
    assert all(re.search(r"\w", sentence) for sentence in slices(text, found.sentences))
    assert all(end <= start for (_, end), (start, _) in pairwise(found.sentences))
    for start, end in found.sentences:
        assert sum(first <= start and end <= last for first, last in found.paragraphs) == 1


@given(TEXTS)
def test_every_word_is_in_a_sentence(text: str) -> None:
    found = segment(text)

    for match in re.finditer(r"\w+", text):
        assert [span for span in found.sentences if touches(span, match.span())] != []


@given(TEXTS, SPANS)
def test_look_ups_agree_with_looking_at_every_sentence_and_token(text: str, span: tuple[int, int]) -> None:
    found = segment(text)
    sentences = [index for index, each in enumerate(found.sentences) if touches(each, span)]
    inside = [index for index, (first, last) in enumerate(found.sentences) if first <= span[0] and span[1] <= last]

    assert list(found.tokens_in(*span)) == [index for index, each in enumerate(found.tokens) if touches(each, span)]
    assert list(found.sentences_in(*span)) == sentences
    assert found.sentence_of(*span) == (inside[0] if inside else None)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Rain fell. Snow lay.", ["Rain fell.", "Snow lay."]),
        ("Dr. Li came to Oslo. She left.", ["Dr. Li came to Oslo.", "She left."]),
        ("It rained in the U.S. today. Yes.", ["It rained in the U.S. today.", "Yes."]),
        ("Prices rose 1.5 per cent. Then they fell.", ["Prices rose 1.5 per cent.", "Then they fell."]),
        ("A headline\n\nThe first line\nof a paragraph.", ["A headline", "The first line\nof a paragraph."]),
        ("Before.\n\n* * *\n\nAfter.", ["Before.", "After."]),
        ("", []),
        (" \n ", []),
        ("…", []),
    ],
)
def test_sentences_of_plain_cases(text: str, sentences: list[str]) -> None:
    assert slices(text, segment(text).sentences) == sentences


def test_an_abbreviation_of_the_corpus_ends_no_sentence() -> None:
    text = "The Foobz. Committee met. It left."

    assert slices(text, segment(text).sentences) == ["The Foobz.", "Committee met.", "It left."]
    assert slices(text, segment(text, ("Foobz.",)).sentences) == ["The Foobz. Committee met.", "It left."]


def test_an_abbreviation_at_the_end_of_a_paragraph_ends_its_sentence() -> None:
    text = "It was the Foobz.\n\nIt left."

    assert slices(text, segment(text, ("Foobz.",)).sentences) == ["It was the Foobz.", "It left."]


def test_a_span_between_two_sentences_touches_none() -> None:
    found = Segmentation([(0, 9)], [(0, 3), (5, 9)], [(0, 3), (5, 9)])

    assert (list(found.sentences_in(3, 5)), found.sentence_of(3, 5), list(found.tokens_in(3, 5))) == ([], None, [])
    assert (list(found.sentences_in(2, 6)), found.sentence_of(2, 6), list(found.tokens_in(2, 6))) == ([0, 1], None, [0, 1])
    assert (found.sentence_of(5, 9), found.sentence_of(0, 4)) == (1, None)
