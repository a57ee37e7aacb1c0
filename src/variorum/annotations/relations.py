"""Relations between the regions of one annotation: their types, ends and directions."""

from collections.abc import Callable, Mapping, Sequence

from variorum.annotations.regions import Reading, Region, Relation
from variorum.schema.labels import Label, Labels, repeated
from variorum.schema.projects import Joins, Project


class RelationReader:
    """Reads the relations of one annotation, whose `regions` are by their ids, into `drawn`.

    What cannot be taken up is given to `reject`, with the rule and what is the case.
    """

    def __init__(
        self,
        regions: Mapping[str, Sequence[Region]],
        labels: Labels,
        project: Project,
        reject: Callable[[Reading, str, str], None],
    ) -> None:
        self.regions = regions
        self.labels = labels
        self.project = project
        self.reject = reject
        self.joins = {name: joins for joins in reversed(project.joins) for name in _names(labels, joins)}
        self.drawn: list[Relation] = []
        self._ends: set[tuple[str, ...]] = set()

    def read(self, reading: Reading, rejected: set[str]) -> None:
        """Takes up a relation or rejects it; `rejected` are the ids of regions that were."""
        written = reading.result.written
        ends = [str(written["from_id"]), str(written["to_id"])]
        types = written.get("labels")
        lost = [end for end in ends if end not in self.regions]
        if lost:
            if lost[0] in rejected:  # its region has a finding of its own; a second one would say nothing new
                reading.rejected_by = "relation-dangling"
            else:
                self.reject(reading, "relation-dangling", f"There is no region {lost[0]!r}.")
        elif not isinstance(types, list) or not types:
            self.reject(reading, "relation-unlabelled", f"The relation from {ends[0]} to {ends[1]} has no type.")
        elif written.get("direction") not in ("right", "left", "bi"):
            self.reject(reading, "export-shape", f"The relation has the direction {written.get('direction')!r}.")
        else:
            self._read_types(reading, [str(each) for each in types], ends)

    def _read_types(self, reading: Reading, types: list[str], ends: list[str]) -> None:
        """Which of a relation's labels is its type, and which stand beside it."""
        reading.labels = tuple(types)
        unknown = [type_ for type_ in types if type_ not in self.joins]
        main = [type_ for type_ in types if type_ in self.joins and self.joins[type_].single]
        if unknown:
            inventories = " or ".join(joins.inventory for joins in self.project.joins)
            self.reject(reading, "label-unknown", f"{unknown[0]!r} is not in the inventory {inventories}.")
        elif len(main) > 1 or repeated(types):
            self.reject(reading, "choice-not-single", f"The relation has {len(types)} types.")
        elif not main:
            fact = f"The relation from {ends[0]} to {ends[1]} has no type beside {types[0]}."
            self.reject(reading, "relation-unlabelled", fact)
        else:
            beside = [name for joins in self.project.joins if not joins.single for name in _names(self.labels, joins)]
            self._add_relation(reading, main[0], tuple(name for name in beside if name in types), ends)

    def _allowed(self, type_: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The layers that a relation's type may lead from and to."""
        joins = self.joins[type_]
        known: Label = self.labels[joins.inventory].by_name[type_]
        return ((joins.layer,), (joins.layer,)) if joins.layer else (known.from_, known.to)

    def _add_relation(self, reading: Reading, type_: str, also: tuple[str, ...], ends: list[str]) -> None:
        if reading.result.written["direction"] == "left":
            ends.reverse()
        allowed = self._allowed(type_)
        layers = [[region.layer for region in self.regions[end]] for end in ends]
        found = [[layer for layer in there if layer in ok] for there, ok in zip(layers, allowed, strict=True)]
        key = tuple(sorted(ends)) if self.project.is_joint else (type_, *ends)
        if key in self._ends:
            self.reject(reading, "relation-duplicate", f"{type_} from {ends[0]} to {ends[1]} is there already.")
        elif not (found[0] and found[1]):
            is_claimer = type_ == "claimer" and bool(found[0])
            actual = f"{'/'.join(layers[0])} to {'/'.join(layers[1])}"
            rule = "claimer-not-mention" if is_claimer else "relation-wrong-ends"
            fact = f"{type_} joins {'/'.join(allowed[0])} to {'/'.join(allowed[1])}, here {actual}."
            self.reject(reading, rule, fact)
        elif self.project.is_joint and self._document(ends[0]) == self._document(ends[1]):
            fact = f"{type_} joins two texts, here both ends lie in {self._document(ends[0])}."
            self.reject(reading, "relation-wrong-ends", fact)
        elif reading.result.written["direction"] == "bi":
            self.reject(reading, "relation-wrong-ends", f"{type_} has a direction, but the relation points both ways.")
        else:
            self._ends.add(key)
            relation = Relation(type_, ends[0], found[0][0], ends[1], found[1][0], reading.result, also)
            self.drawn.append(relation)

    def _document(self, region_id: str) -> str:
        return self.regions[region_id][0].document_id


def _names(labels: Labels, joins: Joins) -> tuple[str, ...]:
    return tuple(name for name in labels[joins.inventory].names if not joins.only or name in joins.only)
