"""Rules about the spans of one annotation: against each other, and against sentences and words."""

import re
from collections.abc import Iterable, Iterator, Mapping

from variorum.annotations.export import RawTask
from variorum.annotations.ladder import cuts_word
from variorum.annotations.regions import Region, Regions, shortened
from variorum.annotations.review import Review, review
from variorum.dataset.segmentation import Segmentation
from variorum.findings import Finding, Level, finding
from variorum.schema.foreign import ForeignLabels
from variorum.schema.labels import Labels
from variorum.schema.projects import DOCUMENTS

_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
"""Scripts whose words stand without blanks between them: Thai, Lao, Burmese, Khmer, Japanese kana and Chinese characters."""
_EDGE = re.compile(r"\A[.,;:!?]|(?<!\b\w)[.,;:!?]\Z")
"""Punctuation at either end; the full stop of an abbreviation such as U.S. belongs to its letter."""


Segmented = tuple[str, Segmentation]
"""A text and how it falls apart."""


def examine(documents: Mapping[str, Segmented], tasks: Iterable[RawTask], labels: Labels) -> Review:
    """Every annotation of the tasks of one document or pair, and all that is wrong with each by itself."""
    read = review({document_id: text for document_id, (text, _) in documents.items()}, tasks, labels)
    for each in read.reviewed if not isinstance(labels, ForeignLabels) else ():
        if each.export.project == DOCUMENTS:
            text, segmentation = documents[each.task.key]
            read.findings += check_spans(each.regions, text, segmentation, each.annotation.level)
        else:
            read.findings += check_joined_spans(each.regions, documents, each.annotation.level)
    return read


def check_joined_spans(regions: Regions, documents: Mapping[str, Segmented], level: Level | None) -> Iterator[Finding]:
    """Sentences that are not those of their text, and spans of one layer and text that are doubled or cross."""
    for layer, found in regions.layers.items():
        for document_id, (text, segmentation) in documents.items():
            inside = [region for region in found if region.document_id == document_id]
            known = set(segmentation.sentences) if layer == "sentence" else None
            for region in inside:
                if known is not None and (region.span.start, region.span.end) not in known:
                    fact = f"{_quote(region, text)} is no sentence of {document_id}."
                    yield finding(region.result.where, "alignment-not-a-sentence", fact, level=level)
            yield from _check_clashes(inside, text, level)


def check_spans(regions: Regions, text: str, segmentation: Segmentation, level: Level | None) -> Iterator[Finding]:
    """Duplicate and crossing spans of a layer, and spans that do not fit sentences or words.

    `level` is the level of all findings where it is not the rules' own.
    """
    for layer in (regions.mentions, regions.claims):
        yield from _check_clashes(layer, text, level)
    for region in regions.mentions:
        yield from _check_mention(region, text, segmentation, level)
    for region in regions.claims:
        yield from _check_claim(region, text, segmentation, level)


def _check_clashes(layer: list[Region], text: str, level: Level | None) -> Iterator[Finding]:
    for region, other, rule in clashes(layer):
        fact = f"{_quote(region, text)} {'is marked by' if rule == 'span-duplicate' else 'crosses'} {other.id} too."
        if rule == "span-crossing":
            fact = f"{_quote(region, text)} crosses {other.id}, {_quote(other, text)}."
        yield finding(region.result.where, rule, fact, level=level)


def _check_claim(region: Region, text: str, segmentation: Segmentation, level: Level | None) -> Iterator[Finding]:
    span = region.span
    if not segmentation.sentences_in(span.start, span.end):
        yield finding(region.result.where, "claim-outside-sentence", f"{_quote(region, text)} is in no sentence.", level=level)
    elif _EDGE.search(text[span.start : span.end]):
        ends = f"{text[span.start]!r} and ends with {text[span.end - 1]!r}"
        yield finding(region.result.where, "claim-edge-punctuation", f"The claim begins with {ends}.")


def _check_mention(region: Region, text: str, segmentation: Segmentation, level: Level | None) -> Iterator[Finding]:
    span = region.span
    if segmentation.sentence_of(span.start, span.end) is None:
        fact = f"{_quote(region, text)} lies in no sentence or in two."
        yield finding(region.result.where, "mention-outside-sentence", fact, level=level)
    if _cuts_seen_word(text, span.start) or _cuts_seen_word(text, span.end):
        around = text[max(0, span.start - 12) : span.end + 12].replace("\n", " ")
        yield finding(region.result.where, "span-inside-word", f"{_quote(region, text)} cuts a word in …{around}….")


def _cuts_seen_word(text: str, offset: int) -> bool:
    """Whether an offset cuts a word whose ends can be seen: between Chinese characters nothing says where words end."""
    return cuts_word(text, offset) and not _UNSPACED.search(text[offset - 1 : offset + 1])


def clashes(regions: list[Region]) -> Iterator[tuple[Region, Region, str]]:
    """Pairs of regions of one layer that have the same span or cross: the later one, the earlier one, and the rule."""
    for region, outer in with_surroundings(regions):
        if outer and (outer.span.start, outer.span.end) == (region.span.start, region.span.end):
            yield region, outer, "span-duplicate"
        elif outer and outer.span.end < region.span.end:
            yield region, outer, "span-crossing"


def enclosing(regions: list[Region]) -> dict[str, str]:
    """For each region that lies inside another, the id of the smallest one around it."""
    return {region.id: outer.id for region, outer in with_surroundings(regions) if outer}


def with_surroundings(regions: list[Region]) -> Iterator[tuple[Region, Region | None]]:
    """Each region with the last one that began before it and has not ended; one pass in the order of their starts."""
    open_: list[Region] = []
    for region in sorted(regions, key=lambda region: (region.span.start, -region.span.end)):
        while open_ and open_[-1].span.end <= region.span.start:
            open_.pop()
        yield region, open_[-1] if open_ else None
        open_.append(region)


def _quote(region: Region, text: str) -> str:
    return shortened(text[region.span.start : region.span.end])
