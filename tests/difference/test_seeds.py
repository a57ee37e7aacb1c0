"""The three articles: one build, and what is changed in it."""

from pathlib import Path

import polars as pl
import pytest
from tests.difference.made import changed, mirrored, plain

from variorum.build import build
from variorum.difference.compare import difference
from variorum.difference.read import Build, open_build
from variorum.difference.render import as_text
from variorum.folder import Folder

ARTICLE = "003_e83b93b34febada4"


@pytest.fixture(scope="module")
def seeds(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Build:
    target = tmp_path_factory.mktemp("seeds") / "build"
    build(Folder(repository), target=target)
    return open_build(target)


EXPECTED = """\
variorum-seeds 0.1.0: rows changed, which asks for version 0.2.0

1 mention moved: TITLE
1 mention relabelled: NORP -> GPE
1 claim relabelled: non_factual -> check_worthy_factual
rows of claims: 1 gone, 1 new
rows of entities: 2 gone, 2 new

003_e83b93b34febada4
  mention relabelled 0-7 'Russian': NORP -> GPE (unanimous among a4, a5)
  mention moved 8-17 'President' -> 8-32 'President Vladimir Putin': TITLE
  claim relabelled 690-818 'The relationship between Russia and China has become increasingly sig\N{HORIZONTAL ELLIPSIS}': \
non_factual -> check_worthy_factual (curator c1 among a4, a5: Without "significant" nothing is left that could be checked.)
"""


def test_known_changes_of_one_article(seeds: Build, tmp_path: Path) -> None:
    first, second = pl.col("start") == 0, (pl.col("start") == 8) & (pl.col("end") == 17)
    relabelled = pl.when(first).then(pl.lit("GPE")).otherwise("type").alias("type")
    longer = pl.when(second).then(32).otherwise("end").cast(pl.Int32).alias("end")
    words = pl.when(second).then(pl.lit("President Vladimir Putin")).otherwise("text").alias("text")
    worthy = pl.when(pl.col("start") == 690).then(pl.lit("check_worthy_factual")).otherwise("checkworthiness")

    after = changed(
        seeds.root, tmp_path / "one", "entities", lambda frame: frame.with_columns(relabelled, longer, words), "validation"
    )
    after = changed(
        after.root, tmp_path / "two", "claims", lambda frame: frame.with_columns(worthy.alias("checkworthiness")), "validation"
    )
    found = difference(seeds, after)

    assert as_text(found) == EXPECTED
    assert {change.document_id for change in found.changes} == {ARTICLE}
    assert plain(difference(after, seeds).changes) == mirrored(found.changes)


def test_the_build_and_itself_differ_in_nothing(seeds: Build) -> None:
    assert difference(seeds, seeds).is_empty
