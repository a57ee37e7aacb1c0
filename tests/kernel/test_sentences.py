"""nupunkt asked little against nupunkt asked about each paragraph: every sort of end, beside every sort of character."""

import string

from hypothesis import given
from hypothesis import strategies as st
from nupunkt import load_default_model

from variorum.dataset.segmentation import segment
from variorum.kernel.texts import TextBatch

PIECES = [
    *(
        "a",
        "It",
        "iv",
        "1",
        "12",
        "I",
        "Mr",
        "U.S",
        "etc",
        "No",
        "go-on",
        "x_",
        "e\u0301",
        "北",
        "1.5",
        "www.a.b",
        "Corp",
        "\u2019s",
        "Inc.",
    ),
    *(".", ".", "?", "!", "…", "..", ". . .", "?!", ".”", ".)", ". ", ". ", ".\n", ". \n", ".\u00a0", "!\u2028"),
    *(" ", " ", " ", "  ", "\n", "\t", "\r", "\x85", "\n\n", "\u200b"),
    *("”", '"', ")", "(", "“", "'", "\u2019", "*", "--", "-", ",", ";", ":", "]", "{", "}", "»", "@", "&", "#", "`"),
]
SENTENCE = st.sampled_from(
    ["It rained on Mr. Li. ", "Go on. ", "He left the U.S. It was 5 p.m. ", "Corp. It ", "cost No. 5 ", "why? No. "]
)
TEXTS = st.lists(st.sampled_from(PIECES) | SENTENCE, max_size=25).map("".join)
ABBREVIATIONS = st.sampled_from([(), ("Li.", "a.", "It."), ("on.",)])


@given(st.lists(TEXTS, max_size=4), ABBREVIATIONS)
def test_sentences_are_those_that_nupunkt_gives_each_paragraph(texts: list[str], abbreviations: tuple[str, ...]) -> None:
    assert_as_nupunkt(texts, abbreviations)


def assert_as_nupunkt(texts: list[str], abbreviations: tuple[str, ...]) -> None:
    batch = TextBatch.of(texts, abbreviations)
    base = batch.text_starts.tolist()

    expected = [
        (start + first, start + last)
        for start, text in zip(base, texts, strict=True)
        for first, last in segment(text, abbreviations).sentences
    ]
    assert list(zip(batch.sentences.starts.tolist(), batch.sentences.ends.tolist(), strict=True)) == expected


MODEL = load_default_model().parameters
KNOWN = sorted({*MODEL.abbrev_types, *MODEL.sent_starters, *(word for pair in MODEL.collocations for word in pair)})
LETTERS = st.text(string.ascii_letters, min_size=1, max_size=8)
COLLOCATION = st.sampled_from(sorted(MODEL.collocations)).map(". ".join)


@given(st.lists(LETTERS | st.sampled_from(KNOWN) | COLLOCATION | st.sampled_from(PIECES), max_size=6), st.data())
def test_a_word_ends_its_sentence_as_the_model_of_nupunkt_has_it(words: list[str], data: st.DataObject) -> None:
    cased = [data.draw(st.sampled_from([word, word.capitalize(), word.upper()])) for word in words]
    text = " ".join(f"{word}." for word in cased)

    assert_as_nupunkt([text], ())
