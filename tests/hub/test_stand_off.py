"""Stand-off releases: nothing of a withheld text is left in them, and its seed brings every byte back."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import REPOSITORY, copied

from variorum import shards
from variorum.annotations.canonical import canonical
from variorum.build import build
from variorum.cli import main
from variorum.engines import Working
from variorum.folder import Folder
from variorum.hub.references import elided, referenced, restored
from variorum.hub.stand_off import restore, withhold
from variorum.hub.text_index import IndexedTexts
from variorum.hub_folder import write_release as write_in_full
from variorum.safe_write import beside
from variorum.shards import Kept
from variorum.tabulate import tabulate

WITHHELD = ("000_fa71912102e7c8c3", "004_78485a8877b098dc")


def withholding(folder: Folder, *document_ids: str) -> Folder:
    lines = [json.loads(line) for line in folder.catalogue.read_text(encoding="utf-8").splitlines()]
    written = [line | {"redistribute": line["document_id"] not in document_ids} for line in lines]
    folder.catalogue.write_text("".join(json.dumps(line) + "\n" for line in written), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """The project's own corpus, with two of its three articles withheld, built."""
    folder = withholding(copied(REPOSITORY, tmp_path_factory.mktemp("stand-off")), *WITHHELD)
    assert build(folder).findings == []
    return folder


@pytest.fixture(scope="module")
def in_full(released: Folder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the same build would be if nothing were withheld."""
    target = tmp_path_factory.mktemp("in-full") / "full"
    write_in_full(tabulate(released), target)
    return target


def rehydrated(folder: Folder, seeds: Path) -> tuple[int, str, Path]:
    target = folder.root / "full"
    result = CliRunner().invoke(main, ["rehydrate", str(folder.hub), "--seeds", str(seeds), "--into", str(target)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output, target


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_what_is_rehydrated_is_what_was_built_in_full_to_the_byte(released: Folder, in_full: Path, tmp_path: Path) -> None:
    renamed = tmp_path / "articles"
    renamed.mkdir()
    for number, path in enumerate(sorted(released.seeds.iterdir())):
        shutil.copy(path, renamed / f"{number}.text")

    code, _, target = rehydrated(released, renamed)

    assert code == 0
    assert files(target) == files(in_full)


@pytest.mark.slow
def test_a_release_of_several_shards_is_rehydrated_to_the_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "SHARD", 1)
    folder = withholding(copied(REPOSITORY, tmp_path / "corpus"), *WITHHELD)
    assert len(build(folder, working=Working(2)).parts) == 3

    code, _, target = rehydrated(folder, folder.seeds)

    with beside(tmp_path / "full") as parts:
        write_in_full(tabulate(folder, Kept(folder=parts)), tmp_path / "full")
    assert code == 0
    assert files(target) == files(tmp_path / "full")
    assert {path.name for path in folder.hub.parent.iterdir()} == {"hub", "hub.run.json"}


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)


def runs(text: str, words: int) -> set[tuple[str, ...]]:
    found = re.findall(r"\w+", text.lower())
    return {tuple(found[start : start + words]) for start in range(len(found) - words + 1)}


def test_no_run_of_words_of_a_withheld_text_is_left(released: Folder) -> None:
    texts = {path.stem: path.read_text(encoding="utf-8") for path in released.text_files()}
    withheld = set().union(*(runs(texts[each], 5) for each in WITHHELD))
    passed_on = runs(next(text for name, text in texts.items() if name not in WITHHELD), 5)
    own_words = runs(released.labels.read_text(encoding="utf-8"), 5) | runs(released.card.read_text(encoding="utf-8"), 5)
    secret = withheld - passed_on - own_words
    assert len(secret) > 700

    left = {
        (path.name, run)
        for path in sorted(released.hub.rglob("*"))
        if path.is_file()
        for text in (strings(pq.read_table(path).to_pylist()) if path.suffix == ".parquet" else [path.read_text("utf-8")])
        for run in runs(text, 5) & secret
    }

    assert left == set()


def test_no_surface_form_of_a_withheld_text_is_left(released: Folder) -> None:
    tables = {path: pq.read_table(path).to_pylist() for path in sorted(released.hub.glob("*/*.parquet"))}
    words = {
        (path.parent.name, name, row.get("document_id") or row.get("first_document_id"), str(row[name]))
        for path, rows in tables.items()
        for row in rows
        for name in ("text", "tokens", "first_text", "second_text")
        if name in row and row[name] and any(strings(row[name]))
    }
    quoted = [
        json.loads(row["result_json"])["value"]["text"]
        for path, rows in tables.items()
        for row in rows
        if "result_json" in row
        and row["document_id"] in WITHHELD
        and row["start"] is not None
        and row["result_type"] == "labels"
    ]

    assert {document_id for _, _, document_id, _ in words} == {"003_e83b93b34febada4"}
    assert len(quoted) > 1000
    assert set("".join(quoted)) <= set('…\\"n')


def test_the_card_and_the_manifest_say_what_is_withheld(released: Folder) -> None:
    assert "**Stand-off release.** The words of 2 of 3 articles" in (released.hub / "README.md").read_text(encoding="utf-8")
    assert json.loads((released.hub / "manifest.json").read_bytes())["withheld"] == sorted(WITHHELD)


def test_a_stand_off_release_loads_with_the_same_types(released: Folder, tmp_path: Path) -> None:
    from datasets import load_dataset

    entities = load_dataset(str(released.hub), "entities", cache_dir=str(tmp_path))

    assert {row["document_id"]: row["text"] is None for split in entities.values() for row in split} == {
        WITHHELD[0]: True,
        "003_e83b93b34febada4": False,
        WITHHELD[1]: True,
    }
    assert entities["train"].features["type"].names[0] == "PERSON"


def test_a_wrong_seed_is_refused_by_name(released: Folder, tmp_path: Path) -> None:
    shutil.copytree(released.seeds, tmp_path / "seeds")
    wrong = tmp_path / "seeds" / f"{WITHHELD[1]}.txt"
    wrong.write_bytes(wrong.read_bytes() + b" ")
    (tmp_path / "seeds" / f"{WITHHELD[0]}.txt").unlink()
    shutil.rmtree(released.root / "full", ignore_errors=True)

    code, told, target = rehydrated(released, tmp_path / "seeds")

    assert code == 1
    assert f"{WITHHELD[0]}: [seed-unlike]" in told
    assert "there is no such file" in told
    assert f"{wrong.name} is another text" in told
    assert not target.exists()


def rewrite(folder: Folder, manifest: str, name: str, digest: str) -> None:
    """Puts another digest into one of the manifests of a release, and into the outer one that of the inner."""
    path = folder.hub / manifest
    told = json.loads(path.read_bytes())
    told["files"][name] = digest
    path.write_text(json.dumps(told), encoding="utf-8")
    if manifest != "manifest.json":
        rewrite(folder, "manifest.json", manifest, sha256(path.read_bytes()).hexdigest())


@pytest.mark.parametrize("name", ["../evil.py", "withheld/full/../../evil.py", "/evil.parquet"])
def test_a_release_that_names_a_file_outside_itself_is_refused(released: Folder, tmp_path: Path, name: str) -> None:
    damaged = Folder(tmp_path)
    shutil.copytree(released.hub, damaged.hub)
    rewrite(damaged, "withheld/full/manifest.json", name, "0" * 64)

    code, said, target = rehydrated(damaged, released.seeds)

    assert code == 1
    assert f"manifest.json: [release-damaged] It names {name!r}, which no build writes." in said
    assert not target.exists()


@pytest.mark.parametrize("name", ["manifest.json", "withheld/full/manifest.json", "withheld/references.parquet", "ner"])
def test_a_damaged_release_is_refused(released: Folder, tmp_path: Path, name: str) -> None:
    damaged = Folder(tmp_path)
    shutil.copytree(released.hub, damaged.hub)
    path = damaged.hub / name
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.write_bytes(b"x")

    code, said, target = rehydrated(damaged, released.seeds)

    assert code == 1
    assert "[release-damaged]" in said
    assert not target.exists()


def test_what_the_target_holds_is_not_lost(released: Folder, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("x", encoding="utf-8")
    command = ["rehydrate", str(released.hub), "--seeds", str(released.seeds), "--into"]

    for target in (mine, released.seeds, released.hub / "full", released.root):
        result = CliRunner().invoke(main, [*command, str(target)])
        assert result.exit_code == 1
        assert "[target-taken]" in result.output
    assert (mine / "thesis.txt").exists()
    assert len(released.seed_files()) == 3


def test_a_restored_file_that_differs_takes_no_place(released: Folder, tmp_path: Path) -> None:
    damaged = Folder(tmp_path)
    shutil.copytree(released.hub, damaged.hub)
    rewrite(damaged, "withheld/full/manifest.json", "ner/test-00000-of-00001.parquet", "0" * 64)

    code, said, target = rehydrated(damaged, released.seeds)

    assert code == 1
    assert said.startswith("ner/test-00000-of-00001.parquet: [rehydrated-unlike]")
    assert not target.exists()


def test_a_full_release_is_not_rehydrated(corpus: Callable[[str], Folder]) -> None:
    folder = corpus("good")
    build(folder)

    code, told, _ = rehydrated(folder, folder.seeds)

    assert code == 1
    assert "[release-not-stand-off]" in told


TEXTS = st.dictionaries(st.sampled_from(["one", "two"]), st.text("ab \U0001f600", max_size=40), min_size=1)


@given(TEXTS, st.text("abc \U0001f600", max_size=30), st.integers(1, 6))
def test_references_restore_any_string(texts: dict[str, str], words: str, least: int) -> None:
    pieces = referenced(words, texts, least)

    assert restored(pieces, texts) == words
    assert all(each.end - each.start >= least for each in pieces if each.document_id)
    left = elided(pieces).split("…")
    assert not any(
        words[at : at + least] in text for text in texts.values() for words in left for at in range(len(words) - least + 1)
    )


def in_runs(words: str, texts: dict[str, str], least: int) -> list[str]:
    """The same by the definition: at each place the longest run that a text has, if it is long enough; else the character."""
    parts, place = [], 0
    while place < len(words):
        ends = range(len(words), place + least - 1, -1)
        end = next((end for end in ends if any(words[place:end] in text for text in texts.values())), place + 1)
        parts.append(words[place:end])
        place = end
    return parts


@given(TEXTS, st.text("ab \U0001f600", max_size=60), st.integers(1, 9))
def test_the_longest_run_wins_at_every_place(texts: dict[str, str], words: str, least: int) -> None:
    found = referenced(words, texts, least)

    assert [part for each in found for part in ([restored([each], texts)] if each.document_id else each.literal)] == in_runs(
        words, texts, least
    )


QUOTED = 'naïve "o\U0001f600/x'
QUOTING = {"id": "r1", "value": {"start": 0, "end": 9, "text": QUOTED, "labels": ["LOC"]}, "from_name": "label"}


def withheld(written: str, **texts: str) -> tuple[str, str]:
    """What is left of a result on the document `d` where these texts are withheld, and what rehydration makes of it."""
    indexed = IndexedTexts(texts, texts)
    table = pa.table({"document_id": ["d"], "result_json": [written]})
    kept, references = withhold(table, "f", {"result_json": {"": "json"}}, indexed)
    return kept["result_json"][0].as_py(), restore(kept, references, indexed)["result_json"][0].as_py()


def test_no_letter_of_what_a_result_quotes_is_left() -> None:
    written = canonical(json.dumps(QUOTING).encode()).decode()

    left, again = withheld(written, d=f"So {QUOTED}")

    assert json.loads(left) == QUOTING | {"value": {"start": 0, "end": 9, "text": "…", "labels": ["LOC"]}}
    assert again == written


def test_of_a_text_that_may_be_passed_on_only_long_runs_of_others_are_withheld() -> None:
    value = {"start": 0, "end": 40, "text": "He said: these are some words of it. No."}
    written = json.dumps(QUOTING | {"value": value}, separators=(",", ":"))

    left, again = withheld(written, other="These are some words of it.")

    assert json.loads(left)["value"]["text"] == "He said: t… No."
    assert again == written


@pytest.mark.parametrize("written", [json.dumps(QUOTING), json.dumps(QUOTING, separators=(",", ":"))])
def test_a_result_in_another_form_is_a_fault_of_ours_and_not_published(written: str) -> None:
    with pytest.raises(ValueError, match="is not in its canonical form"):
        withheld(written, d=f"So {QUOTED}")


@pytest.mark.parametrize("written", ['{"value":null}', '{"value":{"text":["some words of it"]}}', "{}"])
def test_a_result_that_quotes_no_span_is_restored(written: str) -> None:
    left, again = withheld(written, d="These are some words of it.")

    assert "words" not in left
    assert again == written


def test_a_full_and_a_stand_off_release_can_be_compared(released: Folder, in_full: Path) -> None:
    for builds in ((str(in_full), str(released.hub)), (str(released.hub), str(in_full))):
        result = CliRunner().invoke(main, ["diff", *builds])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert result.exit_code == 0
