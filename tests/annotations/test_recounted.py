"""The one note on an annotation whose offsets counted other units."""

import pytest

from variorum.annotations.recounted import RECOUNTED, Recount, recount_note
from variorum.findings import Where


@pytest.mark.parametrize(
    ("count", "more"),
    [(1, ""), (2, " So was 1 more region of the annotation."), (3, " So were 2 more regions of the annotation.")],
)
@pytest.mark.parametrize("rung", RECOUNTED)
def test_it_names_the_first_region_and_counts_the_others(rung: str, count: int, more: str) -> None:
    where = Where("a1.json", 3, task="1", annotation="12", region="m1")

    note = recount_note(rung, Recount(where, (25, 31), (23, 29)), count)

    assert (note.where, note.rule) == (where, f"repair-{rung}")
    assert note.fact.endswith(f": [25, 31) became [23, 29).{more}")
