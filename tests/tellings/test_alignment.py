"""Links of sentences as groups, and departures of fact in their group."""

from variorum.annotations.work import Link, Marked, Place, Work
from variorum.tellings.alignment import align


def first(index: int) -> Place:
    return Place("one", 10 * index, 10 * index + 9)


def second(index: int) -> Place:
    return Place("two", 10 * index, 10 * index + 9)


def link(one: int, other: int, label: str = "aligned", *operations: str) -> Link:
    return Link(first(one), second(other), (("type", (label,)), ("operation", operations)), f"{one}-{other}")


def marked(place: Place, type_: str, note: str = "") -> Marked:
    return Marked(place, (("type", (type_,)), ("severity", ("minor",))), f"{place.document_id}{place.start}", note)


def work(*links: Link, spans: tuple[Marked, ...] = (), pairs: tuple[tuple[Place, Place], ...] = ()) -> Work:
    joined = tuple(Link(*pair, (("type", ("substitution",)),), "") for pair in pairs)
    return Work("alignments", "round1", "a1", "one+two", {"factuality": spans}, {"alignment": links, "substitution": joined})


def test_links_that_share_a_sentence_are_one_group() -> None:
    found = align(
        work(link(2, 5), link(0, 1, "aligned", "splitting"), link(0, 2, "partially_aligned", "splitting"), link(1, 2))
    )

    assert [(group.first, group.second, group.label) for group in found.groups] == [
        ([first(0), first(1)], [second(1), second(2)], "partially_aligned"),
        ([first(2)], [second(5)], "aligned"),
    ]
    assert found.groups[0].operations == {"splitting"}


def test_departures_find_the_group_whose_sentences_they_lie_in() -> None:
    deleted = marked(Place("one", 2, 5), "deletion")
    inserted = marked(Place("two", 52, 55), "insertion", "odd")
    here, there = Place("one", 21, 24), Place("two", 56, 58)
    substituted = (marked(here, "substitution", "one"), marked(there, "substitution", "two"))

    found = align(work(link(0, 1), link(2, 5), spans=(deleted, inserted, *substituted), pairs=((here, there),)))

    told = [[(each.type, each.first, each.second, each.note) for each in group.departures] for group in found.groups]
    assert told == [
        [("deletion", deleted.place, None, "")],
        [("substitution", here, there, "one two"), ("insertion", None, inserted.place, "odd")],
    ]


def test_a_span_may_have_several_counterparts() -> None:
    here = Place("one", 1, 4)
    others = (Place("two", 11, 13), Place("two", 21, 23))
    spans = (marked(here, "substitution"), *(marked(other, "substitution") for other in others))

    found = align(work(link(0, 1), link(0, 2), spans=spans, pairs=tuple((here, other) for other in others)))

    assert [(each.first, each.second) for each in found.groups[0].departures] == [(here, other) for other in others]


def test_what_has_no_place_is_told() -> None:
    alone = marked(Place("one", 1, 4), "substitution")
    astray = marked(Place("two", 91, 94), "insertion")

    found = align(work(link(0, 1), spans=(alone, astray)))

    assert (found.unpaired, found.outside) == ([alone], [astray])
    assert align(work()).groups == []
