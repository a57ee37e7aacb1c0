"""Alpha and kappa against their libraries and published tables."""

import math

import krippendorff
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score
from tests.agreement.made import LEVELS, claim
from tests.agreement.plain_coefficients import (
    alpha_of,
    coincidences,
    kappa_of,
    level_counts,
    nominal_alpha,
    ordinal_alpha,
    quadratic_kappa,
    values_of,
)

from variorum.agreement.coefficients import (
    MINIMUM_ITEMS,
    Scale,
    adjacent_agreement,
    exact_agreement,
    has_claim,
    jaccard,
)
from variorum.agreement.share import Share

THREE = ("*****34121133*3", "1*213343*******", "**21344*21133*4")
"""Three raters of fifteen units (krippendorff.alpha's docstring; Wikipedia, Krippendorff's alpha)."""

FOUR = ("123321412***", "1233224125*3", "*3332342251*", "12332441251*")
"""Four raters of twelve units (Krippendorff 2011, Computing Krippendorff's Alpha-Reliability, page 8)."""

LEVEL_PAIRS = st.lists(st.tuples(*[st.sampled_from(LEVELS)] * 2), min_size=MINIMUM_ITEMS, max_size=60)
TABLES = st.lists(st.lists(st.sampled_from(("A1", "A2", "B1", None)), min_size=3, max_size=3), max_size=20)


def units(*raters: str) -> list[list[str | None]]:
    """A row for each unit of the raters' strings, in which an asterisk is missing."""
    return [[None if value == "*" else value for value in row] for row in zip(*raters, strict=True)]


def oracle(table: list[list[str | None]], scale: Scale, levels: tuple[str, ...]) -> float:
    raters = zip(*table, strict=True)
    data = [[math.nan if value is None else float(levels.index(value)) for value in rater] for rater in raters]
    return float(krippendorff.alpha(reliability_data=data, level_of_measurement=scale))


def test_nominal_alpha_is_that_of_the_published_tables() -> None:
    assert nominal_alpha(units(*THREE)).value == pytest.approx(0.691358, abs=1e-6)
    assert nominal_alpha(units(*FOUR)).value == pytest.approx(0.743, abs=5e-4)


def test_alpha_from_sums_is_that_of_the_published_tables() -> None:
    table = units(*FOUR)

    assert alpha_of(coincidences(table, list("12345")), "ordinal") == pytest.approx(0.815, abs=5e-4)
    assert alpha_of(coincidences(table, list("12345")), "nominal") == pytest.approx(0.743, abs=5e-4)


@pytest.mark.parametrize("scale", ["nominal", "ordinal"])
@given(TABLES)
def test_alpha_from_sums_is_that_of_krippendorff(scale: Scale, table: list[list[str | None]]) -> None:
    found = alpha_of(coincidences(table, LEVELS), scale)

    if found is None:
        assert nominal_alpha(table).value is None
    else:
        assert found == pytest.approx(oracle(table, scale, LEVELS), abs=1e-9)


@given(TABLES)
def test_nominal_alpha_is_a_number_or_has_a_reason(table: list[list[str | None]]) -> None:
    found = nominal_alpha(table)

    assert (found.value is None) is bool(found.reason)
    if found.value is not None:
        assert found.value == pytest.approx(oracle(table, "nominal", LEVELS), abs=1e-9)


@given(TABLES)
def test_ordinal_alpha_is_that_of_krippendorff_from_thirty_items_on(table: list[list[str | None]]) -> None:
    found = ordinal_alpha([*table, *[["A1", "B1", None]] * MINIMUM_ITEMS], LEVELS)

    assert found.value == pytest.approx(oracle([*table, *[["A1", "B1", None]] * MINIMUM_ITEMS], "ordinal", LEVELS), abs=1e-9)


@given(LEVEL_PAIRS)
def test_quadratic_kappa_is_that_of_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    found = quadratic_kappa(pairs, LEVELS)

    if found.value is not None:
        first, second = zip(*pairs, strict=True)
        theirs = cohen_kappa_score(first, second, labels=list(LEVELS), weights="quadratic")
        assert found.value == pytest.approx(theirs, abs=1e-9)
        assert kappa_of(level_counts(pairs, LEVELS)) == pytest.approx(theirs, abs=1e-9)


def test_sums_of_two_tables_are_those_of_both_together() -> None:
    one, two = units(*THREE)[:7], units(*THREE)[7:]
    values = values_of(one + two)

    assert np.allclose(coincidences(one, values) + coincidences(two, values), coincidences(one + two, values))


def test_one_value_has_no_alpha_and_no_kappa() -> None:
    pairs = [("B1", "B1")] * MINIMUM_ITEMS
    reason = "All n=30 items have the value 'B1'; there is no chance agreement to compare with."

    assert [found.reason for found in (nominal_alpha(pairs), ordinal_alpha(pairs, LEVELS), quadratic_kappa(pairs, LEVELS))] == [
        reason
    ] * 3
    assert alpha_of(coincidences(pairs, LEVELS), "ordinal") is None
    assert kappa_of(level_counts(pairs, LEVELS)) is None


def test_items_that_one_annotator_judged_are_no_items() -> None:
    reason = "n=0: no item was judged by two annotators."

    assert nominal_alpha([]).reason == nominal_alpha([["a"], ["b"]]).reason == reason
    assert nominal_alpha([["a", None], [None, "b"]]).reason == reason
    assert quadratic_kappa([], LEVELS).reason == reason


def test_levels_have_no_coefficient_below_thirty_items() -> None:
    pairs = [("A1", "A2")] * 28 + [("B1", "B1")]

    assert ordinal_alpha(pairs, LEVELS).reason == quadratic_kappa(pairs, LEVELS).reason
    assert ordinal_alpha(pairs, LEVELS).reason == "n=29 items; a coefficient of levels needs 30."
    assert ordinal_alpha([*pairs, ("B1", "B2")], LEVELS).value is not None


def test_a_level_off_the_scale_is_a_reason() -> None:
    assert quadratic_kappa([("A1", "D9")] * 40, LEVELS).reason == "'D9' is not one of A1, A2, B1, B2, C1, C2."


def test_neighbouring_levels_are_adjacent_agreement() -> None:
    pairs = [("A1", "A1"), ("B1", "A2"), ("B2", "C1"), ("A1", "B1")]

    assert (exact_agreement(pairs), adjacent_agreement(pairs, LEVELS)) == (Share(1, 4), Share(3, 4))


def test_jaccard_counts_the_labels_that_are_the_same() -> None:
    assert jaccard([(("a", "b"), ("b",)), (("a",), ("a",)), (("a",), ("c",))]) == Share(1.5, 3)


def test_a_sentence_has_a_claim_if_one_touches_it() -> None:
    assert has_claim([(0, 10), (11, 20), (21, 30)], [claim(8, 12)]) == ["yes", "yes", "no"]
    assert has_claim([(0, 10), (10, 20)], [claim(10, 12)]) == ["no", "yes"]
