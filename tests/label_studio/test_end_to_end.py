"""The story of an article: frozen, pushed, annotated by two people in their browsers, pulled, built."""

import os
from pathlib import Path
from shutil import copy

import polars as pl
import pytest

from tests.label_studio.browser import Annotator, annotator
from tests.label_studio.lead import Lead

WHERE = os.environ.get("VARIORUM_SCREENSHOTS")
SCREENSHOTS = Path(WHERE).absolute() if WHERE else None
"""Where the pictures of the annotators' page go; `make screenshots` sets it."""
TEXT = "Oslo said the bridge \U0001f600 is safe. Marie Curie moved to Paris in 1891."
CLAIM = "the bridge \U0001f600 is safe"
PREDICTED = [
    "ORG Oslo",
    "PERSON Marie Curie",
    "GPE Paris",
    "DATE 1891",
    "CLAIM Oslo said the bridge \U0001f600 is safe",
    "CLAIM Marie Curie moved to Paris in 1891",
]


@pytest.fixture
def story(lead: Lead, repository: Path) -> Lead:
    """Two articles frozen from seeds, to be pre-annotated as the repository's own are."""
    copy(repository / "schema" / "preannotation.yaml", lead.folder.preannotation)
    copy(repository / "schema" / "labels.yaml", lead.folder.labels)
    copy(repository / "annotations" / "guidelines.md", lead.folder.guidelines)
    lead.folder.seeds.joinpath("one.txt").write_text(TEXT, encoding="utf-8")
    assert lead.main("freeze")[0] == 0
    return lead


def test_an_article_goes_from_seed_to_parquet_through_a_browser(story: Lead) -> None:
    story.push("--annotator", "a1", "--annotator", "a2")
    with annotator(story.studio.url, SCREENSHOTS) as a1:
        a1.sign_up(f"a1-{story.name}")
        a1.open_project(story.project)
        a1.label_all()
        assert a1.regions == PREDICTED
        annotate(a1)
        a1.look("skip")
        a1.skip()  # the second article
    assert a1.hosts == {"127.0.0.1"}

    code, output, errors = story.run("pull", "--build")
    assert (code, "1 done, 0 empty, 1 skipped, 0 draft, 0 unseen" in errors) == (0, True), errors
    assert "Built build/hub." in output
    check_tables(story.folder.hub)
    check_second_annotator(story)


def annotate(a1: Annotator) -> None:
    """Accepts what is right, marks what is missing, and is kept from forgetting an attribute."""
    a1.delete("said the bridge")
    a1.mark("3", "bridge")
    a1.look("mention")
    a1.mark("c", CLAIM)
    a1.select(CLAIM)
    a1.choose("check_worthy_factual", "event_or_property", "indirect_speech", "asserted")
    a1.look("claim")
    a1.relate(CLAIM, "Oslo", "claimer")
    a1.choose("B1")
    assert a1.submit_in_vain() == 'Checkbox "checkworthiness" is required.'
    a1.select("Marie Curie moved")
    a1.choose("unimportant_factual", "event_or_property", "author", "asserted")
    a1.look("ready")
    a1.submit()


def check_tables(hub: Path) -> None:
    """What the annotator did stands in the Parquet, at its offsets."""
    tables = {path.parent.name: pl.read_parquet(path) for path in hub.glob("*/*.parquet")}
    mentions = tables["entities"].select("start", "end", "text").rows()
    assert mentions == [(0, 4, "Oslo"), (14, 20, "bridge"), (32, 43, "Marie Curie"), (53, 58, "Paris"), (62, 66, "1891")]
    assert all(TEXT[start:end] == text for start, end, text in mentions)
    assert tables["claims"].select("start", "end").rows() == [(10, 30), (32, 66)]
    assert [len(ids) for ids in tables["claims"]["claimer_ids"]] == [1, 0]
    assert tables["relations"].height == 1
    assert tables["documents"].height == 2
    origins = tables["annotations"].filter(pl.col("control") == "entity_type", pl.col("document_id") == "one")["result_json"]
    assert sum('"origin":"prediction"' in each for each in origins) == 4


def check_second_annotator(story: Lead) -> None:
    """Who annotates the same article in a project of their own sees nothing of the first."""
    mine = story.studio.project(story.name, "a2")
    with annotator(story.studio.url) as a2:
        a2.sign_up(f"a2-{story.name}")
        a2.open_task(mine, story.studio.tasks(mine)["one"]["id"])
        assert a2.regions == PREDICTED
        assert f"a1-{story.name}" not in a2.page.locator("body").inner_text()
        for claim in ("said the bridge", "Marie Curie moved"):
            a2.delete(claim)
        a2.choose("A2")
        a2.submit()
    assert a2.hosts == {"127.0.0.1"}
    first = story.export.read_bytes()
    story.pull()
    assert story.export.read_bytes() == first
    second = story.folder.export_of("documents", "round1", "a2").path.read_text()
    assert "localhost" not in second
    assert second.count('"choices": ["A2"]') == 1
