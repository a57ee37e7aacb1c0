"""Freezing through real folders."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from variorum.annotations.export_files import annotated_documents
from variorum.build import validate
from variorum.corpus.freeze import Freeze, Freezing, freeze
from variorum.corpus.settings import read_settings
from variorum.corpus.split_draw import drawn_splits
from variorum.corpus.texts import ChangedError
from variorum.findings import Level
from variorum.folder import Folder

Corpus = Callable[[str], Folder]


def run(folder: Folder, annotated: set[str] | None = None) -> Freeze:
    settings, findings = read_settings(folder.settings.read_bytes(), "corpus.yaml")
    assert findings == []
    return freeze(Freezing(folder, settings, annotated_documents(folder) if annotated is None else annotated))


def snapshot(folder: Folder) -> dict[str, bytes]:
    return {folder.name(path): path.read_bytes() for path in sorted(folder.root.rglob("*")) if path.is_file()}


def lines(folder: Folder) -> list[bytes]:
    return folder.catalogue.read_bytes().split(b"\n")


def seed(folder: Folder, name: str, content: bytes) -> Path:
    path = folder.seeds / name
    path.write_bytes(content)
    return path


def test_a_new_seed_gets_a_text_and_a_line_behind_the_others(corpus: Corpus) -> None:
    folder = corpus("good")
    before = folder.catalogue.read_bytes()
    seed(folder, "three.txt", b"\xef\xbb\xbf date 2023-11-07 Snow lay\r\nin Oslo.\r\n")

    done = run(folder)

    assert (done.added, done.renewed, done.unchanged, done.findings) == (["three"], [], ["one", "two"], [])
    assert folder.text("three").read_bytes() == b"Snow lay\nin Oslo."
    assert folder.catalogue.read_bytes().startswith(before)
    assert json.loads(folder.catalogue.read_bytes()[len(before) :]) == {
        "document_id": "three",
        "title": None,
        "story_id": "three",
        "role": "other",
        "simplified_of": None,
        "split": "train",
        "language": "en",
        "licence": "CC0-1.0",
        "redistribute": True,
        "source_date": "2023-11-07",
        "seed": "seeds/three.txt",
        "seed_sha256": "c9136d3328312e870b751acf52834ddb8f4bb1ffbec1654bc77717c1c69c78c9",
        "seed_rules": ["byte-order-mark", "date-header", "carriage-return", "final-newline"],
        "text_sha256": "9cbdf312c1113811645587e941ce6f11c475ca472939e7ab05295df05e1c441a",
    }


def test_a_seed_or_text_that_is_no_regular_file_stops_a_freeze(corpus: Corpus) -> None:
    """Of a document with a seed the text is frozen anew; of one without, it is all there is."""
    folder = corpus("good")
    folder.seed("one").unlink()
    for path in (folder.text("one"), folder.text("two")):
        path.unlink()
        os.mkfifo(path)
    os.mkfifo(folder.seed("three"))
    before = folder.catalogue.read_bytes()

    done = run(folder)

    assert [(each.where.file, each.rule) for each in done.findings] == [
        ("seeds/three.txt", "file-irregular"),
        ("corpus/texts/one.txt", "file-irregular"),
    ]
    assert folder.catalogue.read_bytes() == before
    assert not folder.text("two").is_file()


def test_what_freeze_made_validates(corpus: Corpus) -> None:
    folder = corpus("good")
    seed(folder, "three.txt", b"Snow lay in Oslo.\n")

    run(folder)

    assert [(each.rule, each.level) for each in validate(folder)] == [("gold-missing", Level.WARNING)]


def test_a_corpus_without_catalogue_gets_one(corpus: Corpus) -> None:
    folder = corpus("good")
    folder.catalogue.unlink()

    done = run(folder)

    assert done.added == ["one", "two"]
    assert validate(folder) == []


def test_freezing_twice_changes_nothing(corpus: Corpus) -> None:
    folder = corpus("good")
    seed(folder, "three.txt", b"Snow lay in Oslo.\n")
    run(folder)
    before = snapshot(folder)

    done = run(folder)

    assert (done.added, done.renewed, done.unchanged, done.findings) == ([], [], ["one", "three", "two"], [])
    assert snapshot(folder) == before


@pytest.mark.parametrize("ending", [b"\n", b"", b"\n\n", b"\r\n"])
def test_lines_that_people_edited_stay_to_the_byte(corpus: Corpus, ending: bytes) -> None:
    folder = corpus("good")
    one, two = lines(folder)[:2]
    fields = json.loads(one)
    odd = b"  " + b" , ".join(json.dumps({k: v}).encode()[1:-1] for k, v in reversed(fields.items()))
    edited = b"\xef\xbb\xbf\n" + odd.replace(b'  "', b'  { "', 1) + b" }\t\r\n\n" + two.replace(b":", b" : ") + ending
    folder.catalogue.write_bytes(edited)

    assert run(folder).findings == []
    assert folder.catalogue.read_bytes() == edited

    seed(folder, "three.txt", b"Snow lay in Oslo.\n")
    assert run(folder).added == ["three"]
    assert folder.catalogue.read_bytes().startswith(edited)
    assert [json.loads(line)["document_id"] for line in lines(folder)[1:] if line.strip()] == ["one", "two", "three"]


def test_a_changed_seed_whose_text_is_annotated_is_refused(corpus: Corpus) -> None:
    folder = corpus("good")
    seed(folder, "one.txt", b"Oslo said the bridge is unsafe.\n")
    before = snapshot(folder)

    done = run(folder)

    assert [(str(each.where), each.rule) for each in done.findings] == [("seeds/one.txt", "seed-changed")]
    assert snapshot(folder) == before


@pytest.mark.parametrize("content", [b"[{", b'[{"id": 1, "annotations": [], "data": {}}]', b""])
def test_a_changed_seed_is_refused_while_an_export_does_not_tell_what_it_annotates(corpus: Corpus, content: bytes) -> None:
    folder = corpus("good")
    folder.annotations.joinpath("documents", "round1", "a1.json").write_bytes(content)
    (folder.seeds / "one.txt").write_text("Another text altogether.")
    before = folder.text("one").read_bytes()

    (found,) = run(folder).findings

    assert found.rule == "seed-changed"
    assert "cannot be read to see whose texts it needs" in found.fact
    assert folder.text("one").read_bytes() == before


def test_a_changed_seed_that_keeps_the_annotated_text_is_frozen_anew(corpus: Corpus) -> None:
    folder = corpus("good")
    text = folder.text("one").read_bytes()
    seed(folder, "one.txt", b"\xef\xbb\xbf" + text + b"\r\n\r\n")
    two = lines(folder)[1]

    done = run(folder)

    assert (done.renewed, done.findings) == (["one"], [])
    assert folder.text("one").read_bytes() == text
    assert json.loads(lines(folder)[0])["seed_rules"] == ["byte-order-mark", "final-newline"]
    assert lines(folder)[1:] == [two, b""]
    assert validate(folder) == []


def test_a_changed_seed_that_nobody_annotated_is_frozen_anew_and_keeps_what_people_wrote(corpus: Corpus) -> None:
    folder = corpus("good")
    folder.catalogue.write_bytes(folder.catalogue.read_bytes().replace(b'"title":null', b'"title":"Mine"', 1))
    seed(folder, "one.txt", b" date 2024 Oslo said the bridge is unsafe.\n")

    done = run(folder, annotated={"two"})

    line = json.loads(lines(folder)[0])
    assert (done.renewed, done.findings) == (["one"], [])
    assert folder.text("one").read_bytes() == b"Oslo said the bridge is unsafe."
    assert (line["title"], line["source_date"], line["seed_rules"]) == ("Mine", "2024", ["date-header", "final-newline"])


def test_a_lost_text_is_made_again_and_its_line_stays(corpus: Corpus) -> None:
    folder = corpus("good")
    folder.catalogue.write_bytes(folder.catalogue.read_bytes().replace(b":", b" : "))
    before = snapshot(folder)
    folder.text("one").unlink()

    done = run(folder)

    assert (done.renewed, done.findings) == (["one"], [])
    assert snapshot(folder) == before


def test_a_text_changed_by_hand_is_refused(corpus: Corpus) -> None:
    folder = corpus("good")
    folder.text("one").write_bytes(b"Oslo said nothing.")
    before = snapshot(folder)

    done = run(folder)

    assert [(str(each.where), each.rule) for each in done.findings] == [("corpus/texts/one.txt", "text-changed")]
    assert snapshot(folder) == before


@pytest.mark.parametrize(
    ("name", "content", "place", "rule"),
    [
        ("bad.txt", b"ab\ncaf\xe9 x", "seeds/bad.txt:2", "seed-not-utf8"),
        ("bad.txt", b" \n\t\n", "seeds/bad.txt", "seed-empty"),
        ("bad.txt", b"", "seeds/bad.txt", "seed-empty"),
        ("bad.txt", b"one\ntwo\x00", "seeds/bad.txt:2:4", "seed-control-character"),
        ("bad.txt", b" date 2023-02-30 a", "seeds/bad.txt:1", "seed-date-header"),
        ("b d.txt", b"a", "seeds/b d.txt", "seed-name"),
        ("bad.md", b"a", "seeds/bad.md", "seed-name"),
        ("x" * 201 + ".txt", b"a", f"seeds/{'x' * 201}.txt", "seed-name"),
    ],
)
def test_an_error_in_one_seed_writes_nothing(corpus: Corpus, name: str, content: bytes, place: str, rule: str) -> None:
    folder = corpus("good")
    seed(folder, "three.txt", b"Snow lay in Oslo.\n")
    seed(folder, name, content)
    before = snapshot(folder)

    done = run(folder)

    assert [(str(each.where), each.rule) for each in done.findings] == [(place, rule)]
    assert snapshot(folder) == before


def test_a_broken_catalogue_line_writes_nothing(corpus: Corpus) -> None:
    folder = corpus("good")
    folder.catalogue.write_bytes(folder.catalogue.read_bytes() + b"{\n")
    seed(folder, "three.txt", b"Snow lay in Oslo.\n")
    before = snapshot(folder)

    done = run(folder)

    assert [(str(each.where), each.rule) for each in done.findings] == [("corpus/catalogue.jsonl:3", "catalogue-malformed")]
    assert snapshot(folder) == before


def test_the_same_text_under_two_names_is_an_error(corpus: Corpus) -> None:
    folder = corpus("good")
    seed(folder, "three.txt", folder.text("one").read_bytes())
    before = snapshot(folder)

    done = run(folder)

    assert [(str(each.where), each.rule, each.fact) for each in done.findings] == [
        ("seeds/three.txt", "text-duplicate", "The text is that of seeds/one.txt.")
    ]
    assert snapshot(folder) == before


def test_nearly_the_same_text_is_a_warning_at_freeze_and_an_error_after(corpus: Corpus) -> None:
    folder = corpus("good")
    seed(folder, "three.txt", folder.text("two").read_bytes() + b" Yes.")

    done = run(folder)

    assert [(str(each.where), each.rule, each.level) for each in done.findings] == [
        ("seeds/two.txt", "text-near-duplicate", Level.WARNING)
    ]
    assert done.added == ["three"]
    near = [each for each in validate(folder) if each.rule == "text-near-duplicate"]
    assert [(str(each.where), each.level) for each in near] == [("corpus/texts/two.txt", Level.ERROR)]


def test_of_more_pairs_of_nearly_the_same_text_than_are_listed_the_last_finding_says_so(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = corpus("good")
    for name in ("three", "four"):
        seed(folder, f"{name}.txt", folder.text("two").read_bytes() + f" {name}.".encode())
    monkeypatch.setattr("variorum.corpus.compared_texts.LISTED_NEAR_DUPLICATES", 2)

    listed = [each.fact for each in run(folder).findings]

    assert len(listed) == 3
    assert "Only 2 pairs are listed, and this is of one more; up to 3 documents are in any." in listed


def test_nearly_the_same_text_of_one_story_is_no_finding(corpus: Corpus) -> None:
    folder = corpus("good")
    seed(folder, "three.txt", folder.text("two").read_bytes() + b" Yes.")
    run(folder)
    folder.catalogue.write_bytes(folder.catalogue.read_bytes().replace(b'"story_id":"three"', b'"story_id":"two"'))

    assert run(folder).findings == []


def test_a_document_whose_seed_is_gone_stays_as_it_is(corpus: Corpus) -> None:
    folder = corpus("good")
    (folder.seeds / "one.txt").unlink()
    before = snapshot(folder)

    assert run(folder).findings == []
    assert snapshot(folder) == before


@pytest.mark.parametrize("place", ["corpus/catalogue.jsonl", "seeds/three.txt"])
def test_what_changes_meanwhile_stays_as_somebody_wrote_it(corpus: Corpus, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """Lines are put in by their numbers, which may be those of others by now; a text is that of its line."""
    folder = corpus("good")
    seed(folder, "three.txt", b"A third article.\n")
    folder.seed("one").write_bytes(b"\xef\xbb\xbf" + folder.seed("one").read_bytes())
    path = folder.root / place

    def drawn(*given: Any) -> Any:
        path.write_bytes(b"\n" + path.read_bytes())
        changed.update(snapshot(folder))
        return drawn_splits(*given)

    changed: dict[str, bytes] = {}
    monkeypatch.setattr("variorum.corpus.freeze.drawn_splits", drawn)
    with pytest.raises(ChangedError, match=f"^{re.escape(place)} changed while it was used\\. Run the command again\\.$"):
        run(folder)

    assert snapshot(folder) == changed != {}
    monkeypatch.undo()
    assert run(folder).findings == []


def test_a_document_with_two_lines_is_frozen_only_when_one_of_them_is_gone(corpus: Corpus) -> None:
    folder = corpus("catalogue-duplicate-id")
    before = snapshot(folder)

    assert [each.rule for each in run(folder).findings] == ["catalogue-duplicate-id"]
    assert snapshot(folder) == before
