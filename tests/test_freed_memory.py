"""Freed memory is given back where that can be asked for."""

import ctypes

import pytest

from variorum import freed_memory
from variorum.freed_memory import give_back


def test_memory_is_given_back() -> None:
    give_back()


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_elsewhere_nothing_happens(platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    freed_memory._malloc_trim.cache_clear()
    monkeypatch.setattr("sys.platform", platform)
    monkeypatch.delattr(ctypes, "CDLL")

    give_back()

    freed_memory._malloc_trim.cache_clear()
