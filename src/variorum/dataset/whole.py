"""What can only be said of the whole: documents and pairs together, entities and claims across them, decisions, agreement."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import polars as pl

from variorum.annotations.work import Work
from variorum.dataset.readability import measure
from variorum.dataset.shard import Tables
from variorum.findings import Finding, finding
from variorum.folder import GOLD
from variorum.inputs import Inputs
from variorum.schema.projects import ALIGNMENTS, CLAIM_PAIRS, PROJECTS
from variorum.tellings.entity_clusters import EntityClusters, Named

if TYPE_CHECKING:
    from variorum.agreement.measure import Figure

OFFERED = {ALIGNMENTS: "alignment", CLAIM_PAIRS: "claim_pair"}
"""The layer of links that annotators are offered, by project."""
NO_INTERVAL = "A count of what was offered, not an estimate."
HARDER = {"flesch_reading_ease": -1, "flesch_kincaid_grade": 1, "dale_chall": 1}
"""Whether a metric rises or falls as a text gets harder."""


def clusters_of(tables: Tables) -> pl.DataFrame | None:
    """The cluster of each claim that is in one; None where there are none."""
    frames = [frame for (config, _), frame in tables.items() if config == "claim_clusters"]
    if not frames:
        return None
    return pl.concat([frame.filter("is_member").select("claim_id", "claim_cluster_id") for frame in frames]).unique()


def with_known(frame: pl.DataFrame, key: str, known: pl.DataFrame) -> pl.DataFrame:
    """A frame with columns taken from `known`, by key; what that does not know stays as it is."""
    found = frame.join(known, on=key, how="left", maintain_order="left", suffix=" known")
    return found.with_columns(pl.coalesce(f"{name} known", name).alias(name) for name in known.columns[1:]).select(
        frame.columns
    )


def named_mentions(tables: Tables, stories: Mapping[str, str]) -> Iterator[Named]:
    """The gold mentions as entity clusters see them, in the order of documents and texts."""
    frames = [frame for (config, _), frame in tables.items() if config == "entities"]
    for row in pl.concat(frames).sort("document_id", "start").iter_rows(named=True) if frames else ():
        document_id = row["document_id"]
        yield Named(document_id, stories[document_id], row["start"], row["end"], row["text"], row["type"])


def with_entities(tables: Tables, clusters: EntityClusters, stories: Mapping[str, str]) -> Tables:
    """The tables with each mention's entity filled in."""
    return {
        place: _with_entities(frame, clusters, stories) if place[0] == "entities" else frame for place, frame in tables.items()
    }


def _with_entities(frame: pl.DataFrame, clusters: EntityClusters, stories: Mapping[str, str]) -> pl.DataFrame:
    found = []
    for row in frame.iter_rows(named=True):
        story = stories[row["document_id"]]
        lines = clusters.of(Named(row["document_id"], story, row["start"], row["end"], row["text"], row["type"]))
        if lines:
            cluster = lines[0].cluster
            linked = cluster.cluster_id, cluster.wikidata_id, cluster.wikidata_status, cluster.checked_on
            found.append((row["mention_id"], *linked))
    return with_known(frame, "mention_id", pl.DataFrame(found, schema=_ENTITY, orient="row")) if found else frame


_ENTITY = {
    "mention_id": pl.String,
    "entity_cluster_id": pl.String,
    "wikidata_id": pl.String,
    "wikidata_status": pl.String,
    "wikidata_checked_on": pl.Date,
}


def recall_figures(inputs: Inputs, works: Sequence[Work], tables: Tables) -> "list[Figure]":
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
    for entry in inputs.entries.simplified():
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
