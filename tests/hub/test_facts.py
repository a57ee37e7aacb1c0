"""What the card says of tables does not depend on how many shards they were made in."""

import pickle
from collections.abc import Sequence

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from variorum.hub.facts import LISTED, LOOKED_THROUGH, Example, all_seen, seen

WITHHELD = frozenset({"secret"})


def table(ids: Sequence[str]) -> dict[str, pl.DataFrame]:
    return {"ner": pl.DataFrame({"document_id": ids, "modality": "asserted", "number": range(len(ids))})}


def same(one: Example, other: Example) -> None:
    assert (one.place, one.looked_through) == (other.place, other.looked_through)
    assert_frame_equal(one.row, other.row)


@given(st.lists(st.tuples(st.integers(1, 700), st.integers(0, 700)), min_size=1, max_size=4))
def test_the_example_is_that_of_the_whole(shards: list[tuple[int, int]]) -> None:
    """Each shard has so many rows that are withheld, and others after them."""
    ids = [["secret"] * hidden + ["open"] * shown for hidden, shown in shards]
    whole = table([each for own in ids for each in own])["ner"]
    ends = [sum(map(len, ids[: index + 1])) for index in range(len(ids))]
    parts = [whole[end - len(own) : end] for own, end in zip(ids, ends, strict=True)]

    found = all_seen(seen({"ner": part}, WITHHELD) for part in parts).examples["ner"]

    same(found, seen({"ner": whole}, WITHHELD).examples["ner"])
    shown = [place for place, own in enumerate(whole["document_id"][:LOOKED_THROUGH]) if own != "secret"]
    assert found.place == (shown[0] if shown else None)
    assert found.row["number"].item() == (shown[0] if shown else 0)


def test_documents_are_listed_up_to_a_number() -> None:
    shard = pl.DataFrame(
        {
            "document_id": [f"d{number:02d}" for number in range(15)],
            "role": "summary",
            "reading_level": "A2",
            "source_date": None,
            "token_count": 9,
            "sentences": [[1, 2]] * 15,
        }
    )

    listed = all_seen([seen({"documents": shard}), seen({"documents": shard})]).documents

    assert listed is not None
    assert listed["document_id"].to_list() == [*shard["document_id"], *shard["document_id"]][:LISTED]
    assert set(listed["sentences"]) == {2}


def test_what_is_seen_of_a_long_table_is_small() -> None:
    long = pl.DataFrame({"document_id": ["one"] * 2000, "text": ["word " * 100] * 2000, "listed": [["word " * 100]] * 2000})

    assert len(pickle.dumps(seen({"ner": long}))) < 10_000
