"""Every annotation of one document, read from all the files that hold one; and which of them is gold."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from variorum.annotations.export import RawTask
from variorum.annotations.foreign import lived_with, read_foreign
from variorum.annotations.ladder import OffsetText
from variorum.annotations.region_reader import Texts, read_regions
from variorum.annotations.regions import Reading, Regions
from variorum.annotations.task import Annotation, Task, project_of, read_task
from variorum.findings import Finding, Where, finding
from variorum.folder import ExportFile
from variorum.schema.foreign import ForeignLabels
from variorum.schema.labels import Labels
from variorum.schema.projects import Project


@dataclass(frozen=True)
class Reviewed:
    """One annotation of one task as it was read, and the file it comes from. `task` is what it is of."""

    task: Task
    export: ExportFile
    annotation: Annotation
    regions: Regions


@dataclass
class Ledger:
    """What became of one export file's results: `results` = `rows` + the sum of `rejections`, or something is lost.

    `rows` is counted from the rows made for `annotations`, the others from the export; `repairs` are of spans.
    """

    results: int = 0
    rows: int = 0
    rejections: Counter[str] = field(default_factory=Counter)
    repairs: Counter[str] = field(default_factory=Counter)
    annotations: Counter[str] = field(default_factory=Counter)
    predictions: int = 0

    def add(self, other: "Ledger") -> None:
        """Adds the counts of another part of the same file."""
        self.results += other.results
        self.rows += other.rows
        self.predictions += other.predictions
        for name in ("rejections", "repairs", "annotations"):
            getattr(self, name).update(getattr(other, name))


@dataclass
class Review:
    """All annotations of one document or pair, in the order of the files and then of the export; ledgers by the file's name."""

    reviewed: list[Reviewed] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    ledgers: dict[str, Ledger] = field(default_factory=lambda: defaultdict(Ledger))


def review(texts: Mapping[str, str], tasks: Iterable[RawTask], labels: Labels) -> Review:
    """Reads the tasks of one document or pair; `texts` are the frozen texts by document id."""
    result = Review()
    counted = {document_id: OffsetText(text) for document_id, text in texts.items()}
    seen: set[tuple[str, str, str]] = set()
    for raw in tasks:
        task, findings = read_task(raw, is_foreign=isinstance(labels, ForeignLabels))
        result.findings += findings
        if task is None:
            continue
        source = (raw.export.project, raw.export.round, raw.export.annotator)
        if source in seen:
            fact = f"Another task of this annotator and round is of {task.key} too."
            result.findings.append(finding(task.where, "task-twice", fact))
        elif differences := [
            first_difference(text, texts[document_id])
            for document_id, text in task.texts.values()
            if not same_text(text, texts[document_id])
        ]:
            result.findings.append(finding(task.where, "task-text-differs", differences[0]))
        else:
            _read_annotations(task, _counted(task, counted), labels, result)
        seen.add(source)
    if isinstance(labels, ForeignLabels):
        result.findings = [lived_with(each, labels) for each in result.findings]
    return result


def _counted(task: Task, counted: dict[str, OffsetText]) -> Texts:
    """The texts of a task, each ready to be counted in; anew where the task has it with other line ends."""
    return {
        name: (document_id, frozen if (frozen := counted[document_id]).text == text else OffsetText(frozen.text, text))
        for name, (document_id, text) in task.texts.items()
    }


def _read_annotations(task: Task, texts: Texts, labels: Labels, result: Review) -> None:
    ledger = result.ledgers[task.raw.export.name]
    ledger.predictions += task.predictions
    for annotation in task.annotations:
        regions = _read_regions(annotation, texts, labels, project_of(task.raw))
        if annotation.counts and _is_of_other_project(regions.readings):
            controls = ", ".join(sorted({reading.result.control for reading in regions.readings if reading.result.control}))
            fact = f"None of its controls is known: {controls}."
            regions.findings = [finding(annotation.where, "export-other-project", fact)]  # one for all of its results
        result.findings += regions.findings
        _count(annotation, regions, ledger)
        result.reviewed.append(Reviewed(task, task.raw.export, annotation, regions))


def _read_regions(annotation: Annotation, texts: Texts, labels: Labels, project: Project) -> Regions:
    if isinstance(labels, ForeignLabels):
        return read_foreign(annotation, texts, labels)
    return read_regions(annotation, texts, labels, project)


def _is_of_other_project(readings: list[Reading]) -> bool:
    controlled = [reading for reading in readings if reading.result.control]
    return bool(controlled) and all(reading.rejected_by == "control-unknown" for reading in controlled)


def _count(annotation: Annotation, regions: Regions, ledger: Ledger) -> None:
    ledger.results += annotation.size
    ledger.annotations[annotation.state] += 1
    malformed = annotation.size - len(annotation.results)
    ledger.rejections.update({"export-shape": malformed} if malformed else {})
    ledger.rejections.update(reading.rejected_by for reading in regions.readings if reading.rejected_by)
    ledger.repairs.update(reading.rung for reading in regions.readings if reading.rung not in ("", "exact"))


def choose_gold(reviewed: list[Reviewed], document_id: str, where: Where) -> tuple[Reviewed | None, list[Finding]]:
    """The annotation that counts: that of gold.json where it has one of the document, else the only finished one.

    Label Studio's own mark, `ground_truth`, decides nothing: it is true for every annotation imported without it.
    `where` is the document's line in the catalogue.
    """
    curated = [each for each in reviewed if each.export.is_gold]
    candidates = [each for each in curated or reviewed if each.annotation.counts]
    if len(candidates) == 1:
        return candidates[0], []
    if not candidates:
        whose = f" in {curated[0].export.name}" if curated else ""
        return None, [finding(where, "gold-missing", f"{document_id} has no finished annotation{whose}.")]
    others = "; ".join(str(each.annotation.where) for each in candidates[:-1])
    fact = f"{document_id} has {len(candidates)} annotations that could be gold. Here is one; the others: {others}."
    return None, [finding(candidates[-1].annotation.where, "gold-ambiguous", fact)]


def same_text(annotated: str, frozen: str) -> bool:
    """Whether a text is the frozen one, but for line ends written as CR LF, which a rung of the ladder undoes."""
    return annotated == frozen or annotated.replace("\r\n", "\n") == frozen


def first_difference(annotated: str, frozen: str) -> str:
    """Where two texts part, in words."""
    pairs = zip(annotated, frozen, strict=False)
    at = next((index for index, (one, other) in enumerate(pairs) if one != other), min(len(annotated), len(frozen)))
    there, here = (repr(text[at : at + 20]) if text[at:] else "nothing more" for text in (annotated, frozen))
    return f"From character {at} on the task has {there}, the frozen text {here}."
