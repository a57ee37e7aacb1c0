"""Blind works compared: what each task counts to, shard by shard, and the figures of all."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from variorum.agreement.measure import Figure, Samples, alone, figures, merged_samples, sampled
from variorum.annotations.work import Work
from variorum.kernel.texts import TextBatch
from variorum.schema.labels import Labels
from variorum.schema.projects import documents_of

BATCH = 100
"""Texts segmented at once: 25 of 2,400 characters take 1.4 times as long, 800 as long, on a machine that was shared."""


def samples_of(works: Iterable[Work], texts: Mapping[str, str], abbreviations: tuple[str, ...]) -> Samples:
    """What blind works count to for agreement."""
    blind = [work for work in works if work.round]
    on_task = Counter((work.project, work.round, work.task) for work in blind)
    shared = [work for work in blind if on_task[work.project, work.round, work.task] > 1]
    rest = [work for work in blind if on_task[work.project, work.round, work.task] == 1]
    told = sorted({document_id for work in shared for document_id in documents_of(work.task)})
    sentences = dict(zip(told, sentences_of([texts[each] for each in told], abbreviations), strict=True))
    return merged_samples([sampled(shared, texts, sentences), alone(rest)])


def sentences_of(texts: Sequence[str], abbreviations: tuple[str, ...]) -> Iterator[list[tuple[int, int]]]:
    """The sentences of some texts: offsets, code points, half-open."""
    for place in range(0, len(texts), BATCH):
        yield from _sentences(TextBatch.of(texts[place : place + BATCH], abbreviations))


def _sentences(batch: TextBatch) -> Iterator[list[tuple[int, int]]]:
    for start, first, last in zip(batch.text_starts, batch.sentences.firsts, batch.sentences.firsts[1:], strict=False):
        own = slice(int(first), int(last))
        starts, ends = (each[own] - start for each in (batch.sentences.starts, batch.sentences.ends))
        yield list(zip(starts.tolist(), ends.tolist(), strict=True))


def figures_of(parts: Iterable[Samples], labels: Labels) -> list[Figure]:
    """The figures of all rounds with work of two annotators or more."""
    several = {place: sample for place, sample in merged_samples(parts).items() if len(sample.annotators) > 1}
    return figures(several, labels["reading_level"].names)
