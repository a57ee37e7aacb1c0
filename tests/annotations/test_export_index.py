"""Exports read in windows: the same tasks and findings as of a file held whole, from windows of any size."""

import gc
import gzip
import json
import re
import tracemalloc
from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from variorum.annotations.addresses import Addresses
from variorum.annotations.export import ExportReading, read_export, read_source
from variorum.annotations.export_index import ExportIndex, index_export
from variorum.annotations.frame import Record, Window, framed
from variorum.annotations.layout import laid_out
from variorum.annotations.task import key_of
from variorum.annotations.tasks import TaskPlace, Tasks, place_of
from variorum.annotations.utf8 import Utf8
from variorum.folder import ExportFile

WINDOWS = st.sampled_from([7, 64, 4096, 1 << 20])
EMAIL = re.compile(rb"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
ESCAPE = re.compile(rb'\\(?:u[0-9A-Fa-f]{4}|[bfnrt"\\/])')
TEXTS = st.sampled_from(
    ["", 'x]},{"id": 1}, [', 'a"b\\', "é😀", "me@x.org", "a\n b@c.org", "a:\nb@c.org", "text", "/"]
) | st.text(max_size=9)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "text", "user", "é"]), inner),
    max_leaves=6,
)
USERS = st.sampled_from([1, 1, 1, 2, None, "x", {"id": 3, "email": "q@w.de", "first_name": "X"}, {"id": 1}])
HEADS = st.fixed_dictionaries(
    {"document_id": st.sampled_from(["one", "zwölf", 5, ""]), "text": TEXTS},
    optional={"first_id": st.just("one"), "second_id": st.just("two")},
)
TASKS = st.fixed_dictionaries(
    {"id": st.integers(1, 9), "data": HEADS | VALUES, "meta": VALUES},
    optional={"annotations": st.lists(st.fixed_dictionaries({"completed_by": USERS, "result": VALUES}), max_size=2)},
)
PRINTED = rb'"text" "text":" " \ \n a@b.org a@b.co@d.org @ .org { } [ ] , },{ \ud83d - 1.5 tru null {}'
FRAGMENTS = st.sampled_from([*PRINTED.split(), b"\n", b"\r\n", b" ", b"\xc3\xa9", b"\xff", b"\xe2\x82", b"\x0b"])


def export(folder: Path, content: bytes, name: str = "a1.json", project: str = "documents") -> ExportFile:
    path = folder / name
    path.write_bytes(content)
    return ExportFile(path, f"annotations/{project}/round1/{name}", project, "round1", "a1")


def content_of(index: ExportIndex) -> list[tuple[bytes, int]]:
    places = [place_of(index.source, index.rows[number]) for number in range(len(index.rows))]
    return [(task.source, task.line) for task in map(TaskPlace.read, places)]


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """An export in any form and layout, whole or damaged."""
    tasks = draw(st.lists(TASKS | VALUES, max_size=4))
    ascii_only, indent = draw(st.booleans()), draw(st.sampled_from([None, 0, 2]))
    separators = draw(st.sampled_from([None, (",", ":")]))
    written = draw(st.sampled_from(["array", "lines", "one"]))
    if written == "lines":
        source = draw(st.sampled_from(["\n", "\n\n", "\n \n"])).join(
            json.dumps(each, ensure_ascii=ascii_only) for each in tasks
        )
    else:
        told: Any = tasks if written == "array" else draw(TASKS)
        source = json.dumps(told, ensure_ascii=ascii_only, indent=indent, separators=separators)
    content = draw(st.sampled_from([b"", b"\xef\xbb\xbf", b"\n \n"])) + source.encode("utf-8", "surrogatepass")
    content = content.replace(b"\n", b"\r\n") if draw(st.booleans()) else content
    for _ in range(draw(st.sampled_from([0, 0, 1, 2]))):
        at = draw(st.integers(0, len(content)))
        content = content[:at] + draw(FRAGMENTS | st.just(b"")) + content[at + draw(st.integers(0, 3)) :]
    return content


@given(content=files(), window=WINDOWS, project=st.sampled_from(["documents", "alignments"]))
@example(content=b'[{"a": 1}\n, 12, -1.5e3,"\\ud83d\\ude00",{"data":{"document_id":"x"}}]\n\n', window=7, project="documents")
@example(content=b'[{"text": "' + b"]},{" * 20_000 + b'"}, {"id": 2}]', window=64, project="documents")
@example(content=b"[01]", window=7, project="documents")
def test_a_window_of_any_size_finds_what_one_of_the_whole_file_does(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, window: int, project: str
) -> None:
    file = export(tmp_path_factory.mktemp("export"), content, project=project)
    tasks, findings = read_source(content, file)

    index = index_export(file, file.path.parent, window)

    assert content_of(index) == [(task.source, task.line) for task in tasks]
    assert index.findings == findings
    assert index.keys.to_pylist() == [key_of(task) for task in tasks]
    assert index.digest == sha256(content).hexdigest()


@given(content=files(), window=WINDOWS)
def test_an_array_is_what_msgspec_reads_of_the_whole_file(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, window: int
) -> None:
    """The tasks, and for what is no JSON whether it is cut off, are those of decoding everything at once."""
    index = index_export(export(tmp_path_factory.mktemp("export"), content), Path(), window)
    source = content.removeprefix(b"\xef\xbb\xbf")
    if not source.lstrip().startswith(b"["):
        return
    broken = [each.rule for each in index.findings if each.rule in ("export-truncated", "export-not-json")]

    tasks, expected = decoded(source)

    assert ([source for source, _ in content_of(index)], broken) == (tasks, expected)


def decoded(source: bytes) -> tuple[list[bytes], list[str]]:
    """The tasks of an array held whole, and the rule that it breaks."""
    try:
        source.decode()
        return [bytes(each) for each in msgspec.json.decode(source, type=list[msgspec.Raw])], []
    except UnicodeDecodeError:
        return [], ["export-not-json"]
    except msgspec.DecodeError as error:
        return [], ["export-truncated" if "truncated" in str(error) else "export-not-json"]


def test_msgspec_says_in_these_words_where_a_value_ends() -> None:
    """On these words, and on heads being told before them, rests the framing of arrays."""
    with pytest.raises(msgspec.DecodeError, match=r"^JSON is malformed: trailing characters \(byte 10\)$"):
        msgspec.json.decode(b'{"a": 1} , {"b": 2}', type=msgspec.Raw)
    with pytest.raises(msgspec.DecodeError, match=r"^Input data was truncated$"):
        msgspec.json.decode(b'{"a": "', type=msgspec.Raw)


def test_the_head_of_a_task_is_read_as_it_is_framed() -> None:
    """A struct is made before msgspec finds that more follows it; otherwise each head would be decoded once more."""
    content = b'[{"data": {"document_id": "one"}}, {"data": {"document_id": 1}}, {"data": {"document_id": "two"}}]'

    heads = [found.head for found in framed(Window(BytesIO(content), len)) if isinstance(found, Record)]

    assert [head and head.data.document_id for head in heads] == ["one", None, "two"]


def whole_file_addresses(source: bytes) -> Iterator[tuple[int, int, int]]:
    """Line, column and number of the addresses in each line, looked for with the whole line at hand."""
    for number, line in enumerate(source.split(b"\n"), start=1):
        unescaped = ESCAPE.sub(lambda escape: b"!" * len(escape[0]), line)
        starts = [match.start() for match in EMAIL.finditer(unescaped) if not is_in_text(line, match.start())]
        if starts:
            yield number, starts[0] + 1, len(starts)


def is_in_text(line: bytes, place: int) -> bool:
    key = max(line.rfind(b'"text":', 0, place), line.rfind(b'"text" :', 0, place))
    items = rb'(?:\[\s*(?:"(?:[^"\\]|\\.)*"\s*,\s*)*)?'
    return key >= 0 and re.fullmatch(rb'"text"\s*:\s*' + items + rb'"(?:[^"\\]|\\.)*', line[key:place]) is not None


@given(content=st.lists(FRAGMENTS, max_size=30).map(b"".join) | files(), size=st.integers(1, 40))
@example(content=b'[{"text": "' + b"\\\\" * 40 + b' a@b.org", "user": "c@d.org"}]', size=7)
def test_addresses_are_found_in_pieces_of_any_size(content: bytes, size: int) -> None:
    addresses = Addresses("a1.json")

    for start in range(0, len(content), size):
        addresses.feed(content[start : start + size])
    addresses.end()

    counts = [int(told[1]) if (told := re.match(r"(\d+)", each.fact)) else 1 for each in addresses.findings]
    found = [(each.where.line, each.where.column, n) for each, n in zip(addresses.findings, counts, strict=True)]
    assert found == list(whole_file_addresses(content))


@given(content=st.binary(max_size=40) | st.text(max_size=20).map(str.encode) | files(), size=st.integers(1, 9))
def test_a_byte_that_is_not_utf8_is_found_across_pieces(content: bytes, size: int) -> None:
    found = Utf8()

    for start in range(0, len(content), size):
        found.feed(content[start : start + size])
    found.end()

    try:
        content.decode()
        expected = -1
    except UnicodeDecodeError as error:
        expected = error.start
    assert found.place == expected
    assert expected < 0 or found.byte == content[expected]


@pytest.mark.parametrize("packed", [".gz", ".zst"])
def test_a_packed_export_is_unpacked_to_be_read_by_place(tmp_path: Path, packed: str) -> None:
    content = laid_out([{"id": number, "data": {"document_id": f"d{number}"}} for number in range(9)])
    written = gzip.compress(content) if packed == ".gz" else bytes(pa.compress(content, codec="zstd", asbytes=True))
    file = export(tmp_path, written, "a1.json" + packed)
    tasks, findings = read_export(file)

    index = index_export(file, tmp_path / "spool", 64)

    assert (content_of(index), index.findings) == ([(task.source, task.line) for task in tasks], findings)
    assert index.digest == sha256(written).hexdigest()
    assert index.path.read_bytes() == content


def test_a_packed_export_that_is_cut_off_has_one_finding(tmp_path: Path) -> None:
    file = export(tmp_path, gzip.compress(b"[]" * 50)[:-9], "a1.json.gz")

    index = index_export(file, tmp_path / "spool")

    assert (len(index.rows), index.findings) == (0, read_export(file)[1])


@given(places=st.lists(st.integers(0, 29)))
def test_tasks_are_read_in_any_order(tmp_path_factory: pytest.TempPathFactory, places: list[int]) -> None:
    folder = tmp_path_factory.mktemp("export")
    index = index_export(export(folder, json.dumps([{"id": n, "x": "y" * n * 5000} for n in range(30)]).encode()), folder)

    tasks = Tasks()
    tasks.add(index.source, [str(number) for number in range(30)], index.rows)
    found = tasks.read(map(str, places))

    assert {key: [msgspec.json.decode(task.source)["id"] for task in own] for key, own in found.items()} == {
        str(number): [number] for number in places
    }


def test_no_more_than_the_window_is_held(tmp_path: Path) -> None:
    """Reads grow with the largest record, not with the file."""
    sizes: list[int] = []
    content = b"[" + b",".join(b'{"id": %d, "x": "%s"}' % (n, b"y" * 100) for n in range(2000)) + b"]"

    reading = ExportReading(BytesIO(content), export(tmp_path, content), lambda piece: sizes.append(len(piece)), 256)

    assert len(list(reading)) == 2000
    assert max(sizes) == 256


def test_a_window_is_let_go_of_without_the_collector(tmp_path: Path) -> None:
    """Else memory would grow with the file until the collector came, as exceptions that are kept hold on to frames."""
    content = b"[" + b",".join(b'{"id": %d, "x": "%s"}' % (n, b"y" * 1000) for n in range(9000)) + b"]"
    reading = ExportReading(BytesIO(content), export(tmp_path, content), window=1 << 16)

    gc.disable()
    tracemalloc.start()
    try:
        for _ in reading:
            pass
        assert tracemalloc.get_traced_memory()[1] < 10 * (1 << 16)
    finally:
        tracemalloc.stop()
        gc.enable()
