"""Readability metrics, against what textstat 0.7.8 was measured to give for the three articles."""

from pathlib import Path

import pytest

from variorum.dataset.readability import measure


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
