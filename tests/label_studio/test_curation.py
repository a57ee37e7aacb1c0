"""The lead's second half: what annotators disagree on is decided in the browser, and tellings are joined there."""

import json
import re
from pathlib import Path
from shutil import copytree, rmtree
from typing import Any

import polars as pl
import pytest

from tests.label_studio.browser import annotator
from tests.label_studio.lead import Lead, Studio
from variorum.folder import Folder

CORPORA = Path(__file__).parent.parent / "corpora"


def lead_of(corpus: str, studio: Studio, root: Path, name: str) -> Lead:
    folder = Folder(Path(copytree(CORPORA / corpus, root / "corpus")))
    folder.settings.write_text(re.sub(r"(?m)^name: .*$", f"name: {name}", folder.settings.read_text()))
    return Lead(folder, name, studio)


@pytest.fixture
def round1(studio: Studio, tmp_path: Path) -> Lead:
    """One article that two annotators have finished, and that nobody has curated."""
    lead = lead_of("curated-round", studio, tmp_path, f"curated-{tmp_path.name}")
    lead.folder.gold("documents").path.unlink()
    lead.folder.decisions("documents").unlink()
    return lead


@pytest.fixture
def tellings(studio: Studio, tmp_path: Path) -> Lead:
    """Two tellings with gold claims; nothing joins them yet."""
    lead = lead_of("every-table", studio, tmp_path, f"tellings-{tmp_path.name}")
    rmtree(lead.folder.annotations / "alignments")
    rmtree(lead.folder.annotations / "claim_pairs")
    return lead


def decisions(lead: Lead) -> dict[str, dict[str, Any]]:
    written = lead.folder.decisions("documents").read_text().splitlines()
    return {each["item"]: each for each in map(json.loads, written)}


def project(lead: Lead, mark: str) -> int:
    (found,) = [each["id"] for each in lead.studio.projects(lead.name) if f": {mark}." in each["description"]]
    return int(found)


def task_of(lead: Lead, project_: int) -> dict[str, Any]:
    (task,) = lead.studio.get("/api/tasks/", project=project_, page_size=10, fields="all")["tasks"]
    return dict(task)


def test_what_two_disagree_on_is_decided_by_the_curator_in_the_browser(round1: Lead) -> None:
    code, _, errors = round1.main("curate", "--push")
    assert code == 1
    assert "[decision-open] one/reading_level: a1 has A2; a2 has B1." in errors
    assert {item: each["rule"] for item, each in decisions(round1).items() if each["rule"] != "unanimous"} == {
        "one/claim/30-55": "open",
        "one/reading_level": "open",
    }
    assert not round1.folder.gold("documents").path.exists()

    curation = project(round1, "documents/curation/gold")
    task = task_of(round1, curation)
    assert sorted(each.split(":", 1)[1] for each in task["predictions_model_versions"].split(",")) == [
        "agreed",
        "annotator:a1",
        "annotator:a2",
    ]
    assert task["data"]["disagreement_count"] == 2
    with annotator(round1.studio.url) as curator:
        curator.sign_up(f"curator-{round1.name}")
        curator.open_task(curation, task["id"])
        assert curator.page.get_by_text("Undecided: 2").is_visible()
        assert sorted(curator.regions) == ["CLAIM the bridge is safe", "GPE Bergen", "GPE Oslo"]
        curator.mark("5", "Nine boats sank in Bergen")
        curator.select("Nine boats sank")
        curator.choose("check_worthy_factual", "event_or_property", "author", "asserted", "B1")
        curator.submit()
    assert curator.hosts == {"127.0.0.1"}

    code, output, errors = round1.main("curate", "--pull", "--curator", "c1")
    assert (code, output) == (
        0,
        "documents round1: 2 curator, 4 unanimous; wrote annotations/documents/decisions.jsonl\n",
    ), errors
    found = decisions(round1)
    assert (found["one/claim/30-55"]["decision"], found["one/reading_level"]["decision"]) == ("a1", "a2")
    assert {each["curator"] for each in found.values() if each["rule"] == "curator"} == {"c1"}
    assert found["one/relation/claim/10-28>mention/0-4:claimer"]["rule"] == "unanimous"
    before = round1.folder.gold("documents").path.read_bytes()
    assert b"localhost" not in before
    code, output, _ = round1.main("build")
    assert (code, "claims           train 2" in output) == (0, True)

    assert round1.main("curate", "--pull", "--curator", "c1")[1].endswith("no file changed\n")
    assert round1.folder.gold("documents").path.read_bytes() == before
    _, _, errors = round1.main("curate", "--push")
    assert "nothing to do" in errors


def test_the_curator_s_project_is_not_pulled_as_an_annotator_s(round1: Lead) -> None:
    round1.main("curate", "--push")

    code, _, errors = round1.run("pull")

    assert code == 0
    assert "documents/curation/gold" not in errors
    assert not round1.folder.gold("documents").path.exists()


def test_sentences_of_two_tellings_are_linked_in_the_browser(tellings: Lead) -> None:
    tellings.push("--project", "alignments", "--annotator", "a1")
    alignments = project(tellings, "alignments/round1/a1")
    task = task_of(tellings, alignments)
    with annotator(tellings.studio.url) as a1:
        a1.sign_up(f"aligner-{tellings.name}")
        a1.open_task(alignments, task["id"])
        assert a1.regions == [
            "SENTENCE The dam broke on Monday.",
            "SENTENCE Nine people died.",
            "SENTENCE The mayor denied any fault.",
            "SENTENCE On Monday the dam gave way.",
            "SENTENCE Many people died.",
            "SENTENCE The mayor admitted a fault.",
            "SENTENCE Rain fell.",
        ]
        drawn = a1.name_relations("partially_aligned")
        assert drawn >= 3
        a1.submit()
    assert a1.hosts == {"127.0.0.1"}

    code, _, errors = tellings.run("pull", "--build")
    assert code == 0, errors
    table = pl.read_parquet(tellings.folder.hub / "alignments" / "*.parquet")
    links = {(each["first_sentence_id"], each["second_sentence_id"]) for row in table["links"] for each in row}
    assert len(links) == drawn
    assert {("first:s0", "second:s0"), ("first:s1", "second:s1"), ("first:s2", "second:s2")} <= links
    assert set(table["label"]) == {1}  # partially_aligned


def test_links_without_a_label_are_set_aside_until_somebody_labels_them(tellings: Lead) -> None:
    tellings.push("--project", "alignments", "--annotator", "a1")
    alignments = project(tellings, "alignments/round1/a1")
    task = task_of(tellings, alignments)
    predicted = tellings.studio.get("/api/predictions/", task=task["id"])[0]["result"]
    tellings.studio.annotate(task["id"], predicted)

    code, _, errors = tellings.run("pull")

    assert code == 1
    assert errors.count("[relation-unlabelled]") == sum(each["type"] == "relation" for each in predicted)
    assert "1 set aside" in errors


def test_pairs_of_gold_claims_become_clusters(tellings: Lead) -> None:
    tellings.push("--project", "claim_pairs", "--annotator", "a1")
    pairs = project(tellings, "claim_pairs/round1/a1")
    task = task_of(tellings, pairs)
    predicted = tellings.studio.get("/api/predictions/", task=task["id"])[0]["result"]
    regions = [each for each in predicted if each["type"] == "labels"]
    assert len(regions) == 7
    by_text = {each["value"]["text"]: each["id"] for each in regions}

    def link(first: str, second: str, label: str) -> dict[str, Any]:
        ends = {"from_id": by_text[first], "to_id": by_text[second]}
        return {"type": "relation", "direction": "right", "labels": [label], **ends}

    judged = [
        link("The dam broke on Monday", "On Monday the dam gave way", "equivalent"),
        link("Many people died", "Nine people died", "more_general"),  # drawn from the second text to the first
        link("The mayor denied any fault", "The mayor admitted a fault", "contradicts"),
    ]
    tellings.studio.annotate(task["id"], [*regions, *judged])

    code, _, errors = tellings.run("pull", "--build")

    assert code == 0, errors
    table = pl.read_parquet(tellings.folder.hub / "claim_clusters" / "*.parquet").sort("document_id", "start")
    assert table.select("text", "is_canonical", "is_member").rows() == [
        ("The dam broke on Monday", True, True),
        ("Nine people died", True, True),
        ("The mayor denied any fault", True, True),
        ("On Monday the dam gave way", False, True),
        ("Many people died", False, True),
        ("The mayor admitted a fault", False, False),
    ]
    assert list(table["relation"]) == [0, 0, 0, 0, 2, 3]  # equivalent, more_general, contradicts


def test_likely_pairs_may_be_found_by_embeddings_too(tellings: Lead) -> None:
    tellings.push("--project", "alignments", "--annotator", "a1", "--candidates", "semantic")

    task = task_of(tellings, project(tellings, "alignments/round1/a1"))

    assert task["predictions_model_versions"].endswith(":semantic-3-0.25")
    predicted = tellings.studio.get("/api/predictions/", task=task["id"])[0]["result"]
    assert any(each["type"] == "relation" and "labels" not in each for each in predicted)


def test_a_project_needs_its_inventories(round1: Lead) -> None:
    labels = round1.folder.labels.read_text()
    round1.folder.labels.write_text(labels[: labels.index("alignment:")])

    code, _, errors = round1.run("push", "--project", "alignments", "--annotator", "a1")

    assert code == 2
    assert "schema/labels.yaml lacks inventories that alignments needs: alignment, factuality, operation, severity." in errors
