"""What the page holds is what is published, and of what is not published, what could be read."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest
from tests.report.conftest import Explorer, Json

from variorum.report.gather import STORIES_AT_ONCE, _name


def read(hub: Path, config: str) -> pl.DataFrame:
    tables = [pl.from_arrow(pq.read_table(path)) for path in sorted((hub / config).glob("*.parquet"))]
    return pl.concat([each for each in tables if isinstance(each, pl.DataFrame)])


def gold(document: Json) -> Json:
    (found,) = [each for each in document["layers"] if each["is_gold"]]
    return dict(found)


def test_gold_is_that_of_the_published_tables(seeds: Explorer, hub: Path) -> None:
    for config, layer in (("entities", "mention"), ("claims", "claim")):
        published = {(row["document_id"], row["region_id"], row["start"], row["end"]) for row in read(hub, config).to_dicts()}

        held = {
            (each["id"], span["id"], span["start"], span["end"])
            for story in seeds.stories
            for each in story["documents"]
            for span in gold(each)["spans"]
            if span["layer"] == layer
        }

        assert held == published


def test_every_row_of_annotations_on_an_article_is_in_a_layer(seeds: Explorer, hub: Path) -> None:
    rows = read(hub, "annotations").filter(pl.col("project") == "documents")
    spans = rows.filter(pl.col("control").is_in(["entity_type", "claim"])).height
    relations = rows.filter(pl.col("result_type") == "relation").height

    layers = [layer for story in seeds.stories for each in story["documents"] for layer in each["layers"]]

    assert sum(len(layer["spans"]) for layer in layers) == spans
    assert sum(len(layer["relations"]) for layer in layers) == relations
    assert {layer["annotator"] for layer in layers} == {"gold", "a1", "a2", "a3", "a4", "a5"}


def test_clusters_alignments_and_decisions_are_all_there(seeds: Explorer, hub: Path) -> None:
    (story,) = seeds.stories

    assert sum(map(len, story["clusters"].values())) == read(hub, "claim_clusters").height
    assert {each["id"] for each in story["alignments"]} == set(read(hub, "alignments")["alignment_id"])
    assert {each["id"] for each in story["decisions"]} == set(read(hub, "decisions")["item_id"])


def test_the_index_counts_what_the_stories_hold(seeds: Explorer) -> None:
    (story,) = seeds.stories

    disputed = [each["task"].split("+") for each in story["decisions"] if each["rule"] != "unanimous"]
    assert any(len(task) > 1 for task in disputed)  # an item of a pair is one of both
    for each in seeds.index["documents"]:
        assert each["disputed"] == sum(each["id"] in task for task in disputed)
        assert each["level"] in each["labels"]
    labels = {label for each in seeds.index["documents"] for label in each["labels"]}
    assert {"claimer", "partially_aligned", "fusion", "substitution", "more_specific"} <= labels
    assert [each["mentions"] for each in seeds.index["documents"]] == [61, 38, 90]
    assert "unanimous" in seeds.index["documents"][0]["rules"]


@pytest.mark.parametrize(
    ("document_id", "together", "name"),
    [
        ("amazon__advanced", ["amazon__advanced", "amazon__elementary"], "advanced"),
        ("a-1-en", ["a-1-en", "a-22-en"], "1"),
        ("alone", ["alone"], "alone"),
        ("a", ["a", "a-b"], "a"),
    ],
)
def test_a_telling_of_unknown_role_has_what_sets_its_id_apart_for_a_name(
    document_id: str, together: list[str], name: str
) -> None:
    assert _name({"id": document_id, "title": None, "role": "other"}, together) == name
    assert _name({"id": document_id, "title": None, "role": "easy_text"}, together) == "easy text"
    assert _name({"id": document_id, "title": "A title", "role": "other"}, together) == "A title"


def test_a_document_with_an_error_is_drawn_as_far_as_it_was_read(tiny: Callable[[str], Explorer]) -> None:
    found = tiny("span-not-its-text")
    (finding,) = found.findings

    assert (finding["rule"], finding["document"], finding["region"]) == ("span-mismatch", "two", "m1")
    assert (finding["start"], finding["end"]) == (13, 19)
    (layer,) = found.document("two")["layers"]
    assert [each["rule"] for each in layer["rejected"]] == ["span-mismatch"]
    assert layer["spans"]
    assert not found.document("two")["is_built"]


def test_a_finding_in_the_catalogue_is_one_on_its_document(tiny: Callable[[str], Explorer]) -> None:
    (finding,) = tiny("catalogue-unknown-role").findings

    assert (finding["rule"], finding["document"]) == ("catalogue-unknown-role", "two")


def test_a_corpus_in_which_nothing_can_be_read_has_a_page_of_findings(tiny: Callable[[str], Explorer]) -> None:
    found = tiny("catalogue-missing")

    assert found.stories == []
    assert "catalogue-missing" in {each["rule"] for each in found.findings}


def test_stories_are_all_there_however_many_are_gathered_at_once(large: Explorer) -> None:
    held = [[each["id"] for each in story["documents"]] for story in large.stories]

    assert len(held) > STORIES_AT_ONCE
    assert large.index["stories"] == [story["id"] for story in large.stories]
    assert [(each["story"], each["id"]) for each in large.index["documents"]] == [
        (number, own) for number, documents in enumerate(held) for own in documents
    ]
    assert [own["id"] for story in large.stories for own in story["documents"] if own["layers"]] == ["one", "two"]
