"""How a project on the server says what it is."""

from hypothesis import given
from hypothesis import strategies as st

from variorum.label_studio.assignment import Assignment, assigned, found_projects

names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,20}", fullmatch=True)
assignments = st.builds(Assignment, names, names, names)


@given(assignments, st.text(min_size=1).filter(lambda name: "\n" not in name and name.isprintable()))
def test_a_mark_is_read_back_as_it_was_written_and_for_its_corpus_alone(assignment: Assignment, corpus: str) -> None:
    assert assigned(assignment.mark(corpus), corpus) == assignment
    assert assigned("Do read this. " + assignment.mark(corpus) + " Thanks.", corpus) == assignment
    assert assigned(assignment.mark(corpus), corpus + "-2") is None


@given(assignments)
def test_a_title_is_one_that_label_studio_takes(assignment: Assignment) -> None:
    assert 3 <= len(assignment.title) <= 50


def test_projects_are_found_by_their_mark_the_oldest_first() -> None:
    a1, a2 = (Assignment("documents", "round1", name) for name in ("a1", "a2"))
    described = {9: a1.mark("news"), 2: a2.mark("news"), 3: a1.mark("news"), 4: a1.mark("other"), 5: "Somebody's own."}

    assert found_projects(described, "news") == {a2: [2], a1: [3, 9]}
