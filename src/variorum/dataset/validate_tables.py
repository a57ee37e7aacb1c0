"""Rows into frames, held against their contract by pandera, and the rules that span tables."""

from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType

import polars as pl
import pyarrow as pa
from pandera.errors import SchemaErrors

from variorum.dataset.rows import Row
from variorum.findings import Finding, Where, finding
from variorum.schema.contract import checked_contract, polars_schema
from variorum.schema.foreign_tables import tables_of
from variorum.schema.labels import Labels
from variorum.schema.projects import DOCUMENTS

NO_TABLES: Mapping[str, pl.DataFrame] = MappingProxyType({})
"""No tables."""


def to_frame(config: str, rows: list[Row], labels: Labels) -> pl.DataFrame:
    """The rows of one table as a frame, by way of Arrow: a third of the time polars takes, an eighth for lists of structs."""
    empty = pl.DataFrame(schema=polars_schema(tables_of(labels)[config], labels))
    frame = pl.from_arrow(pa.Table.from_pylist(rows, schema=empty.to_arrow().schema))
    assert isinstance(frame, pl.DataFrame)
    return frame


def validated_frame(config: str, frame: pl.DataFrame, labels: Labels) -> list[Finding]:
    """A finding for each check of the contract that the rows of one table fail.

    Whether there is any is asked first, of all checks at once; pandera words what is wrong. Its errors do not survive
    pickling, so they become findings here. The frame is eager: on a lazy one pandera checks the types alone.
    """
    contract = checked_contract(tables_of(labels)[config], labels)
    if contract.fused is not None and dict(frame.schema) == contract.types and frame.select(contract.fused).item():
        return []
    try:
        contract.schema.validate(frame, lazy=True)
    except SchemaErrors as errors:
        return [_as_finding(config, case) for case in errors.failure_cases.iter_rows(named=True)]
    return []


def _as_finding(config: str, case: dict[str, object]) -> Finding:
    row = f" in row {case['index']}" if case.get("index") is not None else ""
    fact = f"Column {case['column']}{row} fails {case['check']}: {case['failure_case']!r}."
    return finding(Where(config), "table-invalid", fact)


def check_references(
    tables: Mapping[str, pl.DataFrame], elsewhere: Mapping[str, pl.DataFrame] = NO_TABLES
) -> Iterator[Finding]:
    """Rules between tables: ids are unique over all splits, and every reference leads to a row.

    `tables` are configs, all splits together: those of the whole dataset, of a shard of documents, or of what joins
    documents. What a shard's rows refer to stands in the shard. An id begins with its document's id, so that ids of
    two documents never meet, and the catalogue has each document once: what is unique in every shard is unique. For
    what joins documents, `elsewhere` has the `keys` of the shards.
    """
    for config, mark in _MARKS.items():
        if config in tables and _KEYS[config] in tables[config].columns:
            yield from _strayed(tables[config], config, mark)
    for config, key in _KEYS.items():
        frame = tables.get(config)
        if frame is not None and key in frame.columns and frame[key].n_unique() < frame.height:
            for value in frame.filter(pl.col(key).is_duplicated())[key].unique().sort():
                yield _broken(config, f"The {key} {value} stands in several rows.")
    for config, reference, target in _REFERENCES:
        if config in tables and reference in tables[config].columns:
            targets = [each[target] for each in (tables, elsewhere) if target in each]
            yield from _dangling(tables[config], (config, reference, target), targets)
    texts = [each["documents"].select("document_id", "text") for each in (tables, elsewhere) if "documents" in each]
    documents = pl.concat(texts).unique("document_id", keep="last") if texts else _NO_DOCUMENTS
    for config in ("entities", "claims", "ner", "claim_detection", "claim_clusters"):
        if config in tables:
            yield from _unlike_text(tables[config], config, documents)


def keys(tables: Mapping[str, pl.DataFrame], document_ids: Collection[str]) -> dict[str, pl.DataFrame]:
    """Of the rows of some documents, what `check_references` needs where rows of other tables refer to them.

    That is the columns of `documents`, `ner` and `claims` in `_REFERRED`; the texts are most of it.
    """
    chosen = pl.col("document_id").is_in(list(document_ids))
    return {config: tables[config].filter(chosen).select(wanted) for config, wanted in _REFERRED.items() if config in tables}


def held(tables: Mapping[str, pl.DataFrame]) -> int:
    """The number of results in `annotations` that no rule rejected."""
    return int((tables["annotations"]["rejected_by"] == "").sum()) if "annotations" in tables else 0


def check_kept(held: int, kept: int) -> Iterator[Finding]:
    """Whether as many results are rows as no rule rejected, in all shards together."""
    if held != kept:
        yield finding(Where("annotations"), "conservation", f"{kept} results were kept, {held} are rows.")


def check_gold(tables: Mapping[str, pl.DataFrame]) -> Iterator[Finding]:
    """Whether all of gold stands in its own tables, document by document; of a shard or of the whole."""
    gold = pl.col("is_gold") & (pl.col("rejected_by") == "")
    for config, kind in _GOLD.items():
        given = _by_document(tables["annotations"], gold & kind) if "annotations" in tables else {}
        made = _by_document(tables[config]) if config in tables else {}
        for document_id in sorted(given.keys() | made.keys()):
            count, rows = given.get(document_id, 0), made.get(document_id, 0)
            if count != rows:
                fact = f"The gold of {document_id} has {count} results for {config}, which has {rows} rows of it."
                yield finding(Where(config), "conservation", fact)


def _by_document(frame: pl.DataFrame, which: pl.Expr | None = None) -> dict[str, int]:
    """The number of rows by document, or of those that `which` is true of."""
    chosen = frame.select(pl.col("document_id").filter(which) if which is not None else "document_id")
    return dict(chosen.group_by("document_id").len().iter_rows())


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
_MARKS = {"ner": ":s", "entities": "#", "claims": "#", "relations": "#"}
"""What stands in an id after its document's id, in which the catalogue allows none of them."""
_NO_DOCUMENTS = pl.DataFrame(schema={"document_id": pl.String, "text": pl.String})
_REFERRED = {"documents": ("document_id", "text"), "ner": ("sentence_id",), "claims": ("claim_id",)}
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


def _strayed(frame: pl.DataFrame, config: str, mark: str) -> Iterator[Finding]:
    """Rows whose id does not begin with their document's, which all else rests on."""
    key = _KEYS[config]
    astray = frame.filter(~pl.col(key).str.starts_with(pl.col("document_id") + mark))
    for value, document_id in astray.select(key, "document_id").unique().sort(key).iter_rows():
        yield _broken(config, f"The {key} {value} does not begin with {document_id}{mark}.")


def _dangling(frame: pl.DataFrame, rule: tuple[str, str, str], targets: list[pl.DataFrame]) -> Iterator[Finding]:
    config, reference, target = rule
    column = frame.select(pl.col(reference))
    if isinstance(column.schema[reference], pl.List):
        column = column.explode(reference)
    known = pl.concat([column.clear(), *(each.select(pl.col(_KEYS[target]).alias(reference)) for each in targets)])
    # A document's rows stand together, so most references repeat the one before: without those `unique` takes half as long.
    distinct = column.filter(pl.col(reference).ne_missing(pl.col(reference).shift())).drop_nulls().unique()
    for (value,) in distinct.join(known, on=reference, how="anti").sort(reference).iter_rows():
        yield _broken(config, f"{reference} {value!r} is in no row of {target}.")


def _unlike_text(frame: pl.DataFrame, config: str, documents: pl.DataFrame) -> Iterator[Finding]:
    """Rows whose text is not what their offsets slice out of their document.

    polars slices all rows, in a third of the time that Python takes; what differs to it, Python slices once more, so
    that offsets which are no span mean what they do everywhere else.
    """
    rows = frame.select("document_id", "start", "end", "text").join(
        documents.select("document_id", whole="text"), on="document_id", maintain_order="left"
    )
    start, end = pl.col("start"), pl.col("end")
    sliced = pl.col("whole").str.slice(start, (end - start).clip(0))
    alike = (start >= 0) & (start <= end) & (sliced == pl.col("text"))
    for document_id, first, last, text, whole in rows.filter(~alike.fill_null(value=False)).iter_rows():
        if whole[first:last] != text:
            yield _broken(config, f"The text at [{first}, {last}) of {document_id} is not {text!r}.")


def _broken(config: str, fact: str) -> Finding:
    return finding(Where(config), "table-invalid", fact)
