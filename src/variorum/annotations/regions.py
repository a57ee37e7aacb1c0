"""The results of one annotation joined by their ids into mentions, claims, relations and the reading level.

Every result ends as a `Reading`: kept, repaired (the rung that did it) or rejected (the rule that did it), so that
results in = kept + repaired + rejected, always.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from variorum.annotations.ladder import OffsetText, Span, counts_utf16, settle
from variorum.annotations.task import Annotation, Result
from variorum.findings import Finding, Level, finding
from variorum.rules import RULES
from variorum.schema.label_config import CONTROLS, NOTE
from variorum.schema.labels import CLAIM_ATTRIBUTES, Labels, repeated

LAYER_OF_CONTROL = {"entity_type": "mention", "claim": "claim"}


@dataclass
class Reading:
    """What became of one result. `rejected_by` is a rule id, or empty; `span` is None where the result has none."""

    result: Result
    span: Span | None = None
    labels: tuple[str, ...] = ()
    rejected_by: str = ""

    @property
    def rung(self) -> str:
        """The rung of the ladder that found the span; empty where there is none, and for answers, which have their region's."""
        labelled = self.result.type == "labels" and not self.rejected_by
        return self.span.rung if self.span and labelled else ""


@dataclass(frozen=True)
class Region:
    """A mention or a claim: a span with its one label and, for claims, the answers to its attributes."""

    id: str
    layer: str
    span: Span
    label: str
    attributes: dict[str, tuple[str, ...]]
    result: Result


@dataclass(frozen=True)
class Relation:
    """A directed relation between two regions, its direction brought to from -> to."""

    type: str
    from_id: str
    from_layer: str
    to_id: str
    to_layer: str
    result: Result


@dataclass
class Regions:
    """All of one annotation."""

    mentions: list[Region] = field(default_factory=list)
    claims: list[Region] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    reading_level: str | None = None
    readings: list[Reading] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def read_regions(annotation: Annotation, text: OffsetText, labels: Labels) -> Regions:
    """The regions of an annotation. Findings on work that is not finished are warnings."""
    reader = _Reader(annotation, text, labels)
    reader.read()
    return reader.regions


class _Reader:
    """Reads one annotation: one method a step, each leaving its results in `regions`."""

    def __init__(self, annotation: Annotation, text: OffsetText, labels: Labels) -> None:
        self.annotation = annotation
        self.text = text
        self.labels = labels
        self.regions = Regions(readings=[Reading(result, labels=answers_of(result) or ()) for result in annotation.results])
        self.prefer_utf16 = counts_utf16(text, self._whole_offsets())

    def read(self) -> None:
        for reading in self.regions.readings:
            self._check_control(reading)
        for reading in self._open():
            self._read_value(reading)
        self._join_regions()
        self._read_relations()
        self._read_level()

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

    def _whole_offsets(self) -> Iterator[tuple[int, int, str]]:
        for result in self.annotation.results:
            start, end, quoted = (result.value.get(key) for key in ("start", "end", "text"))
            if type(start) is int and type(end) is int and isinstance(quoted, str) and 0 <= start < end:
                yield start, end, quoted

    def _check_control(self, reading: Reading) -> None:
        result = reading.result
        if result.type == "relation":
            return
        control = CONTROLS.get(result.control)
        if result.type == "hypertextlabels" or isinstance(result.value.get("startOffset"), int):
            self._reject(
                reading,
                "export-hypertext",
                "The region was marked in a HyperText tag; its offsets do not count the characters of the text.",
            )
        elif control is None:
            known = ", ".join(CONTROLS)
            self._reject(reading, "control-unknown", f"There is no control {result.control!r}; known are {known}.")
        elif control.type != result.type:
            fact = f"{result.control} gave a result of type {result.type!r}, where {control.type!r} belongs."
            self._reject(reading, "control-unknown", fact)

    def _read_value(self, reading: Reading) -> None:
        result = reading.result
        if result.type != "relation":
            self._read_labels(reading)
            if result.type == "labels" and not reading.rejected_by:
                self._settle(reading)

    def _read_labels(self, reading: Reading) -> None:
        result = reading.result
        answers = answers_of(result)
        if answers is None:
            self._reject(reading, "export-shape", f"{result.control} has no list of {result.type}.")
            return
        reading.labels = answers
        if result.control != NOTE:
            self._check_labels(reading)

    def _check_labels(self, reading: Reading) -> None:
        control = reading.result.control
        known = self.labels[control].names
        unknown = [label for label in reading.labels if label not in known]
        if not reading.labels:
            self._reject(reading, "label-missing", f"No {control} is chosen.")
        elif unknown:
            rule = "reading-level-unknown" if control == "reading_level" else "label-unknown"
            self._reject(reading, rule, f"{unknown[0]!r} is not in the inventory {control}.")
        elif CONTROLS[control].single and len(reading.labels) > 1:
            self._reject(reading, "choice-not-single", f"{control} has {len(reading.labels)}: {', '.join(reading.labels)}.")
        elif repeated(reading.labels):
            self._reject(reading, "choice-twice", f"{control} holds {repeated(reading.labels)[0]!r} twice.")

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
            reading.span = settle(self.text, start, end, quoted, self.prefer_utf16)
            self._report_span(reading, start, end, quoted)

    def _report_span(self, reading: Reading, start: int, end: int, quoted: str | None) -> None:
        text = self.text.text
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
        elif reading.span.rung != "exact":
            rule = f"repair-{reading.span.rung}"
            became = f"became [{reading.span.start}, {reading.span.end})"
            stays = (start, end) == (reading.span.start, reading.span.end)
            fact = f"{RULES[rule].meaning.rstrip('.')}: [{start}, {end}) {'stays' if stays else became}."
            self.regions.findings.append(finding(reading.result.where, rule, fact))

    def _join_regions(self) -> None:
        by_id: dict[str, list[Reading]] = defaultdict(list)
        for reading in self.regions.readings:
            if reading.result.control in CONTROLS and CONTROLS[reading.result.control].per_region:
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
        for control, layer in LAYER_OF_CONTROL.items():
            if control in kept:
                self._add(layer, kept[control], kept)

    def _belongs(self, reading: Reading, owners: list[Reading], kept: dict[str, Reading]) -> bool:
        """Whether a result has a place in its region; if not it is rejected, once for each cause."""
        result = reading.result
        lost = [owner.rejected_by for owner in owners if owner.rejected_by]
        if result.control in kept:
            rule = "region-id-collision" if result.type == "labels" else "choice-twice"
            self._reject(reading, rule, f"A second result of {result.control} stands under the id {result.id!r}.")
        elif owners and _raw_span(reading) != _raw_span(owners[0]):
            self._reject(reading, "region-id-collision", f"Results under the id {result.id!r} have different offsets.")
        elif result.type != "labels" and lost:
            reading.rejected_by = lost[0]  # the region has a finding; its answers need none of their own
        elif not owners:
            self._reject(reading, "attribute-astray", f"{result.control} stands on a region that has no label.")
        elif result.control in CLAIM_ATTRIBUTES and "claim" not in kept:
            self._reject(reading, "attribute-astray", f"{result.control} stands on a region that is no claim.")
        return not reading.rejected_by

    def _add(self, layer: str, reading: Reading, kept: dict[str, Reading]) -> None:
        assert reading.span is not None
        names = CLAIM_ATTRIBUTES if layer == "claim" else ()
        answers = {name: kept[name].labels for name in names if name in kept}
        region = Region(reading.result.id, layer, reading.span, reading.labels[0], answers, reading.result)
        (self.regions.claims if layer == "claim" else self.regions.mentions).append(region)
        for name in names:
            if name not in answers and self.annotation.counts and not self._was_rejected(region.id, name):
                self._report(reading.result, "attribute-missing", f"The claim has no {name}.")

    def _read_relations(self) -> None:
        layers: dict[str, list[str]] = defaultdict(list)
        for region in (*self.regions.mentions, *self.regions.claims):
            layers[region.id].append(region.layer)
        rejected = {reading.result.id for reading in self.regions.readings if reading.rejected_by}
        seen: set[tuple[str, ...]] = set()
        for reading in self._open("relation"):
            self._read_relation(reading, layers, rejected, seen)

    def _read_relation(
        self, reading: Reading, layers: dict[str, list[str]], rejected: set[str], seen: set[tuple[str, ...]]
    ) -> None:
        written = reading.result.written
        ends = [str(written["from_id"]), str(written["to_id"])]
        types = written.get("labels")
        lost = [end for end in ends if end not in layers]
        if lost:
            if lost[0] in rejected:  # its region has a finding of its own; a second one would say nothing new
                reading.rejected_by = "relation-dangling"
            else:
                self._reject(reading, "relation-dangling", f"There is no region {lost[0]!r}.")
        elif not isinstance(types, list) or not types:
            self._reject(reading, "relation-unlabelled", f"The relation from {ends[0]} to {ends[1]} has no type.")
        elif len(types) > 1:
            self._reject(reading, "choice-not-single", f"The relation has {len(types)} types.")
        elif written.get("direction") not in ("right", "left", "bi"):
            self._reject(reading, "export-shape", f"The relation has the direction {written.get('direction')!r}.")
        else:
            self._add_relation(reading, str(types[0]), ends, layers, seen)

    def _add_relation(
        self, reading: Reading, type_: str, ends: list[str], layers: dict[str, list[str]], seen: set[tuple[str, ...]]
    ) -> None:
        if reading.result.written["direction"] == "left":
            ends.reverse()
        reading.labels = (type_,)
        known = self.labels["relation_type"].by_name.get(type_)
        if known is None:
            self._reject(reading, "label-unknown", f"{type_!r} is not in the inventory relation_type.")
            return
        found = [
            [layer for layer in layers[end] if layer in allowed]
            for end, allowed in zip(ends, (known.from_, known.to), strict=True)
        ]
        key = (type_, *ends)
        if key in seen:
            self._reject(reading, "relation-duplicate", f"{type_} from {ends[0]} to {ends[1]} is there already.")
        elif not (found[0] and found[1]):
            is_claimer = type_ == "claimer" and bool(found[0])
            actual = f"{'/'.join(layers[ends[0]])} to {'/'.join(layers[ends[1]])}"
            rule = "claimer-not-mention" if is_claimer else "relation-wrong-ends"
            fact = f"{type_} joins {'/'.join(known.from_)} to {'/'.join(known.to)}, here {actual}."
            self._reject(reading, rule, fact)
        elif reading.result.written["direction"] == "bi":
            self._reject(reading, "relation-wrong-ends", f"{type_} has a direction, but the relation points both ways.")
        else:
            seen.add(key)
            relation = Relation(type_, ends[0], found[0][0], ends[1], found[1][0], reading.result)
            self.regions.relations.append(relation)

    def _read_level(self) -> None:
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


def answers_of(result: Result) -> tuple[str, ...] | None:
    """What a result answers, as text: labels, choices, words, a rating, a number, taxonomy paths joined by slashes.

    None where its value is not what Label Studio writes for its type. Relations answer with their types.
    """
    value = result.written if result.type == "relation" else result.value
    given = value.get(_ANSWER_KEYS.get(result.type, result.type))
    if result.type in ("rating", "number"):
        return (str(given),) if isinstance(given, int | float) else None
    given = [given] if isinstance(given, str) else given
    if not isinstance(given, list):
        return None
    answers = ["/".join(map(str, each)) if isinstance(each, list) and result.type == "taxonomy" else each for each in given]
    return tuple(answers) if all(isinstance(each, str) for each in answers) else None


_ANSWER_KEYS = {"textarea": "text", "relation": "labels"}


def _raw_span(reading: Reading) -> tuple[object, object]:
    return reading.result.value.get("start"), reading.result.value.get("end")


def shortened(text: str, limit: int = 40) -> str:
    """A text as findings quote it."""
    return repr(text if len(text) <= limit else text[: limit - 1] + "…")
