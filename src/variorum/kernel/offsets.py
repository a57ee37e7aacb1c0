"""The two rungs of the ladder that nearly all regions stand on, all at once: `exact`, and `utf16` for what it recounts.

An annotation of which anything else must be said is left to `annotations.ladder`, whole. 24 times as fast
as the ladder where all is exact (30 regions a document).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from variorum.kernel.arrays import Bools, Ints
from variorum.kernel.characters import BLANK
from variorum.kernel.texts import TextBatch
from variorum.stages import stage

_RENDERED = (ord("\\"), 0x200B)
"""What the ladder takes out of a quoted text before it compares."""
_SPACE = ord(" ")


class Written(NamedTuple):
    """Results that have offsets, (results,) each: the text they count in, their offsets into it, and what they quote.

    `annotation` numbers the annotations from 0, apart for each text of one; all its results belong here, answers too, as
    together they say which units it counts. Only for tasks that show the frozen text itself, line ends and all.
    """

    text_index: Ints
    starts: Ints
    ends: Ints
    quoted: Sequence[str | None] | pa.StringArray
    annotation: Ints


class Settled(NamedTuple):
    """The span of each result in offsets of the batch, whether it is a `utf16` repair, and what of each annotation.

    `starts`, `ends` and `recounted` are (results,): one that is not `recounted` is `exact`. `plain` is (annotations,): False
    leaves an annotation to the careful reader, and its spans are empty, at the start of their text.
    """

    starts: Ints
    ends: Ints
    recounted: Bools
    plain: Bools


@stage("offsets")
def settle(batch: TextBatch, written: Written) -> Settled:
    """What `ladder.counts_utf16` and `ladder.settle` make of annotations, where that is `exact` or `utf16` throughout."""
    count = int(written.annotation.max(initial=-1)) + 1
    exact = _fits(batch, written)
    plain = _every(exact, written.annotation, count)
    starts, ends = written.starts.copy(), written.ends.copy()
    recounted = np.zeros(len(starts), np.bool_)
    left = np.flatnonzero(~plain[written.annotation] & batch.has_astral[written.text_index])
    if len(left):
        rest = _some(written, left)
        units = _recounted(batch, rest)
        moved = (units.starts != rest.starts) | (units.ends != rest.ends)
        fits = np.where(moved, _fits(batch, units), exact[left])
        proven = moved & fits & _reads_only_as_utf16(batch, rest, units)
        utf16 = _every(fits, rest.annotation, count) & ~_every(~proven, rest.annotation, count)
        recounted[left] = moved & utf16[rest.annotation]
        starts[left], ends[left] = units.starts, units.ends
        plain |= utf16
    base, usable = batch.text_starts[written.text_index], plain[written.annotation]
    return Settled(base + np.where(usable, starts, 0), base + np.where(usable, ends, 0), recounted, plain)


def _some(written: Written, index: Ints) -> Written:
    quoted = written.quoted if isinstance(written.quoted, pa.Array) else pa.array(written.quoted, pa.string())
    text_index, starts, ends, annotation = (
        each[index] for each in (written.text_index, written.starts, written.ends, written.annotation)
    )
    return Written(text_index, starts, ends, quoted.take(pa.array(index)), annotation)


def _every(true: Bools, annotation: Ints, count: int) -> Bools:
    """For each annotation, whether something is true of all its results."""
    every: Bools = np.bincount(annotation[~true], minlength=count) == 0
    return every


def _recounted(batch: TextBatch, written: Written) -> Written:
    """The results with their offsets taken as UTF-16 units."""
    starts, ends = (batch.from_utf16(written.text_index, offsets) for offsets in (written.starts, written.ends))
    return written._replace(starts=starts, ends=ends)


def _placed(batch: TextBatch, written: Written) -> tuple[Ints, Ints, Bools]:
    """Offsets into the batch, and which hold something of the text; those that do not are moved to its start."""
    inside = (written.starts >= 0) & (written.starts < written.ends)
    inside &= written.ends <= batch.text_lengths[written.text_index]
    base = batch.text_starts[written.text_index]
    return base + np.where(inside, written.starts, 0), base + np.where(inside, written.ends, 0), inside


def _fits(batch: TextBatch, written: Written) -> Bools:
    """Whether the text is the one quoted, to the character, and has no blank at its edges that would be cut."""
    starts, ends, inside = _placed(batch, written)
    return inside & ~batch.has_blank_edge(starts, ends) & batch.equal(starts, ends, written.quoted)


def _reads_only_as_utf16(batch: TextBatch, written: Written, units: Written) -> Bools:
    """Of results that fit in UTF-16 units, those that the ladder cannot read as code points either: a sure proof, not all.

    Either they run over the text's end, or neither text has anything that the ladder's comparison would overlook.
    """
    starts, ends, inside = _placed(batch, written)
    simple = inside & _is_simple(batch, starts, ends) & _is_simple(batch, *_placed(batch, units)[:2])
    differs = ~batch.equal(*batch.trimmed(starts, ends), written.quoted)
    proven: Bools = (written.ends > batch.text_lengths[written.text_index]) | (simple & differs)
    return proven


def _is_simple(batch: TextBatch, starts: Ints, ends: Ints) -> Bools:
    """Whether all that `ladder.normalised` takes from the text of each span are blanks at its edges."""
    blank = batch.classes == BLANK
    odd = blank & (batch.codes != _SPACE)
    for code in _RENDERED:  # a seventh of the time of `np.isin`
        odd |= batch.codes == code
    odd[:-1] |= blank[1:] & blank[:-1]
    places = np.flatnonzero(odd)
    simple: Bools = np.searchsorted(places, starts) == np.searchsorted(places, ends)
    return simple
