"""A batch of texts against the same texts one by one."""

from pathlib import Path

import pytest
from hypothesis import example, given
from tests.kernel.made import ABBREVIATIONS, BATCHES, ints, texts_with_spans

from variorum.annotations.ladder import OffsetText, cuts_word
from variorum.dataset.segmentation import Segmentation, segment
from variorum.dataset.span_rules import _EDGE
from variorum.kernel.arrays import Ints
from variorum.kernel.texts import Pieces, TextBatch

Spans = list[tuple[int, int, int]]


def of_texts(batch: TextBatch, pieces: Pieces) -> list[list[tuple[int, int]]]:
    """The pieces of each text, from its start."""
    return [
        list(zip((pieces.starts[first:last] - start).tolist(), (pieces.ends[first:last] - start).tolist(), strict=True))
        for first, last, start in zip(pieces.firsts[:-1], pieces.firsts[1:], batch.text_starts, strict=True)
    ]


def segmented(texts: list[str], abbreviations: tuple[str, ...]) -> list[Segmentation]:
    batch = TextBatch.of(texts, abbreviations)
    found = (of_texts(batch, pieces) for pieces in (batch.paragraphs, batch.sentences, batch.tokens))
    return [Segmentation(*pieces) for pieces in zip(*found, strict=True)]


@given(BATCHES, ABBREVIATIONS)
@example([], ())
@example(["", " \n\n ", "a\n", "\n\nb", ""], ())
def test_a_batch_falls_apart_as_its_texts_do(texts: list[str], abbreviations: tuple[str, ...]) -> None:
    assert segmented(texts, abbreviations) == [segment(text, abbreviations) for text in texts]


def test_the_corpus_falls_apart_as_its_texts_do(repository: Path) -> None:
    texts = [path.read_bytes().decode() for path in sorted((repository / "corpus" / "texts").iterdir())]

    assert segmented(texts, ("Foobz.", "years.")) == [segment(text, ("Foobz.", "years.")) for text in texts]


@given(BATCHES)
def test_the_strings_of_tokens_sentences_and_paragraphs_are_slices_of_their_text(texts: list[str]) -> None:
    batch = TextBatch.of(texts)

    for pieces in (batch.tokens, batch.sentences, batch.paragraphs):
        expected = [text[start:end] for text, spans in zip(texts, of_texts(batch, pieces), strict=True) for start, end in spans]
        assert batch.strings(pieces.starts, pieces.ends).to_pylist() == expected


@given(texts_with_spans())
def test_the_string_of_any_span_is_the_slice_and_equals_that_alone(case: tuple[list[str], Spans]) -> None:
    texts, spans = case
    batch, (starts, ends) = in_batch(texts, spans)
    slices = [texts[index][start:end] for index, start, end in spans]
    quoted = [text if place % 2 else f"{text}\u0301" for place, text in enumerate(slices)]
    strings = batch.strings(starts, ends)
    strings.validate(full=True)

    assert strings.to_pylist() == slices
    assert batch.equal(starts, ends, quoted).tolist() == [place % 2 == 1 for place in range(len(slices))]
    assert batch.equal(starts, ends, [None] * len(slices)).tolist() == [False] * len(slices)


def in_batch(texts: list[str], spans: Spans) -> tuple[TextBatch, tuple[Ints, Ints]]:
    batch = TextBatch.of(texts)
    base = batch.text_starts[ints([index for index, _, _ in spans])]
    return batch, (base + ints([start for _, start, _ in spans]), base + ints([end for _, _, end in spans]))


@given(texts_with_spans())
def test_look_ups_agree_with_those_of_one_text(case: tuple[list[str], Spans]) -> None:
    texts, spans = case
    batch, (starts, ends) = in_batch(texts, spans)
    plain = [segment(text) for text in texts]

    tokens = [range(*pair) for pair in zip(*batch.tokens.touched(starts, ends), strict=True)]
    sentences = [range(*pair) for pair in zip(*batch.sentences.touched(starts, ends), strict=True)]
    holding = batch.sentences.holding(starts, ends).tolist()

    for place, (index, start, end) in enumerate(spans):
        token_base, sentence_base = batch.tokens.firsts[index], batch.sentences.firsts[index]
        assert [each - token_base for each in tokens[place]] == list(plain[index].tokens_in(start, end))
        assert [each - sentence_base for each in sentences[place]] == list(plain[index].sentences_in(start, end))
        expected = plain[index].sentence_of(start, end)
        assert holding[place] == (-1 if expected is None else expected + sentence_base)


@given(texts_with_spans())
def test_edges_are_judged_as_those_of_one_span(case: tuple[list[str], Spans]) -> None:
    texts, spans = case
    batch, (starts, ends) = in_batch(texts, spans)
    slices = [texts[index][start:end] for index, start, end in spans]

    assert batch.cuts_word(starts).tolist() == [cuts_word(texts[index], start) for index, start, _ in spans]
    assert batch.cuts_word(ends).tolist() == [cuts_word(texts[index], end) for index, _, end in spans]
    assert batch.has_blank_edge(starts, ends).tolist() == [text != text.strip() for text in slices]
    assert batch.strings(*batch.trimmed(starts, ends)).to_pylist() == [text.strip() for text in slices]
    assert batch.has_punctuation_edge(starts, ends).tolist() == [_EDGE.search(text) is not None for text in slices]


@given(BATCHES)
def test_utf16_offsets_are_recounted_as_those_of_one_text(texts: list[str]) -> None:
    batch = TextBatch.of(texts)
    asked = [(index, offset) for index, text in enumerate(texts) for offset in range(-2, 2 * len(text) + 3)]
    expected = [OffsetText(texts[index]).from_utf16(offset) for index, offset in asked]

    found = batch.from_utf16(ints([index for index, _ in asked]), ints([offset for _, offset in asked]))

    assert found.tolist() == [-1 if offset is None else offset for offset in expected]
    assert batch.has_astral.tolist() == [any(character > "\uffff" for character in text) for text in texts]


def test_a_text_with_a_surrogate_is_refused() -> None:
    with pytest.raises(UnicodeEncodeError):
        TextBatch.of(["\ud800"])
