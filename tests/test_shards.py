"""How documents are cut into shards, and shards into files: by the input alone, and little moves when little changes."""

import json
from hashlib import sha256
from pathlib import Path
from random import Random

import datasets
import pytest

from tests.benchmarks.corpus import make_corpus
from variorum import hub_folder, shards
from variorum.build import build
from variorum.findings import failed
from variorum.folder import Folder
from variorum.rehydrate import rehydrate
from variorum.shards import SHARD

SIZE = 22_000
"""Bytes that a made-up document has with all that belongs to it."""


def cut(numbers: list[int]) -> list[tuple[int, ...]]:
    found = shards.cut_split(shards.Sized(number, f"article-{number:07d}", SIZE) for number in sorted(numbers))
    return [tuple(shard.places.tolist()) for shard in found]


def test_shards_are_of_like_size_and_of_all_documents_in_order() -> None:
    numbers = list(range(5000))
    found = cut(numbers)

    assert [number for shard in found for number in shard] == numbers
    assert all(SHARD * 3 / 4 <= len(shard) * SIZE < SHARD + SIZE for shard in found[:-1])


def test_a_document_that_is_added_seldom_moves_more_than_its_own_shard() -> None:
    random = Random(7)  # noqa: S311 # no secret
    changed = []
    for _ in range(150):
        *numbers, added = random.sample(range(1_000_000), 2001)
        changed.append(len(set(cut([*numbers, added])) - set(cut(numbers))))

    assert sum(changed) / len(changed) < 1.25
    assert changed.count(1) / len(changed) > 0.9


@pytest.fixture
def in_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """A corpus of nine documents, one a shard and one a file."""
    make_corpus(tmp_path / "corpus", tasks=9)
    monkeypatch.setattr(shards, "SHARD", 1)
    monkeypatch.setattr(hub_folder, "FILE", 1)
    return Folder(tmp_path / "corpus")


@pytest.mark.slow
def test_several_files_are_read_as_one_is(in_many_files: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(build(in_many_files).parts) == 9
    names = sorted(path.name for path in (in_many_files.hub / "documents").glob("train-*"))
    assert names == [f"train-{number:05d}-of-{len(names):05d}.parquet" for number in range(len(names))]
    assert len(names) > 1
    monkeypatch.setattr(hub_folder, "FILE", 1 << 40)
    build(in_many_files, target=tmp_path / "whole")

    for config in datasets.get_dataset_config_names(str(tmp_path / "whole")):
        one, many = (
            datasets.load_dataset(str(folder), config, cache_dir=str(tmp_path / "cache" / folder.name))
            for folder in (tmp_path / "whole", in_many_files.hub)
        )
        assert {split: rows.to_list() for split, rows in many.items()} == {split: rows.to_list() for split, rows in one.items()}
        assert {split: rows.features for split, rows in many.items()} == {split: rows.features for split, rows in one.items()}


def test_several_files_are_rehydrated_to_the_byte(in_many_files: Folder, tmp_path: Path) -> None:
    build(in_many_files, target=tmp_path / "full")
    lines = [json.loads(line) for line in in_many_files.catalogue.read_text("utf-8").splitlines()]
    withheld = [line | {"redistribute": number % 2 == 0} for number, line in enumerate(lines)]
    in_many_files.catalogue.write_text("".join(json.dumps(line) + "\n" for line in withheld), "utf-8")
    assert not failed(build(in_many_files).findings)

    assert rehydrate(in_many_files.hub, in_many_files.seeds, tmp_path / "again").findings == []

    assert tables(tmp_path / "again") == tables(tmp_path / "full")
    assert tables(in_many_files.hub) != tables(tmp_path / "full")


def tables(hub: Path) -> dict[str, str]:
    return {path.relative_to(hub).as_posix(): sha256(path.read_bytes()).hexdigest() for path in hub.glob("*/*.parquet")}
