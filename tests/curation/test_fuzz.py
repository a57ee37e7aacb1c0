"""Whatever stands in decisions, clusters and the exports of joint projects: findings, and nothing lost or raised."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from variorum.curate import curate
from variorum.findings import failed
from variorum.folder import Folder
from variorum.inputs import read_inputs
from variorum.schema.projects import PROJECTS
from variorum.shards import Kept
from variorum.tabulate import tabulate

CORPUS = Folder(Path(__file__).parent.parent / "corpora" / "every-table")
FILES = (
    "annotations/documents/decisions.jsonl",
    "annotations/documents/gold.json",
    "annotations/entity_clusters.jsonl",
    "annotations/alignments/round1/a1.json",
    "annotations/claim_pairs/round1/a1.json",
)
VALUES: st.SearchStrategy[Any] = st.sampled_from(
    [
        None,
        True,
        0,
        -1,
        2**70,
        0.5,
        "",
        "none",
        "new",
        "all",
        "a1",
        "curator",
        "open",
        "first",
        "+",
        "first+second",
        [],
        {},
        [7],
    ]
)


def parsed(name: str) -> Any:
    source = (CORPUS.root / name).read_bytes()
    return [msgspec.json.decode(line) for line in source.splitlines()] if name.endswith("l") else msgspec.json.decode(source)


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(place for key, each in inner for place in places(each, (*at, key)))]


PARSED = {name: parsed(name) for name in FILES}
PLACES = {name: [place for place in places(value) if place] for name, value in PARSED.items()}


@st.composite
def changed(draw: st.DrawFn) -> tuple[str, bytes]:
    """One of the files with one or two values changed, taken out or doubled."""
    name = draw(st.sampled_from(FILES))
    value = msgspec.json.decode(msgspec.json.encode(PARSED[name]))
    for place in draw(st.lists(st.sampled_from(PLACES[name]), min_size=1, max_size=2)):
        try:
            holder = value
            for step in place[:-1]:
                holder = holder[step]
            match draw(st.sampled_from(["put", "remove", "double"])):
                case "put":
                    holder[place[-1]] = draw(VALUES)
                case "remove":
                    del holder[place[-1]]
                case _ if isinstance(holder, list):
                    holder.append(holder[place[-1]])
        except (KeyError, IndexError, TypeError):
            continue
    lines = b"\n".join(map(msgspec.json.encode, value)) if name.endswith("l") else msgspec.json.encode(value)
    return name, lines


def results_in(folder: Folder) -> int:
    """How many results all exports hold."""
    exports = [path for path in folder.annotation_files() if folder.export_file(path)]
    tasks = [task for path in exports for task in msgspec.json.decode(path.read_bytes())]
    works = [work for task in tasks for key in ("annotations", "drafts") for work in task.get(key) or []]
    return sum(len(work["result"]) for work in works if isinstance(work, dict))  # drafts may be listed by id


@pytest.mark.slow
@settings(max_examples=60)
@given(changed())
def test_nothing_raises_and_what_builds_holds_every_result(file: tuple[str, bytes]) -> None:
    with TemporaryDirectory() as place:
        folder = Folder(Path(shutil.copytree(CORPUS.root, Path(place) / "corpus")))
        (folder.root / file[0]).write_bytes(file[1])
        built = tabulate(folder, Kept(measure=False, tables=True))
        if not failed(built.findings):
            rows = sum(frame.height for (config, _), frame in built.tables.items() if config == "annotations")
            assert rows == results_in(folder) == sum(ledger.results for ledger in built.ledgers.values())
        inputs = read_inputs(folder)
        for project in PROJECTS:
            curated = curate(inputs, project, curator="c1")
            assert all(str(each).encode() for each in curated.findings)
            if not failed(curated.findings):
                again = curate(inputs, project, curator="c1")
                assert again.decisions == curated.decisions
