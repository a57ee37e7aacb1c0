"""Tasks, annotations and results: each result ends kept or rejected."""

import copy
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from variorum.annotations.export import RawTask, read_export
from variorum.annotations.ladder import OffsetText, settle
from variorum.annotations.region_reader import read_regions
from variorum.annotations.regions import Regions, answers_of
from variorum.annotations.review import Review, review
from variorum.annotations.task import Result, read_task
from variorum.findings import Level, Where
from variorum.folder import ExportFile, Folder
from variorum.schema.labels import read_labels

GOOD = Folder(Path(__file__).parent.parent / "corpora" / "good")
LABELS, _ = read_labels(GOOD.labels.read_bytes(), "labels.yaml")
EXPORT = ExportFile(Path("a1.json"), "annotations/documents/round1/a1.json", "documents", "round1", "a1")
EXPORTS = Path(__file__).parent / "exports"
TEXT = "Oslo said the bridge is safe. 😀 Marie Curie moved to Paris."
ANSWERS = {"checkworthiness": "non_factual", "claim_type": "numerical", "attribution": "author", "modality": "asserted"}

Json = dict[str, Any]


def labels(region: str, start: Any, end: Any, label: str = "GPE", control: str = "entity_type", **value: Any) -> Json:
    value = {"start": start, "end": end, "labels": [label]} | value
    if "text" not in value and isinstance(start, int) and isinstance(end, int):
        value["text"] = TEXT[start:end]
    return {"id": region, "from_name": control, "to_name": "text", "type": "labels", "value": value}


def choices(region: str, control: str, *chosen: str, **value: Any) -> Json:
    return {"id": region, "from_name": control, "to_name": "text", "type": "choices", "value": {"choices": [*chosen], **value}}


def claim(region: str, start: int, end: int) -> list[Json]:
    answers = [choices(region, control, answer, start=start, end=end) for control, answer in ANSWERS.items()]
    return [labels(region, start, end, "CLAIM", "claim"), *answers]


def relation(source: str, target: str, type_: str = "claimer", direction: str = "right") -> Json:
    return {"from_id": source, "to_id": target, "type": "relation", "direction": direction, "labels": [type_]}


LEVEL = choices("d", "reading_level", "A2")


def task(*results: Any, **annotation: Any) -> RawTask:
    written = {"id": 21, "result": [*results], "was_cancelled": False} | annotation
    source = {"id": 1, "annotations": [written], "data": {"document_id": "one", "text": TEXT}}
    return RawTask(EXPORT, msgspec.json.encode(source), 1)


def read(*results: Any, **annotation: Any) -> Regions:
    return review({"one": TEXT}, [task(*results, **annotation)], LABELS).reviewed[0].regions


def rejections(*results: Any, **annotation: Any) -> list[str]:
    return [reading.rejected_by for reading in read(*results, **annotation).readings]


def test_regions_answers_relations_and_the_level_are_joined_by_their_ids() -> None:
    note = {
        "id": "c",
        "from_name": "note",
        "to_name": "text",
        "type": "textarea",
        "value": {"start": 10, "end": 28, "text": ["why?"]},
    }
    regions = read(labels("m", 0, 4), *claim("c", 10, 28), note, relation("c", "m"), LEVEL)

    assert regions.findings == []
    assert [(each.id, each.span.start, each.span.end, each.label) for each in regions.mentions] == [("m", 0, 4, "GPE")]
    assert [(each.id, each.attributes) for each in regions.claims] == [
        ("c", {name: (answer,) for name, answer in ANSWERS.items()})
    ]
    assert [(each.type, each.from_id, each.to_id) for each in regions.relations] == [("claimer", "c", "m")]
    assert regions.reading_level == "A2"
    assert regions.readings[6].labels == ("why?",)
    assert [reading.rejected_by for reading in regions.readings] == [""] * 9


def test_answers_may_stand_before_their_region() -> None:
    regions = read(*reversed(claim("c", 10, 28)), LEVEL)

    assert (regions.findings, [each.id for each in regions.claims]) == ([], ["c"])


def test_a_mention_and_a_claim_may_share_one_id_and_span() -> None:
    regions = read(labels("x", 10, 28, "ORG"), *claim("x", 10, 28), LEVEL)

    assert regions.findings == []
    assert [each.id for each in (*regions.mentions, *regions.claims)] == ["x", "x"]


@pytest.mark.parametrize(("direction", "ends"), [("right", ("c", "m")), ("left", ("m", "c"))])
def test_a_relation_that_points_left_is_turned_round(direction: str, ends: tuple[str, str]) -> None:
    written = relation(*ends, direction=direction)

    regions = read(labels("m", 0, 4), *claim("c", 10, 28), written, LEVEL)

    assert regions.findings == []
    assert [(each.from_id, each.to_id) for each in regions.relations] == [("c", "m")]


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        (relation("c", "m", direction="bi"), "relation-wrong-ends"),
        (relation("c", "m", direction="up"), "export-shape"),
        (relation("m", "c"), "relation-wrong-ends"),
        (relation("c", "c"), "claimer-not-mention"),
        (relation("c", "m", "likes"), "label-unknown"),
        (relation("c", "nobody"), "relation-dangling"),
        (relation("c", "m") | {"labels": []}, "relation-unlabelled"),
        (relation("c", "m") | {"labels": None}, "relation-unlabelled"),
        (relation("c", "m") | {"labels": ["claimer", "part_of"]}, "choice-not-single"),
        (relation("c", "m") | {"labels": [{"a": 1}]}, "label-unknown"),
    ],
)
def test_a_relation_that_its_type_does_not_allow_is_rejected(written: Json, rule: str) -> None:
    regions = read(labels("m", 0, 4), *claim("c", 10, 28), written, LEVEL)

    assert [each.rule for each in regions.findings] == [rule]
    assert regions.readings[6].rejected_by == rule
    assert regions.relations == []


def test_a_relation_drawn_twice_is_kept_once() -> None:
    regions = read(labels("m", 0, 4), *claim("c", 10, 28), relation("c", "m"), relation("m", "c", direction="left"), LEVEL)

    assert [each.rule for each in regions.findings] == ["relation-duplicate"]
    assert len(regions.relations) == 1


@pytest.mark.parametrize(
    ("result", "rule"),
    [
        (labels("m", 0, 4, "KING"), "label-unknown"),
        (labels("m", 0, 4, labels=[]), "label-missing"),
        (labels("m", 0, 4, labels=["GPE", "ORG"]), "choice-not-single"),
        (labels("m", 0, 4, labels=None), "export-shape"),
        (labels("m", 0, 4, labels=[1]), "export-shape"),
        (labels("m", "0", "4"), "offsets-not-integers"),
        (labels("m", 0.0, 4.0), "offsets-not-integers"),
        (labels("m", False, True), "offsets-not-integers"),
        (labels("m", None, None), "offsets-not-integers"),
        (labels("m", 4, 0), "offsets-reversed"),
        (labels("m", -1, 4), "offsets-out-of-range"),
        (labels("m", 0, 999, text="Oslo and much more"), "offsets-out-of-range"),
        (labels("m", 4, 4), "span-empty"),
        (labels("m", 4, 5), "span-empty"),
        (labels("m", 0, 4, text="Rome"), "span-mismatch"),
        (labels("m", "/p[1]", "/p[1]", startOffset=0, endOffset=4), "export-hypertext"),
        (labels("m", 0, 4, control="entity"), "control-unknown"),
        ({"id": "m", "from_name": "quality", "to_name": "text", "type": "rating", "value": {"rating": 4}}, "control-unknown"),
        ({"id": "m", "from_name": "size", "to_name": "text", "type": "number", "value": {"number": 4}}, "control-unknown"),
        (
            {"id": "m", "from_name": "kind", "to_name": "text", "type": "taxonomy", "value": {"taxonomy": [["a"]]}},
            "control-unknown",
        ),
        (
            {"id": "m", "from_name": "entity_type", "to_name": "text", "type": "rating", "value": {"rating": 4}},
            "control-unknown",
        ),
        (choices("m", "reading_level", "Z9"), "reading-level-unknown"),
        (choices("m", "modality", "asserted"), "attribute-astray"),
        (choices("m", "claim_type", "numerical", "numerical"), "choice-twice"),
        (choices("d", "reading_level", "B1"), "choice-twice"),
    ],
)
def test_a_result_that_breaks_a_rule_is_rejected_by_it_and_the_others_are_kept(result: Json, rule: str) -> None:
    regions = read(LEVEL, labels("n", 32, 43, "PERSON"), result)

    assert [reading.rejected_by for reading in regions.readings] == ["", "", rule]
    assert [(each.rule, each.where.region) for each in regions.findings] == [(rule, result["id"])]
    assert [each.id for each in regions.mentions] == ["n"]


def test_two_regions_of_one_id_collide() -> None:
    assert rejections(labels("m", 0, 4), labels("m", 53, 58), LEVEL) == ["", "region-id-collision", ""]


def test_answers_of_a_rejected_claim_are_rejected_with_it_by_one_finding() -> None:
    results = claim("c", 10, 28)
    results[0]["value"]["labels"] = ["KING"]

    regions = read(*results, LEVEL)

    assert [reading.rejected_by for reading in regions.readings] == ["label-unknown"] * 5 + [""]
    assert [each.rule for each in regions.findings] == ["label-unknown"]


def test_a_finished_claim_needs_each_of_its_attributes() -> None:
    assert [each.rule for each in read(*claim("c", 10, 28)[:-1], LEVEL).findings] == ["attribute-missing"]
    assert read(*claim("c", 10, 28)[:-1], LEVEL, was_cancelled=True).findings == []


def test_a_region_that_can_only_be_utf16_makes_the_others_utf16() -> None:
    regions = read(labels("m", 33, 44, "PERSON", text="Marie Curie"), labels("n", 54, 59, text="Paris"), LEVEL)

    assert [(each.span.start, each.span.end, each.span.rung) for each in regions.mentions] == [
        (32, 43, "utf16"),
        (53, 58, "utf16"),
    ]
    assert [(each.rule, each.where.region, each.fact.partition(": ")[2]) for each in regions.findings] == [
        ("repair-utf16", "m", "[33, 44) became [32, 43). So was 1 more region of the annotation.")
    ]


def test_a_region_without_text_beside_one_in_utf16_is_read_as_utf16() -> None:
    regions = read(labels("m", 33, 44, "PERSON", text="Marie Curie"), labels("n", 54, 59, text=None), LEVEL)

    assert [TEXT[each.span.start : each.span.end] for each in regions.mentions] == ["Marie Curie", "Paris"]


def test_offsets_count_into_the_text_of_the_task_where_its_line_ends_are_two_characters() -> None:
    frozen, annotated = "Oslo\nis a\ntown. Berlin is another.", "Oslo\r\nis a\ntown. Berlin is another."
    written = {"data": {"document_id": "one", "text": annotated}, "annotations": [{"id": 1, "result": [LEVEL]}]}
    for region, value in (("m", {"text": "Berlin"}), ("n", {})):
        written["annotations"][0]["result"].append(  # type: ignore[index]
            labels(region, 17, 23) | {"value": {"start": 17, "end": 23, "labels": ["GPE"], **value}}
        )

    found = review({"one": frozen}, [RawTask(EXPORT, msgspec.json.encode(written), 1)], LABELS).reviewed[0].regions.mentions

    assert [(frozen[each.span.start : each.span.end], each.span.rung) for each in found] == [
        ("Berlin", "crlf"),
        ("Berlin", "crlf"),
    ]


@pytest.mark.parametrize(
    ("changes", "state", "level"),
    [
        ({}, "submitted", Level.ERROR),
        ({"was_cancelled": True}, "skipped", Level.WARNING),
        ({"was_cancelled": None}, "submitted", Level.ERROR),
    ],
)
def test_what_is_wrong_with_skipped_work_is_a_warning(changes: Json, state: str, level: Level) -> None:
    read_ = review({"one": TEXT}, [task(LEVEL, labels("m", 0, 4, "KING"), 7, **changes)], LABELS)

    assert [each.annotation.state for each in read_.reviewed] == [state]
    assert [(each.rule, each.level) for each in read_.findings] == [("export-shape", level), ("label-unknown", level)]


def test_a_draft_is_read_and_what_is_wrong_with_it_is_a_warning() -> None:
    draft = {"id": 5, "result": [labels("m", 0, 4, "KING"), LEVEL]}
    source = {"annotations": [], "drafts": [7, draft], "data": {"document_id": "one", "text": TEXT}}

    read_ = review({"one": TEXT}, [RawTask(EXPORT, msgspec.json.encode(source), 1)], LABELS)

    assert [(each.annotation.id, each.annotation.state) for each in read_.reviewed] == [("5", "draft")]
    assert [(each.rule, each.level) for each in read_.findings] == [("label-unknown", Level.WARNING)]


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        ("[]", "export-shape"),
        ("1", "export-shape"),
        ("{}", "task-no-document"),
        ('{"data": []}', "task-no-document"),
        ('{"data": {"document_id": 1, "text": "a"}}', "task-no-document"),
        ('{"data": {"document_id": "", "text": "a"}}', "task-no-document"),
        ('{"data": {"document_id": "one"}}', "export-shape"),
        ('{"data": {"document_id": "one", "text": ["a"]}}', "export-shape"),
        ('{"id": 1, "annotation_id": 2, "text": "a"}', "export-json-min"),
    ],
)
def test_a_task_that_is_none_is_a_finding(source: str, rule: str) -> None:
    found, findings = read_task(RawTask(EXPORT, source.encode(), 3))

    assert (found, [(each.rule, each.where.line) for each in findings]) == (None, [(rule, 3)])


@pytest.mark.parametrize("written", [None, 7, "x", {"result": None}, {"id": 1}, {"result": {"0": 1}}])
def test_an_annotation_that_is_none_is_a_finding(written: Any) -> None:
    source = {"annotations": [written], "data": {"document_id": "one", "text": TEXT}}

    found, findings = read_task(RawTask(EXPORT, msgspec.json.encode(source), 1))

    assert found is not None
    assert (found.annotations, [each.rule for each in findings]) == ([], ["export-shape"])


@pytest.mark.parametrize(
    "result",
    [None, 1, "x", [], {}, {"type": "relation"}, {"type": "relation", "from_id": "a", "to_id": 1}]
    + [{key: value for key, value in LEVEL.items() if key != missing} for missing in ("id", "from_name", "type", "value")]
    + [LEVEL | {key: 7} for key in ("id", "from_name", "type", "value")],
)
def test_a_result_that_is_none_is_counted_as_rejected(result: Any) -> None:
    read_ = review({"one": TEXT}, [task(LEVEL, result)], LABELS)

    ledger = read_.ledgers[EXPORT.name]
    assert (ledger.results, ledger.rejections) == (2, Counter({"export-shape": 1}))
    assert [(each.rule, each.where.annotation) for each in read_.findings] == [("export-shape", "21")]


VALUES = st.recursive(
    st.sampled_from(
        [None, True, 0, 4, 10, 28, -1, 999, 2**70, 1.5, "", "m", "c", "Oslo", "GPE", "CLAIM", "A2", "numerical", "left"]
    )
    | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["start", "end", "text"]), inner, max_size=3),
    max_leaves=4,
)
KEYS = st.sampled_from(["id", "from_name", "type", "value", "from_id", "to_id", "labels", "direction"])
PARTS = st.sampled_from(["start", "end", "text", "labels", "choices", "startOffset"])
WHOLE = [labels("m", 0, 4), *claim("c", 10, 28), labels("n", 32, 43, "PERSON"), relation("c", "m"), LEVEL]


@st.composite
def annotations(draw: st.DrawFn) -> list[Any]:
    """The results of a sound annotation, some left out, doubled or changed anywhere, or anything at all."""
    results: list[Any] = copy.deepcopy(draw(st.lists(st.sampled_from(WHOLE), max_size=10)))
    for result in results:
        if draw(st.integers(0, 3)) == 0:
            result[draw(KEYS)] = draw(VALUES)
        if draw(st.integers(0, 3)) == 0 and isinstance(result.get("value"), dict):
            result["value"][draw(PARTS)] = draw(VALUES)
    return results + draw(st.lists(VALUES, max_size=1))


@given(annotations(), st.booleans())
def test_every_result_of_any_annotation_ends_kept_or_rejected(results: list[Any], skipped: bool) -> None:
    read_: Review = review({"one": TEXT}, [task(*results, was_cancelled=skipped)], LABELS)

    (each,) = read_.reviewed
    regions, ledger = each.regions, read_.ledgers[EXPORT.name]
    kept = [reading for reading in regions.readings if not reading.rejected_by]
    assert len(regions.readings) == len(each.annotation.results)
    assert ledger.results == len(results) == len(kept) + sum(ledger.rejections.values())
    owners = [reading for reading in kept if reading.result.type == "labels"]
    assert len(owners) == len(regions.mentions) + len(regions.claims)
    assert len([reading for reading in kept if reading.result.type == "relation"]) == len(regions.relations)
    assert len(kept) == len(regions.readings) or read_.findings != []
    assert {each.level for each in read_.findings} <= {Level.WARNING, Level.NOTE} or not skipped
    for region in (*regions.mentions, *regions.claims):
        slice_ = TEXT[region.span.start : region.span.end]
        assert slice_ == slice_.strip() != ""


@pytest.mark.parametrize("path", sorted(EXPORTS.glob("*.json")), ids=lambda path: path.name.split(".")[0])
def test_an_export_of_another_project_is_refused_with_a_place_and_nothing_is_lost(path: Path) -> None:
    export = ExportFile(path, f"annotations/documents/round1/{path.name}", "documents", "round1", "a1")
    raws, findings = read_export(export)
    written = msgspec.json.decode(path.read_bytes())
    users = {annotation["completed_by"] for task_ in written for annotation in task_["annotations"]} - {None}
    assert [each.rule for each in findings] == ["annotator-several"] * (len(users) > 1)
    assert len(raws) == len(written)

    for raw, task_ in zip(raws, written, strict=True):
        found, faults = read_task(raw)
        assert (found, [(each.rule, each.where.task) for each in faults]) == (None, [("task-no-document", str(task_["id"]))])
        text = task_["data"].get("text", "")
        task_["data"] |= {"document_id": "one", "text": text}
        results = [annotation["result"] for annotation in (*task_["annotations"], *task_["drafts"])]
        read_ = review({"one": text}, [RawTask(export, msgspec.json.encode(task_), raw.line)], LABELS)
        ledger = read_.ledgers[export.name]
        assert ledger.results == sum(map(len, results))
        kept = [reading for each in read_.reviewed for reading in each.regions.readings if not reading.rejected_by]
        assert ledger.results == len(kept) + sum(ledger.rejections.values())
        assert {reading.result.control for reading in kept} <= {"claim", "note"}  # names that our config has too
        assert {each.where.file for each in read_.findings} <= {export.name}
        assert bool(ledger.results) <= bool(read_.findings)


def plain_regions() -> list[tuple[str, str, int, int, str | None]]:
    """Every region of plain text in the exports that Label Studio's own editor made offsets for."""
    found = []
    for path in sorted(EXPORTS.glob("*.json")):
        for task_ in msgspec.json.decode(path.read_bytes()):
            for annotation in task_["annotations"]:
                for result in annotation["result"]:
                    value = result.get("value", {})
                    made = (
                        result.get("type") == "labels" and result.get("origin") == "manual" and isinstance(value["start"], int)
                    )
                    if made and "text" in task_["data"]:
                        text = task_["data"]["text"]
                        found.append((f"{path.name} {result['id']}", text, value["start"], value["end"], value.get("text")))
    return found


def test_regions_marked_in_the_editor_settle_where_it_marked_them() -> None:
    rungs: Counter[str] = Counter()
    for name, text, start, end, quoted in plain_regions():
        span = settle(OffsetText(text), start, end, quoted)
        assert span is not None, name
        assert text[start:end].strip() == text[span.start : span.end], name
        rungs[span.rung] += 1

    assert rungs == Counter({"exact": 48, "collapsed-blanks": 4, "edge-blanks": 1, "no-text": 1})


def test_read_regions_is_what_review_reads() -> None:
    found, _ = read_task(task(*WHOLE))
    assert found is not None

    regions = read_regions(found.annotations[0], {"text": ("one", OffsetText(TEXT))}, LABELS)

    assert [each.id for each in regions.mentions] == ["m", "n"]


@pytest.mark.parametrize(
    ("type_", "value", "answers"),
    [
        ("labels", {"labels": ["GPE"]}, ("GPE",)),
        ("choices", {"choices": ["A2", "B1"]}, ("A2", "B1")),
        ("textarea", {"text": ["a", "b"]}, ("a", "b")),
        ("textarea", {"text": "a"}, ("a",)),
        ("rating", {"rating": 4}, ("4",)),
        ("number", {"number": 2.5}, ("2.5",)),
        ("taxonomy", {"taxonomy": [["News", "World"], ["Sport"]]}, ("News/World", "Sport")),
        ("rating", {"rating": "four"}, None),
        ("choices", {"choices": [1]}, None),
        ("choices", {}, None),
    ],
)
def test_answers_of_every_type_are_read(type_: str, value: dict[str, object], answers: tuple[str, ...] | None) -> None:
    result = Result(0, "r", "x", type_, value, {}, RawTask(EXPORT, b"{}", 1), Where("a1.json"))

    assert answers_of(result) == answers


def test_answers_of_a_control_that_is_not_ours_are_kept_with_their_rejection() -> None:
    written = {"id": "q", "from_name": "quality", "to_name": "text", "type": "rating", "value": {"rating": 4}}

    (reading,) = [each for each in read(written, LEVEL).readings if each.result.control == "quality"]

    assert (reading.labels, reading.rejected_by) == (("4",), "control-unknown")
