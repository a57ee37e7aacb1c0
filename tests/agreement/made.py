"""Spans, links and works for tests, and what Hypothesis draws them from."""

from collections.abc import Sequence

from hypothesis import strategies as st

from variorum.annotations.work import Link, Marked, Place, Work

TYPES = ("GPE", "ORG", "PERSON")
LEVELS = ("A1", "A2", "B1", "B2", "C1", "C2")
TEXT = "The mayor of (Oslo), said: \u201cwe agree\u201d. Nobody asked the 12% who did not. "


def place(start: int, end: int, document: str = "d1") -> Place:
    return Place(document, start, end)


def span(start: int, end: int, type_: str = "GPE", document: str = "d1", region: str = "") -> Marked:
    return Marked(place(start, end, document), (("type", (type_,)),), region)


def claim(start: int, end: int, document: str = "d1", **values: tuple[str, ...]) -> Marked:
    return Marked(place(start, end, document), tuple(values.items()), f"c{start}")


def link(start: int, end: int, label: str = "claimer", region: str = "") -> Link:
    """A link between spans of five characters that begin there."""
    return Link(place(start, start + 5), place(end, end + 5), (("type", (label,)),), region)


def work(annotator: str, task: str = "d1", project: str = "documents", **made: object) -> Work:
    return Work(project, "round1", annotator, task, **made)  # type: ignore[arg-type] # the layers come as keywords


_PLACES = st.tuples(st.integers(0, 30), st.integers(1, 8)).map(lambda each: (each[0], each[0] + each[1]))

SPANS = st.lists(st.builds(lambda at, type_: span(at[0], at[1], type_), _PLACES, st.sampled_from(TYPES)), max_size=8)
"""Spans of one document that may be nested, cross or stand twice."""


@st.composite
def flat(draw: st.DrawFn) -> list[Marked]:
    """Spans of one document in their order, of which no two overlap."""
    edges = sorted(draw(st.sets(st.integers(0, 40), max_size=12)))
    return [span(start, end, draw(st.sampled_from(TYPES))) for start, end in zip(edges[::2], edges[1::2], strict=False)]


LINKS = st.lists(
    st.builds(link, st.integers(0, 6), st.integers(0, 6), st.sampled_from(("aligned", "partially_aligned"))), max_size=6
)


def nervaluate(first: Sequence[Marked], second: Sequence[Marked]) -> dict[str, float]:
    """The F1 of each of nervaluate's strategies, whose ends are those of the last character."""
    from nervaluate import Evaluator  # type: ignore[import-untyped]

    sides = [
        [[{"label": dict(each.values)["type"][0], "start": each.place.start, "end": each.place.end - 1} for each in side]]
        for side in (first, second)
    ]
    found = Evaluator(*sides, tags=list(TYPES), loader="dict").evaluate()["overall"]
    return {name: result.f1 for name, result in found.items()}
