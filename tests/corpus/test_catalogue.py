"""Reading and checking the catalogue."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.corpus.reference import read_catalogue

from variorum.corpus.catalogue import Document, Entry, check_entry, line_of
from variorum.corpus.catalogue_lines import CatalogueLines

FILE = "corpus/catalogue.jsonl"
ONE = Document(
    document_id="one",
    story_id="s",
    role="original",
    split="train",
    language="en",
    licence="CC0-1.0",
    seed="seeds/one.txt",
    seed_sha256="0" * 64,
    text_sha256="1" * 64,
)
NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True)


def faults(**changes: str | None) -> list[tuple[int, str, str]]:
    """What is wrong with a catalogue of `one` and, in line 2, `two` with some fields changed."""
    two = msgspec.structs.replace(ONE, **{"document_id": "two", **changes})
    entries = [Entry(1, ONE), Entry(2, two)]
    found = [each for entry in entries for each in check_entry(entry, ("original", "other"), FILE)]
    found += CatalogueLines(entries).check(FILE)
    return [(each.where.line, each.rule, each.fact) for each in found]


@given(NAMES, st.none() | st.text(), st.text(min_size=1), st.lists(st.text()).map(tuple))
def test_a_written_line_is_read_back_as_it_was(document_id: str, title: str | None, story: str, rules: tuple[str, ...]) -> None:
    document = msgspec.structs.replace(ONE, document_id=document_id, title=title, story_id=story, seed_rules=rules)

    assert read_catalogue(line_of(document), FILE) == ([Entry(1, document)], [])


def test_entries_keep_the_number_of_their_line_over_blank_ones() -> None:
    source = b"\xef\xbb\xbf\n" + line_of(ONE) + b"  \r\n\n" + line_of(ONE).rstrip(b"\n") + b"\r\n"

    entries, findings = read_catalogue(source, FILE)

    assert [entry.line for entry in entries] == [2, 5]
    assert findings == []


def test_a_broken_line_is_a_finding_and_the_others_are_read() -> None:
    unknown = line_of(ONE).replace(b'"title":null', b'"tilte":null')
    source = b"{\n" + line_of(ONE) + b"[]\n" + unknown + b"\xff\n" + b'{"document_id": 1}\n'

    entries, findings = read_catalogue(source, FILE)

    assert [entry.line for entry in entries] == [2]
    assert [(each.where.line, each.rule) for each in findings] == [
        (1, "catalogue-malformed"),
        (3, "catalogue-malformed"),
        (4, "catalogue-unknown-field"),
        (5, "catalogue-malformed"),
        (6, "catalogue-malformed"),
    ]
    assert findings[2].fact == "The field `tilte` is not known."


@pytest.mark.parametrize("document_id", ["", "../one", "a/b", "/etc/passwd", ".hidden", "a b", "é", "a\x00", "x" * 201, "a\n"])
def test_a_document_id_that_could_be_no_file_name_is_a_finding(document_id: str) -> None:
    entries, findings = read_catalogue(line_of(msgspec.structs.replace(ONE, document_id=document_id)), FILE)

    assert entries == []
    assert [(each.where.line, each.rule) for each in findings] == [(1, "catalogue-malformed")]


@given(st.binary(max_size=200))
def test_no_bytes_raise(source: bytes) -> None:
    entries, findings = read_catalogue(source, FILE)

    source = source.removeprefix(b"\xef\xbb\xbf")
    written = [line for line in source.split(b"\n") if line.strip()]
    whole = bool(source.strip()) and not source.lstrip().startswith(b"{")  # then one finding speaks for the file
    assert len(entries) + len(findings) == (1 if whole else len(written))


def test_two_lines_of_one_document_are_a_finding_at_the_second() -> None:
    assert faults(document_id="one") == [(2, "catalogue-duplicate-id", "one stands in line 1 already.")]


@pytest.mark.parametrize(
    ("field", "value", "rule", "fact"),
    [
        ("split", "dev", "catalogue-unknown-split", "two has the split 'dev'."),
        ("role", "poem", "catalogue-unknown-role", "two has the role 'poem'."),
        ("simplified_of", "three", "catalogue-simplified-of", "two is simplified_of 'three'."),
        ("simplified_of", "two", "catalogue-simplified-of", "two is simplified_of 'two'."),
        (
            "source_date",
            "2023-13",
            "catalogue-malformed",
            "The source_date of two is no date: month must be in 1..12.",
        ),
    ],
)
def test_a_value_that_breaks_a_rule_is_a_finding_at_its_line(field: str, value: str, rule: str, fact: str) -> None:
    assert faults(**{field: value}) == [(2, rule, fact)]


def test_a_sound_catalogue_has_no_findings() -> None:
    assert faults(simplified_of="one", source_date="2023-11", split="test", role="other") == []
