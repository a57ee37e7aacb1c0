"""Drawing splits, and what leaks between them."""

from collections import Counter
from collections.abc import Mapping

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from variorum.corpus.catalogue import Document, Entry
from variorum.corpus.catalogue_lines import CatalogueLines
from variorum.corpus.entries import Entries
from variorum.corpus.settings import DEFAULTS, SPLITS, Settings, Split
from variorum.corpus.splits import Leak, Leaks, check_splits, draw_split, leaks
from variorum.corpus.word_run_index import comparison

FILE = "corpus/catalogue.jsonl"
RUN = "the ferry to the island left at nine sharp"  # nine words: two runs of eight
HALVES = {"train": 1.0, "test": 1.0}


def settings(shares: Mapping[str, float], holds_out: str = "stories", seed: str = "v1") -> Settings:
    return msgspec.convert(
        msgspec.to_builtins(DEFAULTS) | {"holds_out": holds_out, "split_shares": dict(shares), "split_seed": seed}, Settings
    )


def entries(*documents: tuple[str, str, str]) -> Entries:
    """Entries of (document, story, split), one a line."""
    return CatalogueLines(
        Entry(
            line,
            Document(
                document_id=document_id,
                story_id=story,
                role="other",
                split=split,
                language="en",
                licence="CC0-1.0",
                seed=f"seeds/{document_id}.txt",
                seed_sha256="0" * 64,
                text_sha256="0" * 64,
            ),
        )
        for line, (document_id, story, split) in enumerate(documents, start=1)
    ).entries()


def leaking(catalogue: Entries, texts: dict[str, str]) -> Leaks:
    with comparison(texts, texts.__getitem__) as compared:
        return leaks(catalogue, compared)


def listed(catalogue: Entries, texts: dict[str, str]) -> list[Leak]:
    return leaking(catalogue, texts).listed


def test_the_draw_of_a_story_never_changes() -> None:
    drawn = {story: draw_split(story, DEFAULTS) for story in ("bridge", "rain", "oslo", "rate", "ferry", "s10", "s18")}

    assert drawn == {
        "bridge": "train",
        "rain": "train",
        "oslo": "train",
        "rate": "train",
        "ferry": "train",
        "s10": "train",
        "s18": "train",
    }


@given(st.lists(st.text(), unique=True), st.lists(st.text(), unique=True))
def test_more_stories_move_none_of_the_old_ones(old: list[str], new: list[str]) -> None:
    before = {story: draw_split(story, DEFAULTS) for story in old}
    after = {story: draw_split(story, DEFAULTS) for story in sorted({*old, *new})}

    assert {story: after[story] for story in old} == before


@pytest.mark.parametrize("shares", [{"train": 0.8, "validation": 0.1, "test": 0.1}, {"train": 2, "validation": 1, "test": 1}])
def test_each_split_gets_its_share_of_many_stories(shares: dict[str, float]) -> None:
    drawn = Counter(draw_split(f"story-{number}", settings(shares)) for number in range(4000))

    for split in SPLITS:
        assert abs(drawn[split] / 4000 - shares[split] / sum(shares.values())) < 0.02


def test_shares_that_are_equal_to_a_factor_draw_the_same() -> None:
    stories = [f"story-{number}" for number in range(200)]
    one, ten = settings({"train": 3, "test": 1}), settings({"train": 30, "test": 10})

    assert [draw_split(story, one) for story in stories] == [draw_split(story, ten) for story in stories]


def test_another_seed_draws_otherwise() -> None:
    stories = [f"story-{number}" for number in range(200)]
    first, second = settings(HALVES, seed="v1"), settings(HALVES, seed="v2")

    assert [draw_split(story, first) for story in stories] != [draw_split(story, second) for story in stories]


@pytest.mark.parametrize("split", SPLITS)
def test_a_split_with_the_only_share_gets_every_story(split: Split) -> None:
    assert {draw_split(f"story-{number}", settings({split: 0.3})) for number in range(300)} == {split}


def test_a_story_in_several_splits_leaks_once_and_names_all_its_documents() -> None:
    found = listed(entries(("a", "s", "train"), ("b", "s", "train"), ("c", "s", "test"), ("d", "t", "test")), {})

    assert [(leak.rule, leak.first, leak.second, leak.story) for leak in found] == [("split-leakage", "a", "c", "s")]
    assert found[0].fact == "The story s has a in train, b in train, c in test."


def test_a_long_run_of_words_in_two_splits_leaks() -> None:
    texts = {"a": f"We know: {RUN}.", "b": f"{RUN.upper()}, they say.", "c": RUN}

    found = listed(entries(("a", "s", "train"), ("b", "t", "test"), ("c", "u", "train")), texts)

    assert [(leak.first, leak.second, leak.runs, leak.story) for leak in found] == [
        ("a", "b", 2, ""),
        ("b", "c", 2, ""),
    ]
    assert found[0].fact == "b in test shares 2 runs of 8 words with a in train."


def test_seven_words_in_common_are_no_leak() -> None:
    texts = {"a": "one two three four five six seven", "b": "One two three four five six seven!"}

    assert listed(entries(("a", "s", "train"), ("b", "t", "test")), texts) == []


def test_a_leak_is_a_finding_at_the_line_of_the_later_document() -> None:
    catalogue = entries(("a", "s", "train"), ("b", "s", "test"), ("c", "t", "test"))
    texts = {"a": RUN, "b": RUN, "c": RUN}

    found = list(check_splits(catalogue, leaking(catalogue, texts), settings(HALVES), FILE))

    assert [(each.where.line, each.rule) for each in found] == [(2, "split-leakage"), (3, "split-shared-text")]


def test_a_corpus_that_holds_out_tellings_has_no_findings_on_leaks() -> None:
    catalogue = entries(("a", "s", "train"), ("b", "s", "test"))

    assert list(check_splits(catalogue, leaking(catalogue, {"a": RUN, "b": RUN}), settings(HALVES, "tellings"), FILE)) == []


def test_a_split_that_has_a_share_and_no_document_is_a_finding() -> None:
    catalogue = entries(("a", "s", "train"))

    found = list(check_splits(catalogue, Leaks([], []), settings({"train": 8, "validation": 1, "test": 0}), FILE))

    assert [(each.rule, each.fact) for each in found] == [("split-empty", "No document has the split validation.")]
