"""The corpora that benchmarks run on are right, and the same every time."""

from pathlib import Path

import msgspec

from tests.benchmarks.corpus import make_corpus
from variorum.build import validate
from variorum.findings import Level
from variorum.folder import Folder


def contents(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_a_made_corpus_has_nothing_wrong(tmp_path: Path) -> None:
    make_corpus(tmp_path, 30, files=3)

    assert [str(each) for each in validate(Folder(tmp_path)) if each.level is not Level.NOTE] == []


def test_the_same_arguments_give_the_same_corpus(tmp_path: Path) -> None:
    for name in ("one", "two"):
        make_corpus(tmp_path / name, 6)

    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_a_smaller_corpus_is_the_beginning_of_a_larger_one(tmp_path: Path) -> None:
    for tasks in (3, 6):
        make_corpus(tmp_path / str(tasks), tasks)
    fewer, more = contents(tmp_path / "3"), contents(tmp_path / "6")

    assert {name: source for name, source in more.items() if name in fewer and "texts" in name} == {
        name: source for name, source in fewer.items() if "texts" in name
    }
    assert more["annotations/documents/round1/a1.json"].startswith(fewer["annotations/documents/round1/a1.json"][:-1])


def test_texts_can_stand_in_the_catalogue(tmp_path: Path) -> None:
    make_corpus(tmp_path / "inline", 4, inline=True)
    make_corpus(tmp_path / "files", 4)
    (part,) = (tmp_path / "inline" / "corpus" / "catalogue").iterdir()
    found = [msgspec.json.decode(line) for line in part.read_bytes().splitlines()]

    assert [each["text"] for each in found] == [path.read_text("utf-8") for path in Folder(tmp_path / "files").text_files()]
