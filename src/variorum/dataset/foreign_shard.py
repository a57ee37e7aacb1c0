"""The work of the build for a project that was not made for variorum: a shard of texts and their tasks -> validated tables."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from variorum.annotations.regions import Reading
from variorum.annotations.review import Reviewed, review
from variorum.dataset import rows
from variorum.dataset.columnar.batch import Asked
from variorum.dataset.examined import finished
from variorum.dataset.segmentation import segment
from variorum.dataset.shard import Shard, ShardResult, add_table, keep_ledgers
from variorum.dataset.shard_document import ShardDocument
from variorum.findings import failed, finding
from variorum.schema.foreign import RELATIONS, ForeignLabels, table_name
from variorum.schema.foreign_tables import ForeignDocuments, value_of


def build_foreign_shard(shard: Shard, labels: ForeignLabels) -> ShardResult:
    """Reads, checks and tabulates the texts of a shard. A text with an error has findings and no rows."""
    result = ShardResult()
    rows_of: dict[str, list[rows.Row]] = defaultdict(list)
    splits: dict[str, list[str]] = defaultdict(list)
    for item in shard.documents:
        for config, found in _document_rows(item, shard.asked, labels, result).items():
            rows_of[config] += found
            splits[config] += [item.document.split] * len(found)
    for config, found in rows_of.items():
        add_table(result, config, found, splits[config], labels)
    return result


def _document_rows(item: ShardDocument, asked: Asked, labels: ForeignLabels, result: ShardResult) -> dict[str, list[rows.Row]]:
    document_id = item.document.document_id
    read = review({document_id: item.text}, item.tasks, labels)
    gold, undecided = (None, iter(())) if asked.before_gold else choose(read.reviewed, labels.gold)
    read.findings += [finding(item.where, rule, f"{document_id} {fact}") for rule, fact in undecided]
    result.findings += read.findings
    found: dict[str, list[rows.Row]] = defaultdict(list)
    if not (asked.check_only or failed(read.findings)):
        view = rows.View(item.document, item.text, segment(item.text, asked.abbreviations), labels, {})
        described = rows.document(view, None)
        found["documents"] = [{name: described[name] for name in ForeignDocuments.to_schema().columns}]
        for each in read.reviewed:
            found["annotations"] += rows.annotations({document_id: view}, each, is_gold=each is gold)
            for config, row in _results(view, each, labels, is_gold=each is gold):
                found[config].append(row)
    keep_ledgers(read, found["annotations"], result)
    result.works += [work for work in finished(read, labels) if work.round]
    return {config: those for config, those in found.items() if those}


def choose(reviewed: list[Reviewed], order: tuple[str, ...]) -> tuple[Reviewed | None, Iterator[tuple[str, str]]]:
    """The annotation that counts for a text: the curated or only one, or else the newest of the first in `order` who has one.

    What cannot be decided is a rule and what is so.
    """
    finished = [each for each in reviewed if each.annotation.counts]
    curated = [each for each in finished if each.export.is_gold] or finished
    by_annotator = Counter(each.export.annotator for each in curated)
    preferred = [name for name in order if by_annotator[name]]
    own = [each for each in curated if not preferred or each.export.annotator == preferred[0]]
    if len(own) == 1:
        return own[0], iter(())
    if preferred:
        newest = max(own, key=_age)
        fact = f"has {len(own)} annotations by {preferred[0]}; the newest, {newest.annotation.id}, counts."
        return newest, iter([("new-undecided", fact)])
    fact = f"has {len(curated)} annotations, by {', '.join(by_annotator)}; none is gold."
    undecided = [("gold-undecided", fact)] if curated else [("gold-missing", "has no finished annotation.")]
    return None, iter(undecided)


def _age(reviewed: Reviewed) -> tuple[str, str]:
    """What is greater the newer an annotation is: when it was changed, then its number."""
    return reviewed.annotation.updated_at or "", reviewed.annotation.id.zfill(20)


def _results(view: rows.View, reviewed: Reviewed, labels: ForeignLabels, *, is_gold: bool) -> Iterator[tuple[str, rows.Row]]:
    """The rows of one finished annotation, each with its table: one a result that was kept."""
    annotation = reviewed.annotation.id
    shared = rows.provenance(reviewed.export) | {"document_id": view.id, "is_gold": is_gold, "annotation_id": annotation}
    place = f"{view.id}#{reviewed.export.round}/{reviewed.export.annotator}/{annotation}"
    for reading in reviewed.regions.readings if reviewed.annotation.counts else ():
        if not reading.rejected_by:
            config, values = _values(view, reading, labels)
            own = {"result_id": f"{place}/{reading.result.index}", "region_id": reading.result.region}
            yield config, shared | own | values


def _values(view: rows.View, reading: Reading, labels: ForeignLabels) -> tuple[str, rows.Row]:
    """The table of a result, and the columns that only that has."""
    result, span = reading.result, reading.span
    if result.type == "relation":
        ends = [str(result.written["from_id"]), str(result.written["to_id"])]
        direction = result.written.get("direction", "right")
        ends = ends[::-1] if direction == "left" else ends
        turned = "bi" if direction == "bi" else "right"
        return RELATIONS, {
            "from_region_id": ends[0],
            "to_region_id": ends[1],
            "direction": turned,
            "labels": list(reading.labels),
        }
    control = labels.project.controls[result.control]
    values = value_of(control, reading.labels)
    if control.per_region and span:
        values |= {"start": span.start, "end": span.end, "text": view.slice(span.start, span.end), "repair": span.rung}
    return table_name(result.control), values
