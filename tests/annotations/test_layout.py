"""The layout of exports under annotations/."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from variorum.annotations.layout import joined, laid_out, laid_out_task, normalised

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
RESULTS = st.lists(st.dictionaries(st.sampled_from(["id", "value", "type", "result"]), VALUES, max_size=3), max_size=3)
ANNOTATIONS = st.lists(st.fixed_dictionaries({"id": st.integers(0, 9)}, optional={"result": RESULTS, "x": VALUES}), max_size=3)
TASKS = st.lists(
    st.fixed_dictionaries(
        {"id": st.integers(0, 99), "data": st.fixed_dictionaries({"document_id": st.text(max_size=3)})},
        optional={"annotations": ANNOTATIONS, "drafts": ANNOTATIONS, "predictions": VALUES, "x": VALUES},
    ),
    max_size=4,
)


@given(TASKS)
def test_nothing_is_lost(tasks: list[dict[str, Any]]) -> None:
    written = msgspec.json.decode(laid_out(tasks))

    assert sorted(written, key=repr) == sorted(tasks, key=repr)


@given(TASKS)
def test_laying_out_twice_changes_nothing(tasks: list[dict[str, Any]]) -> None:
    once = laid_out(tasks)

    assert laid_out(msgspec.json.decode(once)) == once


@given(TASKS)
def test_tasks_stand_in_the_order_of_their_documents(tasks: list[dict[str, Any]]) -> None:
    written = msgspec.json.decode(laid_out(tasks))

    assert [task["data"]["document_id"] for task in written] == sorted(task["data"]["document_id"] for task in tasks)


def test_a_result_has_a_line_of_its_own() -> None:
    result = {"id": "m", "value": {"start": 0, "labels": ["GPE"]}}
    task = {"id": 1, "annotations": [{"id": 2, "result": [result, result]}], "drafts": [], "data": {"document_id": "é"}}

    assert laid_out([task]).decode() == (
        "[\n"
        " {\n"
        '  "id": 1,\n'
        '  "annotations": [\n'
        "   {\n"
        '    "id": 2,\n'
        '    "result": [\n'
        '     {"id": "m", "value": {"start": 0, "labels": ["GPE"]}},\n'
        '     {"id": "m", "value": {"start": 0, "labels": ["GPE"]}}\n'
        "    ]\n"
        "   }\n"
        "  ],\n"
        '  "drafts": [],\n'
        '  "data": {"document_id": "é"}\n'
        " }\n"
        "]\n"
    )


def test_no_tasks_are_an_empty_array() -> None:
    assert laid_out([]) == b"[]\n"


def test_a_task_is_kept_without_people_or_the_hour_and_in_a_stable_order() -> None:
    claim = {"start": 4, "end": 9, "text": "x", "labels": ["CLAIM"]}
    exported = {
        "id": 1,
        "updated_by": {"id": 7, "email": "ann@news.example"},
        "annotations": [
            {
                "id": 12,
                "completed_by": {"id": 7, "email": "ann@news.example", "first_name": "Ann"},
                "created_ago": "13 minutes",
                "prediction": {"id": 3, "created_ago": "1 day", "result": [{"value": {"end": 9, "start": 4}, "id": "c"}]},
                "result": [
                    {"type": "relation", "to_id": "b", "from_id": "a", "direction": "right"},
                    {"value": {"choices": ["B1"]}, "id": "level", "type": "choices", "from_name": "reading_level"},
                    {"value": claim | {"labels": []}, "id": "a", "type": "choices", "from_name": "attribution"},
                    {"value": claim, "id": "a", "type": "labels", "from_name": "claim"},
                    {"value": {"text": "y", "end": 3, "start": 0}, "id": "b", "type": "labels", "from_name": "entity_type"},
                ],
            },
            {"id": 2, "result": "garbage"},
        ],
        "drafts": [{"id": 5, "user": "ann@news.example", "created_username": "ann@news.example, 7", "result": []}],
        "data": {"text": "abc", "document_id": "one"},
    }

    kept = normalised(exported)

    assert "ann" not in str(kept).replace("annotations", "").replace("relation", "")
    assert kept["updated_by"] == kept["annotations"][1]["completed_by"] == 7
    assert [each["id"] for each in kept["annotations"]] == [2, 12]
    assert [each.get("from_name", "relation") for each in kept["annotations"][1]["result"]] == [
        "entity_type",
        "claim",
        "attribution",
        "reading_level",
        "relation",
    ]
    assert list(kept["annotations"][1]["result"][0]) == ["id", "from_name", "type", "value"]
    assert list(kept["annotations"][1]["result"][0]["value"]) == ["start", "end", "text"]
    assert "created_ago" not in str(kept)
    assert list(kept["data"]) == ["document_id", "text"]
    assert laid_out([normalised(kept)]) == laid_out([kept])


def test_a_file_is_its_tasks_joined() -> None:
    tasks = [{"id": number, "annotations": [], "data": {"document_id": str(number)}} for number in range(3)]

    assert joined([laid_out_task(task) for task in tasks]) == laid_out(tasks)
    assert joined([]) == laid_out([]) == b"[]\n"
