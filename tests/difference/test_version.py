"""What version a difference asks for."""

import pytest

from variorum.difference.changes import Count, Difference, Edition, MetadataChange, RowCount, SchemaChange
from variorum.difference.version import proposed_version

SAME = Edition("made", "1.2.3", "")
METADATA = (MetadataChange("card", "", "other prose"),)
ROWS = {"entities": RowCount(0, 1)}
COUNTS = (Count("mentions", "added", "GPE", 1),)
SCHEMA = (SchemaChange("labels-added", "entities", "type", (), ("EVENT",)),)


@pytest.mark.parametrize(
    ("difference", "version"),
    [
        (Difference(SAME, SAME), "1.2.3"),
        (Difference(SAME, SAME, metadata=METADATA), "1.2.4"),
        (Difference(SAME, SAME, metadata=METADATA, rows=ROWS, counts=COUNTS), "1.3.0"),
        (Difference(SAME, SAME, metadata=METADATA, rows=ROWS, schema=SCHEMA), "2.0.0"),
    ],
)
def test_the_greatest_step_counts(difference: Difference, version: str) -> None:
    assert proposed_version("1.2.3", difference) == version


@pytest.mark.parametrize("version", ["", "1.2", "v1.2.3", "1.2.3-rc1"])
def test_only_three_numbers_are_a_version(version: str) -> None:
    with pytest.raises(ValueError, match="is not of the form"):
        proposed_version(version, Difference(SAME, SAME))
