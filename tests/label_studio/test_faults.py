"""What goes wrong with servers, networks and people: nothing is doubled, nothing is lost, and a plain line says what to do."""

import json
import os
import subprocess
import threading
from collections.abc import Callable

import httpx
import pytest

from tests.label_studio.lead import Json, Lead, free_port, level, mention, variorum
from tests.label_studio.proxy import proxy

ONE = "Oslo said the bridge is safe. Marie Curie moved to Paris in 1891."
GOOD = [mention(ONE, "Paris", "GPE"), level()]
VERBS = (["push", "--annotator", "a1"], ["pull"], ["status"])


@pytest.mark.parametrize("command", VERBS, ids=lambda command: command[0])
def test_a_server_that_is_down(lead: Lead, command: list[str]) -> None:
    url = f"http://127.0.0.1:{free_port()}"

    code, output, errors = lead.run(*command, LABEL_STUDIO_URL=url)

    hint = "Start one with `variorum label-studio serve`, or correct LABEL_STUDIO_URL."
    assert (code, output, errors) == (2, "", f"Error: No Label Studio answers at {url}. {hint}\n")


@pytest.mark.parametrize("command", VERBS, ids=lambda command: command[0])
def test_a_wrong_token(lead: Lead, command: list[str]) -> None:
    code, output, errors = lead.run(*command, LABEL_STUDIO_API_KEY="f" * 40)

    hint = "Set LABEL_STUDIO_API_KEY to one of Account & Settings."
    assert (code, output, errors) == (2, "", f"Error: Label Studio at {lead.studio.url} refuses the token. {hint}\n")


def test_a_token_that_is_missing(lead: Lead) -> None:
    code, _, errors = lead.run("pull", LABEL_STUDIO_API_KEY="")

    assert code == 2
    assert "LABEL_STUDIO_URL is set and LABEL_STUDIO_API_KEY is not. Make a token under Account & Settings." in errors


def test_no_server_at_all(lead: Lead) -> None:
    code, _, errors = lead.run("pull", LABEL_STUDIO_URL="", LABEL_STUDIO_API_KEY="")

    assert code == 2
    assert "There is no Label Studio for this corpus yet. Start one with `variorum label-studio serve`" in errors


def test_a_server_that_refuses_legacy_tokens_takes_a_personal_one(lead: Lead) -> None:
    session = lead.studio.log_in(lead.studio.access.username, lead.studio.access.password)
    user = lead.studio.sign_up(f"personal-{lead.name}")
    settings = {"api_tokens_enabled": True, "legacy_api_tokens_enabled": False}
    try:
        session.post("/api/jwt/settings", json=settings).raise_for_status()
        code, _, errors = lead.run("push", "--annotator", "a1")
        hint = "Make a personal access token under Account & Settings and set LABEL_STUDIO_API_KEY to it."
        assert (code, errors) == (2, f"Error: Label Studio at {lead.studio.url} accepts no legacy tokens. {hint}\n")

        personal = user.post("/api/token/").raise_for_status().json()["token"]
        code, output, _ = lead.run("push", "--annotator", "a1", LABEL_STUDIO_API_KEY=personal)
        assert (code, "documents/round1/a1: 2 tasks at " in output) == (0, True)
    finally:
        session.post("/api/jwt/settings", json=settings | {"legacy_api_tokens_enabled": True}).raise_for_status()
        session.close()
        user.close()
    assert sorted(lead.tasks) == ["one", "two"]


def is_creation(method: str, path: str) -> bool:
    return method == "POST" and path.split("?", maxsplit=1)[0] == "/api/projects/"


def is_setting(method: str, path: str) -> bool:
    return method == "PATCH" and path.startswith("/api/projects/")


def is_import(method: str, path: str) -> bool:
    return method == "POST" and path.split("?", maxsplit=1)[0].endswith("/import")


def is_prediction(method: str, path: str) -> bool:
    return method == "POST" and path.split("?", maxsplit=1)[0].endswith("/import/predictions")


def is_export(method: str, path: str) -> bool:
    return method == "GET" and "/export" in path


Matches = Callable[[str, str], bool]


@pytest.mark.parametrize("matches", [is_creation, is_setting, is_import, is_prediction], ids=lambda each: each.__name__)
def test_a_500_after_the_commit_doubles_nothing(lead: Lead, matches: Matches) -> None:
    """Label Studio does so where a part of an import fails; the SDK by itself would send the import three times."""
    if matches is is_prediction:  # these are only imported by themselves where the tasks are there
        lead.push("--annotator", "a1")
    lead.folder.preannotation.write_text("gazetteer: {GPE: [Paris, Bergen]}\n")
    failed: list[str] = []

    def fault(method: str, path: str, answer: httpx.Response) -> httpx.Response:
        if matches(method, path) and len(failed) < 2:
            failed.append(path)
            return httpx.Response(500, text="Internal Server Error")
        return answer

    with proxy(lead.studio.url, fault) as url:
        code, _, errors = lead.run("push", "--annotator", "a1", LABEL_STUDIO_URL=url)

    assert (code, bool(failed)) == (0, True), errors
    assert sorted(lead.tasks) == ["one", "two"]
    assert [len(lead.tasks[name]["predictions"]) for name in ("one", "two")] == [1, 1]


def test_a_server_that_only_fails_is_given_up_with_a_plain_line(lead: Lead, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("variorum.label_studio.push.PASSES", 2)

    def fault(method: str, path: str, answer: httpx.Response) -> httpx.Response:
        return httpx.Response(503, text="Busy") if (method, path[:11]) == ("GET", "/api/tasks/") else answer

    with proxy(lead.studio.url, fault) as url:
        code, _, errors = lead.run("push", "--annotator", "a1", LABEL_STUDIO_URL=url)

    assert code == 2
    assert errors.splitlines()[-1] == (
        f"Error: Label Studio at {url} failed (503). Run the command again: nothing will be lost or doubled. "
        "If it fails again, look into the server's log."
    )


@pytest.mark.parametrize("matches", [is_creation, is_setting, is_import], ids=lambda each: each.__name__)
def test_a_push_that_is_killed_after_the_server_acted_is_completed_by_the_next(lead: Lead, matches: Matches) -> None:
    kill_at(lead, matches, "push", "--annotator", "a1")

    lead.push("--annotator", "a1")

    assert len(lead.studio.projects(lead.name)) == 1
    assert sorted(lead.tasks) == ["one", "two"]


def test_a_pull_that_is_killed_leaves_the_old_file(lead: Lead) -> None:
    lead.push("--annotator", "a1")
    lead.pull()
    before = lead.export.read_bytes()
    lead.studio.annotate(lead.tasks["one"]["id"], GOOD)

    kill_at(lead, is_export, "pull")

    assert lead.export.read_bytes() == before
    assert sorted(path.name for path in lead.export.parent.iterdir()) == ["a1.json"]
    lead.pull()
    assert b'"Paris"' in lead.export.read_bytes()


def kill_at(lead: Lead, matches: Matches, *command: str) -> None:
    """Runs a command and kills it outright while it waits for the answer to a request that the server has obeyed."""
    reached, over = threading.Event(), threading.Event()

    def fault(method: str, path: str, answer: httpx.Response) -> httpx.Response:
        if matches(method, path):
            reached.set()
            over.wait(60)
        return answer

    with proxy(lead.studio.url, fault) as url:
        environment = os.environ | lead.environment | {"LABEL_STUDIO_URL": url}
        called = variorum(*command, "--root", str(lead.folder.root))
        process = subprocess.Popen(called, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        assert reached.wait(60)
        process.kill()
        process.wait()
        over.set()


def test_two_pushes_at_once_make_what_one_makes(lead: Lead) -> None:
    lead.folder.preannotation.write_text("gazetteer: {GPE: [Paris, Bergen]}\n")
    command = variorum("push", "--annotator", "a1", "--annotator", "a2", "--root", str(lead.folder.root))
    both = [subprocess.Popen(command, env=os.environ | lead.environment, stderr=subprocess.PIPE) for _ in range(3)]

    for process in both:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors.decode()

    assert len(lead.studio.projects(lead.name)) == 2
    for annotator in ("a1", "a2"):
        tasks = lead.studio.tasks(lead.studio.project(lead.name, annotator))
        assert [(name, len(task["predictions"])) for name, task in sorted(tasks.items())] == [("one", 1), ("two", 1)]


def test_a_deleted_project_takes_no_annotation_with_it(lead: Lead) -> None:
    lead.push("--annotator", "a1")
    lead.studio.annotate(lead.tasks["one"]["id"], GOOD)
    lead.pull()
    before = lead.export.read_bytes()
    lead.studio.lead.delete(f"/api/projects/{lead.project}/").raise_for_status()

    code, _, errors = lead.run("pull")
    name = "annotations/documents/round1/a1.json"
    assert (code, lead.export.read_bytes()) == (0, before)
    hint = "Is it the right server? The file stays as it is."
    assert errors == f"warning: {name}: [project-missing] The server has no project for it. {hint}\n"

    lead.push("--annotator", "a1")  # SQLite gives the new tasks the old ids
    code, _, errors = lead.run("pull")
    assert (code, annotations(lead)) == (1, [GOOD])
    assert f"{name}: [task-deleted] One task with annotations, of one, cannot be found on the server." in errors

    lead.pull("--accept-deletions")
    assert annotations(lead) == []


def annotations(lead: Lead) -> list[list[Json]]:
    """The results of each annotation in the pulled file."""
    tasks = json.loads(lead.export.read_bytes())
    return [annotation["result"] for task in tasks for annotation in task["annotations"]]


def test_a_project_deleted_under_a_push_is_a_plain_line(lead: Lead) -> None:
    def fault(method: str, path: str, answer: httpx.Response) -> httpx.Response:
        if is_setting(method, path):
            lead.studio.lead.delete(path.split("?", maxsplit=1)[0]).raise_for_status()
        return answer

    with proxy(lead.studio.url, fault) as url:
        code, _, errors = lead.run("push", "--annotator", "a1", LABEL_STUDIO_URL=url)

    assert code == 2
    assert errors.splitlines()[-1] == (
        f"Error: Label Studio at {url} no longer has what was asked for. Was the project deleted? Run the command again."
    )
    lead.push("--annotator", "a1")
    assert sorted(lead.tasks) == ["one", "two"]


def test_a_deleted_task_with_work_is_held_and_one_without_goes(lead: Lead) -> None:
    lead.push("--annotator", "a1")
    tasks = lead.tasks
    lead.studio.annotate(tasks["one"]["id"], GOOD)
    lead.pull()
    for task in tasks.values():
        lead.studio.lead.delete(f"/api/tasks/{task['id']}/").raise_for_status()

    code, _, errors = lead.run("pull")

    assert code == 1
    assert "2 tasks gone from the server" in errors
    assert "[task-deleted] One task with annotations, of one, cannot be found on the server." in errors
    assert (b'"document_id": "one"' in lead.export.read_bytes(), b'"document_id": "two"' in lead.export.read_bytes()) == (
        True,
        False,
    )


def test_a_deleted_user_keeps_their_annotations(lead: Lead) -> None:
    lead.push("--annotator", "a1")
    session = lead.studio.sign_up(f"gone-{lead.name}")
    lead.studio.annotate(lead.tasks["one"]["id"], GOOD, session)
    user = session.get("/api/current-user/whoami").json()["id"]
    lead.pull()
    session.close()
    lead.studio.lead.delete(f"/api/users/{user}/").raise_for_status()

    lead.pull("--full")

    written = lead.export.read_text()
    assert '"completed_by": null' in written
    assert '"Paris"' in written
    lead.pull("--build")


def test_a_text_edited_on_the_server_is_set_aside_and_the_file_keeps_what_was_right(lead: Lead) -> None:
    lead.push("--annotator", "a1")
    task = lead.tasks["one"]
    lead.studio.annotate(task["id"], GOOD)
    lead.pull()
    before = lead.export.read_bytes()
    edited: Json = task["data"] | {"text": ONE.replace("Oslo", "Bergen")}
    lead.studio.lead.patch(f"/api/tasks/{task['id']}/", json={"data": edited}).raise_for_status()

    code, _, errors = lead.run("pull")
    assert (code, lead.export.read_bytes()) == (1, before)
    assert "[task-text-differs]" in errors
    assert lead.run("push")[0] == 1

    lead.studio.lead.patch(f"/api/tasks/{task['id']}/", json={"data": task["data"]}).raise_for_status()
    lead.pull()
    lead.push()


def test_a_file_that_is_damaged_is_neither_read_nor_written(lead: Lead) -> None:
    lead.push("--annotator", "a1")
    lead.pull()
    damaged = lead.export.read_bytes()[:-20]
    lead.export.write_bytes(damaged)

    code, _, errors = lead.run("pull")

    assert (code, lead.export.read_bytes()) == (1, damaged)
    assert "[export-truncated]" in errors


def test_the_same_corpus_on_another_server_does_not_overwrite_annotations(lead: Lead) -> None:
    """A fresh server numbers its tasks from 1 as the old one did; the times tell them apart."""
    lead.push("--annotator", "a1")
    lead.studio.annotate(lead.tasks["one"]["id"], GOOD)
    lead.pull()
    lead.export.write_text(lead.export.read_text().replace('"created_at": "20', '"created_at": "19'))

    code, _, errors = lead.run("pull")

    assert (code, annotations(lead)) == (1, [GOOD])
    assert "[task-deleted]" in errors
