"""Entries that are held packed."""

from collections.abc import Callable
from unittest.mock import Mock

import pytest
from msgspec import structs

from variorum.cache.packing import unpack_tight
from variorum.corpus.catalogue import Document, Entry
from variorum.corpus.catalogue_lines import CatalogueLines
from variorum.corpus.entries import AT_A_TIME


def entry(number: int) -> Entry:
    id_ = f"article-{number:05d}"
    document = Document(
        document_id=id_,
        story_id=f"story-{number // 3}",
        role="original",
        split=("train", "test")[number % 2],
        language="en",
        licence="CC0-1.0",
        title="Ein Tunnel für São Paulo 🚇" if number % 5 else None,
        seed_rules=("bom",) * (number % 2),
        text_sha256=f"{number:064x}",
    )
    return Entry(number + 1, document, "corpus/catalogue/a.jsonl")


ENTRIES = [entry(number) for number in range(2 * AT_A_TIME + 3)]


def test_entries_come_back_as_they_were_in_whatever_order_they_are_asked_for() -> None:
    entries = CatalogueLines(iter(ENTRIES)).entries()

    assert (list(entries), len(entries)) == (ENTRIES, len(ENTRIES))
    assert [entries[place] for place in (0, -1, AT_A_TIME, AT_A_TIME - 1, 1)] == [
        ENTRIES[place] for place in (0, -1, AT_A_TIME, AT_A_TIME - 1, 1)
    ]
    assert entries[AT_A_TIME - 2 : AT_A_TIME + 2] == ENTRIES[AT_A_TIME - 2 : AT_A_TIME + 2]
    with pytest.raises(IndexError):
        entries[len(ENTRIES)]


def test_packs_are_seldom_opened_again_where_entries_are_asked_for_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Splits are packed apart, and most documents are of one: the packs of the others stay open meanwhile."""
    splits = ("train",) * 8 + ("validation", "test")
    many = [
        structs.replace(each, document=structs.replace(each.document, split=splits[number % 10]))
        for number, each in enumerate(entry(number) for number in range(40 * AT_A_TIME))
    ]
    entries, opened = CatalogueLines(many).entries(), Mock(wraps=unpack_tight)
    monkeypatch.setattr("variorum.corpus.entries.unpack_tight", opened)

    assert list(entries) == many
    assert opened.call_count <= 44


def test_a_digest_tells_of_every_change() -> None:
    changed = structs.replace(ENTRIES[5], document=structs.replace(ENTRIES[5].document, title="other"))

    assert (
        CatalogueLines([*ENTRIES[:5], changed, *ENTRIES[6:]]).entries().digest() != CatalogueLines(ENTRIES).entries().digest()
    )
    assert CatalogueLines(list(ENTRIES)).entries().digest() == CatalogueLines(ENTRIES).entries().digest()


def test_stories_and_splits_are_at_hand() -> None:
    entries = CatalogueLines(ENTRIES).entries()

    assert entries.stories() == {each.document.document_id: each.document.story_id for each in ENTRIES}
    assert entries.splits() == {each.document.document_id: each.document.split for each in ENTRIES}
    assert (list(CatalogueLines().entries()), CatalogueLines().entries().splits()) == ([], {})


def test_what_documents_are_compared_by_is_at_hand_as_numbers() -> None:
    entries = CatalogueLines(ENTRIES).entries()
    ids = [each.document.document_id for each in ENTRIES]

    assert entries.places(ids[::-7]).tolist() == list(range(len(ENTRIES)))[::-7]
    assert entries.story_numbers().tolist() == [number // 3 for number in range(len(ENTRIES))]
    assert entries.split_names() == ["train", "test"]
    assert entries.split_numbers(["test", "train"]).tolist() == [1 - number % 2 for number in range(len(ENTRIES))]
    assert entries.in_split("test").tolist() == [number % 2 == 1 for number in range(len(ENTRIES))]
    assert entries.keys().tolist() == [each.encode() for each in ids]


@pytest.mark.parametrize(
    "change",
    [
        lambda each: structs.replace(each, line=each.line + 1),
        lambda each: structs.replace(each, file="corpus/catalogue/b.jsonl"),
        *(
            lambda each, name=name: structs.replace(each, document=structs.replace(each.document, **{name: "other"}))
            for name in ("document_id", "story_id", "split")
        ),
    ],
)
def test_what_a_comparison_tells_of_documents_has_a_digest(change: Callable[[Entry], Entry]) -> None:
    changed = [*ENTRIES[:5], change(ENTRIES[5]), *ENTRIES[6:]]

    assert CatalogueLines(changed).entries().compared_digest() != CatalogueLines(ENTRIES).entries().compared_digest()
    assert CatalogueLines(list(ENTRIES)).entries().compared_digest() == CatalogueLines(ENTRIES).entries().compared_digest()
