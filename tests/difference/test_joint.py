"""Alignments and claim clusters of the corpus that has a row in every table, changed table by table."""

from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import polars as pl
import pytest
from tests.difference.made import changed, mirrored, plain

from variorum.build import build
from variorum.difference.changes import Difference
from variorum.difference.compare import difference
from variorum.difference.read import Build, open_build
from variorum.folder import Folder

CORPORA = Path(__file__).parent.parent / "corpora"
Change = Callable[[pl.DataFrame], pl.DataFrame]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Build:
    folder = Folder(Path(copytree(CORPORA / "every-table", tmp_path_factory.mktemp("joint") / "corpus")))
    build(folder)
    return open_build(folder.hub)


def compared(whole: Build, tmp_path: Path, config: str, change: Change) -> Difference:
    after = changed(whole.root, tmp_path / "after", config, change)
    found = difference(whole, after)
    assert plain(difference(after, whole).changes) == mirrored(found.changes)
    return found


def told(found: Difference) -> list[tuple[str, str, str]]:
    return [(change.kind, change.item.places[0].text, change.label) for change in found.changes]


def where(column: str, value: str) -> pl.Expr:
    return pl.col(column) == value


def test_a_build_and_itself_differ_in_nothing(whole: Build) -> None:
    assert difference(whole, whole).is_empty


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(
            lambda frame: frame.with_columns(
                label=pl.when(where("alignment_id", "first:s0+second:s0")).then(pl.lit("partially_aligned")).otherwise("label")
            ),
            [("relabelled", "The dam broke on Monday.", "aligned -> partially_aligned")],
            id="label",
        ),
        pytest.param(
            lambda frame: frame.with_columns(pl.col("operations").list.reverse().list.head(1)),
            [("relabelled", "The dam broke on Monday.", "operations -lexical_paraphrase")],
            id="operations",
        ),
        pytest.param(
            lambda frame: frame.with_columns(pl.col("departures").list.head(0)),
            [
                ("relabelled", "Nine people died.", "departures"),
                ("relabelled", "The mayor denied any fault.", "departures"),
            ],
            id="departures",
        ),
        pytest.param(
            lambda frame: frame.filter(pl.col("alignment_id") != "first:s1+second:s1"),
            [("removed", "Nine people died.", "partially_aligned")],
            id="gone",
        ),
        pytest.param(lambda frame: frame.with_columns(pl.col("alignment_id") + "x"), [], id="another id"),
        pytest.param(lambda frame: frame.reverse(), [], id="another order"),
    ],
)
def test_alignments(whole: Build, tmp_path: Path, change: Change, expected: list[tuple[str, str, str]]) -> None:
    found = compared(whole, tmp_path, "alignments", change)

    assert told(found) == expected
    assert {each.layer for each in found.changes} <= {"alignments"}


def test_a_group_that_takes_up_a_sentence_has_moved(whole: Build, tmp_path: Path) -> None:
    def joined(frame: pl.DataFrame) -> pl.DataFrame:
        rows = frame.to_dicts()
        rows[0]["second_sentence_ids"].append("second:s3")
        rows[0]["second_text"] += " Rain fell."
        rows[0]["links"].append({"first_sentence_id": "first:s0", "second_sentence_id": "second:s3", "label": "aligned"})
        return pl.DataFrame(rows, schema=frame.schema)

    found = compared(whole, tmp_path, "alignments", joined)

    moved, relabelled = found.changes
    assert (moved.kind, relabelled.kind, relabelled.label) == ("moved", "relabelled", "links")
    assert moved.before
    assert moved.after
    assert [(place.document_id, place.start, place.text) for place in moved.after.places] == [
        ("first", 0, "The dam broke on Monday."),
        ("second", 0, "On Monday the dam gave way."),
        ("second", 74, "Rain fell."),
    ]


def test_who_linked_the_sentences_and_why(whole: Build, tmp_path: Path) -> None:
    found = compared(whole, tmp_path, "alignments", lambda frame: frame.filter(pl.col("alignment_id") != "first:s1+second:s1"))

    (change,) = found.changes
    assert [(each.build, each.rule) for each in change.decided] == []  # one annotator's work was never curated
    found = compared(whole, tmp_path / "claims", "claims", lambda frame: frame.filter(pl.col("text") != "Rain fell"))
    (change,) = found.changes
    assert [(each.build, each.rule, each.decision, each.annotators) for each in change.decided] == [
        ("after", "unanimous", "all", ("a1", "a2"))
    ]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(
            lambda frame: frame.with_columns(
                relation=pl.when(where("text", "Many people died")).then(pl.lit("equivalent")).otherwise("relation")
            ),
            [("relabelled", "Many people died", "more_general -> equivalent")],
            id="relation",
        ),
        pytest.param(
            lambda frame: frame.filter(pl.col("text") != "The mayor admitted a fault"),
            [("removed", "The mayor admitted a fault", "contradicts")],
            id="gone",
        ),
        pytest.param(
            lambda frame: frame.with_columns(pl.col("claim_cluster_id", "claim_id", "to_claim_id").str.replace("a1", "b")),
            [],
            id="other ids",
        ),
        pytest.param(
            lambda frame: frame.with_columns(
                is_canonical=pl.when(where("claim_cluster_id", "cluster:first#a1claim0"))
                .then(where("document_id", "second"))
                .otherwise("is_canonical"),
                to_claim_id=pl.when(where("claim_cluster_id", "cluster:first#a1claim0"))
                .then(pl.lit("second#a1claim0b"))
                .otherwise("to_claim_id"),
            ),
            [
                ("relabelled", "The dam broke on Monday", "standing canonical -> member"),
                ("relabelled", "On Monday the dam gave way", "standing member -> canonical"),
            ],
            id="another canonical claim",
        ),
        pytest.param(
            lambda frame: frame.with_columns(
                claim_cluster_id=pl.when(where("text", "Many people died"))
                .then(pl.lit("cluster:first#a1claim0"))
                .otherwise("claim_cluster_id"),
                to_claim_id=pl.when(where("text", "Many people died")).then(pl.lit("first#a1claim0")).otherwise("to_claim_id"),
            ),
            [("moved", "Many people died", "more_general")],
            id="another cluster",
        ),
    ],
)
def test_clusters(whole: Build, tmp_path: Path, change: Change, expected: list[tuple[str, str, str]]) -> None:
    found = compared(whole, tmp_path, "claim_clusters", change)

    assert told(found) == expected
    assert {each.layer for each in found.changes} <= {"clusters"}


def test_a_claim_that_moved_or_took_up_a_word_is_in_its_cluster_still(whole: Build, tmp_path: Path) -> None:
    longer = pl.when(where("text", "Nine people died")).then(pl.lit("Nine people died.")).otherwise("text")
    after = changed(
        whole.root, tmp_path / "claims", "claims", lambda frame: frame.with_columns(text=longer, end=pl.col("end") + 1)
    )
    after = changed(after.root, tmp_path / "clusters", "claim_clusters", lambda frame: frame.with_columns(text=longer))

    found = difference(whole, after)

    assert {change.layer for change in found.changes} == {"claims"}
    assert {change.kind for change in found.changes} == {"moved"}
    assert plain(difference(after, whole).changes) == mirrored(found.changes)
