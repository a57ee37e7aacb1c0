"""A build of the three articles: the same bytes anywhere, all or nothing, nothing lost."""

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from shutil import copytree, ignore_patterns
from typing import Any

import msgspec
import polars as pl
import pyarrow.parquet as pq
import pytest

from variorum.annotations.layout import laid_out
from variorum.build import build, validate
from variorum.folder import Folder

Copy = Callable[[str], Folder]
Json = dict[str, Any]


@pytest.fixture
def seeds_corpus(repository: Path, tmp_path: Path) -> Folder:
    """A copy of the repository's own corpus."""
    for name in ("seeds", "corpus", "annotations", "schema"):
        copytree(repository / name, tmp_path / "first" / name)
    (tmp_path / "first" / "DATASET_CARD.md").write_bytes((repository / "DATASET_CARD.md").read_bytes())
    return Folder(tmp_path / "first")


def digests(folder: Folder) -> dict[str, str]:
    """The SHA-256 of every file of a build."""
    return {
        path.relative_to(folder.hub).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.hub.rglob("*"))
        if path.is_file()
    }


def edit(folder: Folder, change: Callable[[list[Json]], None], export: str = "documents/round1/a1.json") -> None:
    """Changes the tasks of an export."""
    path = folder.annotations / export
    tasks = msgspec.json.decode(path.read_bytes())
    change(tasks)
    path.write_bytes(laid_out(tasks))


def test_two_builds_in_different_folders_are_byte_identical(seeds_corpus: Folder, tmp_path: Path) -> None:
    other = Folder(Path(copytree(seeds_corpus.root, tmp_path / "a longer name" / "second")))

    build(seeds_corpus)
    build(other)

    assert digests(seeds_corpus) == digests(other)


def test_a_changed_annotation_changes_only_the_files_it_touches(seeds_corpus: Folder) -> None:
    build(seeds_corpus)
    before = digests(seeds_corpus)

    def relabel(tasks: list[Json]) -> None:
        (result,) = [each for each in _results(tasks, "003_e83b93b34febada4") if each.get("id") == "m29"]
        result["value"]["labels"] = ["GPE"]

    edit(seeds_corpus, relabel)
    build(seeds_corpus)
    after = digests(seeds_corpus)

    assert {name for name in after if after[name] != before[name]} == {
        "README.md",
        "annotations/validation-00000-of-00001.parquet",
        "entities/validation-00000-of-00001.parquet",
        "manifest.json",
        "ner/validation-00000-of-00001.parquet",
    }


def _results(tasks: list[Json], document_id: str) -> list[Json]:
    (task,) = [task for task in tasks if task["data"]["document_id"] == document_id]
    results: list[Json] = task["annotations"][0]["result"]
    return results


def test_findings_leave_the_old_build_as_it_was(corpus: Copy) -> None:
    folder = corpus("good")
    build(folder)
    before = digests(folder)
    (folder.seeds / "three.txt").write_bytes(b"\xff")

    built = build(folder)

    assert [each.rule for each in built.findings] == ["seed-not-utf8"]
    assert digests(folder) == before
    assert [path.name for path in folder.hub.parent.iterdir()] == ["hub"]


def test_a_build_that_breaks_in_the_middle_leaves_the_old_one(corpus: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = corpus("good")
    build(folder)
    before = digests(folder)

    def no_space(*_: object) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("variorum.build.manifest", no_space)
    with pytest.raises(OSError, match="No space left"):
        build(folder)

    assert digests(folder) == before
    assert [path.name for path in folder.hub.parent.iterdir()] == ["hub"]


def test_a_removed_document_leaves_no_file_behind(corpus: Copy) -> None:
    folder = corpus("good")
    folder.catalogue.write_text(folder.catalogue.read_text().replace('"split":"train"', '"split":"test"', 1))
    build(folder)
    assert (folder.hub / "ner" / "test-00000-of-00001.parquet").exists()

    folder.catalogue.write_text(folder.catalogue.read_text().replace('"split":"test"', '"split":"train"', 1))
    build(folder)

    assert not (folder.hub / "ner" / "test-00000-of-00001.parquet").exists()


def test_validation_finds_what_the_build_finds_and_writes_nothing(corpus: Copy) -> None:
    folder = corpus("good")
    (folder.seeds / "three.txt").write_bytes(b"")

    found = validate(folder)

    assert not folder.hub.parent.exists()
    assert found == build(folder).findings


def test_the_manifest_accounts_for_every_result_and_names_every_file(seeds_corpus: Folder) -> None:
    build(seeds_corpus)

    manifest = json.loads((seeds_corpus.hub / "manifest.json").read_bytes())
    accounts = manifest["exports"]
    for file, account in accounts.items():
        tasks = json.loads((seeds_corpus.root / file).read_bytes())
        assert account["results"] == sum(len(annotation["result"]) for task in tasks for annotation in task["annotations"])
        assert account["results"] == account["rows"] + account["rejected"]
    assert sum(account["rows"] for account in accounts.values()) == sum(
        pq.read_metadata(path).num_rows for path in seeds_corpus.hub.glob("annotations/*.parquet")
    )
    assert manifest["files"] == {name: digest for name, digest in digests(seeds_corpus).items() if name != "manifest.json"}
    assert manifest["rows"]["entities"] == {
        split: pq.read_metadata(seeds_corpus.hub / "entities" / f"{split}-00000-of-00001.parquet").num_rows
        for split in ("train", "validation", "test")
    }


def test_the_manifest_holds_no_path_of_the_machine(seeds_corpus: Folder) -> None:
    build(seeds_corpus)

    assert str(seeds_corpus.root) not in (seeds_corpus.hub / "manifest.json").read_text()


def test_gold_regions_are_rows_one_to_one(seeds_corpus: Folder) -> None:
    build(seeds_corpus)

    def rows(config: str) -> pl.DataFrame:
        return pl.concat([pl.read_parquet(path) for path in sorted(seeds_corpus.hub.glob(f"{config}/*.parquet"))])

    results = rows("annotations")
    assert rows("entities").height == results.filter(pl.col("control") == "entity_type").height
    assert rows("claims").height == results.filter(pl.col("control") == "claim").height
    assert rows("relations").height == results.filter(pl.col("result_type") == "relation").height


def test_a_copy_without_seeds_builds_with_a_warning_for_each(seeds_corpus: Folder, tmp_path: Path) -> None:
    other = Folder(Path(copytree(seeds_corpus.root, tmp_path / "bare", ignore=ignore_patterns("seeds"))))

    built = build(other)

    assert {each.rule for each in built.findings} == {"seed-missing"}
    assert len(built.findings) == len(seeds_corpus.seed_files())
    assert (other.hub / "manifest.json").exists()
