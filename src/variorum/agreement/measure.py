"""All figures of agreement of a corpus, as rows. The headline is `exact_f1` of the layer `mention`."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations

from variorum.agreement.layers import (
    READING_LEVEL,
    Both,
    Metric,
    Samples,
    Sentences,
    level_samples,
    link_samples,
    span_samples,
    team_samples,
)
from variorum.agreement.samples import Sample, mean
from variorum.annotations.work import Work

DECIMALS = 6

_NOTHING = Work("", "", "", "")
_DIRECTED = "level_pairs"
_TWO = 2


@dataclass(frozen=True)
class Figure:
    """One figure of agreement over the tasks that its annotators finished in common.

    `label` is a type, an attribute or two reading levels; it is empty for a whole layer. `annotators` are the pair, or
    all of the round for a mean over pairs and for an alpha over all. `n` counts what `unit` names: for F1 the marks of
    both together, for a mean those of all its pairs. `tasks` are those that at least two of the annotators finished.
    `low` and `high` are the bounds of the 95% interval. `reason` says why there is no value or no interval. A layer that
    no two annotators share has a single figure, whose metric is empty.
    """

    project: str
    round: str
    layer: str
    metric: str
    label: str
    annotators: tuple[str, ...]
    value: float | None
    n: int
    unit: str
    tasks: int
    low: float | None
    high: float | None
    reason: str


@dataclass(frozen=True)
class _Round:
    """The works of one project and round: by annotator for each task, in the order of the tasks."""

    project: str
    name: str
    tasks: dict[str, dict[str, Work]]

    @property
    def works(self) -> list[Work]:
        return [work for task in self.tasks.values() for work in task.values()]

    @property
    def annotators(self) -> tuple[str, ...]:
        return tuple(sorted({work.annotator for work in self.works}))

    def shared(self, annotators: Iterable[str]) -> int:
        """The number of tasks that at least two of these annotators finished."""
        return sum(len(task.keys() & {*annotators}) >= _TWO for task in self.tasks.values())

    def both(self, first: str, second: str) -> Both:
        return [
            (task[first], task[second]) if {first, second} <= task.keys() else (_NOTHING, _NOTHING)
            for task in self.tasks.values()
        ]


@dataclass(frozen=True)
class _Material:
    """What works are compared with: texts and sentences by document, and the scale of reading levels."""

    texts: Mapping[str, str]
    sentences: Sentences
    levels: tuple[str, ...]


def measure(works: Sequence[Work], texts: Mapping[str, str], sentences: Sentences, levels: tuple[str, ...]) -> list[Figure]:
    """Every figure of every layer, for each two annotators of a project and round, and for all where there are more.

    `works` holds one work for each annotator and finished task. `texts` and `sentences` (code points, half-open) are by
    document id; a task of the layers `claim` and `reading_level` is named after its document. `levels` are the reading
    levels from the easiest on. Layers are those that any work of the round names, with marks or without.
    The rows are sorted, and the same whatever the order of works and marks.
    """
    material = _Material(texts, sentences, levels)
    figures = [figure for round_ in _rounds(works) for figure in _round_figures(round_, material)]
    return sorted(figures, key=lambda each: (each.project, each.round, each.layer, each.metric, each.label, each.annotators))


def _rounds(works: Sequence[Work]) -> list[_Round]:
    rounds: dict[tuple[str, str], dict[str, dict[str, Work]]] = defaultdict(lambda: defaultdict(dict))
    for work in sorted(works, key=lambda work: work.task):
        rounds[work.project, work.round][work.task][work.annotator] = work
    return [_Round(project, name, tasks) for (project, name), tasks in rounds.items()]


def _round_figures(round_: _Round, material: _Material) -> Iterator[Figure]:
    samplers: dict[str, Callable[[Both], Samples]] = {}
    for work in round_.works:
        samplers |= {layer: partial(span_samples, layer=layer, texts=material.texts) for layer in work.spans}
        samplers |= {layer: partial(link_samples, layer=layer) for layer in work.links}
        samplers |= {layer: partial(level_samples, levels=material.levels) for layer in work.answers if layer == READING_LEVEL}
    for layer, sampler in samplers.items():
        yield from _layer_figures(round_, layer, sampler, material)


def _layer_figures(round_: _Round, layer: str, sampler: Callable[[Both], Samples], material: _Material) -> Iterator[Figure]:
    pairs = [pair for pair in combinations(round_.annotators, 2) if round_.shared(pair)]
    if not pairs:
        reason = f"n=0: no task was finished by two annotators; there is work of {', '.join(round_.annotators)}."
        yield Figure(round_.project, round_.name, layer, "", "", round_.annotators, None, 0, "tasks", 0, None, None, reason)
        return
    samples: dict[tuple[str, ...], Samples] = {pair: sampler(round_.both(*pair)) for pair in pairs}
    if len(round_.annotators) > _TWO:
        samples[round_.annotators] = _means(list(samples.values()))
    for annotators, found in samples.items():
        for metric, sample in (found | _team_samples(round_, annotators, layer, material)).items():
            yield _figure(round_, layer, metric, annotators, sample)


def _means(by_pair: Sequence[Samples]) -> Samples:
    """The means over pairs; not of two levels, whose order is that of the two annotators."""
    metrics = {metric for samples in by_pair for metric in samples if metric[0] != _DIRECTED}
    return {metric: mean([samples[metric] for samples in by_pair if metric in samples]) for metric in metrics}


def _team_samples(round_: _Round, annotators: Sequence[str], layer: str, material: _Material) -> Samples:
    team = [[task.get(annotator) for annotator in annotators] for task in round_.tasks.values()]
    return team_samples(team, list(round_.tasks), layer, material.sentences, material.levels)


def _figure(round_: _Round, layer: str, metric: Metric, annotators: tuple[str, ...], sample: Sample) -> Figure:
    name, label, unit = metric
    found, interval = sample.found, sample.interval()
    return Figure(
        project=round_.project,
        round=round_.name,
        layer=layer,
        metric=name,
        label=label,
        annotators=annotators,
        value=_rounded(found.value),
        n=found.n,
        unit=unit,
        tasks=round_.shared(annotators),
        low=_rounded(interval.low),
        high=_rounded(interval.high),
        reason=found.reason or interval.reason,
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DECIMALS)
