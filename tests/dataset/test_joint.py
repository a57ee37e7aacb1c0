"""Rows over several documents, and whose work they rest on."""

import json
from collections.abc import Iterable
from pathlib import Path

import polars as pl
import pytest
from tests.conftest import copied

from variorum.tabulate import tabulate

JUDGES = {"round1": "a1", "round2": "a7"}
FOLLOWS = (pl.col("claim_id") == pl.col("to_claim_id")) | ~pl.col("is_judged")


@pytest.fixture(scope="module")
def clusters(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    """Clusters of the project's own claims: an annotator each judged the first text with the second and with the third."""
    folder = copied(repository, tmp_path_factory.mktemp("judged") / "corpus")
    tasks = json.loads(folder.gold("claim_pairs").path.read_bytes())[:2]
    for path in (folder.annotations / "claim_pairs").rglob("*.json*"):
        path.unlink()
    for (round_, annotator), task in zip(JUDGES.items(), tasks, strict=True):
        folder.export_of("claim_pairs", round_, annotator).path.write_text(json.dumps([task]))
    return pl.concat(frame for (config, _), frame in tabulate(folder).tables.items() if config == "claim_clusters")


def documents_and_judges(frame: pl.DataFrame) -> Iterable[tuple[set[str], str, str]]:
    for row in frame.iter_rows(named=True):
        documents = {claim[:3] for claim in (row["claim_id"], row["to_claim_id"])}
        yield documents, row["round"], row["annotator"]


def test_a_claim_in_a_cluster_leads_back_to_who_judged_it(clusters: pl.DataFrame) -> None:
    first, second = ({"000", "003"}, "round1", "a1"), ({"000", "004"}, "round2", "a7")

    told = [*documents_and_judges(clusters.filter(~FOLLOWS))]

    assert [each for each in told if each not in (first, second)] == []
    assert first in told
    assert second in told


def test_what_follows_leads_back_to_the_first_pair_that_the_claim_is_in(clusters: pl.DataFrame) -> None:
    judged_first = clusters.filter(~FOLLOWS, round="round1")
    in_first = [*judged_first["claim_id"], *judged_first["to_claim_id"]]
    expected = pl.when(pl.col("claim_id").is_in(in_first)).then(pl.lit("round1")).otherwise(pl.lit("round2"))

    following = clusters.filter(FOLLOWS).with_columns(expected=expected)

    assert following["round"].to_list() == following["expected"].to_list()
    assert {*following["round"]} == {*JUDGES}
