"""Rows by key, held against a dict of lists."""

from collections import defaultdict

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from variorum.kernel.arrays import Ints
from variorum.keyed_rows import Gathered, KeyedRows, as_keys

KEYS = st.sampled_from(["a", "ab", "b", "a+b", "ü", "zebra"])
ROWS = st.lists(st.tuples(KEYS, st.integers(-(2**63), 2**63 - 1)), max_size=12)


def block(rows: list[tuple[str, int]]) -> tuple[list[str], Ints]:
    numbers = [(number, place) for place, (_, number) in enumerate(rows)]
    return [key for key, _ in rows], np.array(numbers, np.int64).reshape(-1, 2)


def keyed_of(rows: list[tuple[str, int]]) -> KeyedRows:
    keys, numbers = block(rows)
    return KeyedRows.of(as_keys(keys), numbers)


def as_lists(keyed: KeyedRows) -> dict[str, list[list[int]]]:
    return {key: keyed[key].tolist() for key in keyed}


def expected(*blocks: list[tuple[str, int]]) -> dict[str, list[list[int]]]:
    found: dict[str, list[list[int]]] = defaultdict(list)
    for rows in blocks:
        for place, (key, number) in enumerate(rows):
            found[key].append([number, place])
    return dict(sorted(found.items()))


@given(first=ROWS, second=ROWS, looked_at_between=st.booleans())
def test_rows_come_back_by_key_in_the_order_of_their_adding(
    first: list[tuple[str, int]], second: list[tuple[str, int]], looked_at_between: bool
) -> None:
    gathered = Gathered(2)
    gathered.add(*block(first))
    if looked_at_between:
        assert as_lists(gathered.keyed) == expected(first)
    gathered.add(*block(second))

    assert list(as_lists(gathered.keyed).items()) == list(expected(first, second).items())
    assert ("a" in gathered.keyed, 7 in gathered.keyed) == ("a" in expected(first, second), False)
    assert gathered.keyed["nowhere"].shape == gathered.keyed["a\0"].shape == (0, 2)


@given(rows=ROWS, wanted=st.lists(KEYS))
def test_the_rows_of_some_keys(rows: list[tuple[str, int]], wanted: list[str]) -> None:
    keyed = keyed_of(rows).only(wanted)

    assert as_lists(keyed) == {key: own for key, own in expected(rows).items() if key in wanted}


@given(rows=st.lists(st.tuples(KEYS, st.integers(0, 2**40)), max_size=12))
def test_totals_by_key(rows: list[tuple[str, int]]) -> None:
    told = expected(rows)
    names = ["nowhere", "longer than any of them", *sorted({key for key, _ in rows}), "0"]
    totals = keyed_of(rows).totals(0, as_keys(names))

    assert totals.tolist() == [sum(number for number, _ in told.get(name, [])) for name in names]
    assert keyed_of(rows).has(as_keys(names)).tolist() == [name in told for name in names]
