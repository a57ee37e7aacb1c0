"""Rows into frames, held against their contract by pandera, and the rules that span tables."""

from collections.abc import Iterator

import pandera.polars as pa
import polars as pl

from variorum.dataset.rows import Row
from variorum.findings import Finding, Where, finding
from variorum.schema.contract import checked_schema, polars_schema
from variorum.schema.labels import Labels
from variorum.schema.projects import DOCUMENTS
from variorum.schema.tables import TABLES


def validated(config: str, rows: list[Row], labels: Labels) -> tuple[pl.DataFrame, list[Finding]]:
    """The rows of one table as a frame, with a finding for each check of the contract that failed.

    pandera's errors do not survive pickling, so they become findings here. The frame is eager: on a lazy one pandera
    checks the types alone.
    """
    frame = pl.DataFrame(rows, schema=polars_schema(TABLES[config], labels), orient="row")
    return frame, check_frame(config, frame, labels)


def check_frame(config: str, frame: pl.DataFrame, labels: Labels) -> list[Finding]:
    """A finding for each check of a table's contract that failed."""
    try:
        checked_schema(TABLES[config], labels).validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        return [_as_finding(config, case) for case in errors.failure_cases.iter_rows(named=True)]
    return []


def _as_finding(config: str, case: dict[str, object]) -> Finding:
    row = f" in row {case['index']}" if case.get("index") is not None else ""
    fact = f"Column {case['column']}{row} fails {case['check']}: {case['failure_case']!r}."
    return finding(Where(config), "table-invalid", fact)


def check_references(tables: dict[str, pl.DataFrame]) -> Iterator[Finding]:
    """Rules between tables: ids are unique over all splits, and every reference leads to a row.

    `tables` are whole configs, all splits together.
    """
    for config, key in _KEYS.items():
        frame = tables.get(config)
        if frame is not None:
            for value in frame.filter(pl.col(key).is_duplicated())[key].unique().sort():
                yield _broken(config, f"The {key} {value} stands in several rows.")
    for config, reference, target in _REFERENCES:
        if config in tables:
            yield from _dangling(tables, config, reference, target)
    for config in ("entities", "claims", "ner", "claim_detection", "claim_clusters"):
        if config in tables:
            yield from _unlike_text(tables, config)


def check_conservation(tables: dict[str, pl.DataFrame], kept: int) -> Iterator[Finding]:
    """Whether the finished tables hold all that was kept: every result in `annotations`, all of gold in its own tables.

    `tables` are whole configs, all splits together; `kept` is the number of results that no rule rejected.
    """
    annotations = tables.get("annotations", pl.DataFrame(schema={"rejected_by": pl.String, "is_gold": pl.Boolean}))
    held = annotations.filter(pl.col("rejected_by") == "")
    if held.height != kept:
        yield finding(Where("annotations"), "conservation", f"{kept} results were kept, {held.height} are rows.")
    for config, kind in _GOLD.items():
        given = _by_document(held.filter("is_gold").filter(kind)) if held.height else {}
        made = _by_document(tables[config]) if config in tables else {}
        for document_id in sorted(given.keys() | made.keys()):
            count, rows = given.get(document_id, 0), made.get(document_id, 0)
            if count != rows:
                fact = f"The gold of {document_id} has {count} results for {config}, which has {rows} rows of it."
                yield finding(Where(config), "conservation", fact)


def _by_document(frame: pl.DataFrame) -> dict[str, int]:
    return dict(frame.group_by("document_id").len().iter_rows())


_GOLD = {
    "entities": pl.col("control") == "entity_type",
    "claims": pl.col("control") == "claim",
    "relations": (pl.col("result_type") == "relation") & (pl.col("project") == DOCUMENTS),
}
_KEYS = {
    "documents": "document_id",
    "ner": "sentence_id",
    "entities": "mention_id",
    "claims": "claim_id",
    "relations": "relation_id",
    "alignments": "alignment_id",
    "decisions": "item_id",
}
_REFERENCES = (
    ("ner", "document_id", "documents"),
    ("entities", "document_id", "documents"),
    ("entities", "sentence_id", "ner"),
    ("entities", "nested_in", "entities"),
    ("claims", "document_id", "documents"),
    ("claims", "sentence_ids", "ner"),
    ("claims", "claimer_ids", "entities"),
    ("claim_detection", "sentence_id", "ner"),
    ("claim_detection", "claim_ids", "claims"),
    ("readability", "document_id", "documents"),
    ("claim_clusters", "claim_id", "claims"),
    ("claim_clusters", "to_claim_id", "claims"),
    ("alignments", "first_document_id", "documents"),
    ("alignments", "second_document_id", "documents"),
    ("alignments", "first_sentence_ids", "ner"),
    ("alignments", "second_sentence_ids", "ner"),
    ("decisions", "document_id", "documents"),
    ("annotations", "document_id", "documents"),
)


def _dangling(tables: dict[str, pl.DataFrame], config: str, reference: str, target: str) -> Iterator[Finding]:
    column = tables[config].select(pl.col(reference))
    if isinstance(column.schema[reference], pl.List):
        column = column.explode(reference)
    key = _KEYS[target]
    known = tables[target].select(pl.col(key).alias(reference)) if target in tables else column.clear()
    for (value,) in column.drop_nulls().unique().join(known, on=reference, how="anti").sort(reference).iter_rows():
        yield _broken(config, f"{reference} {value!r} is in no row of {target}.")


def _unlike_text(tables: dict[str, pl.DataFrame], config: str) -> Iterator[Finding]:
    """Rows whose text is not what their offsets slice out of their document."""
    texts = dict(tables["documents"].select("document_id", "text").iter_rows())
    for document_id, start, end, text in tables[config].select("document_id", "start", "end", "text").iter_rows():
        if document_id in texts and texts[document_id][start:end] != text:
            yield _broken(config, f"The text at [{start}, {end}) of {document_id} is not {text!r}.")


def _broken(config: str, fact: str) -> Finding:
    return finding(Where(config), "table-invalid", fact)
