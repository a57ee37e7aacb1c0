"""The counts of one layer, for all comparisons of a round: from marks as arrays to what the layer's figures rest on."""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import ArrayLike, NDArray

from variorum.agreement import links, spans
from variorum.agreement.coefficients import has_claim, jaccard
from variorum.agreement.comparisons import (
    Chosen,
    Comparisons,
    Places,
    Sides,
    counterparts,
    matched,
    places_of,
    ragged,
    shared,
    sides_of,
    touching,
)
from variorum.agreement.counts import NUMBERS, Column, Counts, Floats, pair_counts, share_counts
from variorum.annotations.work import Link, Marked, Place, Values, Work
from variorum.kernel.arrays import Ints

CLAIM, READING_LEVEL = "claim", "reading_level"

Metric = tuple[str, str, str]
"""The name of a metric, its label (empty for all), and the unit that its n counts."""

Annotators = tuple[str, ...]
"""A pair of annotators, or nobody in particular: all of the round."""

Counted = tuple[Annotators, Metric, Counts]
Found = Iterator[Counted]

Sentences = Mapping[str, Sequence[tuple[int, int]]]
"""The sentences of each document, by its id: code points, half-open, in the order of the text."""

TRIMMED = "trimmed_"
_TWO = 2


@dataclass(frozen=True)
class _Marks:
    """The marks of a layer, work by work, on either side of all comparisons.

    `values` and `labels` (marks,) are places in `value_table` and `label_names`; `sizes` (works,) are how many each work has.
    """

    comparisons: Comparisons
    sides: Sides
    values: Ints
    value_table: tuple[Values, ...]
    labels: Ints
    label_names: tuple[str, ...]
    sizes: Ints

    @property
    def wholes(self) -> Floats:
        """The marks of both annotators, by comparison and label."""
        return self.by_label(self.sides.comparison, self.labels[self.sides.marks], np.ones(len(self.sides.marks)))

    def by_label(self, comparison: Ints, labels: Ints, parts: ArrayLike) -> Floats:
        """Sums of parts by comparison and label."""
        shape = len(self.comparisons), len(self.label_names)
        return _sums(comparison * shape[1] + labels, parts, shape[0] * shape[1]).reshape(shape)

    def by_comparison(self, positions: Ints, parts: ArrayLike) -> Floats:
        """Sums of parts that stand at these positions in the sides."""
        return _sums(self.sides.comparison[positions], parts, len(self.comparisons))

    def shares(self, name: str, unit: str, parts: Floats) -> Found:
        """A share of all marks for each pair."""
        wholes = self.wholes.sum(axis=1)
        for pair, rows in self.comparisons.by_pair():
            yield pair, (name, "", unit), share_counts(self.comparisons.tasks[rows], parts[rows], wholes[rows])

    def shares_by_label(self, name: str, unit: str, parts: Floats) -> Found:
        """A share of the marks of each label for each pair that has any; marks without a label have none."""
        wholes = self.wholes
        for pair, rows in self.comparisons.by_pair():
            for index, label in enumerate(self.label_names):
                if label and wholes[rows, index].any():
                    tasks = self.comparisons.tasks[rows]
                    yield pair, (name, label, unit), share_counts(tasks, parts[rows, index], wholes[rows, index])


def _sums(rows: Ints, parts: ArrayLike, n: int) -> Floats:
    return np.bincount(rows, np.asarray(parts, float), n).astype(float)


def _marks(
    comparisons: Comparisons, by_work: Sequence[Sequence[Marked]] | Sequence[Sequence[Link]], label: Callable[[Values], str]
) -> _Marks:
    given = [mark.values for work in by_work for mark in work]
    known = {values: number for number, values in enumerate(sorted(set(given)))}
    values = np.array([known[each] for each in given], np.int64)
    names: dict[str, int] = {}
    labels = np.array([names.setdefault(label(each), len(names)) for each in known], np.int64)
    sizes = np.array([len(work) for work in by_work], np.int64)
    sides = sides_of(comparisons, sizes)
    return _Marks(comparisons, sides, values, tuple(known), labels[values], tuple(names), sizes)


@dataclass(frozen=True)
class _ValuePairs:
    """What two annotators said of one thing, (things,) each: the comparison, and the values of both as numbers."""

    comparison: Ints
    first: Ints
    second: Ints


def span_counts(works: Sequence[Work], comparisons: Comparisons, layer: str, texts: Mapping[str, str]) -> Found:
    """The figures of a span layer, as marked and, with names that begin with `trimmed_`, trimmed; attributes of matches."""
    by_work = [work.spans.get(layer, ()) for work in works]
    marks = _marks(comparisons, by_work, spans.type_of)
    marked = [mark for work in by_work for mark in work]
    places = places_of([mark.place for mark in marked])
    inner = [spans.inner(mark.place, texts[mark.place.document_id]) for mark in marked]
    starts, ends = np.array(inner, np.int64).reshape(-1, _TWO).T
    trimmed = Places(places.documents, starts, ends)
    matches = yield from _span_shares(marks, places, lambda rows: [marked[row] for row in rows], "")
    yield from _span_shares(marks, trimmed, lambda rows: spans.trimmed([marked[row] for row in rows], texts), TRIMMED)
    yield from _attributes(marks, _span_answers, matches, "matched spans")


def _span_shares(marks: _Marks, places: Places, chosen: Chosen, prefix: str) -> Generator[Counted, None, _ValuePairs]:
    """`spans.SPAN_FIGURES` of all comparisons; gives back what was said of matches. `chosen` are the marks at the places.

    No figure pairs spans of two heaps. Where one side of a heap has a single span, only one pair can count, and all heaps
    are looked at together; the rest, 4% of the heaps of made-up documents whose mentions often overlap, are left to the
    figures themselves.
    """
    sides = marks.sides
    at, labels = places.codes[sides.marks], marks.labels[sides.marks]
    exact, exactly = shared(sides, at * len(marks.label_names) + labels)
    same, equally = shared(sides, at)
    found = touching(sides, places, marks.labels)
    first, second, heaps = found.first, found.second, found.first[found.heaps]
    pairs = matched(sides, places, marks.values, chosen, found)
    parts = {
        "exact_f1": marks.by_comparison(exact, 2 * exactly),
        "span_f1": marks.by_comparison(same, 2 * equally),
        "overlap_f1": marks.by_comparison(heaps, found.best(2 * (labels[first] == labels[second]))),
        "partial_f1": marks.by_comparison(heaps, found.best(1 + (at[first] == at[second]))),
        "matched_f1": marks.by_comparison(pairs[0], np.full(len(pairs[0]), 2)),
    }
    for group in found.groups:
        ones, others = (chosen(sides.marks[side].tolist()) for side in group)
        for name, figure in (("overlap_f1", spans.overlap_f1), ("partial_f1", spans.partial_f1)):
            parts[name][sides.comparison[group[0][0]]] += figure(ones, others).part
    for name, part in parts.items():
        yield from marks.shares(prefix + name, "spans", part)
    by_type = marks.by_label(sides.comparison[exact], labels[exact], 2 * exactly)
    yield from marks.shares_by_label(prefix + "exact_f1", "spans", by_type)
    return _ValuePairs(sides.comparison[pairs[0]], *(marks.values[sides.marks[side]] for side in pairs))


def link_counts(works: Sequence[Work], comparisons: Comparisons, layer: str) -> Found:
    """The figures of a link layer, and of what else is said about links that two annotators drew between the same ends."""
    by_work = [work.links.get(layer, ()) for work in works]
    marks = _marks(comparisons, by_work, links.label_of)
    sides, drawn = marks.sides, [link for work in by_work for link in work]
    known: dict[Place, int] = {}
    starts, ends = (
        np.array([known.setdefault(place, len(known)) for place in places], np.int64)[sides.marks]
        for places in ([link.start for link in drawn], [link.end for link in drawn])
    )
    labels, labelled = marks.labels[sides.marks], len(known) * len(marks.label_names)
    both = starts * len(known) + ends
    moved = [counterparts(sides, side, list(known)) for side in (starts, ends)]
    codes = {
        "exact_f1": both * len(marks.value_table) + marks.values[sides.marks],
        "label_f1": both * len(marks.label_names) + labels,
        "ends_f1": both,
        "matched_f1": moved[0] * labelled + moved[1] * len(marks.label_names) + labels,
    }
    hits = {name: shared(sides, each) for name, each in codes.items()}
    parts = {name: marks.by_comparison(positions, 2 * count) for name, (positions, count) in hits.items()}
    for name, part in (parts | {"weighted_f1": (parts["label_f1"] + parts["ends_f1"]) / 2}).items():
        yield from marks.shares(name, "links", part)
    positions, count = hits["label_f1"]
    by_label = marks.by_label(sides.comparison[positions], labels[positions], 2 * count)
    yield from marks.shares_by_label("label_f1", "links", by_label)
    yield from _attributes(marks, _link_answers, _same_ends(marks, drawn), "links with the same ends")


def _same_ends(marks: _Marks, drawn: Sequence[Link]) -> _ValuePairs:
    """The values of each two links that `links.same_ends` pairs; nothing where no values say more than a label."""
    found: list[tuple[int, int, int]] = []
    if any(map(_link_answers, marks.value_table)):
        number = {values: index for index, values in enumerate(marks.value_table)}
        offsets = np.cumsum(marks.sizes) - marks.sizes
        for comparison, works in enumerate(zip(*marks.comparisons.works, strict=True)):
            ones, others = (drawn[offsets[work] : offsets[work] + marks.sizes[work]] for work in works)
            pairs = links.same_ends(ones, others)
            found += [(comparison, number[first.values], number[second.values]) for first, second in pairs]
    return _ValuePairs(*np.array(found, np.int64).reshape(-1, 3).T)


def _span_answers(values: Values) -> dict[str, tuple[str, ...]]:
    """What is said of a span beside its type."""
    return {name: labels for name, labels in values if name != "type"}


def _link_answers(values: Values) -> dict[str, tuple[str, ...]]:
    """What is said of a link beside its label."""
    return {name: labels for name, labels in values if name != links.label_name(values)}


def _attributes(
    marks: _Marks, answers_of: Callable[[Values], dict[str, tuple[str, ...]]], pairs: _ValuePairs, unit: str
) -> Found:
    """Nominal alpha of each attribute, a set of labels being one value, and the mean Jaccard of the two sets.

    An attribute is of each pair of annotators whose marks have it anywhere.
    """
    answers, comparisons = [answers_of(values) for values in marks.value_table], marks.comparisons
    used, n = _used(marks), len(comparisons)
    for name in sorted({name for each in answers for name in each}):
        has = np.array([name in each for each in answers])
        given = np.array([any(each.get(name, ())) for each in answers])
        some = given[pairs.first] & given[pairs.second]
        said, item = np.unique(np.stack([pairs.first[some], pairs.second[some]]), axis=1, return_inverse=True)
        labels = [(answers[one][name], answers[other][name]) for one, other in said.T.tolist()]
        comparison = pairs.comparison[some]
        columns, together = _together(
            comparison, item, [("+".join(sorted(one)), "+".join(sorted(other))) for one, other in labels], n
        )
        units = np.bincount(comparison, minlength=n).astype(float)
        alike = np.bincount(comparison, np.array([jaccard([each]).part for each in labels], float)[item], n)
        for index, (pair, rows) in enumerate(comparisons.by_pair()):
            if (has & used[index]).any():
                tasks = comparisons.tasks[rows]
                yield pair, ("attribute_alpha", name, unit), pair_counts(tasks, units[rows], together[rows], columns)
                yield pair, ("attribute_jaccard", name, unit), share_counts(tasks, alike[rows], units[rows])


def _used(marks: _Marks) -> NDArray[np.bool_]:
    """Which values (columns) any mark has that is compared for a pair of annotators (rows)."""
    used = np.zeros((len(marks.comparisons.annotators), len(marks.value_table)), bool)
    used[marks.comparisons.pairs[marks.sides.comparison], marks.values[marks.sides.marks]] = True
    return used


def _together(
    rows: Ints, items: Ints, columns: Sequence[Column], n: int, weights: Floats | None = None
) -> tuple[list[Column], Floats]:
    """How often each column, which several kinds of items may share, stands in each of n rows; 1 is what each weighs."""
    names = sorted(set(columns))
    index = {name: place for place, name in enumerate(names)}
    place = np.array([index[column] for column in columns], np.int64)[items]
    parts = np.ones(len(rows)) if weights is None else weights
    return names, _sums(rows * len(names) + place, parts, n * len(names)).reshape(n, len(names))


def level_counts(works: Sequence[Work], comparisons: Comparisons) -> Found:
    """How often two annotators gave each two reading levels, the first annotator's first; all figures of levels rest on it."""
    levels = [_level(work) for work in works]
    both = [(levels[one], levels[other]) for one, other in zip(*(each.tolist() for each in comparisons.works), strict=True)]
    rows = np.array([row for row, pair in enumerate(both) if None not in pair], np.int64)
    judged = [(one, other) for one, other in both if one is not None and other is not None]
    columns, together = _together(rows, np.arange(len(rows)), judged, len(both))
    for pair, own in comparisons.by_pair():
        counted = pair_counts(comparisons.tasks[own], together[own].sum(axis=1), together[own], columns)
        yield pair, ("quadratic_kappa", "", "documents"), counted


def answer_counts(given: Sequence[str], comparisons: Comparisons, metric: Metric) -> Found:
    """How often two of each pair, and of all, gave each two answers about a whole text: one a work, empty for none.

    A set of labels, joined by `+`, is one value.
    """
    ones, others = ([given[work] for work in works.tolist()] for works in comparisons.works)
    for annotators, rows, weights in _judged_twice(comparisons, np.array([bool(each) for each in given], bool)):
        tasks, item = np.unique(comparisons.tasks[rows], return_inverse=True)
        judged = [(ones[row], others[row]) for row in rows.tolist()]
        columns, together = _together(item, np.arange(len(rows)), judged, len(tasks), weights)
        yield annotators, metric, pair_counts(tasks, np.ones(len(tasks)), together, columns)
        if annotators:
            alike = np.array([one == other for one, other in judged], float)
            yield annotators, ("exact_agreement", "", "documents"), share_counts(tasks, alike, np.ones(len(tasks)))


def set_counts(given: Sequence[tuple[str, ...]], comparisons: Comparisons) -> Found:
    """What the sets of labels that each pair gave about a whole text have in common: one set a work, empty for none."""
    ones, others = ([given[work] for work in works.tolist()] for works in comparisons.works)
    for annotators, rows, _ in _judged_twice(comparisons, np.array([bool(each) for each in given], bool)):
        if annotators:
            alike = np.array([jaccard([(ones[row], others[row])]).part for row in rows.tolist()], float)
            counted = share_counts(comparisons.tasks[rows], alike, np.ones(len(rows)))
            yield annotators, ("mean_jaccard", "", "documents"), counted


def number_counts(given: Sequence[float | None], comparisons: Comparisons, metric: Metric) -> Found:
    """`NUMBERS` of what each pair, and all, gave about a whole text: one a work, None for none."""
    values = np.array([np.nan if each is None else each for each in given], float)
    for annotators, rows, weights in _judged_twice(comparisons, np.isfinite(values)):
        tasks, item = np.unique(comparisons.tasks[rows], return_inverse=True)
        one, other = (values[works[rows]] for works in comparisons.works)
        sums = [(one - other) ** 2, one**2 + other**2, one + other, np.full(len(rows), 2.0)]
        counts = np.stack([_sums(item, each * weights, len(tasks)) for each in sums], axis=1)
        yield annotators, metric, Counts.small(NUMBERS, tasks, np.ones(len(tasks)), counts)


def _judged_twice(comparisons: Comparisons, is_given: NDArray[np.bool_]) -> Iterator[tuple[Annotators, Ints, Floats]]:
    """The comparisons of works that both give something, of each pair and of all, with what each weighs.

    An item that m works judge has m (m - 1) / 2 comparisons, which weigh m / 2 together.
    """
    both = is_given[comparisons.works[0]] & is_given[comparisons.works[1]]
    for pair, own in comparisons.by_pair():
        rows = own[both[own]]
        yield pair, rows, np.ones(len(rows))
    rows = np.flatnonzero(both)
    tasks = comparisons.tasks[rows]
    yield (), rows, 2 / (np.sqrt(1 + 8 * np.bincount(tasks)[tasks]) - 1)


def _level(work: Work) -> str | None:
    return next(iter(work.answers.get(READING_LEVEL, ())), None)


@dataclass(frozen=True)
class Judged:
    """The values that each work gives to the items of its task, as numbers, -1 for none: work by work, of each `sizes`."""

    sizes: Ints
    values: Ints
    names: tuple[str, ...]


def judged_levels(works: Sequence[Work]) -> Judged:
    """The reading level of each document."""
    levels = [_level(work) for work in works]
    names = sorted({level for level in levels if level is not None})
    values = [-1 if level is None else names.index(level) for level in levels]
    return Judged(np.ones(len(works), np.int64), np.array(values, np.int64), tuple(names))


def judged_sentences(works: Sequence[Work], sentences: Sentences) -> Judged:
    """Whether each sentence has a claim."""
    found = [has_claim(sentences.get(work.task, ()), work.spans.get(CLAIM, ())) for work in works]
    values = [each == "yes" for work in found for each in work]
    return Judged(np.array([len(work) for work in found], np.int64), np.array(values, np.int64), ("no", "yes"))


def team_counts(judged: Judged, by_task: Sequence[Ints], comparisons: Comparisons, metric: Metric) -> Found:
    """An alpha that takes any number of annotators at once: of each pair, and of all works of each task."""
    columns, units, counts = _coincidences(judged, list(np.stack(comparisons.works, axis=1)))
    for pair, rows in comparisons.by_pair():
        yield pair, metric, pair_counts(comparisons.tasks[rows], units[rows], counts[rows], columns)
    columns, units, counts = _coincidences(judged, by_task)
    yield (), metric, pair_counts(np.arange(len(by_task)), units, counts, columns)


def _coincidences(judged: Judged, groups: Sequence[Ints]) -> tuple[list[Column], Floats, Floats]:
    """How many items several works of a group judge, and how often they give two values, in their order, to one item.

    An item that m works judge adds m / 2 in total. All works of a group have as many items.
    """
    sizes = np.array([len(group) for group in groups], np.int64)
    works = np.concatenate([np.zeros(0, np.int64), *groups])
    rows, member = ragged(works, judged.sizes)
    begins = np.cumsum(judged.sizes) - judged.sizes
    items = np.array([judged.sizes[group[0]] if len(group) else 0 for group in groups], np.int64)
    group = np.repeat(np.arange(len(groups)), sizes)[member]
    item = (np.cumsum(items) - items)[group] + rows - begins[works[member]]
    some, width = judged.values[rows] >= 0, len(judged.names)
    given = np.bincount(item[some] * width + judged.values[rows][some], minlength=items.sum() * width).reshape(-1, width)
    several, total = given.sum(axis=1) >= _TWO, given.sum(axis=1)
    given, owner = given[several], np.repeat(np.arange(len(groups)), items)[several]
    weight = 1 / (total[several] - 1)
    columns: list[Column] = []
    counts = []
    for one, other in combinations_with_replacement(range(width), _TWO):
        often = given[:, one] * (given[:, one] - 1) / 2 if one == other else given[:, one] * given[:, other]
        columns.append((judged.names[one], judged.names[other]))
        counts.append(np.bincount(owner, often * weight, len(groups)))
    units = np.bincount(owner, minlength=len(groups)).astype(float)
    return columns, units, np.array(counts, float).reshape(len(columns), len(groups)).T
