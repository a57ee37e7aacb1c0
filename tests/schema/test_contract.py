"""What is derived from the models: one declaration, four forms that agree."""

from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest
from datasets import Features

from variorum.dataset.validate_tables import check_references, to_frame, validated_frame
from variorum.hub.parquet import to_arrow, write_parquet
from variorum.schema.contract import arrow_schema, card_features, features, ner_tags, polars_schema, tables_yaml
from variorum.schema.labels import Labels, read_labels
from variorum.schema.tables import TABLES


@pytest.fixture(scope="module")
def labels(repository: Path) -> Labels:
    return read_labels((repository / "tests" / "corpora" / "good" / "schema" / "labels.yaml").read_bytes(), "labels.yaml")[0]


@pytest.mark.parametrize("config", TABLES)
def test_metadata_card_and_arrow_give_datasets_the_same_features(config: str, labels: Labels) -> None:
    model = TABLES[config]

    from_arrow = Features.from_arrow_schema(arrow_schema(model, labels))

    assert from_arrow == Features.from_dict(features(model, labels))
    assert from_arrow == Features._from_yaml_list(card_features(model, labels))


def test_bio_tags_follow_the_order_of_the_types(labels: Labels) -> None:
    assert ner_tags(labels)[:5] == ("O", "B-PERSON", "I-PERSON", "B-ORG", "I-ORG")


def test_every_column_is_described(labels: Labels) -> None:
    for text in tables_yaml(labels).values():
        assert "description: ''" not in text


def relation(**changes: object) -> dict[str, object]:
    names = ("project", "round", "annotator", "region_id", "relation_id", "document_id", "from_id", "to_id")
    ends = {"type": "claimer", "from_layer": "claim", "to_layer": "mention"}
    return {**dict.fromkeys(names, "x"), **ends, **changes}


def test_a_label_outside_its_inventory_breaks_the_contract(labels: Labels) -> None:
    findings = validated_frame(
        "relations", to_frame("relations", [relation(), relation(relation_id="y", type="owns")], labels), labels
    )

    assert [str(each).split(". ")[0] for each in findings] == [
        "relations: [table-invalid] Column type in row 1 fails one of claimer, part_of: 'owns'"
    ]


def test_a_missing_value_breaks_the_contract(labels: Labels) -> None:
    findings = validated_frame("relations", to_frame("relations", [relation(to_id=None)], labels), labels)

    assert [each.rule for each in findings] == ["table-invalid"]


def test_an_id_given_twice_breaks_the_contract(labels: Labels) -> None:
    findings = validated_frame("relations", to_frame("relations", [relation(), relation()], labels), labels)

    assert {each.rule for each in findings} == {"table-invalid"}


def test_a_reference_that_leads_nowhere_is_found() -> None:
    documents = pl.DataFrame({"document_id": ["a"], "text": ["Oslo"]})
    ner = pl.DataFrame({"sentence_id": ["a:s0"], "document_id": ["a"], "start": [0], "end": [4], "text": ["Oslo"]})

    assert list(check_references({"documents": documents, "ner": ner})) == []
    assert [each.fact for each in check_references({"documents": documents, "ner": ner, "claims": claim("b")})] == [
        "document_id 'b' is in no row of documents.",
        "sentence_ids 'b:s0' is in no row of ner.",
        "claimer_ids 'b#m1' is in no row of entities.",
    ]


def test_text_that_its_offsets_do_not_slice_is_found() -> None:
    documents = pl.DataFrame({"document_id": ["a"], "text": ["Oslo won"]})
    ner = pl.DataFrame({"sentence_id": ["a:s0"], "document_id": ["a"], "start": [1], "end": [5], "text": ["Oslo"]})

    assert [each.fact for each in check_references({"documents": documents, "ner": ner})] == [
        "The text at [1, 5) of a is not 'Oslo'."
    ]


def claim(document_id: str) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "claim_id": ["b#c1"],
            "document_id": [document_id],
            "sentence_ids": [["b:s0"]],
            "claimer_ids": [["b#m1"]],
            "start": [0],
            "end": [4],
            "text": ["Oslo"],
        }
    )


def test_closed_sets_nested_in_lists_and_structs_become_ids(labels: Labels) -> None:
    mention = {"mention_id": "a#m1", "start": 0, "end": 4, "type": "GPE"}
    row = {
        "sentence_id": "a:s0",
        "document_id": "a",
        "start": 0,
        "end": 9,
        "text": "Oslo won.",
        "tokens": ["Oslo", "won", "."],
        "token_starts": [0, 5, 8],
        "token_ends": [4, 8, 9],
        "ner_tags": ["B-GPE", "O", "O"],
        "mentions": [mention],
    }
    frame = pl.DataFrame([row, row | {"ner_tags": [], "mentions": []}], schema=polars_schema(TABLES["ner"], labels))

    table = to_arrow("ner", frame[1:].vstack(frame[:1]), labels)

    assert table["ner_tags"].to_pylist() == [[], [5, 0, 0]]
    assert table["mentions"].to_pylist() == [[], [mention | {"type": 2}]]


def test_a_name_that_is_not_in_its_set_is_never_written(labels: Labels) -> None:
    frame = pl.DataFrame([relation(type="owns")], schema=polars_schema(TABLES["relations"], labels))

    with pytest.raises(ValueError, match=r"\['owns'\] are not among claimer, part_of"):
        to_arrow("relations", frame, labels)


def test_an_empty_table_is_never_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="would be empty"):
        write_parquet(pa.table({"a": pa.array([], pa.int64())}), tmp_path / "train.parquet")
