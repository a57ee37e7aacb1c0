"""One annotator's finished work on one task as plain values that can be compared: what agreement and curation look at.

A task is a document, or a pair of documents. Every span says which text it lies in, so that both have one form. These are
structs and no dataclasses: a shard makes 50,000 of them, at a seventh of the cost, and compares and sorts them at a fifth.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

import msgspec

from variorum.annotations.regions import Reading, Region, Relation
from variorum.annotations.review import Reviewed
from variorum.annotations.task import project_of
from variorum.schema.foreign import RELATIONS, ForeignLabels, own_name
from variorum.schema.labels import Labels
from variorum.schema.projects import DOCUMENTS, Project

Values = tuple[tuple[str, tuple[str, ...]], ...]
"""Answers by name, in a fixed order, each with its labels: a mention's `(("type", ("GPE",)),)`, a claim's four attributes."""


class Place(msgspec.Struct, frozen=True, order=True, gc=False):
    """Where a span lies: the document, and offsets into its text (code points, half-open)."""

    document_id: str
    start: int
    end: int


class Marked(msgspec.Struct, frozen=True, gc=False):
    """A span that an annotator marked. `region_id` leads back to the export, and says nothing about what is marked."""

    place: Place
    values: Values
    region_id: str
    note: str = ""


class Link(msgspec.Struct, frozen=True, gc=False):
    """Something that an annotator joined: from one span to another, of which layers, and as what."""

    start: Place
    end: Place
    values: Values
    region_id: str
    layers: tuple[str, str] = ("", "")


class Work(msgspec.Struct, frozen=True, gc=False):
    """All that one annotator made of one task. `spans` and `links` are by layer, `answers` are those about the whole task.

    In the project `documents` the span layers are `mention` and `claim`, the link layer is `relation` and the answer is
    `reading_level`; in `alignments` they are `factuality` and `alignment`; in `claim_pairs` there is only `claim_pair`. In a
    project that was not made for variorum spans and answers have the names of their controls, links that of RELATIONS;
    only such a project has `sets`, answers of any number of labels, `ratings`, which are ordered, and `numbers`.
    """

    project: str
    round: str
    annotator: str
    task: str
    spans: dict[str, tuple[Marked, ...]] = {}
    links: dict[str, tuple[Link, ...]] = {}
    answers: dict[str, tuple[str, ...]] = {}
    sets: dict[str, tuple[str, ...]] = {}
    ratings: dict[str, int] = {}
    numbers: dict[str, float] = {}


GIVEN = ("sentence", "claim")
"""The layers of a joint project whose spans were made beforehand: annotators only join them."""
_LINK_LAYERS = {"relation_type": "relation", "factuality": "substitution", "claim_relation": "claim_pair"}
INVERSE = {"more_specific": "more_general", "more_general": "more_specific"}


def work_of(reviewed: Reviewed, labels: Labels) -> Work:
    """An annotation as plain values. Every layer of its project is there, also where nothing was marked."""
    if isinstance(labels, ForeignLabels):
        return _foreign_work(reviewed, labels.project)
    project = project_of(reviewed.task.raw)
    export, regions = reviewed.export, reviewed.regions
    layers = [layer for layer in dict.fromkeys(project.layers.values()) if not (project.is_joint and layer in GIVEN)]
    spans = {layer: tuple(_marked(each, project, labels) for each in regions.layers.get(layer, ())) for layer in layers}
    answers: dict[str, tuple[str, ...]] = {"reading_level": (regions.reading_level,)} if regions.reading_level else {}
    links = _links(reviewed, project)
    return Work(project.name, export.round, export.annotator, reviewed.task.key, spans, links, answers)


def _foreign_work(reviewed: Reviewed, project: Project) -> Work:
    """The same of a project that was not made for variorum: a layer a control that marks, an answer a control.

    What is written freely, and when, is not compared.
    """
    kept = [reading for reading in reviewed.regions.readings if not reading.rejected_by]
    spans = _foreign_spans(kept, reviewed.task.key, project)
    places = {mark.region_id: mark.place for found in spans.values() for mark in found}
    links = tuple(_foreign_link(reading, places) for reading in kept if reading.result.type == "relation")
    whole = [each for each in kept if each.result.type != "relation" and not project.controls[each.result.control].per_region]
    closed = [each for each in whole if project.controls[each.result.control].inventory]
    rated, counted = (
        {own_name(each.result.control): each.labels[0] for each in whole if each.result.type == type_}
        for type_ in ("rating", "number")
    )
    return Work(
        project=DOCUMENTS,
        round=reviewed.export.round,
        annotator=reviewed.export.annotator,
        task=reviewed.task.key,
        spans=spans,
        links={RELATIONS: links} if links else {},
        answers=_foreign_answers(each for each in closed if project.controls[each.result.control].single),
        sets=_foreign_answers(each for each in closed if not project.controls[each.result.control].single),
        ratings={name: int(stars) for name, stars in rated.items()},
        numbers={name: float(number) for name, number in counted.items()},
    )


def _foreign_answers(readings: Iterable[Reading]) -> dict[str, tuple[str, ...]]:
    return {own_name(each.result.control): tuple(sorted(each.labels)) for each in readings}


def _foreign_spans(kept: Iterable[Reading], task: str, project: Project) -> dict[str, tuple[Marked, ...]]:
    """The marks of each control, with what is chosen about them."""
    about: dict[str, list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
    for reading in kept:
        control = project.controls.get(reading.result.control)
        if control and control.of and (control.inventory or control.type == "rating"):
            about[reading.result.id].append((own_name(reading.result.control), tuple(sorted(reading.labels))))
    spans: dict[str, list[Marked]] = {name: [] for name in project.layers}
    for reading in kept:
        if (name := reading.result.control) in spans and reading.span:
            place = Place(task, reading.span.start, reading.span.end)
            values = (("type", tuple(sorted(reading.labels))), *sorted(about[reading.result.id]))
            spans[name].append(Marked(place, values, reading.result.id))
    return {own_name(name): tuple(found) for name, found in spans.items()}


def _foreign_link(reading: Reading, places: Mapping[str, Place]) -> Link:
    written = reading.result.written
    ends = [str(written["from_id"]), str(written["to_id"])]
    if written.get("direction") == "left":
        ends.reverse()
    return Link(places[ends[0]], places[ends[1]], (("type", tuple(sorted(reading.labels))),), f"{ends[0]}->{ends[1]}")


def place_of(region: Region) -> Place:
    """Where a region lies."""
    return Place(region.document_id, region.span.start, region.span.end)


def _marked(region: Region, project: Project, labels: Labels) -> Marked:
    """A region with its type, where its layer has more than one, and its answers in the order of their inventories."""
    typed = (
        len(project.controls[region.result.control].only or labels[project.controls[region.result.control].inventory].names) > 1
    )
    values: list[tuple[str, tuple[str, ...]]] = [("type", (region.label,))] if typed or region.layer != "claim" else []
    for name, given in region.attributes.items():
        order = labels[project.controls[name].inventory].names
        values.append((shared_name(name), tuple(sorted(given, key=order.index))))
    return Marked(place_of(region), tuple(values), region.id, region.note)


def shared_name(control: str) -> str:
    """A control's name without the side it belongs to, so that both sides of a pair have one."""
    return control.removeprefix("first_").removeprefix("second_")


def _links(reviewed: Reviewed, project: Project) -> dict[str, tuple[Link, ...]]:
    first = next(iter(reviewed.task.texts.values()))[0]
    by_id = reviewed.regions.by_id
    links: dict[str, list[Link]] = {
        _LINK_LAYERS.get(each.inventory, each.inventory): [] for each in project.joins if each.single
    }
    for relation in reviewed.regions.relations:
        inventory = _inventory(relation, project)
        links[_LINK_LAYERS.get(inventory, inventory)].append(_link(relation, by_id, first if project.is_joint else ""))
    return {layer: tuple(found) for layer, found in links.items()}


def _inventory(relation: Relation, project: Project) -> str:
    """The inventory that a relation's type is from: substitutions join departures of fact, all else has but one."""
    found = [joins.inventory for joins in project.joins if joins.single and joins.layer in ("", relation.from_layer)]
    return found[0]


def _link(relation: Relation, by_id: dict[str, list[Region]], first: str) -> Link:
    """A relation, in a joint project from the first text to the second, whichever way it was drawn."""
    ends = [
        next(region for region in by_id[id_] if region.layer == layer)
        for id_, layer in ((relation.from_id, relation.from_layer), (relation.to_id, relation.to_layer))
    ]
    type_ = relation.type
    if first and ends[0].document_id != first:
        ends.reverse()
        type_ = INVERSE.get(type_, type_)
    values: Values = (("type", (type_,)),) + ((("operation", relation.also),) if relation.also else ())
    layers = ends[0].layer, ends[1].layer
    return Link(place_of(ends[0]), place_of(ends[1]), values, f"{ends[0].id}->{ends[1].id}", layers)
