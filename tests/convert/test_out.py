"""What keeps a release from being written in another format."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from variorum.convert.document import Document
from variorum.convert.format import Format, Read
from variorum.convert.out import foreseen, unwritable, write
from variorum.convert.registry import format_of
from variorum.difference.read import open_build
from variorum.schema.labels import Labels

CAS = format_of("cas")


def losing(format_: Format) -> Format:
    """The format with a reader that gives back another text."""

    def read(files: Mapping[str, bytes], labels: Labels) -> Read:
        found = format_.read(files, labels)
        return Read([replace(document, text=document.text + "!") for document in found.documents], found.findings)

    return replace(format_, read=read)


def test_what_reads_back_otherwise_is_not_written(hub: Path, tmp_path: Path) -> None:
    done = write(open_build(hub), losing(format_of("brat")), tmp_path / "out")

    assert {f"[{each.rule}]" for each in done.findings} == {"[convert-unlike]"}
    assert not (tmp_path / "out").exists()


def test_what_xml_cannot_hold_is_found_before_anything_is_written() -> None:
    assert [f"[{each.rule}]" for each in unwritable(Document("one", "Oslo\ufffe"), CAS)] == ["[convert-character]"]
    assert list(unwritable(Document("one", "Oslo\ufffe"), format_of("brat"))) == []
    assert list(unwritable(Document("one", "Oslo \U0001f600\t\n"), CAS)) == []


def test_the_corpus_is_held_whole_by_what_can(hub: Path) -> None:
    account = foreseen(open_build(hub), format_of("tei"))

    assert not account.losses
    assert account.held == account.written
    assert (account.documents, account.bare) == (3, 0)
    assert {kind: account.held[kind] for kind in ("mentions", "claims", "relations")} == {
        "mentions": 189,
        "claims": 113,
        "relations": 31,
    }
