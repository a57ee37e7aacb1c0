"""Figures of many annotators and many documents stay few, and say what the many figures say."""

from itertools import combinations
from statistics import median, quantiles
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from variorum.report.plots import pairs_or_medians, quartiles

SHARED = {"project": "documents", "layer": "mention", "round": "round1", "metric": "exact_f1", "unit": "spans", "n": 4}
shares = st.floats(0, 1, allow_nan=False)


def agreement(values: dict[tuple[str, ...], float]) -> pl.DataFrame:
    rows: list[dict[str, Any]] = [
        SHARED | {"annotators": list(names), "value": value, "low": None, "high": None} for names, value in values.items()
    ]
    return pl.DataFrame(rows, schema_overrides={"low": pl.Float64, "high": pl.Float64})


@given(st.integers(2, 6), shares)
def test_of_few_annotators_each_pair_is_a_figure(number: int, value: float) -> None:
    pairs = list(combinations([f"a{at}" for at in range(number)], 2))

    found = pairs_or_medians(agreement(dict.fromkeys(pairs, value)))

    assert found["annotators"].to_list() == [" + ".join(pair) for pair in pairs]


@given(st.integers(7, 12), st.data())
def test_of_many_annotators_each_has_its_median_with_the_others(number: int, data: st.DataObject) -> None:
    names = tuple(f"a{at}" for at in range(number))
    values: dict[tuple[str, ...], float] = {pair: data.draw(shares) for pair in combinations(names, 2)}

    found = pairs_or_medians(agreement(values | {names: 0.5}))

    told = dict(found.select("annotators", "value").iter_rows())
    assert told.pop(f"all {number}") == 0.5
    medians = {f"{name} with others": median(own for pair, own in values.items() if name in pair) for name in names}
    assert told == pytest.approx(medians)
    assert list(told.values()) == sorted(told.values())


@given(st.lists(st.integers(0, 1000), min_size=2))
def test_quartiles_are_those_of_the_values(values: list[int]) -> None:
    points = pl.DataFrame({"level": "B1", "metric": "length", "value": [float(each) for each in values]})

    (found,) = quartiles(points).iter_rows(named=True)

    shown = [found[name] for name in ("lower_quartile", "median", "upper_quartile")]
    assert shown == pytest.approx(quantiles(values, n=4, method="inclusive"))
    assert (found["documents"], found["least"], found["greatest"]) == (len(values), min(values), max(values))
