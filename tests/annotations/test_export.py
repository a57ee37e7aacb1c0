"""Opening exports and cutting them into tasks."""

import gzip
import json
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from variorum.annotations.export import RawTask, read_export, refuse
from variorum.annotations.layout import laid_out
from variorum.findings import Finding
from variorum.folder import ExportFile, Folder

SCALARS = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(max_size=6)
TASKS = st.lists(
    st.dictionaries(
        st.text(max_size=4), st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3), max_leaves=4), max_size=4
    ),
    max_size=4,
)
TWO = [{"id": 1, "data": {"text": "a/b\n é😀"}}, {"id": 2, "data": {}}]


def opened(folder: Path, content: bytes, name: str = "a1.json") -> tuple[list[RawTask], list[Finding]]:
    path = folder / name
    path.write_bytes(content)
    stem = name.split(".", 1)[0]
    return read_export(ExportFile(path, f"annotations/documents/round1/{name}", "documents", "round1", stem))


def decoded(tasks: list[RawTask]) -> list[Any]:
    return [msgspec.json.decode(task.source) for task in tasks]


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(TWO).encode(),
        json.dumps(TWO, indent=2, ensure_ascii=False).encode(),
        json.dumps(TWO, separators=(",", ":")).replace("/", "\\/").encode(),
        b"\xef\xbb\xbf" + json.dumps(TWO).encode(),
        b"\n \r\n" + json.dumps(TWO, indent=1).replace("\n", "\r\n").encode() + b"\n\n",
        b"\n".join(json.dumps(task).encode() for task in TWO),
        b"\xef\xbb\xbf\n" + b"\r\n\r\n".join(json.dumps(task).encode() for task in TWO) + b"\r\n",
        laid_out(TWO),
    ],
    ids=["spaced", "pretty", "compact", "mark", "crlf", "lines", "lines-crlf", "laid-out"],
)
@pytest.mark.parametrize("packed", ["", ".gz", ".zst"])
def test_every_form_of_an_export_holds_the_same_tasks(tmp_path: Path, content: bytes, packed: str) -> None:
    if packed == ".gz":
        content = gzip.compress(content)
    elif packed == ".zst":
        content = bytes(pa.compress(content, codec="zstd", asbytes=True))

    tasks, findings = opened(tmp_path, content, "a1.json" + packed)

    assert decoded(tasks) == TWO
    assert findings == []


@given(tasks=TASKS, indent=st.sampled_from([None, 0, 2]))
def test_a_task_begins_on_the_line_where_it_is_written(
    tmp_path_factory: pytest.TempPathFactory, tasks: list[dict[str, Any]], indent: int | None
) -> None:
    content = json.dumps(tasks, indent=indent).encode()

    found, findings = opened(tmp_path_factory.mktemp("export"), content)

    assert (decoded(found), findings) == (tasks, [])
    for task in found:
        written = b"\n".join(content.split(b"\n")[task.line - 1 :])
        assert task.source in written
        assert task.source.startswith(b"{")
        assert task.source.split(b"\n")[0] in written.split(b"\n")[0]


def test_lines_are_counted_from_the_first_of_the_file_in_each_form(tmp_path: Path) -> None:
    pretty = b'\n[\n\n{"id": 1,\n"x": 2},\n\n{"id": 2}\n]\n'
    rows = b'\xef\xbb\xbf\n{"id": 1}\n\n{"id": 2}\n'

    assert [task.line for task in opened(tmp_path, pretty)[0]] == [4, 7]
    assert [task.line for task in opened(tmp_path, rows)[0]] == [2, 4]


def test_a_result_is_found_on_its_line_in_its_annotation(tmp_path: Path) -> None:
    region = {"id": "r", "from_name": "entity_type", "value": {}}
    relation = {"from_id": "r", "to_id": "s", "type": "relation"}
    annotations = [{"id": number, "result": [region, relation]} for number in (12, 2)]
    task = opened(tmp_path, laid_out([{"id": 7, "annotations": annotations}]))[0][0]

    assert [task.line_of(annotation, index) for annotation in ("12", "2") for index in (0, 1)] == [8, 9, 15, 16]
    assert [task.line_of("2", 2), task.line_of("3", 0)] == [2, 2]


def test_one_object_is_an_export_of_one_task(tmp_path: Path) -> None:
    tasks, findings = opened(tmp_path, b'{"id": 1}')

    assert (decoded(tasks), findings) == ([{"id": 1}], [])


@pytest.mark.parametrize(
    ("content", "place", "rule"),
    [
        (b"", ":1:1", "export-not-json"),
        (b"  \n\n x", ":3:2", "export-not-json"),
        (b"id,text\n1,a", ":1:1", "export-not-json"),
        (b'[{"id": 1}', ":1:11", "export-truncated"),
        (b'[\n{"id": 1},\n{"id', ":3:5", "export-truncated"),
        (b'[\n{"id": 1},\n{"id" 2}]', ":3:7", "export-not-json"),
        (b'{"id": 1}\n{"id": \n{"id": 3}', ":2:8", "export-truncated"),
        (b'{"id": 1}\n{id: 2}\n{"id": 3}', ":2:2", "export-not-json"),
        (b"\xff\xfe[\x00", ":1:1", "export-not-json"),
    ],
)
def test_what_is_no_json_is_a_finding_at_its_place(tmp_path: Path, content: bytes, place: str, rule: str) -> None:
    _, findings = opened(tmp_path, content)

    assert [(str(each.where), each.rule) for each in findings] == [(f"annotations/documents/round1/a1.json{place}", rule)]


def test_the_sound_lines_of_a_broken_file_are_read(tmp_path: Path) -> None:
    tasks, _ = opened(tmp_path, b'{"id": 1}\n{"id": \n{"id": 3}')

    assert decoded(tasks) == [{"id": 1}, {"id": 3}]


@pytest.mark.parametrize("packed", [".gz", ".zst"])
@pytest.mark.parametrize("cut", [0, 1, 5, 20, -1, -4, -8])
def test_a_packed_file_that_is_cut_off_is_refused_whole(tmp_path: Path, packed: str, cut: int) -> None:
    content = b"\n".join(json.dumps({"id": number, "x": "y" * number}).encode() for number in range(50))
    whole = gzip.compress(content) if packed == ".gz" else bytes(pa.compress(content, codec="zstd", asbytes=True))

    tasks, findings = opened(tmp_path, whole[:cut], "a1.json" + packed)

    assert tasks == []
    assert [each.rule for each in findings] in (["export-unreadable"], ["export-not-json"])


@pytest.mark.parametrize("packed", [".gz", ".zst"])
def test_a_file_that_is_not_packed_as_its_name_says_is_refused(tmp_path: Path, packed: str) -> None:
    tasks, findings = opened(tmp_path, b'[{"id": 1}]', "a1.json" + packed)

    assert (tasks, [each.rule for each in findings]) == ([], ["export-unreadable"])


@pytest.mark.parametrize(
    ("content", "columns"),
    [
        (b'[{"data": {"text": "write to a@b.org"}}]', []),
        (b'[{"data": {"text": "a \\" b@c.org \\\\"}}]', []),
        (b'[{"value": {"text": ["see a@b.org"]}}]', []),
        (b'[{"user": "a@b.org"}]', [12]),
        (b'[{"data": {"text": "x"}, "user": "a@b.org"}]', [35]),
        (b'[{"user": "a@b.org", "data": {"text": "c@d.org"}, "by": "e@f.org"}]', [12]),
        (b'[{"user": "a@b"}]', []),
        (b'[{"data": {"text": "Lee:\\nann.lee@b.org"}}]', []),
        (b'[{"data": {"text": "a \\\\ \\u2014ann@b.org \\tc@d.org \\r\\ne@f.org"}}]', []),
        (b'[{"value": {"text": ["ok", "see a@b.org"]}}]', []),
        (b'[{"value": {"text": ["ok", "no"]}, "user": "a@b.org"}]', [45]),
        (b'[{"by": "x\\na@b.org"}]', [13]),
    ],
)
def test_addresses_outside_the_texts_are_findings(tmp_path: Path, content: bytes, columns: list[int]) -> None:
    _, findings = opened(tmp_path, content)

    assert [(each.rule, each.where.line, each.where.column) for each in findings] == [
        ("annotator-email", 1, column) for column in columns
    ]
    assert not any("@" in each.fact for each in findings)


def test_a_long_run_of_letters_is_searched_for_addresses_once(tmp_path: Path) -> None:
    tasks, findings = opened(tmp_path, b'[{"image": "' + b"A" * 1_000_000 + b'"}]')

    assert (len(tasks), findings) == (1, [])


@pytest.mark.parametrize(
    ("name", "rule"), [("ana@x.json", "annotator-email"), ("Ana Li.json", "annotator-name"), ("é.json", "annotator-name")]
)
def test_a_file_named_after_a_person_is_a_finding(tmp_path: Path, name: str, rule: str) -> None:
    assert [each.rule for each in opened(tmp_path, b"[]", name)[1]] == [rule]


@pytest.mark.parametrize(
    ("name", "head", "rule"),
    [
        ("a1.csv", b"id", "export-format"),
        ("a1.TSV", b"id", "export-format"),
        ("a1.conll", b"", "export-format"),
        ("a1.txt", b"-DOCSTART- -X- O\n", "export-format"),
        ("a1.zip", b"PK", "export-format"),
        ("a1.xml", b"<", "file-misplaced"),
        ("a1", b"[]", "file-misplaced"),
    ],
)
def test_formats_that_lose_annotations_are_refused_by_name(tmp_path: Path, name: str, head: bytes, rule: str) -> None:
    found = refuse(Folder(tmp_path), f"annotations/documents/round1/{name}", head)

    assert (found.rule, str(found.where)) == (rule, f"annotations/documents/round1/{name}")
