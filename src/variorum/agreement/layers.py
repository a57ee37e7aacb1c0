"""The samples of one layer: from the works of two annotators, or of all, on each task to what its figures rest on."""

from collections.abc import Iterable, Mapping, Sequence

from variorum.agreement import links, spans
from variorum.agreement.coefficients import Table, adjacent_agreement, exact_agreement, has_claim, jaccard
from variorum.agreement.samples import Sample, sample_kappa, sample_nominal, sample_ordinal, sample_shares
from variorum.agreement.share import Share
from variorum.annotations.work import Link, Marked, Values, Work

CLAIM, READING_LEVEL = "claim", "reading_level"

Metric = tuple[str, str, str]
"""The name of a metric, its label (empty for all), and the unit that its n counts."""

Samples = dict[Metric, Sample]

Both = Sequence[tuple[Work, Work]]
"""What two annotators made of each task; two empty works where one of them did not finish it."""

Team = Sequence[Sequence[Work | None]]
"""A row for each task, a column for each annotator; None where one did not finish it."""

Sentences = Mapping[str, Sequence[tuple[int, int]]]
"""The sentences of each document, by its id: code points, half-open."""


def span_samples(both: Both, layer: str, texts: Mapping[str, str]) -> Samples:
    """The figures of a span layer, as marked and, with names that begin with `trimmed_`, trimmed; attributes of matches."""
    marked = [(one.spans.get(layer, ()), other.spans.get(layer, ())) for one, other in both]
    matched = [[(one.values, other.values) for one, other in spans.match(*task)] for task in marked]
    trimmed = [(spans.trimmed(one, texts), spans.trimmed(other, texts)) for one, other in marked]
    names = _names(marked) - {"type"}
    return _span_f1("", marked) | _span_f1("trimmed_", trimmed) | _attributes(names, matched, "matched spans")


def link_samples(both: Both, layer: str) -> Samples:
    """The figures of a link layer, and of what else is said about links that two annotators drew between the same ends."""
    drawn = [(one.links.get(layer, ()), other.links.get(layer, ())) for one, other in both]
    shared = [[(one.values, other.values) for one, other in links.same_ends(*task)] for task in drawn]
    names = _names(drawn) - {links.label_name(link.values) for task in drawn for side in task for link in side}
    return (
        {(name, "", "links"): sample_shares([f1(*task) for task in drawn], "links") for name, f1 in links.LINK_FIGURES.items()}
        | _by_label("label_f1", [links.label_f1_by_label(*task) for task in drawn], "links")
        | _attributes(names, shared, "links with the same ends")
    )


def level_samples(both: Both, levels: tuple[str, ...]) -> Samples:
    """Agreement on reading levels, and the share of documents with each two levels, the first annotator's first."""
    judged = [[(_level(one), _level(other))] for one, other in both]
    pairs = [[(one, other) for one, other in task if one is not None and other is not None] for task in judged]
    combined = [{f"{one} {other}": Share(1, 1) for one, other in task} for task in pairs]
    unit = "documents"
    return {
        ("exact_agreement", "", unit): sample_shares([exact_agreement(task) for task in pairs], unit),
        ("adjacent_agreement", "", unit): sample_shares([adjacent_agreement(task, levels) for task in pairs], unit),
        ("quadratic_kappa", "", unit): sample_kappa(pairs, levels),
    } | _by_label("level_pairs", combined, unit, [Share(0, len(task)) for task in pairs])


def team_samples(team: Team, tasks: Sequence[str], layer: str, sentences: Sentences, levels: tuple[str, ...]) -> Samples:
    """The alphas that take any number of annotators at once; nothing for layers that have none. `tasks` are their ids."""
    if layer == CLAIM:
        tables = [_claims(row, sentences.get(task, ())) for task, row in zip(tasks, team, strict=True)]
        return {("has_claim_alpha", "", "sentences"): sample_nominal(tables)}
    if layer == READING_LEVEL:
        judged = [[[None if work is None else _level(work) for work in row]] for row in team]
        return {("ordinal_alpha", "", "documents"): sample_ordinal(judged, levels)}
    return {}


def _span_f1(prefix: str, marked: Sequence[tuple[Sequence[Marked], Sequence[Marked]]]) -> Samples:
    whole = {
        (prefix + name, "", "spans"): sample_shares([f1(*task) for task in marked], "spans")
        for name, f1 in spans.SPAN_FIGURES.items()
    }
    return whole | _by_label(f"{prefix}exact_f1", [spans.exact_f1_by_type(*task) for task in marked], "spans")


def _by_label(metric: str, shares: Sequence[Mapping[str, Share]], unit: str, absent: Sequence[Share] | None = None) -> Samples:
    """A sample for each label; `absent` is the share of each task that does not have the label."""
    absent = absent or [Share()] * len(shares)
    return {
        (metric, label, unit): sample_shares([task.get(label, no) for task, no in zip(shares, absent, strict=True)], unit)
        for label in {label for task in shares for label in task}
    }


def _names(marks: Iterable[tuple[Sequence[Marked] | Sequence[Link], Sequence[Marked] | Sequence[Link]]]) -> set[str]:
    return {name for task in marks for side in task for mark in side for name, _ in mark.values}


def _attributes(names: Iterable[str], matched: Sequence[Sequence[tuple[Values, Values]]], unit: str) -> Samples:
    """Nominal alpha of each attribute, a set of labels being one value, and the mean Jaccard of the two sets."""
    samples: Samples = {}
    for name in names:
        answers = [[(dict(one).get(name, ()), dict(other).get(name, ())) for one, other in task] for task in matched]
        tables: list[Table] = [[[_joined(one), _joined(other)] for one, other in task] for task in answers]
        given = [[(one, other) for one, other in task if one and other] for task in answers]
        samples["attribute_alpha", name, unit] = sample_nominal(tables)
        samples["attribute_jaccard", name, unit] = sample_shares([jaccard(task) for task in given], unit)
    return samples


def _joined(labels: Sequence[str]) -> str | None:
    return "+".join(sorted(labels)) or None


def _level(work: Work) -> str | None:
    return next(iter(work.answers.get(READING_LEVEL, ())), None)


def _claims(row: Sequence[Work | None], sentences: Sequence[tuple[int, int]]) -> Table:
    """Whether each sentence has a claim, by annotator."""
    columns = [[None] * len(sentences) if work is None else has_claim(sentences, work.spans.get(CLAIM, ())) for work in row]
    return list(zip(*columns, strict=True))
