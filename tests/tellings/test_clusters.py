"""Clusters of claims: closures of judged pairs, and what follows from them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from variorum.tellings.clusters import Clusters, Judged, Member


def rows(*pairs: tuple[str, str, str], order: str = "abcdef") -> list[Member]:
    return list(Clusters([Judged(*pair) for pair in pairs], order).rows())


def told(found: list[Member]) -> list[tuple[str, str, str, bool, bool]]:
    return [(each.claim, each.relation, each.to, each.is_member, each.is_judged) for each in found]


def test_equivalence_carries_on_over_claims_that_were_never_compared() -> None:
    assert told(rows(("a", "b", "equivalent"), ("b", "c", "equivalent"))) == [
        ("a", "equivalent", "a", True, True),
        ("b", "equivalent", "a", True, True),
        ("c", "equivalent", "a", True, False),
    ]


def test_what_implies_the_canonical_claim_is_more_specific_however_many_steps_away() -> None:
    found = rows(("a", "b", "more_specific"), ("b", "c", "equivalent"), ("c", "d", "equivalent"), ("d", "e", "more_specific"))

    assert told(found) == [
        ("a", "more_specific", "b", True, True),
        ("b", "equivalent", "b", True, True),
        ("c", "equivalent", "b", True, True),
        ("d", "equivalent", "b", True, False),
        ("e", "more_general", "b", True, False),
    ]


def test_members_of_which_neither_implies_the_other_overlap() -> None:
    found = rows(("a", "b", "more_specific"), ("c", "b", "more_specific"), ("a", "d", "equivalent"))

    assert {each.claim: (each.relation, each.is_judged) for each in found}["c"] == ("overlaps", False)


def test_a_contradiction_from_outside_stands_beside_the_member_it_contradicts() -> None:
    found = rows(("a", "b", "equivalent"), ("b", "c", "contradicts"))

    assert told(found)[-1] == ("c", "contradicts", "b", False, True)


def test_a_contradiction_of_two_claims_that_nobody_else_states_is_a_cluster_of_its_own() -> None:
    assert told(rows(("a", "b", "contradicts"))) == [
        ("a", "equivalent", "a", True, True),
        ("b", "contradicts", "a", False, True),
    ]


def test_members_may_contradict_each_other_where_neither_implies_the_other() -> None:
    clusters = Clusters(
        [Judged(*each) for each in [("a", "b", "more_specific"), ("c", "b", "more_specific"), ("a", "c", "contradicts")]], "abc"
    )

    assert list(clusters.conflicts()) == []
    assert ("c", "contradicts", "a", True, True) in told(list(clusters.rows()))


@pytest.mark.parametrize(
    ("pairs", "follows"),
    [
        ([("a", "b", "equivalent"), ("b", "c", "equivalent"), ("a", "c", "contradicts")], "equivalent"),
        ([("a", "b", "equivalent"), ("b", "c", "more_specific"), ("c", "a", "contradicts")], "more_general"),
    ],
)
def test_a_closure_that_makes_a_contradicting_pair_follow_is_a_conflict(
    pairs: list[tuple[str, str, str]], follows: str
) -> None:
    clusters = Clusters([Judged(*pair) for pair in pairs], "abc")

    assert [relation for _, relation in clusters.conflicts()] == [follows]


def test_unrelated_pairs_make_no_cluster() -> None:
    assert rows(("a", "b", "unrelated")) == []


RELATIONS = st.sampled_from(["equivalent", "more_specific", "more_general", "contradicts", "overlaps", "unrelated"])
PAIRS = st.dictionaries(st.tuples(st.sampled_from("abc"), st.sampled_from("def")), RELATIONS, max_size=9)


@given(PAIRS)
def test_the_direction_in_which_a_pair_was_drawn_leaves_no_trace(pairs: dict[tuple[str, str], str]) -> None:
    drawn = [Judged(first, second, relation) for (first, second), relation in pairs.items()]

    one = list(Clusters(drawn, "abcdef").rows())

    assert list(Clusters([each.turned for each in reversed(drawn)], "abcdef").rows()) == one
    members = [each.claim for each in one if each.is_member and each.to == each.cluster]
    assert len(members) == len(set(members))
    judged = {claim for (first, second), relation in pairs.items() if relation != "unrelated" for claim in (first, second)}
    assert {each.claim for each in one} == judged
