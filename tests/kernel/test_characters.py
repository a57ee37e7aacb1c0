"""The classes of characters."""

import re
import sys

import numpy as np

from variorum.kernel.characters import BLANK, OTHER, WORD, character_classes, class_table


def test_every_code_point_has_the_class_that_python_gives_it() -> None:
    """What `str.strip` strips is what the expression for a blank matches."""
    word, blank = re.compile(r"\w"), re.compile(r"\s")
    expected = bytearray()
    for character in map(chr, range(sys.maxunicode + 1)):
        is_blank = blank.match(character) is not None
        assert is_blank is (not character.strip()) is character.isspace()
        expected.append(BLANK if is_blank else WORD if word.match(character) else OTHER)

    assert class_table(sys.maxunicode + 1).tobytes() == bytes(expected)


def test_a_rare_character_asks_for_the_whole_table() -> None:
    codes = np.array([ord(character) for character in "a \U00030000\U0010ffff."], np.uint32)

    assert character_classes(codes).tolist() == [WORD, BLANK, WORD, OTHER, OTHER]
    assert character_classes(codes[:0]).tolist() == []
