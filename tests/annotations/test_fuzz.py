"""Whatever stands in the files, validation reports and does not raise."""

import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from variorum.annotations.export import read_export
from variorum.annotations.review import review
from variorum.annotations.task import read_task
from variorum.build import validate
from variorum.corpus.freeze import Freezing, freeze
from variorum.corpus.settings import DEFAULTS, read_settings
from variorum.corpus.splits import draw_split
from variorum.findings import failed
from variorum.folder import Folder
from variorum.schema.labels import read_labels
from variorum.shards import Kept
from variorum.tabulate import tabulate

GOOD = Folder(Path(__file__).parent.parent / "corpora" / "good")
EXPORT = GOOD.annotations / "documents" / "round1" / "a1.json"
SOURCE = EXPORT.read_bytes()
TASKS = msgspec.json.decode(SOURCE)
LABELS, _ = read_labels(GOOD.labels.read_bytes(), "labels.yaml")
TEXTS = {task["data"]["document_id"]: task["data"]["text"] for task in TASKS}

JSON = st.recursive(
    st.sampled_from(
        [None, True, False, 0, 1, -1, 28, 2**31, 2**63, 2**64, -(2**70), 1e300, 0.5, "", "one", "GPE", "right", "c1"]
    )
    | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3) | st.just("id"), inner, max_size=3),
    max_leaves=5,
)


def paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(path for key, each in inner for path in paths(each, (*at, key)))]


PATHS = [path for path in paths(TASKS) if path]


def holder(value: Any, path: tuple[Any, ...]) -> Any:
    """What holds the last step of a path, as far as the path still leads anywhere."""
    for step in path[:-1]:
        value = value[step]
    return value


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """The good export with up to three values changed, taken out or swapped for others of the file."""
    tasks = msgspec.json.decode(SOURCE)
    for path in draw(st.lists(st.sampled_from(PATHS), min_size=1, max_size=3)):
        try:
            place = holder(tasks, path)
            match draw(st.sampled_from(["put", "remove", "swap"])):
                case "put":
                    place[path[-1]] = draw(JSON)
                case "remove":
                    del place[path[-1]]
                case _:
                    other = draw(st.sampled_from(PATHS))
                    place[path[-1]] = msgspec.json.decode(msgspec.json.encode(holder(TASKS, other)[other[-1]]))
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took the place away
    return msgspec.json.encode(tasks)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """The good export cut off at any byte, or with some bytes changed."""
    source = bytearray(SOURCE[: draw(st.just(len(SOURCE)) | st.integers(0, len(SOURCE)))])
    for _ in range(draw(st.integers(0, 3)) if source else 0):
        source[draw(st.integers(0, len(source) - 1))] = draw(st.integers(0, 255))
    return bytes(source)


FILES = mutated() | damaged() | st.binary(max_size=60) | JSON.map(msgspec.json.encode)


def validated(write: Callable[[Folder], object]) -> list[str]:
    """The rules that a copy of the good corpus breaks after something was written into it."""
    with TemporaryDirectory() as place:
        folder = Folder(Path(shutil.copytree(GOOD.root, Path(place) / "good")))
        write(folder)
        return [each.rule for each in validate(folder)]


@settings(max_examples=250)
@given(FILES)
def test_no_export_makes_reading_raise_and_no_result_is_lost(content: bytes) -> None:
    with TemporaryDirectory() as place:
        path = Path(place) / "annotations" / "documents" / "round1" / "a1.json"
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
        export = Folder(Path(place)).export_file(path)
        assert export is not None
        raws, findings = read_export(export)
    for raw in raws:
        task, faults = read_task(raw)
        assert (task is None) <= bool(faults)
        if task:
            read = review({task.key: TEXTS.get(task.key, "")}, [raw], LABELS)
            kept = [each for one in read.reviewed for each in one.regions.readings if not each.rejected_by]
            results = sum(ledger.results for ledger in read.ledgers.values())
            rejected = sum(sum(ledger.rejections.values()) for ledger in read.ledgers.values())
            assert results == len(kept) + rejected
            findings += read.findings
        findings += faults
    assert all(str(each).encode() for each in findings)


def exported_results(content: bytes) -> int:
    return sum(
        len(annotation["result"])
        for task in msgspec.json.decode(content)
        for key in ("annotations", "drafts")
        for annotation in task.get(key) or []
        if isinstance(annotation, dict)
    )


@pytest.mark.slow
@settings(max_examples=40)
@given(mutated())
def test_a_corpus_with_a_changed_export_is_refused_or_holds_every_result(content: bytes) -> None:
    with TemporaryDirectory() as place:
        folder = Folder(Path(shutil.copytree(GOOD.root, Path(place) / "good")))
        (folder.annotations / "documents" / "round1" / "a1.json").write_bytes(content)
        built = tabulate(folder, Kept(measure=False, tables=True))

    if not failed(built.findings):
        assert sum(ledger.results for ledger in built.ledgers.values()) == exported_results(content)
        assert sum(frame.height for (config, _), frame in built.tables.items() if config == "annotations") <= exported_results(
            content
        )


@settings(max_examples=15)
@given(damaged() | st.binary(max_size=60))
def test_no_bytes_in_an_export_make_validation_raise(content: bytes) -> None:
    assert validated(lambda folder: (folder.annotations / "documents" / "round1" / "a1.json").write_bytes(content)) is not None


@st.composite
def spoilt(draw: st.DrawFn, source: bytes) -> bytes:
    """A file with one stretch replaced by other bytes, or by bytes of its own."""
    start = draw(st.integers(0, len(source)))
    end = draw(st.integers(start, min(start + 40, len(source))))
    at = draw(st.integers(0, len(source)))
    pieces = [
        b"",
        b"\x00",
        b"\xff",
        b"{",
        b"- ",
        b": ",
        b"\n",
        b'"',
        b"&a [*a]",
        b"!!bool x",
        b"'\\ud800'",
        b'"\\ud800"',
        b"null",
    ]
    return source[:start] + draw(st.binary(max_size=6) | st.sampled_from([*pieces, source[at : at + 30]])) + source[end:]


@settings(max_examples=80)
@given(spoilt(GOOD.settings.read_bytes()) | st.binary(max_size=40), st.text())
def test_no_settings_raise_and_all_draw_a_split(source: bytes, story: str) -> None:
    found, findings = read_settings(source, "corpus.yaml")

    assert draw_split(story, found) in ("train", "validation", "test")
    assert findings != [] or found != DEFAULTS


@settings(max_examples=80)
@given(spoilt(GOOD.labels.read_bytes()) | st.binary(max_size=40))
def test_no_label_inventories_raise(source: bytes) -> None:
    labels, _ = read_labels(source, "labels.yaml")

    assert set(labels) >= set(LABELS)
    assert review(TEXTS, [], labels).findings == []


WRITTEN = {
    "corpus/corpus.yaml": GOOD.settings.read_bytes(),
    "corpus/catalogue.jsonl": GOOD.catalogue.read_bytes(),
    "schema/labels.yaml": GOOD.labels.read_bytes(),
    "seeds/one.txt": b"Oslo said the bridge is safe.",
    "corpus/texts/one.txt": b"Oslo said the bridge is safe.",
    "DATASET_CARD.md": b"---\nlicense: cc0-1.0\n---\n# Card\n<!-- generated:rows -->\n<!-- /generated -->\n",
}


@pytest.mark.parametrize("name", sorted(WRITTEN))
def test_no_bytes_in_what_people_write_make_validation_raise(name: str) -> None:
    @settings(max_examples=8)
    @given(spoilt(WRITTEN[name]) | st.binary(max_size=40))
    def no_bytes_raise(content: bytes) -> None:
        assert validated(lambda folder: (folder.root / name).write_bytes(content)) is not None

    no_bytes_raise()


def replace(name: str, old: bytes, new: bytes) -> Callable[[Folder], object]:
    def write(folder: Folder) -> object:
        source = (folder.root / name).read_bytes()
        assert old in source
        return (folder.root / name).write_bytes(source.replace(old, new))

    return write


@pytest.mark.parametrize(
    ("name", "old", "new", "rule"),
    [
        ("corpus/corpus.yaml", b"1.0.0", b"!!bool x", "settings-malformed"),
        ("corpus/corpus.yaml", b"1.0.0", b'!!int ""', "settings-malformed"),
        ("corpus/corpus.yaml", b"1.0.0", b"!!timestamp x", "settings-malformed"),
        ("corpus/corpus.yaml", b"1.0.0", b'"\\UFFFFFFFF"', "settings-malformed"),
        ("corpus/corpus.yaml", b"1.0.0", b'"\\ud800"', "settings-malformed"),
        ("corpus/corpus.yaml", b"1.0.0", b"&a [*a]", "settings-malformed"),
        ("corpus/corpus.yaml", b"train: 1", b"train: .nan", "settings-malformed"),
        ("corpus/corpus.yaml", b"train: 1", b"train: .inf", "settings-malformed"),
        ("corpus/corpus.yaml", b"train: 1", b"train: 1" + b"0" * 400, "settings-malformed"),
        ("schema/labels.yaml", b"name: GPE", b"name: !!bool x", "labels-malformed"),
        ("schema/labels.yaml", b"name: GPE", b'name: "\\udc00"', "labels-malformed"),
        ("corpus/catalogue.jsonl", b'"source_date":null', b'"source_date":"2023-13"', "catalogue-malformed"),
        ("corpus/catalogue.jsonl", b'"document_id":"one"', b'"document_id":"/one"', "catalogue-malformed"),
        ("corpus/catalogue.jsonl", b'"document_id":"one"', b'"document_id":"' + b"o" * 5000 + b'"', "catalogue-malformed"),
        ("corpus/catalogue.jsonl", b'"split":"train"', b'"split":"dev"', "catalogue-unknown-split"),
        ("corpus/catalogue.jsonl", b'"role":"other"', b'"role":"poem"', "catalogue-unknown-role"),
        ("annotations/documents/round1/a1.json", b'"start": 0', b'"start": 1' + b"0" * 30, "offsets-reversed"),
        ("annotations/documents/round1/a1.json", b'"id": 11,', b'"id": 1' + b"1" * 4400 + b",", "export-shape"),
        (
            "annotations/documents/round1/a1.json",
            b'"data": {"document_id": "one"',
            b'"data": 1, "data": {"document_id": "one"',
            "export-shape",
        ),
    ],
)
def test_odd_values_are_findings(name: str, old: bytes, new: bytes, rule: str) -> None:
    rules = validated(replace(name, old, new))

    assert rule in rules


def test_an_answer_with_a_number_too_large_for_tables_is_kept_as_it_was_written() -> None:
    write = replace("annotations/documents/round1/a1.json", b'"choices": ["A2"]', b'"choices": ["A2"], "x": 1' + b"0" * 30)

    assert validated(write) == []


def test_an_inventory_without_labels_is_a_finding() -> None:
    def write(folder: Folder) -> object:
        replace("schema/labels.yaml", b"name: non_factual", b"name: other")(folder)
        found = folder.labels.read_bytes()
        start, end = found.index(b"checkworthiness:"), found.index(b"claim_type:")
        folder.labels.write_bytes(found[:start] + b"checkworthiness: {description: x, labels: []}\n" + found[end:])
        task = msgspec.json.encode(
            [TASKS[0] | {"annotations": [{"id": 1, "result": TASKS[0]["annotations"][0]["result"][-1:]}]}]
        )
        return (folder.annotations / "documents" / "round1" / "a1.json").write_bytes(task)

    assert "labels-malformed" in validated(write)


@settings(max_examples=30)
@given(spoilt(GOOD.catalogue.read_bytes()), st.binary(max_size=20))
def test_no_catalogue_and_no_seed_make_freeze_raise(catalogue: bytes, seed: bytes) -> None:
    with TemporaryDirectory() as place:
        folder = Folder(Path(shutil.copytree(GOOD.root, Path(place) / "good")))
        folder.catalogue.write_bytes(catalogue)
        (folder.seeds / "three.txt").write_bytes(seed)
        before = {path: path.read_bytes() for path in folder.root.rglob("*") if path.is_file()}

        done = freeze(Freezing(folder, DEFAULTS, {"one", "two"}))

        after = {path: path.read_bytes() for path in folder.root.rglob("*") if path.is_file()}
        assert failed(done.findings) <= (before == after)
