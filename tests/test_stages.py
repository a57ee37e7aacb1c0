"""Stages: each second counted once, for the block that asked, wherever the work was done."""

import os
import subprocess
import sys
from functools import partial
from threading import Thread
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from variorum.engines.local import worked
from variorum.stages import Stages, measured, recorded, stage, take_up, taken_up

Tree = list[tuple[str, "Tree"]]
TREES: st.SearchStrategy[Tree] = st.recursive(
    st.just([]), lambda inner: st.lists(st.tuples(st.sampled_from("abc"), inner), max_size=3), max_leaves=8
)


def go_through(tree: Tree) -> None:
    for name, inside in tree:
        with stage(name):
            go_through(inside)


def paths(tree: Tree, before: Stages = ()) -> set[Stages]:
    below = [paths(inside, (*before, name)) for name, inside in tree]
    return {before}.union(*below)


@given(TREES)
def test_every_second_counts_once(tree: Tree) -> None:
    started = perf_counter()
    with recorded() as recording:
        go_through(tree)
    passed = perf_counter() - started

    assert recording.wall.keys() == recording.cpu.keys() == paths(tree)
    assert min(recording.wall.values()) >= 0
    assert sum(recording.wall.values()) <= passed


@stage("doubling")
def doubled(number: int) -> int:
    return 2 * number


def test_a_stage_changes_nothing_while_nobody_records() -> None:
    assert doubled(2) == 4


def test_a_stage_that_fails_is_left() -> None:
    with recorded() as recording:
        with pytest.raises(ZeroDivisionError), stage("failing"):
            _ = 1 / 0
        doubled(2)

    assert recording.wall.keys() == {(), ("failing",), ("doubling",)}


def test_recordings_do_not_mix() -> None:
    with recorded() as outer, stage("outside"):
        with recorded() as inner:
            doubled(2)
        beside = Thread(target=doubled, args=(2,))
        beside.start()
        beside.join()

    assert outer.wall.keys() == {(), ("outside",)}
    assert inner.wall.keys() == {(), ("doubling",)}


@pytest.mark.parametrize("workers", [1, 2])
def test_what_workers_spend_counts_for_the_stage_that_waits(workers: int) -> None:
    with recorded() as recording, stage("waiting"):
        found = [taken_up(made) for made in worked(partial(measured, doubled, os.getpid()), range(4), workers)]

    assert found == [0, 2, 4, 6]
    assert ("waiting", "doubling") in recording.cpu
    assert (("waiting", "doubling") in recording.wall) is (workers == 1)
    assert os.getpid() not in recording.peaks
    assert (len(recording.peaks) > 0) is (workers == 2)


@pytest.mark.skipif(sys.platform == "win32", reason="the system does not tell")
def test_the_peak_is_that_of_the_process_alone() -> None:
    """What was held and given back counts; what the process that started it held does not."""
    held = b"x" * 200_000_000
    code = "from variorum.stages import peak_memory; held = b'x' * 60_000_000; del held; print(peak_memory())"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert 60_000_000 < int(told) < len(held)


def test_what_was_recorded_elsewhere_is_no_waiting_and_counts_with_its_workers() -> None:
    with recorded() as there:
        doubled(2)
    there.peaks = {11: 5, 12: None}
    with recorded() as recording, stage("waiting"):
        before = sum(recording.wall.values())
        take_up(there, 10, 7)

    assert recording.wall["waiting", "doubling"] == there.wall[("doubling",)]
    assert sum(recording.wall.values()) >= before
    assert recording.cpu["waiting", "doubling"] == there.cpu[("doubling",)]
    assert recording.peaks == {10: 7, 11: 5, 12: None}
