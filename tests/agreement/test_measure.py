"""All figures of works, as rows."""

import math
import random
import subprocess
import sys
from collections.abc import Sequence
from typing import Literal

import krippendorff
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.agreement.made import LEVELS, LINKS, SPANS, TEXT, claim, link, span, work

from variorum.agreement.measure import Figure, measure
from variorum.annotations.work import Work

TEXTS = {f"d{number}": TEXT for number in range(40)}
SENTENCES = {document: [(0, 41), (42, 76)] for document in TEXTS}


def figures(*works: Work) -> list[Figure]:
    return measure(works, TEXTS, SENTENCES, LEVELS)


def one(found: list[Figure], metric: str, annotators: tuple[str, ...] = ("a1", "a2"), label: str = "") -> Figure:
    (figure,) = [each for each in found if (each.metric, each.annotators, each.label) == (metric, annotators, label)]
    return figure


def levelled(annotator: str, *levels: str) -> list[Work]:
    return [work(annotator, f"d{number}", answers={"reading_level": (level,)}) for number, level in enumerate(levels) if level]


Rows = Sequence[tuple[float | None, ...]]


def oracle(rows: Rows, scale: Literal["nominal", "ordinal", "interval"]) -> float:
    raters = [[math.nan if value is None else value for value in rater] for rater in zip(*rows, strict=True)]
    return float(krippendorff.alpha(reliability_data=raters, level_of_measurement=scale))


GIVEN = st.lists(st.tuples(*[st.none() | st.integers(-3, 12)] * 3), min_size=40, max_size=40)


@pytest.mark.parametrize(
    ("kind", "metric", "scale"),
    [
        ("ratings", "ordinal_alpha", "ordinal"),
        ("numbers", "interval_alpha", "interval"),
        ("answers", "nominal_alpha", "nominal"),
        ("sets", "nominal_alpha", "nominal"),
    ],
)
@given(GIVEN)
def test_alpha_of_stars_numbers_and_choices_is_that_of_krippendorff(
    kind: str, metric: str, scale: Literal["nominal", "ordinal", "interval"], rows: list[tuple[int | None, ...]]
) -> None:
    """Of each two, and of all three at once, whoever left out what. More than nine stars are no letters."""
    works = [
        work(f"a{column}", f"d{number}", **{kind: {"control": (str(value),) if kind in ("answers", "sets") else value}})  # type: ignore[arg-type] # layers come as keywords
        for number, row in enumerate(rows)
        for column, value in enumerate(row)
        if value is not None
    ]
    for each in figures(*works):
        if each.metric == metric and each.value is not None:
            own = [tuple(row[int(name[1])] for name in each.annotators) for row in rows]
            assert each.value == pytest.approx(oracle(own, scale), abs=1e-5)
            assert each.n == sum(len(row) - row.count(None) > 1 for row in own)


def test_sets_of_labels_are_compared_label_by_label_too() -> None:
    """One set as one value differs from another however much they share; their Jaccard index says how much."""
    given = [("a1", ("art", "war")), ("a2", ("art",)), ("a1", ("war",)), ("a2", ("war",)), ("a1", ("art",)), ("a2", ("war",))]
    works = [work(annotator, f"d{place // 2}", sets={"topics": chosen}) for place, (annotator, chosen) in enumerate(given)]

    found = figures(*works, work("a1", "d9", sets={"topics": ("art",)}), work("a2", "d9"))

    told = one(found, "mean_jaccard")
    assert (told.value, told.n, told.unit, told.layer) == (0.5, 3, "documents", "topics")
    assert one(found, "exact_agreement").value == pytest.approx(1 / 3, abs=1e-6)
    assert {each.metric for each in found} == {"nominal_alpha", "exact_agreement", "mean_jaccard"}


@pytest.mark.parametrize("far", [0.0, 2020.0, 1.7e9])
def test_numbers_that_are_all_one_have_no_alpha(far: float) -> None:
    works = [work(f"a{each % 2}", f"d{each // 2}", numbers={"n": far}) for each in range(80)]

    found = one(figures(*works), "interval_alpha", ("a0", "a1"))

    assert (found.value, found.reason) == (None, "All n=40 items have one number.")


def test_a_layer_of_few_numbers_says_so() -> None:
    works = [work(f"a{each % 2}", f"d{each // 2}", numbers={"n": each}, ratings={"s": each % 5}) for each in range(8)]

    found = figures(*works)

    assert one(found, "interval_alpha", ("a0", "a1")).reason == "n=4 items; a coefficient of numbers needs 30."
    assert one(found, "ordinal_alpha", ("a0", "a1")).reason == "n=4 items; a coefficient of levels needs 30."


WORKS = st.lists(
    st.builds(
        lambda annotator, task, spans, links, level: work(
            annotator,
            task,
            spans={"mention": tuple(spans), "claim": tuple(replace(each, values=(("modality", ("x",)),)) for each in spans)},
            links={"relation": tuple(links)},
            answers={"reading_level": (level,)},
        ),
        st.sampled_from(("a1", "a2", "a3")),
        st.just("d1"),
        SPANS,
        LINKS,
        st.sampled_from(LEVELS),
    ),
    unique_by=lambda each: each.annotator,
    max_size=3,
)


@given(WORKS, st.randoms())
def test_rows_are_the_same_for_works_and_marks_in_any_order(works: list[Work], dice: random.Random) -> None:
    shuffled = [
        replace(
            each,
            spans={layer: tuple(dice.sample(marks, len(marks))) for layer, marks in reversed(each.spans.items())},
            links={layer: tuple(dice.sample(marks, len(marks))) for layer, marks in each.links.items()},
        )
        for each in dice.sample(works, len(works))
    ]

    assert figures(*shuffled) == figures(*works)


@given(WORKS)
def test_there_is_a_value_or_a_reason_and_every_row_is_one_of_a_kind(works: list[Work]) -> None:
    found = figures(*works)
    keys = [(each.layer, each.metric, each.label, each.annotators) for each in found]

    assert all((each.value is None) <= bool(each.reason) for each in found)
    assert all(each.value is None or -1 <= each.value <= 1 for each in found)
    assert len(keys) == len(set(keys))


@given(WORKS.filter(bool))
def test_equal_works_agree_altogether(works: list[Work]) -> None:
    found = figures(replace(works[0], annotator="a1"), replace(works[0], annotator="a2"))

    assert {each.value for each in found} <= {1, None}


def test_a_pair_has_its_figures_over_all_tasks() -> None:
    found = figures(
        work("a1", "d1", spans={"mention": (span(0, 3), span(4, 9))}),
        work("a2", "d1", spans={"mention": (span(0, 3),)}),
        work("a1", "d2", spans={"mention": (span(0, 3, "ORG", "d2"),)}),
        work("a2", "d2", spans={"mention": (span(0, 4, "ORG", "d2"),)}),
    )

    exact = one(found, "exact_f1")
    assert (exact.value, exact.n, exact.unit, exact.tasks) == (0.4, 5, "spans", 2)
    assert exact.reason == "n=2 tasks; an interval needs 10."
    assert one(found, "exact_f1", label="GPE").value == pytest.approx(2 / 3, abs=1e-6)
    assert (one(found, "exact_f1", label="ORG").value, one(found, "trimmed_exact_f1", label="ORG").value) == (0, 1)


def test_tasks_that_one_of_a_pair_did_not_finish_are_left_out() -> None:
    found = figures(
        work("a1", "d1", spans={"mention": (span(0, 3),)}),
        work("a2", "d1", spans={"mention": (span(0, 3),)}),
        work("a1", "d2", spans={"mention": (span(0, 3, document="d2"),)}),
    )

    assert (one(found, "exact_f1").value, one(found, "exact_f1").tasks) == (1, 1)


def test_three_annotators_have_the_mean_of_their_pairs() -> None:
    found = figures(
        work("a1", spans={"mention": (span(0, 3),)}),
        work("a2", spans={"mention": (span(0, 3),)}),
        work("a3", spans={"mention": (span(4, 9),)}),
    )

    mean = one(found, "exact_f1", ("a1", "a2", "a3"))
    assert (mean.value, mean.n, mean.tasks) == (0.333333, 6, 1)


def test_the_mean_leaves_out_a_pair_that_shares_no_task() -> None:
    found = figures(
        work("a1", "d1", spans={"mention": (span(0, 3),)}),
        work("a2", "d1", spans={"mention": (span(0, 3),)}),
        work("a2", "d2", spans={"mention": (span(0, 3, document="d2"),)}),
        work("a3", "d2", spans={"mention": ()}),
    )

    assert {each.annotators for each in found} == {("a1", "a2"), ("a2", "a3"), ("a1", "a2", "a3")}
    assert one(found, "exact_f1", ("a1", "a2", "a3")).value == 0.5


def test_a_layer_that_one_annotator_finished_has_one_figure_without_value() -> None:
    (found,) = figures(work("a1", "d1", spans={"mention": (span(0, 3),)}))

    assert (found.metric, found.value, found.tasks, found.annotators) == ("", None, 0, ("a1",))
    assert found.reason == "n=0: no task was finished by two annotators; there is work of a1."


def test_a_layer_that_both_left_empty_says_so() -> None:
    found = figures(*(work(annotator, spans={"mention": ()}, links={"relation": ()}) for annotator in ("a1", "a2")))
    reasons = {(each.layer, each.value, each.reason) for each in found}

    assert reasons == {
        ("mention", None, "n=0: there are no spans to compare."),
        ("relation", None, "n=0: there are no links to compare."),
    }


def test_a_layer_that_only_one_work_names_is_empty_in_the_other() -> None:
    found = figures(work("a1", links={"relation": (link(0, 9),)}), work("a2"))

    assert (one(found, "exact_f1").layer, one(found, "exact_f1").value) == ("relation", 0)


def test_projects_and_rounds_are_apart() -> None:
    marked = {"mention": (span(0, 3),)}
    later = replace(work("a2", spans=marked), round="round2")

    assert {(each.round, each.value) for each in figures(work("a1", spans=marked), later)} == {
        ("round1", None),
        ("round2", None),
    }


def test_claims_are_compared_by_sentence_and_by_attribute() -> None:
    same = claim(50, 60, modality=("negated",), claim_type=("causal",))
    first = [claim(0, 10, modality=("asserted",), claim_type=("causal",)), same]
    second = [claim(0, 9, modality=("asserted",), claim_type=("causal", "numerical")), same]
    found = figures(
        work("a1", spans={"claim": tuple(first)}),
        work("a2", spans={"claim": tuple(second)}),
        work("a1", "d2", spans={"claim": (claim(0, 10, "d2"),)}),
        work("a2", "d2", spans={"claim": ()}),
    )

    assert one(found, "matched_f1").value == 0.8
    assert one(found, "attribute_alpha", label="modality").value == 1
    assert one(found, "attribute_alpha", label="claim_type").value == 0
    assert one(found, "attribute_jaccard", label="claim_type").value == 0.75
    sentences = one(found, "has_claim_alpha")
    assert sentences.value == pytest.approx(1 - 7 * 2 / 30, abs=1e-6)
    assert (sentences.n, sentences.unit) == (4, "sentences")


def test_alpha_over_sentences_takes_all_annotators_with_gaps() -> None:
    marked = {"claim": (claim(0, 10),)}
    found = figures(
        *(work(each, "d1", spans=marked) for each in ("a1", "a2", "a3")),
        *(work(each, "d2", spans={"claim": (claim(0, 10, "d2"),)}) for each in ("a1", "a2")),
    )

    assert one(found, "has_claim_alpha", ("a1", "a2", "a3")).n == 4
    assert one(found, "has_claim_alpha", ("a1", "a3")).n == 2


def test_few_levels_have_shares_and_raw_pairs_but_no_coefficient() -> None:
    found = figures(*levelled("a1", "B1", "B1", "A2"), *levelled("a2", "B1", "B2", "C1"))

    assert (one(found, "exact_agreement").value, one(found, "adjacent_agreement").value) == (0.333333, 0.666667)
    assert {(each.label, each.value, each.n) for each in found if each.metric == "level_pairs"} == {
        ("B1 B1", 0.333333, 3),
        ("B1 B2", 0.333333, 3),
        ("A2 C1", 0.333333, 3),
    }
    for metric in ("ordinal_alpha", "quadratic_kappa"):
        assert one(found, metric).reason == "n=3 items; a coefficient of levels needs 30."


def test_many_levels_have_coefficients_with_intervals_around_them() -> None:
    first, second = ["A2", "B1", "B2", "C1"] * 10, ["A2", "B1", "B2", "B2", "B1", "B1", "C1", "C1"] * 5
    found = figures(*levelled("a1", *first), *levelled("a2", *second))

    for metric in ("ordinal_alpha", "quadratic_kappa", "exact_agreement"):
        figure = one(found, metric)
        assert figure.value is not None
        assert figure.low is not None
        assert figure.high is not None
        assert 0 < figure.low < figure.value < figure.high <= 1
        assert (figure.n, figure.tasks, figure.reason) == (40, 40, "")


def test_pairs_of_levels_have_no_mean_over_annotators() -> None:
    found = figures(*levelled("a1", "B1"), *levelled("a2", "B2"), *levelled("a3", "B1"))

    assert {len(each.annotators) for each in found if each.metric == "level_pairs"} == {2}
    assert one(found, "exact_agreement", ("a1", "a2", "a3")).value == 0.333333


def test_links_have_labels_and_attributes_of_their_own() -> None:
    first = replace(link(0, 9), values=(("alignment", ("aligned",)), ("operation", ("copy",))))
    second = replace(first, values=(("alignment", ("aligned",)), ("operation", ("copy", "fusion"))))
    found = figures(
        work("a1", "d1+d2", "alignments", links={"alignment": (first,)}),
        work("a2", "d1+d2", "alignments", links={"alignment": (second,)}),
    )

    assert (one(found, "exact_f1").value, one(found, "label_f1", label="aligned").value) == (0, 1)
    assert one(found, "attribute_jaccard", label="operation").value == 0.5


def test_ten_tasks_have_an_interval_that_holds_the_value() -> None:
    works = [
        work(annotator, f"d{number}", spans={"mention": tuple(span(at, at + 3, document=f"d{number}") for at in marked)})
        for number in range(10)
        for annotator, marked in (("a1", (0, 4, 10)), ("a2", (0, 4, 10 + number % 2)))
    ]
    exact = one(figures(*works), "exact_f1")

    assert exact.value == 0.833333
    assert exact.low is not None
    assert exact.high is not None
    assert exact.low < exact.value < exact.high


def test_scikit_learn_is_loaded_only_for_kappa() -> None:
    script = "import sys, variorum.agreement.measure; sys.exit('sklearn' in sys.modules)"

    subprocess.run([sys.executable, "-c", script], check=True)
