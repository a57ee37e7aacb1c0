"""Regions as rows."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.corpus.reference import read_catalogue

from variorum.annotations.export import RawTask, read_export
from variorum.annotations.ladder import Span
from variorum.annotations.regions import Region
from variorum.annotations.review import Reviewed, review
from variorum.annotations.task import Result
from variorum.dataset import rows
from variorum.dataset.rows import View, bio_tags, in_inventory_order
from variorum.dataset.segmentation import Segmentation, segment
from variorum.findings import Where
from variorum.folder import Folder
from variorum.schema.labels import read_labels

GOOD = Folder(Path(__file__).parent.parent / "corpora" / "good")
LABELS, _ = read_labels(GOOD.labels.read_bytes(), "labels.yaml")
EXPORT = GOOD.export_file(GOOD.annotations / "documents" / "round1" / "a1.json")
assert EXPORT is not None
TASKS, _ = read_export(EXPORT)
DOCUMENTS = [entry.document for entry in read_catalogue(GOOD.catalogue.read_bytes(), "")[0]]


def view(index: int, **changes: Any) -> View:
    document = msgspec.structs.replace(DOCUMENTS[index], **changes)
    text = GOOD.text(document.document_id).read_text(encoding="utf-8")
    return View(document, text, segment(text), LABELS, {"project": "documents", "round": "round1", "annotator": "a1"})


def gold(index: int, task: RawTask | None = None) -> Reviewed:
    read = review({view(index).id: view(index).text}, [task or TASKS[index]], LABELS)
    return read.reviewed[0]


def mention(region_id: str, start: int, end: int, label: str) -> Region:
    result = Result(0, region_id, "entity_type", "labels", {}, {}, TASKS[0], Where("a1.json"))
    return Region(region_id, "mention", Span(start, end, "exact"), label, {}, result)


def tags(text: str, *mentions: tuple[int, int, str]) -> list[str]:
    return bio_tags(segment(text), [mention(f"r{index}", *each) for index, each in enumerate(mentions)])


def test_a_mention_of_several_tokens_begins_with_b_and_goes_on_with_i() -> None:
    assert tags("In New York, Ana", (3, 11, "GPE"), (13, 16, "PER")) == ["O", "B-GPE", "I-GPE", "O", "B-PER"]


def test_mentions_that_touch_begin_anew() -> None:
    assert tags("Oslo Bergen", (0, 4, "GPE"), (5, 11, "GPE")) == ["B-GPE", "B-GPE"]


def test_of_nested_mentions_the_outermost_is_tagged() -> None:
    assert tags("Bank of England", (8, 15, "GPE"), (0, 15, "ORG")) == ["B-ORG", "I-ORG", "I-ORG"]


def test_a_token_that_a_mention_cuts_belongs_to_it() -> None:
    assert tags("Oslos Berlin-based", (0, 4, "GPE"), (6, 12, "GPE")) == ["B-GPE", "B-GPE", "O", "O"]


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 9)), max_size=6))
def test_tags_are_one_a_token_and_every_i_follows_its_own_label(spans: list[tuple[int, int]]) -> None:
    text = "ab cd. ef-gh 😀 ij kl"
    given_tags = tags(text, *((start, start + length, f"L{index}") for index, (start, length) in enumerate(spans)))

    assert len(given_tags) == len(segment(text).tokens)
    for before, tag in zip(["O", *given_tags], given_tags, strict=False):
        assert not tag.startswith("I-") or before in (tag, f"B-{tag[2:]}")


def test_a_mention_that_touches_no_token_is_no_tag() -> None:
    assert bio_tags(Segmentation([], [], [(0, 2), (4, 6)]), [mention("r", 2, 4, "GPE")]) == ["O", "O"]


def test_labels_stand_in_the_order_of_their_inventory() -> None:
    assert in_inventory_order(("numerical", "event_or_property"), LABELS["claim_type"].names) == [
        "event_or_property",
        "numerical",
    ]


def test_the_row_of_a_document_counts_what_gold_holds() -> None:
    row = rows.document(view(0, source_date="2023-11"), gold(0).regions)

    assert (row["mention_count"], row["claim_count"], row["reading_level"], row["source_date_precision"]) == (
        4,
        2,
        "A2",
        "month",
    )
    assert (row["character_count"], row["token_count"], len(row["sentences"])) == (65, 15, 2)


def test_a_document_without_gold_counts_nothing() -> None:
    row = rows.document(view(0), None)

    assert (row["mention_count"], row["claim_count"], row["reading_level"], row["source_date"]) == (0, 0, None, None)


def test_ner_has_a_row_a_sentence_with_its_tokens_and_tags() -> None:
    first, second = rows.ner(view(1), gold(1).regions)

    assert first["text"] == "Rain fell in Bergen for nine days."
    assert first["ner_tags"] == ["O", "O", "O", "B-GPE", "O", "B-DATE", "I-DATE", "O"]
    assert second["tokens"] == ["The", "Bank", "of", "England", "raised", "its", "rate", "."]
    assert second["token_starts"] == [35, 39, 44, 47, 55, 62, 66, 70]
    assert second["ner_tags"] == ["O", "B-ORG", "I-ORG", "I-ORG", "O", "O", "O", "O"]
    assert second["mentions"] == [
        {"mention_id": "two#m3", "start": 39, "end": 54, "type": "ORG"},
        {"mention_id": "two#m4", "start": 47, "end": 54, "type": "GPE"},
    ]


def test_entities_slice_their_text_and_know_what_they_are_nested_in() -> None:
    found = rows.entities(view(1), gold(1).regions)

    assert [(row["mention_id"], row["text"], row["nested_in"], row["sentence_id"]) for row in found] == [
        ("two#m1", "Bergen", None, "two:s0"),
        ("two#m2", "nine days", None, "two:s0"),
        ("two#m3", "Bank of England", None, "two:s1"),
        ("two#m4", "England", "two#m3", "two:s1"),
    ]


def test_claims_carry_their_attributes_and_claimers() -> None:
    first, second = rows.claims(view(0), gold(0).regions)

    assert (first["text"], first["attribution"], first["claimer_ids"]) == ("the bridge is safe", "indirect_speech", ["one#m1"])
    assert (second["claim_types"], second["claimer_ids"]) == (["event_or_property", "numerical"], [])


def test_a_sentence_has_the_most_check_worthy_label_of_its_claims_and_else_none() -> None:
    found = rows.claim_detection(view(1), gold(1).regions)

    assert [(row["label"], row["claim_ids"]) for row in found] == [("unimportant_factual", ["two#c1"]), ("no_claim", [])]


def test_relations_lead_from_region_to_region() -> None:
    (row,) = rows.relations(view(1), gold(1).regions)

    assert (row["relation_id"], row["from_id"], row["to_id"]) == ("two#m4-part_of-m3", "two#m4", "two#m3")


def test_annotations_have_a_row_a_result_kept_or_not() -> None:
    task = msgspec.json.decode(TASKS[0].source)
    task["annotations"][0]["result"][0]["value"]["labels"] = ["NOBODY"]
    read = gold(0, RawTask(TASKS[0].export, msgspec.json.encode(task), 1))

    found = list(rows.annotations({view(0).id: view(0)}, read, is_gold=True))

    assert [row["result_index"] for row in found] == list(range(16))
    assert [(row["region_id"], row["rejected_by"]) for row in found if row["rejected_by"]] == [
        ("m1", "label-unknown"),
        ("c1->m1", "relation-dangling"),
    ]
    assert (found[1]["text"], found[1]["repair"], found[1]["labels"]) == ("Marie Curie", "exact", ["PERSON"])
    assert msgspec.json.decode(found[1]["result_json"]) == task["annotations"][0]["result"][1]


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-11-01T08:05:00.000001Z", datetime(2026, 11, 1, 8, 5, 0, 1, tzinfo=UTC)),
        ("2026-11-01T08:05:00+02:00", datetime(2026, 11, 1, 6, 5, tzinfo=UTC)),
        ("2026-11-01T08:05:00", datetime(2026, 11, 1, 8, 5, tzinfo=UTC)),
        ("yesterday", None),
        ("0001-01-01T00:00:00+23:59", None),
        (None, None),
    ],
)
def test_the_moment_of_an_annotation_is_the_same_on_every_machine(
    monkeypatch: pytest.MonkeyPatch, written: str | None, moment: datetime | None
) -> None:
    import time

    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    task = msgspec.json.decode(TASKS[0].source)
    task["annotations"][0]["updated_at"] = written

    row = next(
        rows.annotations({view(0).id: view(0)}, gold(0, RawTask(TASKS[0].export, msgspec.json.encode(task), 1)), is_gold=True)
    )

    monkeypatch.undo()
    time.tzset()
    assert row["updated_at"] == moment
