"""The ladder of offset repairs."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from variorum.annotations.ladder import OffsetText, Span, counts_utf16, cuts_word, normalised, settle

BROWSER = (
    "Caf\u00e9 \U0001f600 Ze\u0301ro: Dr. Ana Li met Acme in Berlin.\r\n"
    "\tLine two\n\n  Line four: \U0001f1e9\U0001f1ea Acme lies."
)
"""The text that regions were marked in with Label Studio 1.23.2 in a browser."""

ODD = [
    "a",
    "B",
    "7",
    " ",
    "\n",
    "\t",
    "é",
    "e\u0301",
    "😀",
    "🇩🇪",
    "שלום",
    "\u200f",
    "\u00a0",
    "\ufeff",
    "\u200b",
    "\u2028",
    "\\n",
    ".",
    "\x1f",
]
TEXTS = st.lists(st.sampled_from(ODD), max_size=10).map("".join) | st.text(max_size=10)
MENTIONS = TEXTS.filter(lambda text: text != "" and text == text.strip())
WORDS = st.lists(st.sampled_from([" ", "\n", " 😀 ", "\n\n", " 🇩🇪\n"]), min_size=1, max_size=12)


def units(text: str) -> int:
    """How many UTF-16 units a text has."""
    return len(text.encode("utf-16-le")) // 2


def numbered(gaps: list[str]) -> tuple[str, list[tuple[int, int]]]:
    """A text of distinct words with these gaps between, and the span of each word."""
    text, spans = "", []
    for number, gap in enumerate(gaps):
        spans.append((len(text), len(text) + 4))
        text += f"w{number:03}{gap}"
    return text.rstrip(), spans


@given(TEXTS, MENTIONS, TEXTS)
def test_code_points_that_quote_their_slice_are_exact(before: str, mention: str, after: str) -> None:
    start, end = len(before), len(before) + len(mention)

    assert settle(OffsetText(before + mention + after), start, end, mention) == Span(start, end, "exact")


@given(TEXTS, MENTIONS, TEXTS)
def test_utf16_units_find_their_mention_in_an_annotation_that_counts_in_them(before: str, mention: str, after: str) -> None:
    assume(units(before + mention) != len(before + mention))
    start, end = units(before), units(before + mention)

    found = settle(OffsetText(before + mention + after), start, end, mention, prefer_utf16=True)

    assert found == Span(len(before), len(before) + len(mention), "utf16")


@given(TEXTS, MENTIONS, TEXTS)
def test_utf16_units_find_the_words_they_quote_even_where_nothing_says_that_they_are(
    before: str, mention: str, after: str
) -> None:
    text = before + mention + after

    found = settle(OffsetText(text), units(before), units(before + mention), mention)

    assert found is not None
    assert "".join(normalised(text[found.start : found.end]).split()) == "".join(normalised(mention).split())


@given(WORDS)
def test_utf16_units_behind_astral_characters_lead_to_the_word(gaps: list[str]) -> None:
    text, spans = numbered(gaps)

    for start, end in spans:
        shifted = units(text[:start]) != start
        found = settle(OffsetText(text), units(text[:start]), units(text[:end]), text[start:end])
        assert found == Span(start, end, "utf16" if shifted else "exact")


@given(st.lists(st.sampled_from([" ", "\n", "\n\n", "\n "]), min_size=1, max_size=12))
def test_offsets_that_count_line_ends_as_two_lead_to_the_word(gaps: list[str]) -> None:
    text, spans = numbered(gaps)

    for start, end in spans:
        lines = text[:start].count("\n")
        found = settle(OffsetText(text), start + lines, end + lines, text[start:end])
        assert found == Span(start, end, "crlf" if lines else "exact")


@given(WORDS, st.data())
def test_offsets_into_a_text_with_some_line_ends_as_two_lead_to_the_word(gaps: list[str], data: st.DataObject) -> None:
    text, spans = numbered(gaps)
    annotated = "".join("\r\n" if character == "\n" and data.draw(st.booleans()) else character for character in text)

    for start, end in spans:
        place = annotated.index(text[start:end])
        for quoted, plain in ((text[start:end], "exact"), (None, "no-text")):
            found = settle(OffsetText(text, annotated), place, place + 4, quoted)
            assert found == Span(start, end, plain if place == start else "crlf")


@given(TEXTS, st.integers(0, 60), st.integers(1, 60), st.none() | TEXTS, st.booleans())
def test_no_span_starts_or_ends_on_a_blank_or_outside_the_text(
    text: str, start: int, length: int, quoted: str | None, prefer: bool
) -> None:
    found = settle(OffsetText(text), start, start + length, quoted, prefer_utf16=prefer)

    if found:
        assert 0 <= found.start < found.end <= len(text)
        assert text[found.start : found.end] == text[found.start : found.end].strip()


@given(st.tuples(TEXTS, TEXTS), st.integers(0), st.integers(1), st.none() | TEXTS, st.booleans())
def test_no_offsets_raise(texts: tuple[str, str], start: int, length: int, quoted: str | None, prefer: bool) -> None:
    text = texts[0]
    for counted in (OffsetText(text), OffsetText(*texts)):
        found = settle(counted, start, start + length, quoted, prefer_utf16=prefer)
        assert found is None or found.end <= len(text)
        assert quoted is None or found is not None or not counts_utf16(counted, [(start, start + length, quoted)])


@pytest.mark.parametrize(
    ("start", "end", "quoted", "rung"),
    [
        (5, 6, "\U0001f600", "exact"),
        (7, 12, "Ze\u0301ro", "exact"),
        (18, 24, "Ana Li", "exact"),
        (37, 43, "Berlin", "exact"),
        (73, 77, "Acme", "exact"),
        (47, 68, "Line two\\n\\nLine four", "collapsed-blanks"),
    ],
)
def test_regions_marked_in_a_browser_stay_where_they_are(start: int, end: int, quoted: str, rung: str) -> None:
    assert settle(OffsetText(BROWSER), start, end, quoted) == Span(start, end, rung)


def test_a_region_marked_in_a_browser_on_a_text_with_crlf_moves_with_the_frozen_text() -> None:
    frozen = OffsetText(BROWSER.replace("\r\n", "\n"), BROWSER)

    assert settle(frozen, 37, 43, "Berlin") == Span(37, 43, "exact")
    assert settle(frozen, 73, 77, "Acme") == Span(72, 76, "crlf")
    assert settle(frozen, 47, 68, "Line two\\n\\nLine four") == Span(46, 67, "crlf")


def test_label_studio_1347_reads_as_utf16_and_as_code_points() -> None:
    text = OffsetText("💩This is an annotation.")

    assert settle(text, 13, 23, "annotation") == Span(12, 22, "utf16")
    assert settle(text, 12, 22, "annotation") == Span(12, 22, "exact")
    assert counts_utf16(text, [(13, 23, "annotation")])
    assert not counts_utf16(text, [(12, 22, "annotation")])


@pytest.mark.parametrize(
    ("text", "start", "end", "quoted", "span"),
    [
        ("an Oslo man", 2, 8, " Oslo ", Span(3, 7, "edge-blanks")),
        ("an Oslo man", 2, 8, "Oslo", Span(3, 7, "edge-blanks")),
        ("an\u00a0Oslo\u2028man", 2, 8, "\u00a0Oslo\u2028", Span(3, 7, "edge-blanks")),
        ("New   York", 0, 10, "New York", Span(0, 10, "collapsed-blanks")),
        ("New\nYork", 0, 8, "New\\nYork", Span(0, 8, "collapsed-blanks")),
        ("New\nYork", 0, 8, "New York", Span(0, 8, "collapsed-blanks")),
        ("New\u200b York", 0, 9, "New York", Span(0, 9, "collapsed-blanks")),
        ("New\nYork", 0, 8, "NewYork", Span(0, 8, "dropped-newline")),
        ("a\\nb", 0, 4, "a\\nb", Span(0, 4, "exact")),
        ("the city of Oslo", 4, 16, "Oslo", Span(4, 16, "stale-text")),
        ("the city of Oslo", 12, 16, "city of Oslo", Span(12, 16, "stale-text")),
        ("He saw Oslo today.", 6, 10, "Oslo", Span(7, 11, "nearby")),
        ("He saw Oslo today.", 0, 5, " Oslo", Span(7, 11, "nearby")),
        ("an Oslo man", 2, 8, None, Span(3, 7, "no-text")),
        ("😀 Oslo", 3, 7, "Oslo", Span(2, 6, "utf16")),
        ("a\nOslo", 3, 7, "Oslo", Span(2, 6, "crlf")),
        ("\ufeffOslo", 0, 5, "\ufeffOslo", Span(0, 5, "exact")),
    ],
)
def test_each_rung_names_its_repair(text: str, start: int, end: int, quoted: str | None, span: Span) -> None:
    assert settle(OffsetText(text), start, end, quoted) == span


@pytest.mark.parametrize(
    ("text", "start", "end", "quoted"),
    [
        ("He saw Oslo.", 7, 11, "Rome"),
        ("Oslo and Oslo", 5, 8, "Oslo"),
        ("Oslo" + " " * 60 + "and", 64, 67, "Oslo"),
        ("He saw Oslo.", 7, 99, "Oslo"),
        ("He saw Oslo.", 7, 13, None),
        ("a   b", 1, 4, "   "),
        ("a   b", 1, 4, None),
        ("a   b", 1, 4, ""),
        ("He saw Oslo.", 7, 11, ""),
        ("NewYork", 0, 7, "New York"),
        ("the city", 5, 8, "city of"),
        ("😀😀", 1, 2, "x"),
    ],
)
def test_what_no_rung_explains_is_refused(text: str, start: int, end: int, quoted: str | None) -> None:
    assert settle(OffsetText(text), start, end, quoted) is None


def test_where_both_readings_fit_the_annotation_decides() -> None:
    text = OffsetText("😀 no no no")  # code points 5..7 and UTF-16 units 5..7, code points 4..6, are not both "no"
    both = OffsetText("😀aaaa")

    assert settle(both, 3, 4, "a") == Span(3, 4, "exact")
    assert settle(both, 3, 4, "a", prefer_utf16=True) == Span(2, 3, "utf16")
    assert settle(text, 5, 7, "no", prefer_utf16=True) == Span(5, 7, "exact")


def test_a_region_without_text_is_counted_as_its_annotation_counts() -> None:
    text = OffsetText("😀 Oslo")

    assert settle(text, 2, 6, None) == Span(2, 6, "no-text")
    assert settle(text, 3, 7, None, prefer_utf16=True) == Span(2, 6, "utf16")
    assert settle(OffsetText("Oslo 😀"), 0, 4, None, prefer_utf16=True) == Span(0, 4, "no-text")


@pytest.mark.parametrize(("offset", "cuts"), [(0, False), (1, True), (2, False), (3, False), (4, True), (5, False)])
def test_an_offset_cuts_a_word_between_two_of_its_characters(offset: int, cuts: bool) -> None:
    assert cuts_word("ab cd", offset) is cuts


@pytest.mark.parametrize(
    ("quoted", "form"), [("a\\n\\nb", "a b"), (" a \t b\n", "a b"), ("a\u200bb", "ab"), ("", ""), ("a\u00a0b", "a b")]
)
def test_rendered_text_has_one_form(quoted: str, form: str) -> None:
    assert normalised(quoted) == form


def test_one_region_that_can_only_be_code_points_outweighs_any_that_look_like_utf16() -> None:
    text = OffsetText("Oslo 😀 Ana met Ana")

    assert counts_utf16(text, [(0, 4, "Oslo"), (8, 11, "Ana")])
    assert not counts_utf16(text, [(0, 4, "Oslo"), (8, 11, "Ana"), (11, 14, "met")])
    assert not counts_utf16(text, [(0, 4, "Oslo")])


@pytest.mark.parametrize(
    ("text", "start", "end", "quoted"),
    [
        ("A taxi came to town, said the man.", 10, 12, "xi"),
        ("Her partner came to town.", 14, 17, "art"),
        ("They said the man who saw the king left the town.", 5, 29, "the"),
        ("She saw Ana Li and Bo in Oslo.", 4, 18, "Li"),
    ],
)
def test_what_stands_inside_words_or_is_too_little_proves_nothing(text: str, start: int, end: int, quoted: str) -> None:
    assert settle(OffsetText(text), start, end, quoted) is None


def test_a_resized_region_that_would_cut_a_word_is_not_believed() -> None:
    text = OffsetText("Angela Merkelova spoke.")

    assert settle(text, 0, 13, "Angela Me") is None
    assert settle(text, 0, 16, "Angela") == Span(0, 16, "stale-text")
