"""What a run took: told beside the build, never in it."""

import json
import re
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from variorum.build import build
from variorum.cli import main
from variorum.folder import Folder
from variorum.run_record import profile, profile_table, record_of, summed
from variorum.stages import Recording

Copy = Callable[[str], Folder]


def known() -> Recording:
    recording = Recording()
    recording.wall = {(): 0.5, ("read",): 1.0, ("shards",): 2.0, ("whole checks",): 0.5}
    recording.cpu = {(): 0.25, ("read",): 1.0, ("read", "tables"): 0.5, ("shards",): 0.25, ("whole checks",): 0.5}
    recording.cpu |= {("shards", "tables"): 1.0, ("shards", "tables", "validation"): 0.5, ("shards", "decode"): 1.0}
    return recording


def test_the_table_of_known_stages() -> None:
    assert profile_table(known()) == (
        "stage                         wall s     CPU s   CPU %\n"
        "read                            1.00      1.50    30.0\n"
        "shards                          2.00      2.75    55.0\n"
        "  tables                                  1.00    20.0\n"
        "  decode                                  1.00    20.0\n"
        "  validation                              0.50    10.0\n"
        "  rest of shards                          0.25     5.0\n"
        "whole checks                    0.50      0.50    10.0\n"
        "rest                            0.50      0.25     5.0\n"
        "total                           4.00      5.00   100.0\n"
        "of which validation                       1.00    20.0   validation + whole checks\n"
    )


def test_what_shards_are_made_of_is_all_of_them() -> None:
    found = profile(known())

    assert sum(found.inside.values()) == found.stages["shards"].cpu
    assert found.total.cpu == sum(known().cpu.values())


@pytest.mark.parametrize("verb", ["validate", "build"])
def test_profile_has_each_stage_once(corpus: Copy, verb: str) -> None:
    done = CliRunner().invoke(main, [verb, "--profile", "--root", str(corpus("good").root)])
    names = [re.split(r"  +", line.strip())[0] for line in done.stderr.splitlines()]

    assert done.exit_code == 0
    assert len(names) == len(set(names))
    assert {"catalogue and texts", "duplicates and leaks", "index exports", "index decisions", "shards"} < set(names)
    assert {"decode", "text kernel", "regions", "offsets", "tables", "validation"} < set(names)
    assert {"joint projects", "clusters", "whole checks", "agreement", "card", "rest", "total"} < set(names)
    assert ("write hub" in names) is (verb == "build")


def test_profile_stands_behind_findings(corpus: Copy) -> None:
    folder = corpus("good")
    folder.catalogue.unlink()
    done = CliRunner().invoke(main, ["validate", "--profile", "--root", str(folder.root)])

    assert done.exit_code == 1
    assert done.stderr.index("catalogue-missing") < done.stderr.index("of which validation")


def test_the_record_tells_of_the_run_and_not_of_where(corpus: Copy) -> None:
    folder = corpus("good")
    built = build(folder)
    source = record_of(folder.hub).read_text()
    record = json.loads(source)

    assert list(record) == [
        "variorum",
        "build_id",
        "documents",
        "export_bytes",
        "shards",
        "workers",
        "seconds",
        "cpu_seconds",
        "documents_per_second",
        "megabytes_per_second",
        "peak_memory_bytes",
        "validation_share",
        "stages",
        "cpu_seconds_inside_shards",
    ]
    assert record["build_id"] == json.loads((folder.hub / "manifest.json").read_text())["build_id"]
    assert (record["documents"], record["shards"], record["workers"]) == (2, 1, 1)
    assert record["export_bytes"] > 0
    assert record["stages"].keys() == profile(built.recording).stages.keys()
    assert str(folder.root) not in source
    assert socket.gethostname() not in source


def test_a_build_holds_nothing_of_what_it_took(corpus: Copy) -> None:
    folder = corpus("good")

    def built() -> dict[Path, bytes]:
        build(folder)
        return {path: path.read_bytes() for path in folder.hub.rglob("*") if path.is_file()}

    first, record = built(), record_of(folder.hub).read_bytes()

    assert built() == first
    assert record_of(folder.hub).read_bytes() != record
    assert not any(record_of(folder.hub).name in path.name for path in first)


def test_a_build_that_fails_leaves_the_old_record(corpus: Copy) -> None:
    folder = corpus("good")
    build(folder)
    record = record_of(folder.hub).read_bytes()
    folder.catalogue.unlink()

    assert build(folder).findings
    assert record_of(folder.hub).read_bytes() == record


def test_memory_that_is_unknown_of_one_is_unknown_of_all() -> None:
    assert summed([2, 3]) == 5
    assert summed([2, None]) is None
