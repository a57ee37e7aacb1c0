"""The layout of exports under annotations/."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from variorum.annotations.layout import laid_out

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
