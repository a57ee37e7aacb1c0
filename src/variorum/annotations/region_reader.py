"""The results of one annotation joined by their ids into regions, with the answers about them; relations come after."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

import msgspec

from variorum.annotations.ladder import OffsetText, counts_utf16, settle
from variorum.annotations.recounted import RECOUNTED, Recount, recount_note
from variorum.annotations.regions import Reading, Region, Regions, answers_of, shortened
from variorum.annotations.relations import RelationReader
from variorum.annotations.task import Annotation, Result
from variorum.findings import Level, finding
from variorum.rules import RULES
from variorum.schema.labels import Labels, repeated
from variorum.schema.projects import DOCUMENTS, PROJECTS, SENTENCE, Project

Texts = Mapping[str, tuple[str, OffsetText]]
"""The texts that a task shows, by the name of their Text tag, each with its document's id."""


def read_regions(annotation: Annotation, texts: Texts, labels: Labels, project: Project = PROJECTS[DOCUMENTS]) -> Regions:
    """The regions of an annotation. Findings on work that is not finished are warnings."""
    reader = RegionReader(annotation, texts, labels, project)
    reader.read()
    return reader.regions


class RegionReader:
    """Reads one annotation: one method a step, each leaving its results in `regions`."""

    relations: type[RelationReader] = RelationReader

    def __init__(self, annotation: Annotation, texts: Texts, labels: Labels, project: Project) -> None:
        self.annotation = annotation
        self.texts = texts
        self.labels = labels
        self.controls = project.controls
        self.project = project
        self.regions_by_id: dict[str, list[Region]] = {}
        self.recounted: dict[str, list[Recount]] = defaultdict(list)
        self.regions = Regions(readings=[Reading(result, labels=answers_of(result) or ()) for result in annotation.results])
        self.prefer_utf16 = {name: counts_utf16(text, self._whole_offsets(name)) for name, (_, text) in texts.items()}

    def read(self) -> None:
        """Reads all results; what comes of them is in `regions` and `regions.readings`."""
        for reading in self.regions.readings:
            self._check_control(reading)
        for reading in self._open():
            self._read_value(reading)
        self.regions.findings += [recount_note(rung, each[0], len(each)) for rung, each in self.recounted.items()]
        self._join_regions()
        self.regions_by_id = self.regions.by_id
        self._read_relations()
        self._read_level()
        for reading in self.regions.readings:
            reading.document_id = self._document_of(reading.result)

    def _document_of(self, result: Result) -> str:
        start = self.regions_by_id.get(str(result.written.get("from_id")))
        control = self.controls.get(result.control)
        text = control.text if control else next(iter(self.texts))
        return start[0].document_id if start else self.texts[text][0]

    def _open(self, kind: str = "") -> list[Reading]:
        """The readings not rejected so far; of one type of result, if it is given."""
        return [
            reading
            for reading in self.regions.readings
            if not reading.rejected_by and (not kind or reading.result.type == kind)
        ]

    def _reject(self, reading: Reading, rule: str, fact: str) -> None:
        reading.rejected_by = rule
        self._report(reading.result, rule, fact)

    def _report(self, result: Result, rule: str, fact: str) -> None:
        self.regions.findings.append(finding(result.where, rule, fact, level=self.annotation.level))

    def _whole_offsets(self, text: str) -> Iterator[tuple[int, int, str]]:
        """The offsets into one of the texts that can be held against what is quoted; unknown controls count for each."""
        for result in self.annotation.results:
            if result.control in self.controls and self.controls[result.control].text != text:
                continue
            start, end, quoted = (result.value.get(key) for key in ("start", "end", "text"))
            if type(start) is int and type(end) is int and isinstance(quoted, str) and 0 <= start < end:
                yield start, end, quoted

    def _check_control(self, reading: Reading) -> None:
        result = reading.result
        if result.type == "relation":
            return
        control = self.controls.get(result.control)
        if result.type == "hypertextlabels" or isinstance(result.value.get("startOffset"), int):
            self._reject(
                reading,
                "export-hypertext",
                "The region was marked in a HyperText tag; its offsets do not count the characters of the text.",
            )
        elif control is None:
            known = ", ".join(self.controls)
            self._reject(reading, "control-unknown", f"There is no control {result.control!r}; known are {known}.")
        elif control.type != result.type:
            fact = f"{result.control} gave a result of type {result.type!r}, where {control.type!r} belongs."
            self._reject(reading, "control-unknown", fact)
        elif result.written.get("to_name") in [name for name in self.texts if name != control.text]:
            fact = f"{result.control} belongs to {control.text}, and the result to {result.written['to_name']}."
            self._reject(reading, "control-unknown", fact)

    def _read_value(self, reading: Reading) -> None:
        result = reading.result
        if result.type != "relation":
            self._read_labels(reading)
            if result.type == "labels" and not reading.rejected_by:
                self._settle(reading)

    def _read_labels(self, reading: Reading) -> None:
        result = reading.result
        if not reading.labels and answers_of(result) is None:
            self._reject(reading, "export-shape", f"{result.control} has no list of {result.type}.")
        elif self.controls[result.control].inventory:
            self._check_labels(reading)

    def _check_labels(self, reading: Reading) -> None:
        name = reading.result.control
        control = self.controls[name]
        known = [label for label in self._known(control.inventory) if not control.only or label in control.only]
        unknown = [label for label in reading.labels if label not in known]
        if not reading.labels:
            self._reject(reading, "label-missing", f"No {name} is chosen.")
        elif unknown:
            rule = "reading-level-unknown" if name == "reading_level" else "label-unknown"
            narrowed = f"among {', '.join(known)}" if control.only else f"in the inventory {control.inventory}"
            self._reject(reading, rule, f"{unknown[0]!r} is not {narrowed}.")
        elif control.single and len(reading.labels) > 1:
            self._reject(reading, "choice-not-single", f"{name} has {len(reading.labels)}: {', '.join(reading.labels)}.")
        elif repeated(reading.labels):
            self._reject(reading, "choice-twice", f"{name} holds {repeated(reading.labels)[0]!r} twice.")

    def _known(self, inventory: str) -> tuple[str, ...]:
        """The labels of an inventory; sentences are the engine's own."""
        return (SENTENCE,) if inventory == SENTENCE else self.labels[inventory].names

    def _text_of(self, result: Result) -> tuple[str, OffsetText]:
        """The document and text that a result lies in."""
        return self.texts[self.controls[result.control].text]

    def _settle(self, reading: Reading) -> None:
        result = reading.result
        start, end = result.value.get("start"), result.value.get("end")
        quoted = result.value.get("text")
        quoted = quoted if isinstance(quoted, str) else None
        if type(start) is not int or type(end) is not int:
            fact = f"The span starts at {_json(start)} and ends at {_json(end)}, where whole numbers belong."
            self._reject(reading, "offsets-not-integers", fact)
        elif start > end:
            self._reject(reading, "offsets-reversed", f"The span starts at {start} and ends at {end}.")
        elif start < 0:
            self._reject(reading, "offsets-out-of-range", f"The span starts at {start}, before the text.")
        elif start == end:
            self._reject(reading, "span-empty", f"The span starts and ends at {start}.")
        else:
            text = self._text_of(result)[1]
            reading.span = settle(text, start, end, quoted, self.prefer_utf16[self.controls[result.control].text])
            self._report_span(reading, start, end, quoted)

    def _report_span(self, reading: Reading, start: int, end: int, quoted: str | None) -> None:
        text = self._text_of(reading.result)[1].text
        if reading.span is None:
            if end > len(text):
                fact = f"The span is [{start}, {end}), the text has {len(text)} characters."
                self._reject(reading, "offsets-out-of-range", fact)
            elif not text[start:end].strip():
                self._reject(reading, "span-empty", f"The span [{start}, {end}) holds only blanks.")
            else:
                fact = (
                    f"The text at [{start}, {end}) is {shortened(text[start:end])}, the region says {shortened(quoted or '')}."
                )
                self._reject(reading, "span-mismatch", fact)
        elif reading.span.rung in RECOUNTED:
            span = reading.span
            self.recounted[span.rung].append(Recount(reading.result.where, (start, end), (span.start, span.end)))
        elif reading.span.rung != "exact":
            rule = f"repair-{reading.span.rung}"
            became = f"became [{reading.span.start}, {reading.span.end})"
            stays = (start, end) == (reading.span.start, reading.span.end)
            fact = f"{RULES[rule].meaning.rstrip('.')}: [{start}, {end}) {'stays' if stays else became}."
            self.regions.findings.append(finding(reading.result.where, rule, fact))

    def _join_regions(self) -> None:
        by_id: dict[str, list[Reading]] = defaultdict(list)
        for reading in self.regions.readings:
            control = self.controls.get(reading.result.control)
            if control and control.per_region:
                by_id[reading.result.id].append(reading)
        for readings in by_id.values():
            self._join_region(readings)

    def _join_region(self, readings: list[Reading]) -> None:
        """The results that share an id: at most one mention and one claim of the same offsets, and the claim's answers."""
        owners = [reading for reading in readings if reading.result.type == "labels"]
        kept: dict[str, Reading] = {}
        for reading in sorted(readings, key=lambda reading: reading.result.type != "labels"):
            if not reading.rejected_by and self._belongs(reading, owners, kept):
                kept[reading.result.control] = reading
                reading.span = reading.span or owners[0].span
        for control, layer in self.project.layers.items():
            if control in kept:
                self._add(layer, kept[control], kept)

    def _belongs(self, reading: Reading, owners: list[Reading], kept: dict[str, Reading]) -> bool:
        """Whether a result has a place in its region; if not it is rejected, once for each cause."""
        result = reading.result
        lost = [owner.rejected_by for owner in owners if owner.rejected_by]
        if result.control in kept:
            rule = "region-id-collision" if result.type == "labels" else "choice-twice"
            self._reject(reading, rule, f"A second result of {result.control} stands under the id {result.id!r}.")
        elif owners and _raw_span(reading) not in (_raw_span(owners[0]), _NOWHERE):
            self._reject(reading, "region-id-collision", f"Results under the id {result.id!r} have different offsets.")
        elif result.type != "labels" and lost:
            reading.rejected_by = lost[0]  # the region has a finding; its answers need none of their own
        elif not owners:
            self._reject(reading, "attribute-astray", f"{result.control} stands on a region that has no label.")
        elif self._is_astray(result.control, kept):
            layer = self.controls[result.control].of
            self._reject(reading, "attribute-astray", f"{result.control} stands on a region that is no {layer}.")
        return not reading.rejected_by

    def _is_astray(self, control: str, kept: dict[str, Reading]) -> bool:
        """Whether an answer is about a layer that its region does not belong to."""
        layer = self.controls[control].of
        return layer not in ("", "*") and all(self.project.layers.get(name) != layer for name in kept)

    def _add(self, layer: str, reading: Reading, kept: dict[str, Reading]) -> None:
        assert reading.span is not None
        result, text = reading.result, self.controls[reading.result.control].text
        names = [name for name in self.project.attributes(layer) if self.controls[name].text == text]
        answers = {name: kept[name].labels for name in names if name in kept}
        notes = [" ".join(each.labels) for name, each in kept.items() if not self.controls[name].inventory]
        document_id = self._text_of(result)[0]
        region = Region(result.id, layer, reading.span, reading.labels[0], answers, result, document_id, " ".join(notes))
        self.regions.layers.setdefault(layer, []).append(region)
        for name in names:
            if name not in answers and self.annotation.counts and not self._was_rejected(region.id, name):
                self._report(result, "attribute-missing", f"The {layer} has no {name}.")

    def _read_relations(self) -> None:
        reader = self.relations(self.regions_by_id, self.labels, self.project, self._reject)
        rejected = {reading.result.id for reading in self.regions.readings if reading.rejected_by}
        for reading in self._open("relation"):
            reader.read(reading, rejected)
        self.regions.relations = reader.drawn

    def _read_level(self) -> None:
        if self.project is not PROJECTS[DOCUMENTS]:
            return
        levels = [reading for reading in self._open() if reading.result.control == "reading_level"]
        for reading in levels[1:]:
            self._reject(reading, "choice-twice", "The reading level is given twice.")
        if levels:
            self.regions.reading_level = levels[0].labels[0]
        elif self.annotation.counts and not self._was_rejected("", "reading_level"):
            where = self.annotation.where
            fact = "The annotation gives no reading level."
            self.regions.findings.append(finding(where, "reading-level-missing", fact, level=Level.ERROR))

    def _was_rejected(self, region_id: str, control: str) -> bool:
        """Whether an answer is there but has a finding already; of any region where no id is given."""
        return any(
            reading.result.control == control and reading.result.id == (region_id or reading.result.id)
            for reading in self.regions.readings
            if reading.rejected_by
        )


def _json(written: object) -> str:
    """A value as the export has it; `nothing` where it is not there."""
    return "nothing" if written is None else msgspec.json.encode(written).decode()


_NOWHERE = (None, None)
"""The offsets of an answer that only names its region, as old servers wrote it."""


def _raw_span(reading: Reading) -> tuple[object, object]:
    return reading.result.value.get("start"), reading.result.value.get("end")
