"""Splits that freeze proposes: stories that share text are held out together."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from tests.corpus.test_splits import entries, settings
from tests.corpus.test_word_run_index import corpora

from variorum.corpus.catalogue import Document
from variorum.corpus.split_draw import drawn_splits
from variorum.corpus.splits import draw_split, leaks
from variorum.corpus.word_run_index import comparison

THIRDS = {"train": 1.0, "validation": 1.0, "test": 1.0}
ONE, TWO = "the ferry to the island left at nine sharp", "nobody on the quay had seen the last bus go"


def proposed(new: list[Document], known: list[Document], texts: dict[str, str], holds_out: str = "stories") -> list[Document]:
    stories = {each.document_id: each.story_id for each in (*known, *new)}
    fixed = {each.story_id: each.split for each in known}
    with comparison(texts, texts.__getitem__) as compared:
        own = [stories[each] for each in compared.ids]
        splits = drawn_splits({each.story_id for each in new}, fixed, own, compared, settings(THIRDS, holds_out))
    return [structs.replace(each, split=splits[each.story_id]) for each in new]


def documents(**splits: str) -> list[Document]:
    return [entry.document for entry in entries(*((name, name, split) for name, split in splits.items()))]


@given(corpora(), st.booleans())
def test_no_text_leaks_between_new_stories(drawn: tuple[dict[int, str], list[int], list[int]], is_numbered: bool) -> None:
    texts = {f"d{number}": text for number, text in drawn[0].items()}
    stories = [f"s{number if is_numbered else story}" for number, story in enumerate(drawn[1])]
    new = [each.document for each in entries(*((id_, story, "train") for id_, story in zip(texts, stories, strict=True)))]

    found = proposed(new, [], texts)

    with comparison(texts, texts.__getitem__) as compared:
        catalogue = entries(*((each.document_id, each.story_id, each.split) for each in found))
        assert leaks(catalogue, compared).listed == []


def test_what_shares_nothing_is_drawn_by_itself() -> None:
    found = proposed(documents(a="train", b="train", c="train"), [], {"a": ONE, "b": TWO, "c": "something else"})

    assert [each.split for each in found] == [draw_split(each, settings(THIRDS)) for each in "abc"]


def test_a_chain_of_new_stories_goes_to_the_least_held_out_of_their_splits() -> None:
    names = [name for name in "abcdefghijk" if draw_split(name, settings(THIRDS)) != "train"]
    first, middle, last = names[:3]
    new = documents(**dict.fromkeys((first, middle, last), "train"))

    found = proposed(new, [], {first: ONE, middle: f"{ONE} {TWO}", last: TWO})

    drawn = {draw_split(name, settings(THIRDS)) for name in names[:3]}
    assert {each.split for each in found} == {"validation" if "validation" in drawn else "test"}


def test_a_new_story_goes_to_the_split_of_the_nearest_that_is_in_the_catalogue() -> None:
    known = documents(held="test", far="validation")
    texts = {"held": ONE, "new": f"{ONE} and so on", "next": "and so on it went for nine more years", "far": TWO}
    texts["new"] += " it went for nine more years"

    found = proposed(documents(new="train", next="train"), known, texts)

    assert [each.split for each in found] == ["test", "test"]


def test_where_tellings_are_held_out_nothing_is_moved() -> None:
    found = proposed(documents(a="train", b="train"), [], {"a": ONE, "b": ONE}, holds_out="tellings")

    assert [each.split for each in found] == [draw_split(each, settings(THIRDS)) for each in "ab"]
