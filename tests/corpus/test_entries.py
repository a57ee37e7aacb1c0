"""Entries that are held packed."""

from collections.abc import Callable, Iterator
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
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


def test_some_documents_are_found_by_their_ids() -> None:
    entries = CatalogueLines(ENTRIES).entries()
    ids = [each.document.document_id for each in ENTRIES[3:9]]

    assert entries.found([*ids, "nobody"]) == dict(zip(ids, ENTRIES[3:9], strict=True))
    assert entries.found([]) == {}


def test_the_split_of_a_story_is_that_of_its_first_line() -> None:
    lines = [structs.replace(each, line=len(ENTRIES) - number) for number, each in enumerate(ENTRIES)]

    found = CatalogueLines(lines).entries().first_splits()

    assert found == {each.document.story_id: each.document.split for each in ENTRIES}
    assert CatalogueLines(ENTRIES).entries().first_splits() == {
        each.document.story_id: each.document.split for each in reversed(ENTRIES)
    }


def test_lines_come_back_in_their_order_and_entries_in_that_of_ids_the_first_of_each() -> None:
    mixed = [*ENTRIES[::-3], *ENTRIES[::2], *ENTRIES[1::2]]
    first = {each.document.document_id: each for each in reversed(mixed)}
    lines = CatalogueLines(mixed)

    assert (list(lines), len(lines)) == (mixed, len(mixed))
    assert list(lines.entries()) == [each for _, each in sorted(first.items())]


@given(
    st.lists(st.tuples(st.sampled_from("aAbBcC"), st.sampled_from(["x", "y"]), st.sampled_from([None, *"abcZ"])), max_size=9)
)
def test_what_is_wrong_between_lines_is_what_a_plain_comparison_finds(drawn: list[tuple[str, str, str | None]]) -> None:
    lines = [
        Entry(number, structs.replace(ENTRIES[0].document, document_id=id_, story_id=story, simplified_of=original))
        for number, (id_, story, original) in enumerate(drawn, start=1)
    ]

    found = sorted((each.where.line, each.rule) for each in CatalogueLines(lines).check("catalogue.jsonl"))

    assert found == sorted({*plain_doubles(lines), *plain_originals(lines)})


def plain_doubles(lines: list[Entry]) -> Iterator[tuple[int, str]]:
    ids = [each.document.document_id.casefold() for each in lines]
    yield from (
        (each.line, "catalogue-duplicate-id") for each, id_ in zip(lines, ids, strict=True) if id_ in ids[: each.line - 1]
    )


def plain_originals(lines: list[Entry]) -> Iterator[tuple[int, str]]:
    documents = {each.document.document_id: each.document for each in reversed(lines)}
    for each in lines:
        seen, at = [each.document.document_id], each.document.simplified_of
        while at in documents and at not in seen:
            seen, at = [*seen, at], documents[at].simplified_of
        original = documents.get(each.document.simplified_of or "")
        is_wrong = original is None or at == seen[0] or original.story_id != each.document.story_id
        if each.document.simplified_of is not None and is_wrong:
            yield each.line, "catalogue-simplified-of"
