"""Samples of some tasks, put together: the same figures, however tasks were divided, as those of every task by itself."""

import pickle
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.agreement.made import LEVELS, LINKS, SPANS, TEXT, work
from tests.agreement.plain_links import LINK_FORMULAS
from tests.agreement.plain_spans import SPAN_FORMULAS

from variorum.agreement.counts import Counts
from variorum.agreement.measure import alone, figures, measure, merged_samples, sampled
from variorum.agreement.share import Share
from variorum.agreement.spans import trimmed
from variorum.annotations.work import Marked, Work

TEXTS = {f"d{number}": TEXT for number in range(15)}
SENTENCES = {document: [(0, 41), (42, 76)] for document in TEXTS}


def placed(spans: list[Marked], task: str) -> tuple[Marked, ...]:
    return tuple(replace(span, place=replace(span.place, document_id=task)) for span in spans)


def claims(spans: tuple[Marked, ...]) -> tuple[Marked, ...]:
    """The spans as claims, whose answers are made from their place."""
    return tuple(replace(each, values=(("modality", tuple("xyzx"[each.place.start % 3 :][:2])),)) for each in spans)


WORKS = st.lists(
    st.builds(
        lambda annotator, number, spans, links, level: work(
            annotator,
            f"d{number}",
            spans={"mention": placed(spans, f"d{number}"), "claim": claims(placed(spans[:3], f"d{number}"))},
            links={"relation": tuple(links)},
            answers={"reading_level": (level,)} if level else {},
        ),
        st.sampled_from(("a1", "a2", "a3")),
        st.integers(0, 14),
        SPANS,
        LINKS,
        st.sampled_from(("", *LEVELS)),
    ),
    unique_by=lambda each: (each.annotator, each.task),
    max_size=30,
)


@given(WORKS, st.lists(st.integers(0, 3), min_size=15, max_size=15))
def test_figures_are_the_same_however_tasks_are_divided(works: list[Work], shards: list[int]) -> None:
    parts = [[each for each in works if shards[int(each.task[1:])] == shard] for shard in range(4)]
    samples = [pickle.loads(pickle.dumps(sampled(part, TEXTS, SENTENCES))) for part in parts]  # noqa: S301 # our own bytes

    assert figures(merged_samples(samples), LEVELS) == measure(works, TEXTS, SENTENCES, LEVELS)


@given(WORKS)
def test_shares_are_those_of_each_task_by_itself_added_up(works: list[Work]) -> None:
    by_task = {(each.task, each.annotator): each for each in works}
    both = [(by_task[task, "a1"], by_task[task, "a2"]) for task in TEXTS if {(task, "a1"), (task, "a2")} <= by_task.keys()]
    expected: dict[tuple[str, str], Share] = {}
    for name, span_figure in SPAN_FORMULAS.items():
        marked = [(one.spans["mention"], other.spans["mention"]) for one, other in both]
        inner = [(trimmed(one, TEXTS), trimmed(other, TEXTS)) for one, other in marked]
        expected["mention", name] = sum((span_figure(*each) for each in marked), Share())
        expected["mention", f"trimmed_{name}"] = sum((span_figure(*each) for each in inner), Share())
    for name, link_figure in LINK_FORMULAS.items():
        drawn = [(one.links["relation"], other.links["relation"]) for one, other in both]
        expected["relation", name] = sum((link_figure(*each) for each in drawn), Share())

    for each in measure(works, TEXTS, SENTENCES, LEVELS):
        if (each.layer, each.metric) in expected and not each.label and each.annotators == ("a1", "a2"):
            share = expected[each.layer, each.metric]
            assert each.n == share.whole
            assert each.value == (None if share.value is None else pytest.approx(share.value, abs=1e-6))


@given(WORKS)
def test_tasks_of_one_annotator_change_nothing_but_who_took_part(works: list[Work]) -> None:
    count = Counter(each.task for each in works)
    shared = [each for each in works if count[each.task] > 1]
    rest = [replace(each, spans=dict.fromkeys(each.spans, ())) for each in works if count[each.task] == 1]

    samples = merged_samples([sampled(shared, TEXTS, SENTENCES), alone(rest)])

    assert figures(samples, LEVELS) == measure(works, TEXTS, SENTENCES, LEVELS)


@given(st.lists(st.one_of(st.integers(0, 70000), st.sampled_from([0.5, 1 / 3, 2.0**40])), max_size=8))
def test_small_counts_are_the_same_numbers(numbers: list[float]) -> None:
    given = np.array(numbers, float)
    counts = Counts.small([("part",)], np.arange(len(numbers)), given, given[:, np.newaxis])

    assert counts.units.tolist() == numbers
    assert counts.counts.sum(dtype=float) == given.sum()
