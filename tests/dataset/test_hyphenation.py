"""Places to break words, against pyphen."""

from hypothesis import given
from hypothesis import strategies as st
from textstat.backend.utils import get_pyphen

from variorum.dataset.hyphenation import hyphens

PYPHEN = get_pyphen("en_US")
PATTERNS = sorted(pattern.strip(".") for pattern in PYPHEN.hd.patterns)
words = st.lists(st.sampled_from(PATTERNS) | st.text(max_size=3), max_size=5).map("".join).map(str.lower)


@given(st.lists(words, max_size=8))
def test_words_are_broken_in_as_many_places_as_by_pyphen(given: list[str]) -> None:
    assert hyphens(given, "en_US").tolist() == [len(PYPHEN.positions(word)) for word in given]


def test_every_pattern_is_heeded() -> None:
    assert hyphens(PATTERNS, "en_US").tolist() == [len(PYPHEN.positions(word)) for word in PATTERNS]
