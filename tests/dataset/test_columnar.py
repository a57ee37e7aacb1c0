"""The fast way against the careful reader, which defines what is right: the same tables, findings, accounts and works."""

import gzip
import json
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.spoiled import spoil

from variorum.annotations.export import RawTask
from variorum.annotations.work import Work
from variorum.dataset.columnar.batch import Asked, build_batch
from variorum.dataset.shard import Shard, build_shard
from variorum.dataset.shard_document import ShardDocument
from variorum.folder import Folder
from variorum.inputs import read_inputs
from variorum.shards import Kept, plans_of

CORPORA = Path(__file__).parent.parent / "corpora"
EXPORTS = sorted(each for each in CORPORA.iterdir() if any((each / "annotations").rglob("*.json*")))
ODD: list[Any] = [None, True, 0, 1, -1, 5, 51, 56, 10**12, 1.5, "", "text", "Oslo", "GPE", "claim", [], ["GPE"], ["A2"], {}]

Json = dict[str, Any]


def shard_of(folder: Folder, measure: bool = False) -> Shard:
    """All documents of a corpus as one shard."""
    inputs = read_inputs(folder)  # kept, with what it unpacked, until all is read
    (plan,) = plans_of(inputs, Kept(measure=measure))
    return plan.shard(plan.read_texts())


def assert_same(shard: Shard) -> None:
    """Both ways to the same result; works that are compared with nothing lack their marks the fast way."""
    fast, careful = build_shard(shard), build_shard(shard, careful=True)
    assert sorted(fast.findings) == sorted(careful.findings)
    assert fast.ledgers == careful.ledgers
    assert fast.tables.keys() == careful.tables.keys()
    for place, frame in fast.tables.items():
        assert frame.schema == careful.tables[place].schema
        assert frame.rows() == careful.tables[place].rows(), place
    in_full = Counter(each.task for each in careful.works)
    assert len(fast.works) == len(careful.works)
    for ours, theirs in zip(fast.works, careful.works, strict=True):
        assert (
            ours == (theirs if in_full[ours.task] > 1 or ours.task in shard.asked.decided else _bare(theirs)) or ours == theirs
        )


def _bare(work: Work) -> Work:
    """A work without its marks."""
    return msgspec.structs.replace(work, spans=dict.fromkeys(work.spans, ()), links=dict.fromkeys(work.links, ()))


@pytest.mark.parametrize("before_gold", [False, True], ids=["gold", "before gold"])
@pytest.mark.parametrize("corpus", EXPORTS, ids=lambda path: path.name)
def test_both_ways_agree_on_every_tiny_corpus(corpus: Path, before_gold: bool) -> None:
    shard = shard_of(Folder(corpus))
    asked = replace(shard.asked, check_only=shard.asked.check_only or before_gold, before_gold=before_gold)
    assert_same(replace(shard, asked=asked))


def test_two_annotations_of_a_document_go_the_fast_way_before_there_is_gold(corpus: Callable[[str], Folder]) -> None:
    folder = corpus("curated-round")
    folder.gold("documents").path.unlink()
    folder.decisions("documents").unlink()
    shard = shard_of(folder)

    assert build_batch(shard.documents, Asked(shard.asked.labels)).left == [0]
    batch = build_batch(shard.documents, Asked(shard.asked.labels, check_only=True, before_gold=True))
    assert (batch.left, batch.findings, [each.annotator for each in batch.works[0]]) == ([], [], ["a1", "a2"])


def test_both_ways_agree_on_the_articles(repository: Path) -> None:
    assert_same(shard_of(Folder(repository), measure=True))


@pytest.mark.parametrize("most", [1, 2])
def test_how_documents_are_batched_changes_nothing(repository: Path, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    given = shard_of(Folder(repository), measure=True)
    at_once = build_shard(given)
    monkeypatch.setattr("variorum.dataset.shard.BATCH", most)

    in_batches = build_shard(given)

    assert len(given.documents) == 3
    assert list(in_batches.tables) == list(at_once.tables)
    assert all(frame.equals(at_once.tables[place]) for place, frame in in_batches.tables.items())
    assert (in_batches.findings, in_batches.ledgers, in_batches.works) == (at_once.findings, at_once.ledgers, at_once.works)


def test_plain_documents_go_the_fast_way() -> None:
    shard = shard_of(Folder(CORPORA / "good"))

    assert build_batch(shard.documents, Asked(shard.asked.labels)).left == []


def _escaped(task: Json) -> bytes:
    return json.dumps(task).encode()


def _spread(task: Json) -> bytes:
    return json.dumps(task, indent=2, ensure_ascii=False).replace("/", "\\/").encode()


def _long_numbers(task: Json) -> bytes:
    return msgspec.json.encode(task).replace(b'"score":0.5', b'"score":5.00e-1')


WRITERS: list[Callable[[Json], bytes]] = [msgspec.json.encode, _escaped, _spread, _long_numbers]


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 3), st.sampled_from(WRITERS))
def test_both_ways_agree_on_tasks_with_odd_values(chance: random.Random, changes: int, write: Callable[[Json], bytes]) -> None:
    shard = _good()
    tasks = _tasks(shard)
    for _ in range(changes):
        spoil(tasks[chance.choice(list(tasks))], chance, ODD, but=("text", "document_id"))

    assert_same(_given(shard, {place: write(task) for place, task in tasks.items()}))


def _tasks(shard: Shard) -> dict[int, Json]:
    return {each: msgspec.json.decode(raw.source) for each, item in enumerate(shard.documents) for raw in item.tasks}


@pytest.mark.parametrize("write", WRITERS)
def test_a_result_is_published_in_one_form_whoever_wrote_it(write: Callable[[Json], bytes]) -> None:
    shard, tasks = _good(), _tasks(_good())
    for task in tasks.values():
        for result in task["annotations"][0]["result"]:
            result |= {"score": 0.5, "meta": {"text": ["café 1/2 \N{GRINNING FACE}"]}}

    given = _given(shard, {place: write(task) for place, task in tasks.items()})

    assert_same(given)
    assert build_batch(given.documents, given.asked).left == []
    written = [row for frame in _annotations(given) for row in frame["result_json"]]
    results = [result for task in tasks.values() for result in task["annotations"][0]["result"]]
    assert sorted(written) == sorted(msgspec.json.encode(each).decode() for each in results)


def test_a_relation_is_named_by_its_ends_though_it_has_an_id() -> None:
    shard = shard_of(Folder(CORPORA / "every-table"))
    documents = []
    for item in shard.documents:
        tasks = [msgspec.json.decode(raw.source) for raw in item.tasks]
        relations = [each for task in tasks for work in task["annotations"] for each in work["result"] if "from_id" in each]
        for number, each in enumerate(relations):
            each["id"] = f"relation{number}"
        raws = [replace(raw, source=msgspec.json.encode(task)) for raw, task in zip(item.tasks, tasks, strict=True)]
        documents.append(replace(item, tasks=tuple(raws)))

    given = replace(shard, documents=tuple(documents))

    assert_same(given)
    regions = [each for frame in _annotations(given) for each in frame["region_id"]]
    assert [each for each in regions if "->" in each]
    assert not [each for each in regions if each.startswith("relation")]


@pytest.mark.parametrize(
    ("once", "twice"),
    [
        (b'"labels":["CLAIM"]', b'"labels":["ORG"],"labels":["CLAIM"]'),
        (b'"type":"labels"', b'"type":"choices","type":"labels"'),
        (b'"type":"labels"', b'"t\\u0079pe":"choices", "type":"labels"'),
        (b'"labels":["CLAIM"]', b'"labels":["CLAIM"],"meta":{"text":"a\\u0022:"},"meta":{}'),
        (b'"labels":["CLAIM"]', b'"labels":["CLAIM"],"meta":{"text":"a\\"\\u003A"},"meta":{}'),
    ],
)
def test_a_key_that_stands_twice_in_a_result_is_never_passed_over(once: bytes, twice: bytes) -> None:
    shard = _good()
    sources = {place: msgspec.json.encode(task) for place, task in _tasks(shard).items()}
    place = next(place for place, source in sources.items() if once in source)
    sources[place] = sources[place].replace(once, twice, 1)

    given = _given(shard, sources)

    assert_same(given)
    (found,) = [each for each in build_shard(given).findings if each.rule == "export-shape"]
    assert "stands twice in one object; only the last would be read." in found.fact


def test_a_second_file_of_one_annotator_is_no_second_vote(corpus: Callable[[str], Folder]) -> None:
    folder = corpus("every-table")
    export = folder.annotations / "documents" / "round1" / "a1.json"
    export.with_suffix(".json.gz").write_bytes(gzip.compress(export.read_bytes()))

    shard = shard_of(folder)

    assert_same(shard)
    assert {each.rule for each in build_shard(shard).findings} >= {"task-twice"}


def _annotations(shard: Shard) -> list[pl.DataFrame]:
    return [frame for (config, _), frame in build_shard(shard).tables.items() if config == "annotations"]


@cache
def _good() -> Shard:
    """Read once: nothing changes it, and it took nearly half of the time of each example."""
    return shard_of(Folder(CORPORA / "good"))


def _given(shard: Shard, sources: Mapping[int, bytes]) -> Shard:
    """A shard whose tasks are other ones: those of the documents at these places."""
    documents = enumerate(shard.documents)
    return replace(shard, documents=tuple(_with(item, sources[at]) if at in sources else item for at, item in documents))


def _with(item: ShardDocument, source: bytes) -> ShardDocument:
    return replace(item, tasks=tuple(RawTask(raw.export, source, raw.line) for raw in item.tasks))
