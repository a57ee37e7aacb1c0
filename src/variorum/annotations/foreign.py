"""Annotations of a project that was not made for variorum, read by the same steps: controls, labels, offsets, regions.

What differs: nothing has to be answered, and relations join any regions, with any number of labels or none.
"""

from dataclasses import replace
from typing import get_args

from variorum.annotations.region_reader import RegionReader, Texts
from variorum.annotations.regions import Reading, Regions
from variorum.annotations.relations import RelationReader
from variorum.annotations.task import Annotation
from variorum.corpus.settings import MayReject
from variorum.findings import Finding, Level, finding
from variorum.rules import RULES
from variorum.schema.foreign import RELATIONS, ForeignLabels
from variorum.schema.foreign_tables import value_of


def read_foreign(annotation: Annotation, texts: Texts, labels: ForeignLabels) -> Regions:
    """The regions of an annotation. Findings on work that is not finished are warnings."""
    reader = _ForeignReader(annotation, texts, labels, labels.project)
    reader.read()
    return reader.regions


_HINTS = {
    "attribute-astray": "Delete it, or mark the region that it is meant for.",
    "relation-dangling": "Draw it between two regions of one text.",
}
"""What is to be done in projects that have no claims, and whose tasks may show several texts."""


def lived_with(found: Finding, labels: ForeignLabels) -> Finding:
    """An error that only rejects results as a warning, where the corpus lives with these; else with the line that says so.

    Whoever has the export alone can mark nothing again.
    """
    if found.rule in _HINTS and found.hint == RULES[found.rule].hint:
        found = replace(found, hint=_HINTS[found.rule])
    is_whole = found.rule == "export-shape" and not found.where.region  # a task or an annotation, not one result
    if found.level is not Level.ERROR or found.rule not in get_args(MayReject) or is_whole:
        return found
    if found.rule in labels.may_reject:
        hint = "Rejected and counted." if found.rule == "export-shape" else "Rejected; `annotations` has it."
        return replace(found, level=Level.WARNING, hint=hint)
    hint = f"{found.hint} Or write `may_reject: [{found.rule}]` into corpus/corpus.yaml: then it is left out and listed."
    return replace(found, hint=hint)


_PER_REGION = 'If all its answers are about regions, write perRegion="true" on its control in schema/project.xml.'


class _ForeignRelations(RelationReader):
    def read(self, reading: Reading, rejected: set[str]) -> None:
        written, known = reading.result.written, self.labels.get(RELATIONS)
        ends = (str(written["from_id"]), str(written["to_id"]))
        lost = [end for end in ends if end not in self.regions]
        unknown = [label for label in reading.labels if known and known.labels and label not in known.names]
        if lost and lost[0] in rejected:
            reading.rejected_by = "relation-dangling"
        elif lost:
            self.reject(reading, "relation-dangling", f"There is no region {lost[0]!r} in this text, where both ends must be.")
        elif unknown:
            self.reject(reading, "label-unknown", f"{unknown[0]!r} is not in the inventory {RELATIONS}.")
        elif written.get("direction", "right") not in ("right", "left", "bi"):
            self.reject(reading, "export-shape", f"The relation has the direction {written['direction']!r}.")


class _ForeignReader(RegionReader):
    relations = _ForeignRelations

    def _read_labels(self, reading: Reading) -> None:
        super()._read_labels(reading)
        control = self.controls[reading.result.control]
        if not reading.rejected_by and not reading.labels and control.type != "textarea":
            self._reject(reading, "label-missing", f"No {reading.result.control} is chosen.")
        elif not reading.rejected_by and control.type in ("rating", "number"):
            self._check_value(reading)
        if not reading.rejected_by:
            self._tell_of_region(reading)

    def _tell_of_region(self, reading: Reading) -> None:
        """Says of an answer about a region that its table is about whole texts, since its control has no `perRegion`."""
        result = reading.result
        if not self.controls[result.control].per_region and isinstance(result.value.get("start"), int):
            fact = f"{result.control} answers about a region here; its table is of whole texts and keeps `region_id` alone."
            self.regions.findings.append(finding(result.where, "attribute-astray", fact, _PER_REGION, Level.WARNING))

    def _check_value(self, reading: Reading) -> None:
        try:
            value_of(self.controls[reading.result.control], reading.labels)
        except ValueError:
            self._reject(
                reading, "export-shape", f"{reading.result.control} holds {reading.labels[0]!r}, where a number belongs."
            )
