"""Whether annotators of one blind round worked without seeing each other's work, as far as their exports show."""

from collections.abc import Iterable, Iterator

from variorum.annotations.review import Reviewed
from variorum.annotations.task import Result
from variorum.findings import Finding, finding

RANDOM_ID = 8
"""The length from which a region's id is taken to be random; Label Studio's have ten characters."""


def check_blind(reviewed: Iterable[Reviewed]) -> Iterator[Finding]:
    """Annotations of a round that began as a copy of another's, or hold regions that were copied. All are of one task."""
    seen: dict[tuple[str, str, object, object], str] = {}
    for each in reviewed:
        if not each.annotation.counts or each.export.is_gold:
            continue
        if each.annotation.copied_from:
            fact = f"It began as a copy of {each.annotation.copied_from}."
            yield finding(each.annotation.where, "round-not-blind", fact)
        for result in filter(_is_own, each.annotation.results):
            key = (each.export.round, result.id, result.value.get("start"), result.value.get("end"))
            other = seen.setdefault(key, each.export.annotator)
            if other != each.export.annotator:
                yield finding(result.where, "round-not-blind", f"{other} has this very region, id and all.")


def _is_own(result: Result) -> bool:
    """Whether a result is a region that its annotator made: those of a prediction have the same id for everybody."""
    is_random = len(result.id) >= RANDOM_ID
    return result.type == "labels" and is_random and str(result.written.get("origin", "manual")) == "manual"
