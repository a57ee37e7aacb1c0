"""Seeds to canonical text: nothing but named drops."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from variorum.corpus.seed_text import Drop, canonical, control_characters, parse_source_date

BOM = b"\xef\xbb\xbf"
PIECES = ["a", "é", "e\u0301", "😀", "🇩🇪", "\n", "\r\n", "\r", "\t", " ", "\u00a0", "\ufeff", "שלום", " date 2023-11-07 "]
BODIES = st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.text(max_size=12)


@st.composite
def seeds(draw: st.DrawFn) -> bytes:
    mark = draw(st.sampled_from([b"", BOM]))
    header = draw(st.sampled_from([b"", b" date 2023-11-07 ", b" date 2023-11 ", b" date 2023 "]))
    ending = draw(st.sampled_from([b"", b"\n", b"\r\n", b"\n\n", b"\r\n\r\n", b"\r"]))
    return mark + header + draw(BODIES).encode() + ending


@given(seeds())
def test_the_canonical_text_is_the_seed_without_the_drops(seed: bytes) -> None:
    frozen = canonical(seed)
    kept = bytearray(seed)
    for drop in reversed(frozen.drops):
        del kept[drop.start : drop.end]

    assert bytes(kept) == frozen.text.encode()
    edges = [edge for drop in frozen.drops for edge in (drop.start, drop.end)]
    assert edges == sorted(edges)


@given(seeds())
def test_each_drop_is_of_the_bytes_that_its_rule_names(seed: bytes) -> None:
    for drop in canonical(seed).drops:
        dropped, rest = seed[drop.start : drop.end], seed[drop.end :]
        if drop.rule == "byte-order-mark":
            assert (drop.start, dropped) == (0, BOM)
        elif drop.rule == "date-header":
            assert drop.start in (0, 3)
            assert re.fullmatch(rb" date \d{4}(-\d\d(-\d\d)?)? ", dropped)
        elif drop.rule == "carriage-return":
            assert dropped == b"\r"
            assert rest.startswith(b"\n")
        else:
            assert (drop.rule, rest) == ("final-newline", b"")
            assert set(dropped) <= set(b"\r\n")


@given(seeds())
def test_the_canonical_text_ends_in_no_line_end(seed: bytes) -> None:
    assert not canonical(seed).text.endswith(("\n", "\r"))


@pytest.mark.parametrize(
    ("seed", "text", "rules"),
    [
        (b"plain", "plain", []),
        (BOM + b"a", "a", ["byte-order-mark"]),
        (b" date 2023-11-07 a", "a", ["date-header"]),
        (
            BOM + b" date 2023 a\r\nb\r\nc\r\n",
            "a\nb\nc",
            ["byte-order-mark", "date-header", "carriage-return", "final-newline"],
        ),
        (b"a\n\n", "a", ["final-newline"]),
        (b"a\rb", "a\rb", []),
        (b"a " + BOM + b"b", "a \ufeffb", []),
        (b"a date 2023-11-07 b", "a date 2023-11-07 b", []),
        (b" date 7 b", " date 7 b", []),
        (b"  a  ", "  a  ", []),
        (b"", "", []),
    ],
)
def test_the_rules_are_recorded_in_the_order_of_their_first_drop(seed: bytes, text: str, rules: list[str]) -> None:
    assert (canonical(seed).text, canonical(seed).rules) == (text, rules)


def test_a_drop_says_which_bytes_it_took() -> None:
    assert canonical(b" date 2023 x\r\ny\n").drops == (
        Drop("date-header", 0, 11),
        Drop("carriage-return", 12, 13),
        Drop("final-newline", 15, 16),
    )


@pytest.mark.parametrize("written", ["2023", "2023-11", "2023-11-07"])
def test_the_date_of_the_header_is_kept_as_written(written: str) -> None:
    assert canonical(f" date {written} Rain fell.".encode()).source_date == written


def test_a_seed_without_header_has_no_source_date() -> None:
    assert canonical(b"Rain fell.").source_date is None


@given(st.text(max_size=8), st.sampled_from([b"\xff", b"\xc3(", b"\xe2\x28\xa1", b"\xed\xa0\x80"]), st.binary(max_size=4))
def test_a_seed_that_is_not_utf8_names_the_first_bad_byte(before: str, bad: bytes, after: bytes) -> None:
    with pytest.raises(UnicodeDecodeError) as caught:
        canonical(before.encode() + bad + after)

    assert caught.value.start == len(before.encode())


@pytest.mark.parametrize(
    ("written", "day", "precision"),
    [
        ("2023", date(2023, 1, 1), "year"),
        ("2023-11", date(2023, 11, 1), "month"),
        ("2024-02-29", date(2024, 2, 29), "day"),
    ],
)
def test_a_source_date_has_the_precision_it_was_written_with(written: str, day: date, precision: str) -> None:
    assert parse_source_date(written) == (day, precision)


@pytest.mark.parametrize(
    "written", ["2023-02-29", "2023-13", "0000", "2023-1-1", "23", "2023-11-07-01", "", "2023\n", "\uff12\uff10\uff12\uff13"]
)
def test_what_names_no_day_is_no_source_date(written: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_source_date(written)


def test_control_characters_are_told_with_their_offsets() -> None:
    assert control_characters("a\tb\nc\x00d\x85\r") == [(5, "U+0000"), (7, "U+0085"), (8, "U+000D")]
