"""The rules between tables find the same in the whole dataset and in its documents one by one."""

from functools import cache
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from variorum.dataset.validate_tables import check_gold, check_kept, check_references, held, keys
from variorum.findings import Finding
from variorum.folder import Folder
from variorum.shards import Kept
from variorum.tabulate import tabulate

EVERY_TABLE = Path(__file__).parents[1] / "corpora" / "every-table"
JOINING = ("claim_clusters", "alignments", "decisions", "agreement")
BREAKABLE = ("documents", "ner", "entities", "claims", "claim_detection", "relations", "claim_clusters", "alignments")

Tables = dict[str, pl.DataFrame]


@cache
def every_table() -> Tables:
    parts = tabulate(Folder(EVERY_TABLE), Kept(measure=False, tables=True)).tables
    configs = dict.fromkeys(config for config, _ in parts)
    return {config: pl.concat([frame for (name, _), frame in parts.items() if name == config]) for config in configs}


def apart(tables: Tables, ids: list[str]) -> tuple[list[Tables], Tables]:
    """The rows of each document, and those that join documents."""
    single = {config: frame for config, frame in tables.items() if config not in JOINING}
    shards = [
        {config: part for config, frame in single.items() if (part := frame.filter(document_id=document_id)).height}
        for document_id in ids
    ]
    return shards, {config: frame for config, frame in tables.items() if config in JOINING}


def in_parts(tables: Tables, ids: list[str]) -> list[Finding]:
    shards, joining = apart(tables, ids)
    summaries = [keys(shard, ids) for shard in shards]
    elsewhere = {
        config: pl.concat([each[config] for each in summaries if config in each])
        for config in ("documents", "ner", "claims")
        if any(config in each for each in summaries)
    }
    found = [finding for shard in shards for finding in check_references(shard)]
    return sorted([*found, *check_references(joining, elsewhere)])


@st.composite
def broken(draw: st.DrawFn, within: bool) -> Tables:
    """The tables with some rows gone, twice, or with a value of another row: of the same document, or of any."""
    tables = dict(every_table())
    for _ in range(draw(st.integers(0, 3))):
        config = draw(st.sampled_from([each for each in BREAKABLE if tables[each].height]))
        frame = tables[config].with_row_index("place")
        row = draw(st.integers(0, frame.height - 1))
        alike = frame.filter(document_id=frame["document_id"][row]) if within and "document_id" in frame.columns else frame
        other = draw(st.sampled_from(alike["place"].to_list()))
        how = draw(st.sampled_from(["gone", "twice", *(name for name in tables[config].columns if name != "document_id")]))
        tables[config] = _changed(tables[config], row, how, other)
    return tables


def _changed(frame: pl.DataFrame, row: int, how: str, other: int) -> pl.DataFrame:
    if how in frame.columns:
        values = frame[how].to_list()
        values[row] = values[other]
        return frame.with_columns(pl.Series(how, values, frame.schema[how]))
    return pl.concat([frame, frame[row]]) if how == "twice" else pl.concat([frame[:row], frame[row + 1 :]])


def document_ids() -> list[str]:
    return every_table()["documents"]["document_id"].to_list()


@pytest.mark.slow
@settings(max_examples=40)
@given(broken(within=True))
def test_documents_one_by_one_have_the_findings_of_the_whole(tables: Tables) -> None:
    assert in_parts(tables, document_ids()) == sorted(check_references(tables))


@settings(max_examples=40)
@given(broken(within=False))
def test_what_is_wrong_between_documents_is_found_in_one_of_them(tables: Tables) -> None:
    """A reference into another document leads nowhere in its own; an id of another document does not begin as it should."""
    assert in_parts(tables, document_ids()) or not list(check_references(tables))


def test_what_is_right_as_a_whole_is_right_in_parts() -> None:
    tables = every_table()

    assert sorted(check_references(tables)) == []
    assert in_parts(tables, document_ids()) == []


@given(st.integers(0, 1000), st.sampled_from(["entities", "claims", "relations", "annotations"]))
def test_what_is_lost_from_a_shard_is_lost_from_the_whole(row: int, config: str) -> None:
    tables = dict(every_table())
    kept = held(tables)
    tables[config] = tables[config].filter(pl.int_range(pl.len()) != row % tables[config].height)
    shards, joining = apart(tables, document_ids())

    found = [
        *check_kept(sum(map(held, shards)), kept),
        *(finding for each in [*shards, joining] for finding in check_gold(each)),
    ]

    assert sorted(found) == sorted([*check_kept(held(tables), kept), *check_gold(tables)])


def test_an_id_that_is_not_its_documents_is_found() -> None:
    tables = every_table()
    claims = tables["claims"].with_columns(claim_id=pl.lit("x") + pl.col("claim_id"))[:1]
    (claim_id, document_id) = claims.select("claim_id", "document_id").row(0)

    found = [each.fact for each in check_references({**tables, "claims": claims})]

    assert f"The claim_id {claim_id} does not begin with {document_id}#." in found


@given(st.integers(-3, 9), st.integers(-3, 9), st.text(alphabet="O\u0301\U0001f600", max_size=8))
def test_a_slice_is_pythons_own_whatever_the_offsets(start: int, end: int, text: str) -> None:
    documents = pl.DataFrame({"document_id": ["a"], "text": [text]})
    row = {"mention_id": "a#1", "document_id": "a", "start": start, "end": end, "sentence_id": None, "nested_in": None}
    schema = {"sentence_id": pl.String, "nested_in": pl.String}

    right = pl.DataFrame([{**row, "text": text[start:end]}], schema_overrides=schema)
    wrong = pl.DataFrame([{**row, "text": text[start:end] + "O"}], schema_overrides=schema)

    assert list(check_references({"documents": documents, "entities": right})) == []
    assert len(list(check_references({"documents": documents, "entities": wrong}))) == 1
