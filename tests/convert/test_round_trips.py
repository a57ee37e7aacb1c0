"""What every format does with any document."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.convert.made import FEWER, LABELS, batches, documents

from variorum.convert.capabilities import Capabilities, counted, held
from variorum.convert.document import Document
from variorum.convert.registry import FORMATS, READ, format_of

able = st.builds(Capabilities, **{name: st.booleans() for name in Capabilities.__dataclass_fields__})


@pytest.mark.parametrize("name", FORMATS)
@FEWER
@given(batch=batches())
def test_what_is_written_reads_back_as_what_the_format_holds(name: str, batch: list[Document]) -> None:
    format_ = format_of(name)
    left = [held(document, format_.able).document for document in batch]

    files = format_.write("train-00000", left)
    read = format_.read(files | format_.shared(LABELS), LABELS)

    assert read.findings == []
    assert sorted(read.documents, key=lambda each: each.id) == sorted(left, key=lambda each: each.id)


SPANS_LOST = ("claims", "several_sentences", "nesting", "crossing", "same_words")
"""The kinds of loss by which spans are missing from what is written."""


@given(documents(), able)
def test_what_goes_in_is_held_or_lost(document: Document, able: Capabilities) -> None:
    found = held(document, able)

    before, after = counted(document), counted(found.document)
    lost = sum(found.losses[kind] for kind in SPANS_LOST)
    assert before["mentions"] + before["claims"] == after["mentions"] + after["claims"] + lost
    for kind in ("relations", "attributes", "notes", "document_labels"):
        assert before[kind] == after[kind] + found.losses[kind]


@given(documents(), able)
def test_what_is_held_is_held_again_without_a_loss(document: Document, able: Capabilities) -> None:
    once = held(document, able)
    again = held(once.document, able)

    assert again.document == once.document
    assert set(again.losses) <= {"ids"}


@given(documents())
def test_a_format_that_holds_everything_loses_nothing(document: Document) -> None:
    assert held(document, Capabilities()).document == document
    assert not held(document, Capabilities()).losses


def test_the_formats_that_are_read_are_the_ones_that_say_so() -> None:
    assert [name for name in FORMATS if format_of(name).reads_others] == list(READ)


@pytest.mark.parametrize("source", [b"", b"\xff", b"<a/>", b"{}", b"# newdoc id = a\n1\tb\n\n"])
@pytest.mark.parametrize("name", [name for name in FORMATS if name not in READ])
def test_what_was_not_written_here_holds_nothing(name: str, source: bytes) -> None:
    (file,) = (each for each in format_of(name).write("a-0", [Document("a", "b")]) if not each.endswith(".txt"))
    read = format_of(name).read({file: source}, LABELS)

    assert read.documents == []
    assert [each.rule for each in read.findings] in ([], ["convert-malformed"])
