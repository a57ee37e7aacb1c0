"""All figures of agreement of a corpus, as rows. The headline is `exact_f1` of the layer `mention`.

It takes two steps, so that nobody needs all works at once: `sampled` counts those of some tasks, `figures` puts all such
counts together. Which tasks were counted together makes no difference.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations
from typing import Literal

import numpy as np

from variorum.agreement.bootstrap import Interval
from variorum.agreement.coefficients import adjacent_agreement, exact_agreement
from variorum.agreement.comparisons import Comparisons, comparisons_of
from variorum.agreement.counts import NO_COUNTS, PART, Counts, Numbers, merged
from variorum.agreement.layers import (
    CLAIM,
    READING_LEVEL,
    TRIMMED,
    Annotators,
    Found,
    Metric,
    Sentences,
    answer_counts,
    judged_levels,
    judged_sentences,
    level_counts,
    link_counts,
    number_counts,
    set_counts,
    span_counts,
    team_counts,
)
from variorum.agreement.links import LINK_FIGURES
from variorum.agreement.samples import Sample, alpha_sample, interval_sample, intervals, kappa_sample, mean, share_sample
from variorum.agreement.spans import SPAN_FIGURES
from variorum.annotations.work import Work

DECIMALS = 6

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


Kind = Literal["spans", "links", "levels", "answers", "sets", "ratings", "numbers"]
Key = tuple[str, Annotators, Metric]
"""The layer, the annotators and the metric of a figure."""

_CLAIMS: Metric = ("has_claim_alpha", "", "sentences")
_LEVELS: Metric = ("ordinal_alpha", "", "documents")
_KAPPA: Metric = ("quadratic_kappa", "", "documents")
_ALWAYS: dict[Kind, list[Metric]] = {
    "spans": [(prefix + name, "", "spans") for prefix in ("", TRIMMED) for name in SPAN_FIGURES],
    "links": [(name, "", "links") for name in LINK_FIGURES],
    "levels": [_KAPPA],
    "answers": [],
    "sets": [],
    "ratings": [],
    "numbers": [],
}
"""The figures that a layer has of each pair, with marks or without."""
_TEAM: dict[Kind, Metric] = {
    "levels": _LEVELS,
    "answers": ("nominal_alpha", "", "documents"),
    "sets": ("nominal_alpha", "", "documents"),
    "ratings": _LEVELS,
    "numbers": ("interval_alpha", "", "documents"),
}
"""The figure that a layer has of each pair and, over all, of the team."""


@dataclass(frozen=True, eq=False)
class RoundSample:
    """What some tasks of a project and round count to: about 0.5 kB for each two annotators of a task.

    `finished` has the annotators of each task, in the order of the tasks, whose indices `counts` speak of. Of tasks that
    nobody else finished there is nothing but who did, in `alone`.
    """

    finished: dict[str, tuple[str, ...]]
    layers: dict[str, Kind]
    counts: dict[Key, Counts]
    alone: tuple[str, ...] = ()

    @property
    def annotators(self) -> tuple[str, ...]:
        """All who finished any task."""
        return tuple(sorted({*chain.from_iterable(self.finished.values()), *self.alone}))

    @property
    def pairs(self) -> dict[tuple[str, ...], int]:
        """The number of tasks of each two annotators who share any, all in one pass: 100 annotators may make 5,000 pairs."""
        shared = Counter(pair for each in self.finished.values() for pair in combinations(sorted({*each}), 2))
        return dict(sorted(shared.items()))

    @property
    def shared(self) -> int:
        """The number of tasks that several annotators finished."""
        return sum(len({*each}) >= _TWO for each in self.finished.values())


Samples = dict[tuple[str, str], RoundSample]
"""What rests of works, by project and round: plain values and arrays that cross processes."""


def measure(works: Sequence[Work], texts: Mapping[str, str], sentences: Sentences, levels: tuple[str, ...]) -> list[Figure]:
    """Every figure of every layer, for each two annotators of a project and round, and for all where there are more.

    `works` holds one work for each annotator and finished task. `texts` and `sentences` (code points, half-open) are by
    document id; a task of the layers `claim` and `reading_level` is named after its document. `levels` are the reading
    levels from the easiest on. Layers are those that any work of the round names, with marks or without.
    The rows are sorted, and the same whatever the order of works and marks.
    """
    return figures(sampled(works, texts, sentences), levels)


def sampled(works: Sequence[Work], texts: Mapping[str, str], sentences: Sentences) -> Samples:
    """What some tasks, with all their works, give to `figures`. The arguments are those of `measure`."""
    rounds: dict[tuple[str, str], list[Work]] = defaultdict(list)
    for work in works:
        rounds[work.project, work.round].append(work)
    return {key: _sampled(found, texts, sentences) for key, found in rounds.items()}


def alone(works: Iterable[Work]) -> Samples:
    """The same of tasks that one annotator finished in their round: nothing to compare, but who took part and in what.

    To keep the tasks too took a tenth of the time of figures where one text in five has two annotators.
    """
    rounds: dict[tuple[str, str], list[Work]] = defaultdict(list)
    for work in works:
        rounds[work.project, work.round].append(work)
    return {
        key: RoundSample({}, _layers(found), {}, tuple(sorted({work.annotator for work in found})))
        for key, found in rounds.items()
    }


def _sampled(works: Sequence[Work], texts: Mapping[str, str], sentences: Sentences) -> RoundSample:
    ordered = list(
        {(work.task, work.annotator): work for work in sorted(works, key=lambda each: (each.task, each.annotator))}.values()
    )
    by_task: dict[str, list[tuple[int, Work]]] = defaultdict(list)
    for index, work in enumerate(ordered):
        by_task[work.task].append((index, work))
    finished = {task: tuple(work.annotator for _, work in found) for task, found in by_task.items()}
    layers = _layers(ordered)
    found = _counted(ordered, list(by_task.values()), layers, texts, sentences)
    return RoundSample(finished, layers, {(layer, annotators, metric): counts for layer, (annotators, metric, counts) in found})


def _layers(works: Iterable[Work]) -> dict[str, Kind]:
    layers: dict[str, Kind] = {}
    for work in works:
        layers.update((layer, "spans") for layer in work.spans)
        layers.update((layer, "links") for layer in work.links)
        layers.update((name, "levels" if name == READING_LEVEL else "answers") for name in work.answers)
        layers.update((name, "sets") for name in work.sets)
        layers.update((name, "ratings") for name in work.ratings)
        layers.update((name, "numbers") for name in work.numbers)
    return layers


def _team_metric(layer: str, kind: Kind) -> Metric | None:
    return _CLAIMS if (layer, kind) == (CLAIM, "spans") else _TEAM.get(kind)


def _counted(
    works: Sequence[Work],
    by_task: Sequence[Sequence[tuple[int, Work]]],
    layers: Mapping[str, Kind],
    texts: Mapping[str, str],
    sentences: Sentences,
) -> Iterator[tuple[str, tuple[Annotators, Metric, Counts]]]:
    comparisons = comparisons_of(by_task)
    teams = [np.array([index for index, _ in found], np.int64) for found in by_task]
    for layer, kind in layers.items():
        found: Found
        if kind == "spans":
            found = span_counts(works, comparisons, layer, texts)
        elif kind == "links":
            found = link_counts(works, comparisons, layer)
        elif kind == "levels":
            found = chain(
                level_counts(works, comparisons), team_counts(judged_levels(works), teams, comparisons, _TEAM["levels"])
            )
        else:
            found = _answer_counts(works, comparisons, layer, kind)
        yield from ((layer, each) for each in found)
        if (layer, kind) == (CLAIM, "spans"):
            judged = judged_sentences(works, sentences)
            yield from ((layer, each) for each in team_counts(judged, teams, comparisons, _CLAIMS))


def _answer_counts(works: Sequence[Work], comparisons: Comparisons, name: str, kind: Kind) -> Found:
    """Of answers, as one value and as sets of labels; of stars; of numbers."""
    if kind == "numbers":
        return number_counts([work.numbers.get(name) for work in works], comparisons, _TEAM[kind])
    if kind == "sets":
        given = [work.sets.get(name, ()) for work in works]
        as_one = answer_counts(["+".join(each) for each in given], comparisons, _TEAM[kind])
        return chain(as_one, set_counts(given, comparisons))
    if kind == "ratings":
        return answer_counts([str(work.ratings.get(name, "")) for work in works], comparisons, _TEAM[kind])
    return answer_counts(["+".join(work.answers.get(name, ())) for work in works], comparisons, _TEAM[kind])


def merged_samples(parts: Iterable[Samples]) -> Samples:
    """The samples of disjoint tasks as one: the same, in whatever way and order the tasks were divided."""
    rounds: dict[tuple[str, str], list[RoundSample]] = defaultdict(list)
    for part in parts:
        for key, sample in part.items():
            rounds[key].append(sample)
    return {key: _merged(found) for key, found in rounds.items()}


def _merged(samples: Sequence[RoundSample]) -> RoundSample:
    finished = dict(sorted(each for sample in samples for each in sample.finished.items()))
    index = {task: place for place, task in enumerate(finished)}
    parts: dict[Key, list[tuple[Counts, Numbers]]] = defaultdict(list)
    layers: dict[str, Kind] = {}
    for sample in samples:
        layers |= sample.layers
        places = np.array([index[task] for task in sample.finished], np.min_scalar_type(len(index)))
        for key, counts in sample.counts.items():
            parts[key].append((counts, places))
    alone = tuple(sorted({each for sample in samples for each in sample.alone}))
    return RoundSample(finished, layers, {key: merged(found) for key, found in parts.items()}, alone)


def figures(samples: Samples, levels: tuple[str, ...]) -> list[Figure]:
    """Every figure of the samples, which are those of all tasks; `levels` are the reading levels from the easiest on."""
    found = [
        figure for (project, round_), sample in samples.items() for figure in _round_figures(project, round_, sample, levels)
    ]
    return sorted(found, key=lambda each: (each.project, each.round, each.layer, each.metric, each.label, each.annotators))


Wanted = tuple[str, tuple[str, ...], Metric, Sample]
"""A figure to be: its layer, annotators and metric, and what it rests on."""


def _round_figures(project: str, round_: str, sample: RoundSample, levels: tuple[str, ...]) -> Iterator[Figure]:
    team = sample.annotators
    pairs = sample.pairs
    if not pairs:
        reason = f"n=0: no task was finished by two annotators; there is work of {', '.join(team)}."
        nothing = (None, 0, "tasks", 0, None, None, reason)
        yield from (Figure(project, round_, layer, "", "", team, *nothing) for layer in sample.layers)
        return
    tasks = pairs | {team: sample.shared}
    wanted = [each for layer in sample.layers for each in _wanted(sample, layer, list(pairs), team, levels)]
    for each, interval in zip(wanted, intervals([sample for *_, sample in wanted]), strict=True):
        yield _figure(project, round_, each, tasks[each[1]], interval)


def _wanted(
    sample: RoundSample, layer: str, pairs: Sequence[tuple[str, ...]], team: tuple[str, ...], levels: tuple[str, ...]
) -> Iterator[Wanted]:
    """All figures of a layer: of each pair, and of the team where there are more than two in it."""
    counts: dict[Annotators, dict[Metric, Counts]] = defaultdict(dict)
    for (of, annotators, metric), found in sample.counts.items():
        if of == layer:
            counts[annotators][metric] = found
    kind = sample.layers[layer]
    levels = _stars(counts) if kind == "ratings" else levels
    always = dict.fromkeys(_ALWAYS[kind], NO_COUNTS)
    own = _team_metric(layer, kind)
    together = {own: NO_COUNTS} if own else {}
    by_pair = [_samples(always | together | counts[pair], levels) for pair in pairs]
    yield from ((layer, pair, *each) for pair, found in zip(pairs, by_pair, strict=True) for each in found.items())
    if len(team) > _TWO:
        means = {each for found in by_pair for each in found if each[0] != _DIRECTED and each not in together}
        for name in sorted(means):
            yield layer, team, name, mean([found[name] for found in by_pair if name in found])
        yield from ((layer, team, *each) for each in _samples(together | counts[()], levels).items())


def _stars(counts: Mapping[Annotators, Mapping[Metric, Counts]]) -> tuple[str, ...]:
    """All numbers of stars that any two gave to one item, the fewest first."""
    columns = [column for found in counts.values() for column in (found[_LEVELS].columns if _LEVELS in found else ())]
    return tuple(sorted({stars for column in columns for stars in column}, key=int))


def _samples(counts: Mapping[Metric, Counts], levels: tuple[str, ...]) -> dict[Metric, Sample]:
    samples: dict[Metric, Sample] = {}
    for metric, found in counts.items():
        if metric == _KAPPA:
            samples |= _level_samples(found, levels)
        elif metric == _LEVELS:
            samples[metric] = alpha_sample(found, "ordinal", levels)
        elif metric[0] in ("attribute_alpha", "has_claim_alpha", "nominal_alpha"):
            samples[metric] = alpha_sample(found, "nominal")
        elif metric[0] == "interval_alpha":
            samples[metric] = interval_sample(found)
        else:
            samples[metric] = share_sample(found, metric[2])
    return samples


def _level_samples(pairs: Counts, levels: tuple[str, ...]) -> dict[Metric, Sample]:
    """Agreement on reading levels, and the share of documents with each two levels, the first annotator's first."""
    given = [(one, other) for one, other in pairs.columns]
    weights = {
        ("exact_agreement", ""): [exact_agreement([pair]).part for pair in given],
        ("adjacent_agreement", ""): [adjacent_agreement([pair], levels).part for pair in given],
    } | {(_DIRECTED, " ".join(pair)): [float(pair == each) for each in given] for pair in given}
    shares = {
        key: Counts.small((PART,), pairs.tasks, pairs.units, pairs.counts @ np.array(each).reshape(-1, 1))
        for key, each in weights.items()
    }
    unit = "documents"
    return {_KAPPA: kappa_sample(pairs, levels)} | {(*key, unit): share_sample(each, unit) for key, each in shares.items()}


def _figure(project: str, round_: str, wanted: Wanted, tasks: int, interval: Interval) -> Figure:
    layer, annotators, (name, label, unit), sample = wanted
    return Figure(
        project=project,
        round=round_,
        layer=layer,
        metric=name,
        label=label,
        annotators=annotators,
        value=_rounded(sample.found.value),
        n=sample.found.n,
        unit=unit,
        tasks=tasks,
        low=_rounded(interval.low),
        high=_rounded(interval.high),
        reason=sample.found.reason or interval.reason,
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DECIMALS)
