"""A build of the three articles: the same bytes anywhere, all or nothing, nothing lost."""

import json
import os
import platform
import re
import unicodedata
from collections.abc import Callable, Sequence
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from shutil import rmtree
from typing import Any

import msgspec
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.conftest import copied
from variorum.annotations.layout import laid_out
from variorum.build import build, validate
from variorum.curation.decisions import Decision
from variorum.dataset import curated_rows, rows, shard
from variorum.dataset.columnar import tables as columnar
from variorum.dataset.columnar.batch import PlainBatch
from variorum.dataset.columnar.tables import Made
from variorum.dataset.rows import GOLD_TABLES
from variorum.folder import Folder
from variorum.tools import tools

Copy = Callable[[str], Folder]
Json = dict[str, Any]


@pytest.fixture
def seeds_corpus(repository: Path, tmp_path: Path) -> Folder:
    """A copy of the repository's own corpus."""
    return copied(repository, tmp_path / "a longer name" / "second")


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


def test_two_builds_in_different_folders_are_byte_identical(seeds_corpus: Folder, articles: Folder) -> None:
    build(seeds_corpus)

    assert digests(seeds_corpus) == digests(articles)


def test_a_changed_annotation_changes_only_the_files_it_touches(seeds_corpus: Folder, articles: Folder) -> None:
    before = digests(articles)

    def relabel(tasks: list[Json]) -> None:
        (result,) = [each for each in _results(tasks, "003_e83b93b34febada4") if each.get("id") == "m29"]
        result["value"]["labels"] = ["GPE"]

    edit(seeds_corpus, relabel)
    build(seeds_corpus)
    after = digests(seeds_corpus)
    clusters = seeds_corpus.entity_clusters.read_text()
    seeds_corpus.entity_clusters.write_text(clusters.replace('"cluster_id": "laos"', '"cluster_id": "lao"'))
    build(seeds_corpus)
    last = digests(seeds_corpus)

    changed = {"README.md", "manifest.json"}
    found = {name for name in after if after[name] != before[name]}
    assert found == changed | {"annotations/validation-00000-of-00001.parquet"}
    assert {name for name in last if last[name] != after[name]} == changed | {"entities/test-00000-of-00001.parquet"}


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
    assert {path.name for path in folder.hub.parent.iterdir()} == {"hub", "hub.run.json"}


def test_one_seed_that_cannot_be_read_is_one_finding(seeds_corpus: Folder) -> None:
    """Without tables nothing is known of the claims and sentences that work on two documents refers to."""
    seed = next(iter(seeds_corpus.seed_files()))
    seed.write_bytes(seed.read_bytes().replace(b"a", b"\xff", 1))

    assert {each.rule for each in validate(seeds_corpus)} == {"seed-not-utf8"}


def test_a_build_that_breaks_in_the_middle_leaves_the_old_one(corpus: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = corpus("good")
    build(folder)
    before = digests(folder)

    def no_space(*_: object) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("variorum.hub_folder.manifest", no_space)
    with pytest.raises(OSError, match="No space left"):
        build(folder)

    assert digests(folder) == before
    assert {path.name for path in folder.hub.parent.iterdir()} == {"hub", "hub.run.json"}


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


def test_the_manifest_accounts_for_every_result_and_names_every_file(articles: Folder) -> None:
    manifest = json.loads((articles.hub / "manifest.json").read_bytes())
    accounts = manifest["exports"]
    for file, account in accounts.items():
        tasks = json.loads((articles.root / file).read_bytes())
        assert account["results"] == sum(len(annotation["result"]) for task in tasks for annotation in task["annotations"])
        assert account["results"] == account["rows"] + account["rejected"]
    assert sum(account["rows"] for account in accounts.values()) == sum(
        pq.read_metadata(path).num_rows for path in articles.hub.glob("annotations/*.parquet")
    )
    assert manifest["files"] == {name: digest for name, digest in digests(articles).items() if name != "manifest.json"}
    assert manifest["rows"]["entities"] == {
        split: pq.read_metadata(articles.hub / "entities" / f"{split}-00000-of-00001.parquet").num_rows
        for split in ("train", "validation", "test")
    }


def test_the_manifest_holds_no_path_of_the_machine(articles: Folder) -> None:
    assert str(articles.root) not in (articles.hub / "manifest.json").read_text()


def test_gold_regions_are_rows_one_to_one(articles: Folder) -> None:
    def table(config: str) -> pl.DataFrame:
        return pl.concat([pl.read_parquet(path) for path in sorted(articles.hub.glob(f"{config}/*.parquet"))])

    results = table("annotations").filter("is_gold", pl.col("project") == "documents")
    assert table("entities").height == results.filter(pl.col("control") == "entity_type").height
    assert table("claims").height == results.filter(pl.col("control") == "claim").height
    assert table("relations").height == results.filter(pl.col("result_type") == "relation").height


def test_a_copy_without_seeds_builds_with_a_warning_for_each(seeds_corpus: Folder) -> None:
    seeds = seeds_corpus.seed_files()
    rmtree(seeds_corpus.seeds)

    built = build(seeds_corpus)

    assert {each.rule for each in built.findings} == {"seed-missing"}
    assert len(built.findings) == len(seeds)
    assert (seeds_corpus.hub / "manifest.json").exists()


def build_ids(folder: Folder) -> str:
    build(folder)
    identity: str = json.loads((folder.hub / "manifest.json").read_bytes())["build_id"]
    return identity


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("corpus/corpus.yaml", "version: 1.0.0", "version: 1.0.1"),
        ("corpus/catalogue.jsonl", '"title":null', '"title":"A"'),
        ("schema/labels.yaml", "A named human being.", "A named person."),
        ("annotations/documents/round1/a1.json", '"lead_time": 12.5', '"lead_time": 12.6'),
        ("DATASET_CARD.md", "# Card", "# Another card"),
    ],
)
def test_the_build_id_follows_every_input(corpus: Copy, name: str, old: str, new: str) -> None:
    folder = corpus("good")
    folder.card.write_text("# Card\n")
    before = build_ids(folder)
    path = folder.root / name

    assert build_ids(folder) == before
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))
    assert build_ids(folder) != before


def test_the_manifest_names_all_that_the_bytes_depend_on(corpus: Copy) -> None:
    folder = corpus("good")
    build(folder)

    named = json.loads((folder.hub / "manifest.json").read_bytes())["tools"]

    required = {re.split(r"\W", each)[0] for each in metadata.requires("variorum") or () if "extra ==" not in each}
    assert named.keys() == required - {"click"} | {"variorum", "pyphen", "python", "unicode"}
    assert named["pyphen"] == metadata.version("pyphen")
    assert named["python"] == ".".join(platform.python_version_tuple()[:2])
    assert named["unicode"] == unicodedata.unidata_version


def test_the_build_id_follows_the_tools(corpus: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = corpus("good")
    before = build_ids(folder)

    monkeypatch.setattr("variorum.hub.manifest.tools", lambda: tools() | {"pyphen": "of another day"})

    assert build_ids(folder) != before


@pytest.fixture
def carefully(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves every document to the careful reader."""
    monkeypatch.setattr(shard, "build_batch", lambda documents, _: PlainBatch(left=list(range(len(documents)))))


def less(made: Made) -> Made:
    """A table that lost its last row on the way."""
    return made[0][:-1], {name: column[:-1] for name, column in made[1].items()}


@pytest.mark.parametrize("project", ["documents", "alignments"])
def test_rows_of_decisions_are_held_to_their_contract(
    seeds_corpus: Folder, monkeypatch: pytest.MonkeyPatch, project: str
) -> None:
    whole = curated_rows.decisions

    def spoiled(decided: Sequence[tuple[str, Decision]]) -> dict[str, pa.Array]:
        odd = [(of, msgspec.structs.replace(each, rule="odd") if of == project else each) for of, each in decided]
        return whole(odd)

    monkeypatch.setattr(curated_rows, "decisions", spoiled)

    built = build(seeds_corpus)

    assert {each.rule for each in built.findings} == {"table-invalid"}
    assert not seeds_corpus.hub.exists()


@pytest.mark.usefixtures("carefully")
@pytest.mark.parametrize("config", ["entities", "claims", "relations"])
def test_a_table_that_loses_a_row_of_gold_fails_the_build(corpus: Copy, monkeypatch: pytest.MonkeyPatch, config: str) -> None:
    folder = corpus("good")
    whole = GOLD_TABLES[config]
    monkeypatch.setitem(GOLD_TABLES, config, lambda view, gold: whole(view, gold)[:-1])

    findings = build(folder).findings

    assert "conservation" in {each.rule for each in findings}
    assert not folder.hub.exists()


@pytest.mark.parametrize("config", ["entities", "claims", "relations"])
def test_a_row_of_gold_lost_the_fast_way_fails_the_build(corpus: Copy, monkeypatch: pytest.MonkeyPatch, config: str) -> None:
    folder = corpus("good")
    whole = columnar.GOLD_TABLES[config]
    monkeypatch.setitem(columnar.GOLD_TABLES, config, lambda tabled: less(whole(tabled)))

    findings = build(folder).findings

    assert "conservation" in {each.rule for each in findings}
    assert not folder.hub.exists()


def test_a_result_that_becomes_no_row_the_fast_way_fails_the_build(corpus: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = corpus("good")
    whole = columnar.annotations
    monkeypatch.setattr(columnar, "annotations", lambda tabled: less(whole(tabled)))

    assert [each.fact for each in build(folder).findings if each.where.file.startswith("annotations/")] == [
        "27 results went in, 26 rows and 0 rejections came out."
    ]


@pytest.mark.usefixtures("carefully")
def test_a_result_that_becomes_no_row_fails_the_build(corpus: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = corpus("good")
    whole = rows.annotations
    monkeypatch.setattr(rows, "annotations", lambda *given, **named: list(whole(*given, **named))[1:])

    assert [each.fact for each in build(folder).findings if each.where.file.startswith("annotations/")] == [
        "27 results went in, 25 rows and 0 rejections came out."
    ]


def test_rows_lost_between_their_making_and_the_tables_fail_the_build(corpus: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = corpus("good")
    monkeypatch.setattr("variorum.dataset.shard.by_split", lambda frame, _: {"train": frame[:-1]})

    findings = [str(each) for each in build(folder).findings if each.rule == "conservation"]

    assert any(each.startswith("annotations: [conservation] 27 results were kept, 26 are rows.") for each in findings)


def test_a_repair_is_counted_once_for_a_region(corpus: Copy) -> None:
    folder = corpus("good")
    path = folder.annotations / "documents" / "round1" / "a1.json"
    path.write_text(path.read_text().replace('"start": 10, "end": 28, "text": "the bridge is safe"', '"start": 9, "end": 28'))

    built = build(folder)

    assert [each.rule for each in built.findings] == ["repair-no-text"]
    (ledger,) = built.ledgers.values()
    assert dict(ledger.repairs) == {"no-text": 1}


def test_a_folder_behind_a_link_is_read(corpus: Copy) -> None:
    folder = corpus("good")
    moved = folder.root / "elsewhere"
    (folder.annotations / "documents" / "round1").rename(moved)
    (folder.annotations / "documents" / "round1").symlink_to(moved)

    assert build(folder).counts["entities"] == {"train": 8}


def test_a_folder_that_cannot_be_read_is_not_passed_over(corpus: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = corpus("good")
    scandir = os.scandir

    def refuse(path: str | Path) -> object:
        if str(path).endswith("round1"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr("os.scandir", refuse)

    with pytest.raises(PermissionError, match="round1"):
        build(folder)


def test_a_card_with_windows_line_ends_keeps_its_head(corpus: Copy) -> None:
    folder = corpus("card-with-windows-line-ends")
    build(folder)

    readme = (folder.hub / "README.md").read_text(encoding="utf-8")
    assert readme.startswith("---\nlicense: cc0-1.0\nconfigs:\n")
    assert "\r" not in readme


def test_metrics_are_for_english_alone(corpus: Copy) -> None:
    folder = corpus("good")
    folder.catalogue.write_text(folder.catalogue.read_text().replace('"language":"en"', '"language":"nb"', 1))

    (frame,) = [part for (config, _), part in build(folder).tables.items() if config == "readability"]

    assert [len(metrics) for metrics in frame["metrics"]] == [0, 3]


def test_gold_that_skips_a_document_leaves_it_without(corpus: Copy) -> None:
    built = build(corpus("gold-skips-a-document"))

    (documents,) = [part for (config, _), part in built.tables.items() if config == "documents"]
    assert dict(documents.select("document_id", "mention_count").iter_rows()) == {"one": 0, "two": 4}
