"""What a push does to the real server, and leaves alone."""

import re
from shutil import copy

import pytest
import yaml

from tests.label_studio.lead import Lead, level, mention

ONE = "Oslo said the bridge is safe. Marie Curie moved to Paris in 1891."

RENEWED = "documents/round1/a1: 1 task to be pre-annotated; 1 task to lose their pre-annotation; 1 unchanged.\n"


def test_each_annotator_gets_a_project_with_all_that_is_needed(lead: Lead) -> None:
    lead.folder.guidelines.write_text("# Guidelines\n\n| case | rule |\n|---|---|\n| titles | none |\n")

    lead.push("--annotator", "a1", "--annotator", "a2")

    ids = {each["title"]: each["id"] for each in lead.studio.projects(lead.name)}
    assert sorted(ids) == ["a1 round1 documents", "a2 round1 documents"]
    project = lead.studio.get(f"/api/projects/{lead.project}/")
    assert '<Labels name="entity_type"' in project["label_config"]
    assert "<td>titles</td>" in project["expert_instruction"]
    assert project["show_instruction"] is True
    assert lead.tasks["one"]["data"] == {
        "document_id": "one",
        "title": "one",
        "story_id": "one",
        "text": ONE,
        "text_sha256": "38ec2db6864475d8464242d2ff5048cb98d5f81812e5b77cc0b4d26af714ecc7",
    }


def test_a_dry_run_shows_the_plan_and_does_nothing(lead: Lead) -> None:
    code, output, errors = lead.run("push", "--annotator", "a1", "--dry-run")

    assert (code, output, errors) == (0, "", "documents/round1/a1: a new project; 2 tasks to add; 0 unchanged.\n")
    assert lead.studio.projects(lead.name) == []


def test_pushing_again_adds_what_is_new_and_nothing_else(lead: Lead) -> None:
    lead.push("--annotator", "a1")
    before = lead.tasks
    assert lead.run("push")[2] == "documents/round1/a1: nothing to do; 2 unchanged.\n"
    assert lead.tasks == before

    (lead.folder.seeds / "three.txt").write_text("Snow fell in Tromso on Monday.")
    assert lead.main("freeze")[0] == 0
    code, output, errors = lead.run("push")

    assert (code, errors) == (0, "documents/round1/a1: 1 task to add; 2 unchanged.\n")
    assert output == f"documents/round1/a1: 3 tasks at {lead.studio.url}/projects/{lead.project}/data\n"
    assert {name: lead.tasks[name] for name in before} == before


def test_a_changed_text_reaches_a_task_that_nobody_began(lead: Lead) -> None:
    lead.push("--annotator", "a1")
    (lead.folder.seeds / "one.txt").write_text("Oslo said the tunnel is safe.")
    assert lead.main("freeze")[0] == 0

    assert lead.run("push")[2] == "documents/round1/a1: 1 task to renew; 1 unchanged.\n"
    assert lead.tasks["one"]["data"]["text"] == "Oslo said the tunnel is safe."


@pytest.mark.parametrize("how", ["annotation", "skipped", "draft"])
def test_a_changed_text_is_refused_where_somebody_began(lead: Lead, how: str) -> None:
    lead.push("--annotator", "a1")
    task = lead.tasks["one"]["id"]
    if how == "draft":
        lead.studio.draft(task, [mention(ONE, "Paris", "GPE")])
    else:
        lead.studio.annotate(task, [mention(ONE, "Paris", "GPE"), level()], was_cancelled=how == "skipped")
    (lead.folder.seeds / "one.txt").write_text("Oslo said the tunnel is safe.")
    assert lead.main("freeze")[0] == 0

    code, _, errors = lead.run("push", "--annotator", "a1", "--annotator", "a2")

    assert code == 1
    assert errors.splitlines()[-2:] == [
        f"annotations/documents/round1/a1.json task {task}: [task-edited] The text of one on the server differs from the "
        "frozen text. Put the text back as it was, here or in Label Studio, or begin a new round.",
        "1 error; nothing was pushed.",
    ]
    assert len(lead.studio.projects(lead.name)) == 1
    assert lead.tasks["one"]["data"]["text"] == ONE


def test_a_label_in_use_is_not_taken_away(lead: Lead) -> None:
    lead.push("--annotator", "a1")
    lead.studio.annotate(lead.tasks["one"]["id"], [mention(ONE, "Paris", "GPE"), level()])
    config = lead.studio.get(f"/api/projects/{lead.project}/")["label_config"]
    labels = yaml.safe_load(lead.folder.labels.read_text())
    labels["entity_type"]["labels"] = [each for each in labels["entity_type"]["labels"] if each["name"] != "GPE"]
    lead.folder.labels.write_text(yaml.safe_dump(labels))

    code, _, errors = lead.run("push")

    assert code == 1
    assert "[config-orphans] GPE of entity_type would go; annotations on the server use it 1 time." in errors
    assert lead.studio.get(f"/api/projects/{lead.project}/")["label_config"] == config


def test_a_count_that_the_server_forgot_misleads_nobody(lead: Lead) -> None:
    """Under load the numbers in its lists stay behind the annotations themselves: here they are made to."""
    lead.folder.preannotation.write_text("gazetteer: {GPE: [Paris, Bergen]}\n")
    lead.push("--annotator", "a1")
    lead.studio.annotate(lead.tasks["one"]["id"], [mention(ONE, "Paris", "GPE"), level()])
    lead.studio.forget_counts(lead.project)
    assert [(task["total_annotations"], task["total_predictions"]) for task in lead.tasks.values()] == [(0, 0), (0, 0)]
    assert lead.run("push")[2] == "documents/round1/a1: nothing to do; 2 unchanged.\n"

    lead.folder.preannotation.write_text("gazetteer: {GPE: [Bergen]}\n")

    assert lead.run("push")[2] == RENEWED


def test_a_label_that_was_taken_away_on_the_server_is_put_back(lead: Lead) -> None:
    lead.push("--annotator", "a1")
    lead.studio.annotate(lead.tasks["one"]["id"], [mention(ONE, "Paris", "GPE"), level()])
    config = lead.studio.get(f"/api/projects/{lead.project}/")["label_config"]
    without = re.sub(r'<Label [^>]*value="GPE"[^>]*/>', "", config)
    assert without != config
    lead.studio.lead.patch(f"/api/projects/{lead.project}/", json={"label_config": without}).raise_for_status()

    assert lead.run("push")[2] == "documents/round1/a1: labelling config to set; 2 unchanged.\n"
    assert lead.studio.get(f"/api/projects/{lead.project}/")["label_config"] == config
    lead.pull()


def test_predictions_come_with_their_model_and_go_where_they_are_not_wanted(lead: Lead) -> None:
    lead.folder.preannotation.write_text("gazetteer: {GPE: [Paris, Bergen]}\nwithout: [two]\n")
    lead.push("--annotator", "a1")
    tasks = lead.tasks

    (made,) = tasks["one"]["predictions"]
    assert tasks["two"]["predictions"] == []
    assert re.fullmatch(r"no-pipeline\+preannotation-[0-9a-f]{8}\+variorum-\d+\.\d+\.\d+", made["model_version"])
    assert [each["value"] for each in made["result"]] == [{"start": 51, "end": 56, "text": "Paris", "labels": ["GPE"]}]

    lead.studio.annotate(tasks["one"]["id"], [mention(ONE, "Paris", "GPE"), level()])
    lead.folder.preannotation.write_text("gazetteer: {GPE: [Bergen]}\n")
    assert lead.run("push")[2] == "documents/round1/a1: 1 task to be pre-annotated; 1 unchanged.\n"
    assert lead.tasks["one"]["predictions"] == tasks["one"]["predictions"]  # what its annotator began with stays

    lead.folder.preannotation.write_text("gazetteer: {GPE: [Bergen]}\nwithout: [two]\n")
    assert lead.run("push")[2] == "documents/round1/a1: 1 task to lose their pre-annotation; 1 unchanged.\n"
    assert lead.tasks["two"]["predictions"] == []


def test_predictions_of_other_languages_are_not_made(lead: Lead) -> None:
    lead.folder.preannotation.write_text("gazetteer: {GPE: [Paris, Bergen]}\n")
    lines = lead.folder.catalogue.read_text().splitlines()
    lead.folder.catalogue.write_text("\n".join([lines[0].replace('"language":"en"', '"language":"nb"'), *lines[1:]]) + "\n")

    lead.push("--annotator", "a1")

    assert [len(lead.tasks[name]["predictions"]) for name in ("one", "two")] == [0, 1]


def test_a_task_of_another_hand_is_told_and_left(lead: Lead) -> None:
    lead.push("--annotator", "a1")
    data = {"document_id": "mine", "title": "mine", "text": "Mine."}
    lead.studio.lead.post(f"/api/projects/{lead.project}/import", json=[{"data": data}]).raise_for_status()

    code, _, errors = lead.run("push")

    assert code == 0
    assert "[task-bare] The task on the server is of 'mine'." in errors
    assert "mine" in lead.tasks


def test_two_tasks_of_one_document_that_were_both_begun_are_told(lead: Lead) -> None:
    lead.push("--annotator", "a1")
    first = lead.tasks["one"]
    lead.studio.lead.post(f"/api/projects/{lead.project}/import", json=[{"data": first["data"]}]).raise_for_status()
    listed = lead.studio.get("/api/tasks/", project=lead.project)["tasks"]
    second = max(each["id"] for each in listed)
    for task in (first["id"], second):
        lead.studio.annotate(task, [level()])

    code, _, errors = lead.run("push")

    assert code == 1
    assert f"task {second}: [task-twice] On the server one has 2 tasks that were worked on." in errors


def test_an_empty_project_that_a_broken_push_left_is_deleted(lead: Lead) -> None:
    """Of two pushes at once the slower deletes what it made; here it could not."""
    lead.push("--annotator", "a1")
    project = lead.project
    described = lead.studio.get(f"/api/projects/{project}/")["description"]
    lead.studio.lead.post("/api/projects/", json={"title": "again", "description": described}).raise_for_status()

    assert lead.run("push")[2] == "documents/round1/a1: 1 empty project to delete; 2 unchanged.\n"
    assert [each["id"] for each in lead.studio.projects(lead.name)] == [project]


def test_a_push_needs_annotators_only_where_there_are_none(lead: Lead) -> None:
    code, _, errors = lead.run("push")

    assert code == 2
    assert "round1 of documents has no project on the server yet. Name its annotators: --annotator a1 --annotator a2" in errors


def test_a_corpus_with_errors_is_not_pushed(lead: Lead) -> None:
    copy(lead.folder.text("two"), lead.folder.text("one"))

    code, _, errors = lead.run("push", "--annotator", "a1")

    assert code == 1
    assert "[text-changed]" in errors
    assert lead.studio.projects(lead.name) == []
