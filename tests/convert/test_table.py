"""docs/convert.md against the code. `VARIORUM_DOCS=1` writes its tables anew."""

import re
from collections.abc import Callable, Iterable

import pytest
from tests.test_docs import hold, read

from variorum.convert import table
from variorum.convert.capabilities import MEANINGS, Capabilities
from variorum.convert.format import Format
from variorum.convert.registry import FORMATS, format_of

PAGE = "docs/convert.md"


@pytest.mark.parametrize(("name", "made"), [("formats", table.capabilities), ("files", table.files)])
def test_the_tables_are_those_of_the_formats(name: str, made: Callable[[Iterable[Format]], str]) -> None:
    between = re.compile(f"(?<=<!-- generated:{name} -->\n\n).*?(?=\n<!-- /generated -->)", re.DOTALL)
    page, count = between.subn(lambda _: made(map(format_of, FORMATS)), read(PAGE))

    assert count == 1
    hold(PAGE, page)


def test_every_kind_of_loss_has_its_words_and_its_row() -> None:
    assert set(MEANINGS) == set(table.HELD) == set(Capabilities.__dataclass_fields__)
