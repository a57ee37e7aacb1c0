"""Annotations as plain values, and whether a blind round was blind."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from variorum.annotations.blindness import check_blind
from variorum.annotations.export import RawTask
from variorum.annotations.review import Review, review
from variorum.annotations.work import Work, work_of
from variorum.folder import ExportFile
from variorum.schema.labels import read_labels

CORPUS = Path(__file__).parent.parent / "corpora" / "every-table"
LABELS, _ = read_labels((CORPUS / "schema" / "labels.yaml").read_bytes(), "labels.yaml")
TEXTS = {name: (CORPUS / "corpus" / "texts" / f"{name}.txt").read_text() for name in ("first", "second")}

Json = dict[str, Any]


def read(project: str, results: list[Json], annotator: str = "a1", **fields: Any) -> Review:
    export = ExportFile(Path("x"), f"{project}/{annotator}", project, "round1", annotator)
    data = {f"{side}_{key}": value for side in TEXTS for key, value in (("id", side), ("text", TEXTS[side]))}
    written = {"id": 1, "annotations": [{"id": 2, "result": results} | fields], "data": data}
    return review(TEXTS, [RawTask(export, msgspec.json.encode(written), 1)], LABELS)


def region(id_: str, side: str, words: str, label: str, kind: str = "claim", **fields: Any) -> Json:
    start = TEXTS[side].index(words)
    value = {"start": start, "end": start + len(words), "text": words, "labels": [label]}
    return {"id": id_, "from_name": f"{side}_{kind}", "to_name": side, "type": "labels", "value": value} | fields


def link(start: str, end: str, *labels: str, direction: str = "right") -> Json:
    return {"from_id": start, "to_id": end, "type": "relation", "direction": direction, "labels": list(labels)}


PAIR = [region("a", "first", "Nine people died", "CLAIM"), region("b", "second", "Many people died", "CLAIM")]


def work(project: str, results: list[Json]) -> Work:
    found = read(project, results)
    assert found.findings == []
    return work_of(found.reviewed[0], LABELS)


@pytest.mark.parametrize(
    ("drawn", "relation"),
    [
        (link("a", "b", "more_specific"), "more_specific"),
        (link("b", "a", "more_general"), "more_specific"),
        (link("b", "a", "more_specific", direction="left"), "more_specific"),
        (link("a", "b", "more_general", direction="left"), "more_specific"),
        (link("b", "a", "contradicts"), "contradicts"),
    ],
)
def test_a_pair_is_read_from_the_first_text_to_the_second_however_it_was_drawn(drawn: Json, relation: str) -> None:
    (found,) = work("claim_pairs", [*PAIR, drawn]).links["claim_pair"]

    assert (found.start.document_id, found.end.document_id, found.values) == ("first", "second", (("type", (relation,)),))


def test_what_was_marked_beforehand_is_no_work_and_every_layer_is_there() -> None:
    sentences = [
        region("f", "first", "Nine people died.", "SENTENCE", "sentence"),
        region("s", "second", "Many people died.", "SENTENCE", "sentence"),
    ]
    found = work("alignments", [*sentences, link("f", "s", "deletion", "partially_aligned", "lexical_paraphrase")])

    assert found.spans == {"factuality": ()}
    assert set(found.links) == {"alignment", "substitution"}
    (linked,) = found.links["alignment"]
    assert linked.values == (("type", ("partially_aligned",)), ("operation", ("lexical_paraphrase", "deletion")))


def blind(*reads: Review) -> list[str]:
    return [str(each.where) for each in check_blind(each for found in reads for each in found.reviewed)]


def test_the_same_random_id_at_the_same_place_was_copied() -> None:
    mine = region("aB3dE6gH9k", "first", "Nine", "substitution", "factuality")

    assert blind(read("alignments", [mine]), read("alignments", [mine], "a2")) == [
        "alignments/a2:1 task 1 annotation 2 region aB3dE6gH9k"
    ]


def test_what_both_were_given_or_named_by_hand_was_not_copied() -> None:
    given = region("aB3dE6gH9k", "first", "Nine", "substitution", "factuality", origin="prediction")
    named = region("m1", "first", "Nine", "substitution", "factuality")

    assert blind(read("alignments", [given, named]), read("alignments", [given, named], "a2")) == []


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"parent_annotation": 7}, True),
        ({"prediction": {"model_version": "12345678:annotator:a1"}}, True),
        ({"prediction": {"model_version": "12345678:lexical-3-0.1"}}, False),
        ({"prediction": 7, "parent_annotation": None}, False),
        ({"was_cancelled": True, "parent_annotation": 7}, False),
    ],
)
def test_an_annotation_that_began_as_another_s_is_told(fields: Json, told: bool) -> None:
    assert bool(blind(read("alignments", [], **fields))) is told
