"""What is built with the cache is what is built from nothing, whichever input has changed and however."""

import os
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from tests.conftest import copied
from variorum import shards, tabulate
from variorum.agreement.measure import Figure, Samples
from variorum.annotations.layout import laid_out
from variorum.build import build, validate
from variorum.cache import code_version, file_digests, store
from variorum.cache.file_digests import FileDigests, Stamp
from variorum.cli import main
from variorum.curation import kept_index
from variorum.curation.decisions import Indexed, index_decisions
from variorum.dataset.compared import figures_of
from variorum.findings import failed
from variorum.folder import Folder
from variorum.hub import last_files
from variorum.hub.assembled import assemble
from variorum.part import Part, ShardPlan, build_part
from variorum.rebuild import rebuild, revalidate
from variorum.schema.labels import Labels
from variorum.tools import tools

TICK = 50_000_000
"""Nanoseconds: five ticks of the clock of this machine's file systems, so that tests need not wait for FAT's."""
Change = Callable[[Folder], object]


class Worked:
    """Counts the shards that are worked on."""

    def __init__(self) -> None:
        self.shards = 0

    def __call__(self, plan: ShardPlan) -> Part:
        self.shards += 1
        return build_part(plan)

    def since(self) -> int:
        """How many there were since this was last asked."""
        count, self.shards = self.shards, 0
        return count


@pytest.fixture
def worked(monkeypatch: pytest.MonkeyPatch) -> Worked:
    """Shards of one document, counted when they are worked on."""
    found = Worked()
    monkeypatch.setattr(shards, "SHARD", 1)
    monkeypatch.setattr(tabulate, "build_part", found)
    monkeypatch.setattr(file_digests, "TICK", TICK)
    return found


@pytest.fixture
def folder(corpus: Callable[[str], Folder], worked: Worked) -> Folder:
    """A small corpus with every kind of input, built with a cache, and no file just written."""
    found = corpus("every-table")
    add_inputs(found)
    settle()
    rebuild(found)
    assert worked.since() == 2
    settle()
    return found


def add_inputs(folder: Folder) -> None:
    """What the corpus lacks of what a build reads: a second round, decisions on a joint project, a preannotation, a card."""
    exported = folder.export_of("documents", "round1", "a1").path
    later = folder.export_of("documents", "round2", "a3").path
    later.parent.mkdir()
    shutil.copy(exported, later)
    shutil.copy(folder.export_of("alignments", "round1", "a1").path, folder.export_of("alignments", "round1", "a2").path)
    done = CliRunner().invoke(main, ["curate", "--root", str(folder.root), "--project", "alignments"])
    assert done.exit_code == 0, done.stderr
    folder.preannotation.write_text("claim_candidates: true\n")
    folder.card.write_text("# Card\n\n## Rows\n\n<!-- generated:rows -->\n<!-- /generated -->\n")


def settle() -> None:
    """Lets the clocks of file systems tick on."""
    time.sleep(2 * TICK / 1e9)


def digests(hub: Path) -> dict[str, str]:
    return {
        path.relative_to(hub).as_posix(): sha256(path.read_bytes()).hexdigest() for path in hub.rglob("*") if path.is_file()
    }


def replace(path: Path, old: str, new: str) -> None:
    """Changes the first place, and nothing else."""
    content = path.read_text("utf-8")
    assert old in content
    path.write_text(content.replace(old, new, 1), "utf-8")


def first_id(folder: Folder) -> str:
    return folder.text_files()[0].stem


def relabel(folder: Folder) -> None:
    """Gives one mention of the first document another label."""
    path = folder.export_of("documents", "round2", "a3").path
    tasks = msgspec.json.decode(path.read_bytes())
    (task,) = [each for each in tasks if each["data"]["document_id"] == first_id(folder)]
    result = next(each for each in task["annotations"][0]["result"] if "labels" in each["value"])
    result["value"]["labels"] = ["GPE"] if result["value"]["labels"] != ["GPE"] else ["PERSON"]
    path.write_bytes(laid_out(tasks))


def new_seed(folder: Folder) -> None:
    (folder.seeds / "zzz.txt").write_text("Nobody froze this.\n")


def drop_round(folder: Folder) -> None:
    for path in (folder.annotations / "documents" / "round2").iterdir():
        path.unlink()


CHANGES: dict[str, tuple[Change, int]] = {
    "an abbreviation": (lambda folder: replace(folder.settings, "name:", "abbreviations: [etc.]\nname:"), 2),
    "the version": (lambda folder: replace(folder.settings, "version: 1.0.0", "version: 1.0.1"), 0),
    "a title": (lambda folder: replace(folder.catalogue, '"title":null', '"title":"A visit"'), 1),
    "a blank line before the catalogue's": (lambda folder: replace(folder.catalogue, "{", "\n{"), 0),
    "a definition": (lambda folder: replace(folder.labels, "A named human", "A single human"), 2),
    "a label in a blind round": (relabel, 1),
    "a reason": (lambda folder: replace(folder.decisions("documents"), '"reason":"', '"reason":"Indeed, '), 1),
    "an entity's id": (lambda folder: replace(folder.entity_clusters, '"cluster_id":"monday"', '"cluster_id":"mon"'), 2),
    "a link of sentences": (lambda folder: replace(folder.decisions("alignments"), '"reason":"', '"reason":"Indeed, '), 0),
    "the card": (lambda folder: replace(folder.card, "\n## ", "\nIndeed.\n\n## "), 0),
    "a round that is gone": (drop_round, 2),
    "a preannotation that is gone": (lambda folder: folder.preannotation.unlink(), 0),
}
"""What is changed, and how many of the two shards have to be worked on again."""


@pytest.mark.slow
def test_whatever_changes_the_build_is_the_one_from_nothing(folder: Folder, worked: Worked, tmp_path: Path) -> None:
    for name, (change, expected) in CHANGES.items():
        change(folder)
        settle()
        findings = rebuild(folder)[0].findings
        assert worked.since() == expected, name
        assert not failed(findings), name
        assert findings == build(folder, target=tmp_path / "fresh").findings, name
        assert digests(folder.hub) == digests(tmp_path / "fresh"), name
        worked.since()
        settle()
        assert rebuild(folder)[0].findings == findings
        assert revalidate(folder) == findings
        assert worked.since() == 0, name
        settle()


@pytest.mark.slow
def test_agreement_is_measured_where_what_it_rests_on_has_changed(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    measured = Counter[str]()

    def counted(parts: Iterable[Samples], labels: Labels) -> list[Figure]:
        measured[name] += 1
        return figures_of(parts, labels)

    monkeypatch.setattr(tabulate, "figures_of", counted)
    first, second = (folder.export_of("documents", "round2", name).path for name in ("a3", "a4"))
    for name, change in (
        ("a second annotator", lambda: second.write_text(first.read_text("utf-8").replace('"a1', '"a4'), "utf-8")),
        ("a reason", lambda: replace(folder.decisions("documents"), '"reason":"', '"reason":"Indeed, ')),
        ("a label that both gave", lambda: relabel(folder)),
        ("how long it took", lambda: replace(second, '"id": 11', '"id": 11, "lead_time": 5')),
    ):
        change()
        settle()
        assert not failed(rebuild(folder)[0].findings), name
        assert measured[name] == (name in ("a second annotator", "a label that both gave"))
        build(folder, target=tmp_path / "fresh")
        assert digests(folder.hub) == digests(tmp_path / "fresh"), name


def test_only_published_files_that_change_are_put_together(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def noted(pieces: Sequence[Path], target: Path) -> None:
        made.append(target.parent.name)
        assemble(pieces, target)

    monkeypatch.setattr(last_files, "assemble", noted)
    spoiled = folder.hub / "ner" / "train-00000-of-00001.parquet"
    of_shards = {"claim_detection", "documents", "entities", "ner", "readability", "relations"}
    for name, change, expected in (
        ("the card", lambda: replace(folder.card, "\n## ", "\nIndeed.\n\n## "), set()),
        ("a published file", lambda: spoiled.write_bytes(spoiled.read_bytes()[:-7] + b"garbage"), {"ner"}),
        ("a published file that is gone", spoiled.unlink, {"ner"}),
        ("an annotation of one of two documents", lambda: relabel(folder), of_shards),
    ):
        made.clear()
        change()
        settle()
        rebuild(folder)
        # The others have rows that join documents, which are written anew each time, or have clusters filled in.
        assert set(made) & of_shards == expected, name
        settle()


def test_decisions_are_gone_through_where_they_have_changed(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def noted(path: Path, file: str) -> Indexed:
        read.append(file)
        return index_decisions(path, file)

    monkeypatch.setattr(kept_index, "index_decisions", noted)
    replace(folder.card, "\n## ", "\nIndeed.\n\n## ")
    rebuild(folder)
    assert read == []
    replace(folder.decisions("documents"), '"reason":"', '"reason":"Indeed, ')
    rebuild(folder)
    assert read == ["annotations/documents/decisions.jsonl"]


def test_what_makes_a_build_fail_is_found_beside_a_cache(folder: Folder) -> None:
    before = digests(folder.hub)
    for change in (new_seed, lambda folder: replace(folder.text(first_id(folder)), "Monday", "Munday")):
        change(folder)
        assert rebuild(folder)[0].findings == validate(folder) != []
        assert revalidate(folder) == validate(folder)
        assert digests(folder.hub) == before


def test_a_change_that_leaves_size_and_time_as_they_were_is_seen(folder: Folder, worked: Worked) -> None:
    path = folder.export_of("documents", "round1", "a1").path
    before = path.stat()
    content = path.read_bytes()
    assert b'"B1"' in content
    path.write_bytes(content.replace(b'"B1"', b'"A2"', 1))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size

    rebuild(folder)

    assert worked.since() == 1


def test_a_file_written_twice_in_one_tick_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("one")
    files = FileDigests()
    taken = files.digest(path)

    assert files.kept == {}
    path.write_text("two")
    assert FileDigests(files.kept).digest(path) != taken


@pytest.mark.parametrize("seconds", [-1, 0, 20_000_000_000])
def test_the_stamp_of_a_file_of_any_time_is_packed_whole(seconds: int) -> None:
    """Before 1970, and after 2262, when the nanoseconds since 1970 take more than 63 bits, as a file system may say."""
    found = Stamp(3, seconds * 10**9, seconds * 10**9, 2**64 - 1)

    assert len(found.packed) == 32
    assert found.packed not in {found._replace(**{name: getattr(found, name) ^ 1}).packed for name in Stamp._fields}


def test_lines_that_move_move_in_findings(folder: Folder, worked: Worked) -> None:
    export = folder.export_of("documents", "round1", "a1")
    path = export.path
    tasks = msgspec.json.decode(path.read_bytes())
    mention = next(each for task in tasks for each in task["annotations"][0]["result"] if "labels" in each["value"])
    mention["value"]["start"] += 100_000
    mention["value"]["end"] += 100_000
    path.write_bytes(laid_out(tasks))
    one, *_ = [each for each in rebuild(folder)[0].findings if each.where.file == export.name]
    assert worked.since() == 1

    path.write_bytes(b"\n" + path.read_bytes())
    other, *_ = [each for each in rebuild(folder)[0].findings if each.where.file == export.name]

    assert other.where == one.where.at(line=one.where.line + 1)


@pytest.mark.parametrize("damaged", ["result.msgpack", "train.ner.parquet", "ner.train.parquet"])
def test_what_is_damaged_in_the_cache_is_made_again(folder: Folder, worked: Worked, damaged: str) -> None:
    before = digests(folder.hub)
    hit = 0
    for path in folder.cache.glob(f"parts/*/{damaged}"):
        path.write_bytes(path.read_bytes()[:-7] + b"garbage")
        hit += 1
    folder.hub.joinpath("README.md").unlink()

    rebuild(folder)

    assert digests(folder.hub) == before
    assert worked.since() == hit


def test_a_cache_that_cannot_be_written_fails_no_build(folder: Folder, worked: Worked) -> None:
    before = digests(folder.hub)
    folder.hub.joinpath("README.md").unlink()
    for kind in [each for each in folder.cache.iterdir() if each.is_dir()]:
        shutil.rmtree(kind)
        kind.write_text("where nothing can be kept, as on a full disk")

    assert not failed(rebuild(folder)[0].findings)

    assert digests(folder.hub) == before
    assert worked.since() > 0
    assert [each.name for each in folder.hub.parent.iterdir() if each.name.startswith(".")] == []


def test_what_is_damaged_in_the_build_is_made_again(folder: Folder, worked: Worked) -> None:
    before = digests(folder.hub)
    for damage in (
        lambda: (folder.hub / "croissant.json").write_text("{}"),
        (folder.hub / "README.md").unlink,
        lambda: (folder.hub / "notes.txt").write_text("mine"),
    ):
        damage()
        rebuild(folder)
        assert digests(folder.hub) == before
    assert worked.since() == 0


def test_other_code_makes_everything_again(folder: Folder, worked: Worked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "code_version", lambda: "another")

    rebuild(folder)

    assert worked.since() == 2


def test_the_version_of_the_code_is_that_of_its_files_and_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    here = code_version.code_version.__wrapped__
    before = here()

    assert here() == before
    monkeypatch.setattr(code_version, "tools", lambda: tools() | {"polars": "2"})
    assert here() != before


def test_validation_writes_nothing(repository: Path, tmp_path: Path, worked: Worked) -> None:
    folder = copied(repository, tmp_path)

    assert revalidate(folder) == []
    assert worked.since() == 3
    assert not folder.cache.exists()


def test_the_articles_are_built_as_from_nothing(repository: Path, tmp_path: Path, hub: Path) -> None:
    folder = copied(repository, tmp_path)
    for _ in range(2):
        rebuild(folder)
        assert digests(folder.hub) == digests(hub)


def test_a_cache_from_elsewhere_is_not_believed(folder: Folder, worked: Worked, tmp_path: Path) -> None:
    """A corpus that is checked out could bring along that nothing is wrong with it."""
    copy = Folder(Path(shutil.copytree(folder.root, tmp_path / "elsewhere", copy_function=shutil.copy2)))

    assert revalidate(copy) == []
    assert worked.since() == 2
    rebuild(copy)
    assert worked.since() == 2
    settle()
    copy.root.rename(tmp_path / "moved")
    rebuild(Folder(tmp_path / "moved"))
    assert worked.since() == 0


def test_what_nobody_used_for_a_week_goes(folder: Folder) -> None:
    parts = sorted(folder.cache.glob("parts/*"))
    old = time.time() - 2 * store.UNUSED
    os.utime(parts[0], (old, old))
    other = folder.cache / "parts" / "left"
    other.mkdir()
    os.utime(other, (old, old))
    folder.hub.joinpath("README.md").unlink()

    rebuild(folder)

    assert sorted(folder.cache.glob("parts/*")) == parts


def test_a_file_whose_name_is_no_text_is_told_of_as_ever(folder: Folder) -> None:
    (folder.seeds / os.fsdecode(b"\xff.txt")).write_text("An article.\n")

    assert rebuild(folder)[0].findings == validate(folder) != []
