"""The published tables, one class each: every column with its type, its description and its unit.

Arrow types, Hugging Face features, `schema/tables/*.yaml` and the card's field tables are all derived from these
(`variorum.schema.contract`). Closed sets name the inventory of labels.yaml they take their labels from; "nested.path"
names one inside a list of structs. Offsets are Unicode code points into the document's text, half-open.
"""

from typing import Annotated, Any

import pandera.polars as pa
import polars as pl
from pandera.polars import DataFrameModel

STATES = ("submitted", "skipped", "draft")
PRECISIONS = ("year", "month", "day")
LAYERS = ("mention", "claim")
WIKIDATA_STATUS = ("linked", "nil", "uncertain", "not_attempted")
DECIDED_BY = ("unanimous", "majority", "curator", "dependent", "single")
NO_CLAIM = "no_claim"

_SPAN = {"start": pl.Int32(), "end": pl.Int32()}
_MENTION = {"mention_id": pl.String(), "start": pl.Int32(), "end": pl.Int32(), "type": pl.String()}
_RATING = {"round": pl.String(), "annotator": pl.String(), "level": pl.String()}
_METRIC = {"metric": pl.String(), "value": pl.Float64(), "tool": pl.String(), "version": pl.String()}

_LINK = {"first_sentence_id": pl.String(), "second_sentence_id": pl.String(), "label": pl.String()}
_DEPARTURE = {
    "type": pl.String(),
    "severity": pl.String(),
    "first_start": pl.Int32(),
    "first_end": pl.Int32(),
    "second_start": pl.Int32(),
    "second_end": pl.Int32(),
    "note": pl.String(),
}
_CANDIDATE = {
    "annotator": pl.String(),
    "region_id": pl.String(),
    "start": pl.Int32(),
    "end": pl.Int32(),
    "text": pl.String(),
    "labels": pl.List(pl.String()),
}

Spans = Annotated[pl.List, pl.Struct(_SPAN)]
Links = Annotated[pl.List, pl.Struct(_LINK)]
Departures = Annotated[pl.List, pl.Struct(_DEPARTURE)]
Candidates = Annotated[pl.List, pl.Struct(_CANDIDATE)]
Mentions = Annotated[pl.List, pl.Struct(_MENTION)]
Ratings = Annotated[pl.List, pl.Struct(_RATING)]
Metrics = Annotated[pl.List, pl.Struct(_METRIC)]
Strings = Annotated[pl.List, pl.String()]
Integers = Annotated[pl.List, pl.Int32()]
Moment = Annotated[pl.Datetime, "us", "UTC"]

OFFSET = "code points"
TEXT, QUOTES, JSON = {"": "text"}, {"": "quotes"}, {"": "json"}
"""What a column holds of an article: its words, people's own words that may quote it, a result as exported."""


def column(
    description: str,
    unit: str = "",
    closed: dict[str, str | tuple[str, ...]] | None = None,
    holds: dict[str, str] | None = None,
    **checks: Any,
) -> Any:
    """A column with its description, its unit, and by path ("" is the column itself) the closed sets of its values.

    `holds` says, by path too, what it holds of an article's words, which a stand-off release withholds (`hub.stand_off`).
    """
    metadata = {"unit": unit, "closed": closed or {}, "holds": holds or {}}
    return pa.Field(description=description, metadata=metadata, **checks)


class Table(DataFrameModel):
    """What all tables share: no column more or less than declared."""

    class Config:
        """How pandera validates."""

        strict = True


class Provenance(Table):
    """Where a row of gold comes from."""

    project: str = column("Label Studio project the row was annotated in.")
    round: str = column("Annotation round; empty for the curated layer.")
    annotator: str = column("Pseudonym of the annotator; `gold` for the curated layer.")
    region_id: str = column("Id of the region in the export, unique inside one annotation.")


class Documents(Table):
    """One article."""

    document_id: str = column("Stable id: the seed's file name without its ending.", unique=True)
    text: str = column("The frozen text that every offset points into.", holds=TEXT)
    text_sha256: str = column("SHA-256 of the text in UTF-8.", str_length=64)
    title: str = column("Title, where the article has one.", holds=QUOTES, nullable=True)
    language: str = column("Language of the text (BCP 47).")
    story_id: str = column("The story that the article tells; tellings of one story share it.")
    role: str = column("What the article is among the tellings of its story.", closed={"": "document_role"})
    simplified_of: str = column("The document that this one simplifies; null where it is not in the corpus.", nullable=True)
    source_date: pl.Date = column(
        "The source's date, not the event's; what the precision leaves open is 1.", "date", nullable=True
    )
    source_date_precision: str = column("How much of the source's date is known.", closed={"": PRECISIONS}, nullable=True)
    reading_level: str = column(
        "Gold CEFR level; null where the article has no gold.", closed={"": "reading_level"}, nullable=True
    )
    paragraphs: Spans = column("Paragraphs in order.", OFFSET)
    sentences: Spans = column("Sentences in order.", OFFSET)
    character_count: pl.Int32 = column("Length of the text.", OFFSET, gt=0)
    token_count: pl.Int32 = column("Number of tokens.", "tokens", ge=0)
    mention_count: pl.Int32 = column("Number of gold mentions.", "mentions", ge=0)
    claim_count: pl.Int32 = column("Number of gold claims.", "claims", ge=0)
    licence: str = column("Licence of the text (SPDX id or `other`).")
    seed_sha256: str = column(
        "SHA-256 of the seed's bytes; null where the text came without one.", str_length=64, nullable=True
    )
    seed_rules: Strings = column("Rules that dropped bytes of the seed to make the text.")


class Ner(Table):
    """One sentence of an article with gold, as token classification wants it."""

    sentence_id: str = column("Stable id: document id, ':s' and the sentence's index.", unique=True)
    document_id: str = column("The article.")
    start: pl.Int32 = column("Start of the sentence.", OFFSET, ge=0)
    end: pl.Int32 = column("End of the sentence.", OFFSET, gt=0)
    text: str = column("The sentence.", holds=TEXT)
    tokens: Strings = column("Runs of word characters, or single other characters.", holds={"item": "text"})
    token_starts: Integers = column("Start of each token in the document.", OFFSET)
    token_ends: Integers = column("End of each token in the document.", OFFSET)
    ner_tags: Annotated[pl.List, pl.String()] = column(
        "BIO tag of each token; of nested mentions the outermost counts.", closed={"item": "ner_tag"}
    )
    mentions: Mentions = column("All mentions in the sentence, nested ones too.", OFFSET, closed={"item.type": "entity_type"})


class Entities(Provenance):
    """One gold mention."""

    mention_id: str = column("Stable id: document id, '#' and the region's id.", unique=True)
    document_id: str = column("The article.")
    sentence_id: str = column("The sentence that the mention lies in.")
    start: pl.Int32 = column("Start of the mention.", OFFSET, ge=0)
    end: pl.Int32 = column("End of the mention.", OFFSET, gt=0)
    text: str = column("The mention: the document's text from start to end.", holds=TEXT, str_length={"min_value": 1})
    type: str = column("What the mention refers to.", closed={"": "entity_type"})
    nested_in: str = column("The smallest mention around this one; null where there is none.", nullable=True)
    entity_cluster_id: str = column("The entity across documents; null where it belongs to no cluster.", nullable=True)
    wikidata_id: str = column("The entity's Wikidata id; null unless linked.", nullable=True)
    wikidata_status: str = column("How sure the link to Wikidata is.", closed={"": WIKIDATA_STATUS})
    wikidata_checked_on: pl.Date = column("When the link was last checked.", "date", nullable=True)
    note: str = column("What the annotator remarked, as of a garbled statement; mostly empty.", holds=QUOTES)
    repair: str = column("The rung of the offset ladder that found the span; `exact` where none was needed.")


class Claims(Provenance):
    """One gold claim."""

    claim_id: str = column("Stable id: document id, '#' and the region's id.", unique=True)
    document_id: str = column("The article.")
    sentence_ids: Strings = column("The sentences that the claim touches.")
    start: pl.Int32 = column("Start of the claim.", OFFSET, ge=0)
    end: pl.Int32 = column("End of the claim.", OFFSET, gt=0)
    text: str = column(
        "The claim's minimal span: the document's text from start to end.", holds=TEXT, str_length={"min_value": 1}
    )
    checkworthiness: str = column("Whether readers would want the claim checked.", closed={"": "checkworthiness"})
    claim_types: Strings = column("What kind of evidence would settle the claim.", closed={"item": "claim_type"})
    attribution: str = column("Who puts the claim forward.", closed={"": "attribution"})
    modality: str = column("How the claim is put.", closed={"": "modality"})
    claimer_ids: Strings = column("Mentions of those who make the claim; empty for the author and for unnamed sources.")
    claim_cluster_id: str = column(
        "The proposition across tellings; null where no other telling states or contradicts it.", nullable=True
    )
    note: str = column("What the annotator remarked, as of a garbled statement; mostly empty.", holds=QUOTES)
    repair: str = column("The rung of the offset ladder that found the span; `exact` where none was needed.")


class ClaimDetection(Table):
    """One sentence of an article with gold, as text classification wants it."""

    sentence_id: str = column("Stable id: document id, ':s' and the sentence's index.", unique=True)
    document_id: str = column("The article.")
    start: pl.Int32 = column("Start of the sentence.", OFFSET, ge=0)
    end: pl.Int32 = column("End of the sentence.", OFFSET, gt=0)
    text: str = column("The sentence.", holds=TEXT)
    label: str = column(
        "The check-worthiness of the sentence's most check-worthy claim, or `no_claim`.",
        closed={"": "sentence_label"},
    )
    claim_ids: Strings = column("The claims that touch the sentence.")


class Readability(Table):
    """One article with its reading levels and metrics."""

    document_id: str = column("The article.", unique=True)
    reading_level: str = column(
        "Gold CEFR level; null where the article has no gold.", closed={"": "reading_level"}, nullable=True
    )
    reading_level_ordinal: pl.Int32 = column("The gold level's place on the scale, from 1.", "rank", ge=1, nullable=True)
    ratings: Ratings = column("The level that each annotator gave.", closed={"item.level": "reading_level"})
    metrics: Metrics = column(
        "Automatic metrics, each with the tool and its version; for English alone.", "score of the metric"
    )


class Relations(Provenance):
    """One gold relation inside a document."""

    relation_id: str = column("Stable id: document id, '#', both regions' ids and the type.", unique=True)
    document_id: str = column("The article.")
    type: str = column("What the relation says.", closed={"": "relation_type"})
    from_id: str = column("Where the relation starts: a mention_id or claim_id.")
    from_layer: str = column("Which of the two it is.", closed={"": LAYERS})
    to_id: str = column("Where the relation leads: a mention_id or claim_id.")
    to_layer: str = column("Which of the two it is.", closed={"": LAYERS})


class Annotations(Provenance):
    """One result as an annotator made it, gold or not, skipped and rejected ones too."""

    document_id: str = column("The article; of a link between two, the one it leads from.")
    task: str = column("What the annotator was given: the document's id, or both ids joined by '+'.")
    text_sha256: str = column("SHA-256 of the article's frozen text.", str_length=64)
    annotation_id: str = column("Id of the annotation in the export.")
    result_index: pl.Int32 = column("Place of the result in its annotation, from 0.", "rank", ge=0)
    state: str = column("Whether the annotation was submitted, skipped or left as a draft.", closed={"": STATES})
    is_gold: bool = column("Whether the annotation is the document's gold.")
    updated_at: Moment = column("When the annotation was last changed.", "UTC", nullable=True)
    control: str = column("The control that gave the result; empty for relations.")
    result_type: str = column("Label Studio's type of the result.")
    start: pl.Int32 = column("Start of the span after repair; null where there is none.", OFFSET, nullable=True)
    end: pl.Int32 = column("End of the span after repair; null where there is none.", OFFSET, nullable=True)
    text: str = column("The document's text from start to end; null where there is no span.", holds=TEXT, nullable=True)
    labels: Strings = column("Labels, choices or words given.", holds={"item": "quotes"})
    repair: str = column("The rung of the offset ladder that found the span; empty where there is none.")
    rejected_by: str = column("The rule that rejected the result; empty if it was kept.")
    result_json: str = column("The result as exported, as JSON.", holds=JSON)


class Joint(Table):
    """Where a row on two documents comes from."""

    project: str = column("Label Studio project the row was annotated in.")
    round: str = column("Annotation round; empty for the curated layer.")
    annotator: str = column("Pseudonym of the annotator; `gold` for the curated layer.")


class ClaimClusters(Joint):
    """One claim in a cluster: a proposition that several tellings state, or that one of them contradicts."""

    claim_cluster_id: str = column("Stable id: 'cluster:' and the canonical claim's id.")
    claim_id: str = column("The claim.")
    document_id: str = column("The article it stands in.")
    start: pl.Int32 = column("Start of the claim.", OFFSET, ge=0)
    end: pl.Int32 = column("End of the claim.", OFFSET, gt=0)
    text: str = column("The claim: the document's text from start to end.", holds=TEXT, str_length={"min_value": 1})
    is_canonical: bool = column("Whether it stands for the cluster: the claim that most others are equivalent to.")
    is_member: bool = column("Whether it states the proposition; one that only contradicts or overlaps with a member does not.")
    relation: str = column("How the claim stands to the one in to_claim_id.", closed={"": "claim_relation"})
    to_claim_id: str = column("The canonical claim; of a claim that contradicts or overlaps, the member it does so with.")
    is_judged: bool = column("Whether the pair was judged; otherwise the relation follows from pairs that were.")


class Alignments(Joint):
    """One group of sentences of a telling with the group of another that says the same."""

    alignment_id: str = column("Stable id: the first sentence of each side.", unique=True)
    first_document_id: str = column("The article of the first group.")
    second_document_id: str = column("The article of the second group.")
    first_sentence_ids: Strings = column("The sentences of the first group.")
    second_sentence_ids: Strings = column("The sentences of the second group.")
    first_text: str = column("The first group's sentences, joined by blanks.", holds=TEXT, str_length={"min_value": 1})
    second_text: str = column("The second group's sentences, joined by blanks.", holds=TEXT, str_length={"min_value": 1})
    label: str = column(
        "How much the groups say the same: `aligned` if every link between them is. No row means not aligned.",
        closed={"": "alignment"},
    )
    operations: Strings = column("What was done to the first group to get the second.", closed={"item": "operation"})
    links: Links = column("The pairs of sentences that were linked.", closed={"item.label": "alignment"})
    departures: Departures = column(
        "Where the facts differ; offsets are null on the side that has no span.",
        OFFSET,
        closed={"item.type": "factuality", "item.severity": "severity"},
        holds={"item.note": "quotes"},
    )


class Decisions(Table):
    """One item of the curated layer, and how it was decided."""

    item_id: str = column("Stable id: what the item is of, its layer and its first candidate's place.", unique=True)
    project: str = column("Label Studio project.")
    round: str = column("The round whose annotators proposed the candidates.")
    document_id: str = column("The article that the item lies in; of a link, where it leads from; of neither, the first.")
    task: str = column("What the annotators were given: the document's id, or both ids joined by '+'.")
    layer: str = column("Kind of item: mention, claim, relation, reading_level, alignment, ...")
    annotators: Strings = column("All who finished the task; who has no candidate marked nothing here.")
    candidates: Candidates = column(
        "What each annotator proposed, labels as `name=label`.", OFFSET, holds={"item.text": "text"}
    )
    decision: str = column("`all`, the annotator followed, `none` where nothing stands, `new` where the curator wrote it.")
    rule: str = column("What decided.", closed={"": DECIDED_BY})
    labels: Strings = column("What stands, as `name=label`; empty where nothing does.")
    start: pl.Int32 = column("Start of what stands; null where there is no span.", OFFSET, nullable=True)
    end: pl.Int32 = column("End of what stands; null where there is no span.", OFFSET, nullable=True)
    reason: str = column("Why, in the curator's words.", holds=QUOTES)
    curator: str = column("Pseudonym of who decided; empty where a rule did.")


class Agreement(Table):
    """One figure of agreement between annotators of one round, before curation."""

    project: str = column("Label Studio project.")
    round: str = column("Annotation round.")
    layer: str = column("What is compared: mention, claim, relation, reading_level, alignment, ...")
    metric: str = column("The measure; empty where there is none.")
    label: str = column("The type or attribute that the figure is of; empty for all of the layer.")
    annotators: Strings = column("Who is compared: a pair, or all for a mean or a coefficient over all.")
    value: pl.Float64 = column("The figure; null where there is none.", "see metric", nullable=True)
    n: pl.Int32 = column("How many things it rests on.", "see unit", ge=0)
    unit: str = column("What n counts.")
    tasks: pl.Int32 = column("How many documents or pairs it rests on.", "tasks", ge=0)
    low: pl.Float64 = column("Lower end of the 95% bootstrap interval over tasks; null where there is none.", nullable=True)
    high: pl.Float64 = column("Upper end of the same.", nullable=True)
    reason: str = column("Why there is no value or no interval; empty where there are both.")


TABLES: dict[str, type[Table]] = {
    "documents": Documents,
    "ner": Ner,
    "entities": Entities,
    "claims": Claims,
    "claim_detection": ClaimDetection,
    "claim_clusters": ClaimClusters,
    "readability": Readability,
    "alignments": Alignments,
    "relations": Relations,
    "annotations": Annotations,
    "decisions": Decisions,
    "agreement": Agreement,
}
