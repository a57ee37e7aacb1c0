"""The fast way against the careful reader, which defines what is right: the same tables, findings, accounts and works."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
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
        assert ours == (theirs if in_full[ours.task] > 1 or ours.task in shard.decided else _bare(theirs)) or ours == theirs


def _bare(work: Work) -> Work:
    """A work without its marks."""
    return msgspec.structs.replace(work, spans=dict.fromkeys(work.spans, ()), links=dict.fromkeys(work.links, ()))


@pytest.mark.parametrize("before_gold", [False, True], ids=["gold", "before gold"])
@pytest.mark.parametrize("corpus", EXPORTS, ids=lambda path: path.name)
def test_both_ways_agree_on_every_tiny_corpus(corpus: Path, before_gold: bool) -> None:
    shard = shard_of(Folder(corpus))
    assert_same(replace(shard, check_only=shard.check_only or before_gold, before_gold=before_gold))


def test_two_annotations_of_a_document_go_the_fast_way_before_there_is_gold(corpus: Callable[[str], Folder]) -> None:
    folder = corpus("curated-round")
    folder.gold("documents").path.unlink()
    folder.decisions("documents").unlink()
    shard = shard_of(folder)

    assert build_batch(shard.documents, Asked(shard.labels)).left == [0]
    batch = build_batch(shard.documents, Asked(shard.labels, rows=False, before_gold=True))
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

    assert build_batch(shard.documents, Asked(shard.labels)).left == []


@settings(max_examples=300, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 3))
def test_both_ways_agree_on_tasks_with_odd_values(chance: random.Random, changes: int) -> None:
    shard = _good()
    tasks = {each: msgspec.json.decode(raw.source) for each, item in enumerate(shard.documents) for raw in item.tasks}
    for _ in range(changes):
        spoil(tasks[chance.choice(list(tasks))], chance, ODD, but=("text", "document_id"))

    assert_same(replace(shard, documents=tuple(_with(item, tasks.get(place)) for place, item in enumerate(shard.documents))))


@cache
def _good() -> Shard:
    """Read once: nothing changes it, and it took nearly half of the time of each example."""
    return shard_of(Folder(CORPORA / "good"))


def _with(item: ShardDocument, task: Json | None) -> ShardDocument:
    if task is None:
        return item
    return replace(item, tasks=tuple(RawTask(raw.export, msgspec.json.encode(task), raw.line) for raw in item.tasks))
