"""docs/convert.md against the code."""

import re
from pathlib import Path

from variorum.convert.capabilities import MEANINGS, Capabilities
from variorum.convert.registry import FORMATS, format_of
from variorum.convert.table import table


def test_the_table_is_that_of_the_capabilities(repository: Path) -> None:
    page = (repository / "docs" / "convert.md").read_text("utf-8")
    found = re.search(r"<!-- generated:formats -->\n\n(.*?)\n<!-- /generated -->", page, re.DOTALL)

    assert found
    assert found[1] == table(map(format_of, FORMATS))
    assert all(f"\n| `{name}` |" in page for name in FORMATS)


def test_every_kind_of_loss_has_its_words() -> None:
    assert set(MEANINGS) == set(Capabilities.__dataclass_fields__)
