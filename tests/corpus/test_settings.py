"""corpus.yaml, read or refused."""

import pytest

from variorum.corpus.settings import read_settings

GOOD = b"name: a\nversion: 1.0.0\nlanguage: en\nlicences: {text: other, annotation: other}\n"


def test_shares_and_holdout_have_defaults() -> None:
    settings, findings = read_settings(GOOD, "corpus.yaml")

    assert findings == []
    assert settings.holds_out == "stories"
    assert sum(settings.split_shares.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("line", "fact"),
    [
        (b"version: 1.0\n", "`version`: a number stands where text belongs; write it in quotes."),
        (b"version: v1.0.0\n", "The version 'v1.0.0' is not of the form 1.2.3, which is the only one `datasets` reads."),
        (b"split_shares: {train: 0}\n", "The split shares are not positive."),
        (b"split_shares: {train: -1, test: 3}\n", "The split shares are not positive."),
        (b"split_shares: {dev: 1}\n", "`split_shares`: 'dev' is none of the values that may stand there."),
        (b"holdsout: tellings\n", "The field `holdsout` is not known."),
    ],
)
def test_what_is_malformed_is_one_finding_that_names_the_place(line: bytes, fact: str) -> None:
    _, findings = read_settings(GOOD + line, "corpus.yaml")

    assert [(each.rule, each.fact) for each in findings] == [("settings-malformed", fact)]


@pytest.mark.parametrize(
    ("written", "line", "column"),
    [
        ("name: x\nversion: 1\n", 2, 1),
        ("name: x\nlicences:\n  text: CC0-1.0\n  words: CC0-1.0\n", 4, 3),
        ("name: x\nversion: '1.0.0'\nabbreviations: [a.b.,\n  3]\n", 4, 3),
        ("name: x\n", 0, 0),
    ],
)
def test_a_value_of_the_wrong_form_is_found_where_it_stands(written: str, line: int, column: int) -> None:
    settings, (found, *_) = read_settings(written.encode(), "corpus.yaml")

    assert settings.name != "x"
    assert (found.where.line, found.where.column) == (line, column), found
