"""Rules about the spans of one annotation: against each other, and against sentences and words."""

import re
from collections.abc import Iterable, Iterator

from variorum.annotations.export import RawTask
from variorum.annotations.ladder import cuts_word
from variorum.annotations.regions import Region, Regions, shortened
from variorum.annotations.review import Review, review
from variorum.dataset.segmentation import Segmentation
from variorum.findings import Finding, Level, finding
from variorum.schema.labels import Labels

_EDGE = re.compile(r"\A[.,;:!?]|(?<!\b\w)[.,;:!?]\Z")
"""Punctuation at either end; the full stop of an abbreviation such as U.S. belongs to its letter."""


def examine(text: str, tasks: Iterable[RawTask], labels: Labels, segmentation: Segmentation) -> Review:
    """Every annotation of a document, and all that is wrong with each by itself."""
    read = review(text, tasks, labels)
    for each in read.reviewed:
        read.findings += check_spans(each.regions, text, segmentation, each.annotation.level)
    return read


def check_spans(regions: Regions, text: str, segmentation: Segmentation, level: Level | None) -> Iterator[Finding]:
    """Duplicate and crossing spans of a layer, and spans that do not fit sentences or words.

    `level` is the level of all findings where it is not the rules' own.
    """
    for layer in (regions.mentions, regions.claims):
        for region, other, rule in clashes(layer):
            fact = f"{_quote(region, text)} {'is marked by' if rule == 'span-duplicate' else 'crosses'} {other.id} too."
            if rule == "span-crossing":
                fact = f"{_quote(region, text)} crosses {other.id}, {_quote(other, text)}."
            yield finding(region.result.where, rule, fact, level=level)
    for region in regions.mentions:
        yield from _check_mention(region, text, segmentation, level)
    for region in regions.claims:
        yield from _check_claim(region, text, segmentation, level)


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
    if cuts_word(text, span.start) or cuts_word(text, span.end):
        around = text[max(0, span.start - 12) : span.end + 12].replace("\n", " ")
        yield finding(region.result.where, "span-inside-word", f"{_quote(region, text)} cuts a word in …{around}….")


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
