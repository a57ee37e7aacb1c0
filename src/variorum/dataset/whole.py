"""What can only be said of the whole: documents and pairs together, entities and claims across them, decisions, agreement."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

import polars as pl

from variorum.annotations.work import Work
from variorum.corpus.settings import ALL, SPLITS
from variorum.curation.check import check_decisions
from variorum.dataset import curated_rows
from variorum.dataset.readability import measure
from variorum.dataset.rows import Row
from variorum.dataset.segmentation import segment
from variorum.dataset.shard import ShardResult, Tables, add_table
from variorum.findings import Finding, Where, failed, finding
from variorum.folder import GOLD
from variorum.inputs import Inputs
from variorum.schema.projects import ALIGNMENTS, CLAIM_PAIRS, PROJECTS, documents_of
from variorum.tellings.entity_clusters import Named, check_mentions

if TYPE_CHECKING:
    from variorum.agreement.measure import Figure

OFFERED = {ALIGNMENTS: "alignment", CLAIM_PAIRS: "claim_pair"}
"""The layer of links that annotators are offered, by project."""
NO_INTERVAL = "A count of what was offered, not an estimate."
HARDER = {"flesch_reading_ease": -1, "flesch_kincaid_grade": 1, "dale_chall": 1}
"""Whether a metric rises or falls as a text gets harder."""


def joined(shard: ShardResult, joint: ShardResult, inputs: Inputs) -> ShardResult:
    """Both results as one, with what the single documents' rows take from the others: clusters of claims and entities."""
    tables = dict(shard.tables)
    for place, frame in joint.tables.items():
        tables[place] = pl.concat([tables[place], frame]) if place in tables else frame
    works = [*shard.works, *joint.works]
    whole = ShardResult(_clustered(tables), [*shard.findings, *joint.findings], {**shard.ledgers, **joint.ledgers}, works)
    if inputs.entity_clusters and not failed([*inputs.findings, *whole.findings]):
        name = inputs.folder.name(inputs.folder.entity_clusters)
        whole.findings += check_mentions(inputs.entity_clusters, _mentions(tables, inputs), name)
        whole.tables = _with_entities(whole.tables, inputs)
    return whole


def _clustered(tables: Tables) -> Tables:
    """The tables with each claim's cluster filled in."""
    frames = [frame for (config, _), frame in tables.items() if config == "claim_clusters"]
    if not frames:
        return tables
    members = [frame.filter("is_member").select("claim_id", "claim_cluster_id") for frame in frames]
    return _filled(tables, "claims", "claim_id", pl.concat(members).unique())


def _filled(tables: Tables, config: str, key: str, known: pl.DataFrame) -> Tables:
    """The tables with columns of one config taken from `known`, by key; what it does not know stays as it is."""
    return {place: _with_known(frame, key, known) if place[0] == config else frame for place, frame in tables.items()}


def _with_known(frame: pl.DataFrame, key: str, known: pl.DataFrame) -> pl.DataFrame:
    found = frame.join(known, on=key, how="left", maintain_order="left", suffix=" known")
    return found.with_columns(pl.coalesce(f"{name} known", name).alias(name) for name in known.columns[1:]).select(
        frame.columns
    )


def _mentions(tables: Tables, inputs: Inputs) -> Iterator[Named]:
    """The gold mentions as entity clusters see them, in the order of documents and texts."""
    stories = {entry.document.document_id: entry.document.story_id for entry in inputs.entries}
    frames = [frame for (config, _), frame in tables.items() if config == "entities"]
    for row in pl.concat(frames).sort("document_id", "start").iter_rows(named=True) if frames else ():
        document_id = row["document_id"]
        yield Named(document_id, stories[document_id], row["start"], row["end"], row["text"], row["type"])


def _with_entities(tables: Tables, inputs: Inputs) -> Tables:
    """The tables with each mention's entity filled in."""
    assert inputs.entity_clusters
    stories = {entry.document.document_id: entry.document.story_id for entry in inputs.entries}
    frames = [frame for (config, _), frame in tables.items() if config == "entities"]
    found = []
    for row in pl.concat(frames).iter_rows(named=True) if frames else ():
        story = stories[row["document_id"]]
        mention = Named(row["document_id"], story, row["start"], row["end"], row["text"], row["type"])
        lines = inputs.entity_clusters.of(mention)
        if lines:
            cluster = lines[0].cluster
            found.append(
                (row["mention_id"], cluster.cluster_id, cluster.wikidata_id, cluster.wikidata_status, cluster.checked_on)
            )
    return _filled(tables, "entities", "mention_id", pl.DataFrame(found, schema=_ENTITY, orient="row")) if found else tables


_ENTITY = {
    "mention_id": pl.String,
    "entity_cluster_id": pl.String,
    "wikidata_id": pl.String,
    "wikidata_status": pl.String,
    "wikidata_checked_on": pl.Date,
}


def check_curation(inputs: Inputs, result: ShardResult) -> Iterator[Finding]:
    """Gold and decisions held together, project by project."""
    for project in PROJECTS:
        works = _by_task([work for work in result.works if work.project == project])
        has_gold = any(not work.round for found in works.values() for work in found)
        name = inputs.folder.name(inputs.folder.decisions(project))
        if project in inputs.decisions and has_gold:
            yield from check_decisions(inputs.decisions[project], name, works, inputs.texts, PROJECTS[project])
        elif has_gold:
            fact = f"There is no {name}."
            yield finding(Where(inputs.folder.gold(project).name), "gold-undocumented", fact)


def _by_task(works: list[Work]) -> dict[str, list[Work]]:
    found: dict[str, list[Work]] = defaultdict(list)
    for work in works:
        found[work.task].append(work)
    return found


def add_curation(inputs: Inputs, result: ShardResult, measured: bool) -> None:
    """Adds the tables of decisions and, where figures are wanted, of agreement."""
    splits = {entry.document.document_id: entry.document.split for entry in inputs.entries}
    for_gold = {work.project for work in result.works if not work.round}
    decided = [(project, line.decision) for project in sorted(for_gold) for line in inputs.decisions.get(project, [])]
    found: list[Row] = [curated_rows.decision(*each) for each in decided if not each[1].is_open]
    held_out = [max((splits[each] for each in documents_of(row["task"])), key=SPLITS.index) for row in found]
    add_table(result, "decisions", found, held_out, inputs.labels)
    if measured:
        figures = curated_rows.agreement(
            [*figures_of(inputs, result.works), *recall_figures(inputs, result.works, result.tables)]
        )
        add_table(result, "agreement", figures, [ALL] * len(figures), inputs.labels)


def figures_of(inputs: Inputs, works: list[Work]) -> "list[Figure]":
    """The figures of agreement of all rounds with work of two annotators or more."""
    from variorum.agreement.measure import alone, figures, merged_samples, sampled  # numpy and its kin are slow to load

    annotators: dict[tuple[str, str], set[str]] = defaultdict(set)
    on_task: Counter[tuple[str, str, str]] = Counter()
    for work in works:
        annotators[work.project, work.round].add(work.annotator)
        on_task[work.project, work.round, work.task] += 1
    several = [work for work in works if work.round and len(annotators[work.project, work.round]) > 1]
    shared = [work for work in several if on_task[work.project, work.round, work.task] > 1]
    texts = {document_id: inputs.texts[document_id] for work in shared for document_id in documents_of(work.task)}
    sentences = {key: segment(text, inputs.settings.abbreviations).sentences for key, text in texts.items()}
    rest = [work for work in several if on_task[work.project, work.round, work.task] == 1]
    samples = merged_samples([sampled(shared, texts, sentences), alone(rest)])
    return figures(samples, inputs.labels["reading_level"].names)


def recall_figures(inputs: Inputs, works: list[Work], tables: Tables) -> "list[Figure]":
    """How many of the links in gold the candidate step had offered, project by project."""
    from variorum.agreement.measure import Figure
    from variorum.dataset.offers import offered_recall, units_of

    figures = []
    for project, layer in OFFERED.items():
        gold = [work for work in works if work.project == project and not work.round]
        units = units_of(PROJECTS[project], inputs, tables) if gold else {}
        if units:
            judged = {work.task: [(link.start, link.end) for link in work.links.get(layer, ())] for work in gold}
            found, n = offered_recall(judged, units)
            value, reason = (round(found / n, 6), NO_INTERVAL) if n else (None, "There is no link.")
            figures.append(
                Figure(project, "", layer, "offered_recall", "", (GOLD,), value, n, "links", len(gold), None, None, reason)
            )
    return figures


def check_simplified(inputs: Inputs) -> Iterator[Finding]:
    """Simplified texts that every metric calls harder than their source."""
    catalogue = inputs.folder.name(inputs.folder.catalogue)
    for entry in inputs.entries:
        own = entry.document
        if own.simplified_of and own.simplified_of in inputs.texts and own.document_id in inputs.texts:
            scores = zip(*(_scores(inputs, each, own.language) for each in (own.document_id, own.simplified_of)), strict=True)
            compared = [(name, here, there) for (name, here), (_, there) in scores]
            if compared and all((here - there) * HARDER[name] > 0 for name, here, there in compared):
                told = ", ".join(f"{name} {here} against {there}" for name, here, there in compared)
                fact = f"{own.document_id} is harder than {own.simplified_of}: {told}."
                yield finding(entry.where(catalogue), "simplified-harder", fact)


def _scores(inputs: Inputs, document_id: str, language: str) -> list[tuple[str, float]]:
    return [(each["metric"], each["value"]) for each in measure(inputs.texts[document_id], language)]
