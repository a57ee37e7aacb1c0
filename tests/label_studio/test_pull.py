"""What a pull makes of the work on the real server."""

import itertools
import json
import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from shutil import copytree, rmtree

import httpx
import pytest

from tests.label_studio.lead import Json, Lead, level, mention
from tests.label_studio.proxy import proxy
from variorum.folder import Folder
from variorum.safe_write import write_beside

ONE = "Oslo said the bridge is safe. Marie Curie moved to Paris in 1891."
TWO = "Rain fell in Bergen for nine days. The Bank of England raised its rate."
GOOD = [mention(ONE, "Paris", "GPE"), level()]
BAD = [mention(ONE, "Paris", "TOWN", "m9"), level()]


def told(lead: Lead, *arguments: str) -> str:
    """What a pull says of the first annotator."""
    code, _, errors = lead.run("pull", *arguments)
    assert code == 0, errors
    return errors.splitlines()[0].removeprefix("documents/round1/a1: ")


def test_done_skipped_draft_and_unseen_are_counted(lead: Lead) -> None:
    (lead.folder.seeds / "three.txt").write_text("Snow fell in Tromso on Monday.")
    (lead.folder.seeds / "four.txt").write_text("Nobody knows who built the old mill.")
    assert lead.main("freeze")[0] == 0
    lead.push("--annotator", "a1")
    tasks = {name: task["id"] for name, task in lead.tasks.items()}
    lead.studio.annotate(tasks["one"], GOOD)
    lead.studio.annotate(tasks["two"], [mention(TWO, "Bergen", "GPE")], was_cancelled=True)
    lead.studio.draft(tasks["three"], [mention("Snow fell in Tromso on Monday.", "Tromso", "GPE")])

    assert told(lead) == (
        "1 done, 0 empty, 1 skipped, 1 draft, 1 unseen; 4 fetched; wrote annotations/documents/round1/a1.json"
    )
    before = lead.export.read_bytes()
    assert told(lead).endswith("1 fetched; annotations/documents/round1/a1.json unchanged")  # the draft: it may have changed
    assert lead.export.read_bytes() == before
    assert lead.main("validate")[0] == 0
    assert "localhost" not in before.decode()
    assert [task["data"]["document_id"] for task in json.loads(before)] == ["four", "one", "three", "two"]


def test_an_annotation_with_nothing_in_it_is_empty_and_lacks_its_level(lead: Lead) -> None:
    lead.push("--annotator", "a1")
    lead.studio.annotate(lead.tasks["one"]["id"], [])

    code, _, errors = lead.run("pull")

    assert code == 1
    assert errors.startswith("documents/round1/a1: 0 done, 1 empty, 0 skipped, 0 draft, 1 unseen; 2 fetched; 1 set aside in ")
    assert "[reading-level-missing]" in errors


def test_what_is_wrong_is_set_aside_until_it_is_mended(lead: Lead) -> None:
    lead.push("--annotator", "a1")
    task = lead.tasks["one"]["id"]
    annotation = lead.studio.annotate(task, GOOD)
    lead.pull()
    kept = lead.export.read_bytes()
    lead.studio.lead.patch(f"/api/annotations/{annotation}/", json={"result": BAD}).raise_for_status()

    for _ in range(2):  # the second time it comes from aside, not from the server
        code, _, errors = lead.run("pull")
        assert code == 1
        first, second, third = errors.splitlines()
        assert "; 1 set aside in .label-studio/aside/documents/round1/a1.json; " in first
        aside = lead.folder.root / ".label-studio" / "aside" / "documents" / "round1" / "a1.json"
        line = 1 + aside.read_text().split('"TOWN"')[0].count("\n")
        assert second == (
            f".label-studio/aside/documents/round1/a1.json:{line} task {task} annotation {annotation} region m9: "
            "[label-unknown] 'TOWN' is not in the inventory entity_type. Correct it in Label Studio and export again, or "
            "add it to schema/labels.yaml and run `variorum schema`."
        )
        assert third == "1 error; what is wrong was not taken over."
        assert lead.export.read_bytes() == kept

    stale = aside.read_bytes()
    mended = {"result": [mention(ONE, "Oslo", "GPE", "m9"), level()]}
    lead.studio.lead.patch(f"/api/annotations/{annotation}/", json=mended).raise_for_status()
    lead.pull()
    assert not aside.exists()
    written = lead.export.read_bytes()
    assert b'"m9"' in written

    aside.write_bytes(stale)  # as a pull leaves it that is killed between its two files
    lead.pull()
    assert (aside.exists(), lead.export.read_bytes()) == (False, written)


def aside_file(lead: Lead) -> Path:
    return lead.folder.aside(lead.folder.export_of("documents", "round1", "a1")).path


def set_aside(lead: Lead) -> int:
    """Pulls a right annotation, has it changed to a wrong one, and a right one of the other document later on."""
    lead.push("--annotator", "a1")
    tasks: dict[str, int] = {name: task["id"] for name, task in lead.tasks.items()}
    annotation = lead.studio.annotate(tasks["one"], GOOD)
    lead.pull()
    lead.studio.lead.patch(f"/api/annotations/{annotation}/", json={"result": BAD}).raise_for_status()
    lead.studio.annotate(tasks["two"], [level()])
    assert lead.run("pull")[0] == 1
    return tasks["one"]


def test_what_is_set_aside_has_its_findings_beside_it_where_only_the_lead_reads_it(lead: Lead) -> None:
    set_aside(lead)

    assert "[label-unknown] 'TOWN'" in aside_file(lead).with_suffix(".findings.txt").read_text()
    assert (lead.folder.label_studio / ".gitignore").read_text() == "*\n"
    assert lead.folder.label_studio.stat().st_mode & 0o777 == 0o700


def test_what_is_set_aside_is_held_when_its_task_is_deleted(lead: Lead) -> None:
    task = set_aside(lead)
    lead.studio.lead.delete(f"/api/tasks/{task}/").raise_for_status()

    for _ in range(2):
        code, _, errors = lead.run("pull")
        assert (code, errors.count("[task-deleted]")) == (1, 2)
        assert b'"TOWN"' in aside_file(lead).read_bytes()
        assert b'"Paris"' in lead.export.read_bytes()

    lead.pull("--accept-deletions")
    assert not aside_file(lead).exists()
    assert b'"Paris"' not in lead.export.read_bytes()


def test_a_draft_is_held_when_its_task_is_deleted(lead: Lead) -> None:
    lead.push("--annotator", "a1")
    task = lead.tasks["one"]["id"]
    lead.studio.draft(task, GOOD)
    lead.pull()
    lead.studio.lead.delete(f"/api/tasks/{task}/").raise_for_status()

    assert lead.run("pull")[0] == 1
    assert b'"Paris"' in lead.export.read_bytes()


def test_what_was_pulled_elsewhere_is_not_taken_for_a_task_that_has_its_id_now(lead: Lead) -> None:
    """As on a fresh server that numbers the same documents otherwise."""
    lead.push("--annotator", "a1")
    ids = {name: task["id"] for name, task in lead.tasks.items()}
    lead.studio.annotate(ids["one"], GOOD)
    lead.pull()
    (old,) = [task for task in json.loads(lead.export.read_bytes()) if task["annotations"]]
    lead.export.write_text(json.dumps([old | {"id": ids["two"], "created_at": "2020-01-01T00:00:00.000000Z"}]))

    for _ in range(3):
        code, _, errors = lead.run("pull")
        assert (code, "[task-deleted]" in errors) == (1, True)
        assert [task["data"]["document_id"] for task in json.loads(lead.export.read_bytes())] == ["one", "two"]
        assert b'"Paris"' in lead.export.read_bytes()


def test_without_the_record_of_the_last_pull_nothing_is_missed(lead: Lead) -> None:
    """As in a fresh clone, or where .label-studio was deleted."""
    set_aside(lead)
    both = files(lead)
    rmtree(lead.folder.label_studio)

    assert lead.run("pull")[0] == 1
    assert files(lead) == both


def test_a_file_that_was_turned_back_is_brought_forward_again(lead: Lead) -> None:
    lead.push("--annotator", "a1")
    lead.pull()
    before = lead.export.read_bytes()
    lead.studio.annotate(lead.tasks["one"]["id"], GOOD)
    lead.pull()
    now = lead.export.read_bytes()
    lead.export.write_bytes(before)

    lead.pull()

    assert lead.export.read_bytes() == now


def test_what_changes_while_a_pull_runs_comes_with_the_next(lead: Lead, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the list and the export one task changes that is not exported, and later one that is."""
    monkeypatch.setattr("variorum.label_studio.pull.OVERLAP", timedelta(0))
    lead.push("--annotator", "a1")
    tasks = {name: task["id"] for name, task in lead.tasks.items()}
    annotation = lead.studio.annotate(tasks["one"], GOOD)
    lead.pull()
    lead.studio.lead.patch(f"/api/annotations/{annotation}/", json={"result": [level("A2")]}).raise_for_status()

    def fault(_: str, path: str, answer: httpx.Response) -> httpx.Response:
        if "draft_exists" in path:  # asked for between the two
            lead.studio.annotate(tasks["two"], [level()])
            lead.studio.lead.patch(f"/api/annotations/{annotation}/", json={"result": [level("B2")]}).raise_for_status()
        return answer

    with proxy(lead.studio.url, fault) as url:
        assert lead.run("pull", LABEL_STUDIO_URL=url)[0] == 0
    lead.pull()

    levels = [task["annotations"][0]["result"][0]["value"]["choices"] for task in json.loads(lead.export.read_bytes())]
    assert levels == [["B2"], ["B1"]]


@pytest.mark.parametrize("write", [1, 2, 3, 4])
def test_a_pull_that_ends_between_its_writes_is_made_good_by_the_next(
    lead: Lead, monkeypatch: pytest.MonkeyPatch, write: int
) -> None:
    lead.push("--annotator", "a1")
    tasks = {name: task["id"] for name, task in lead.tasks.items()}
    annotations = [lead.studio.annotate(tasks[name], result) for name, result in (("one", GOOD), ("two", [level()]))]
    lead.pull()
    for annotation, result in zip(annotations, ([level("B2")], BAD), strict=True):
        lead.studio.lead.patch(f"/api/annotations/{annotation}/", json={"result": result}).raise_for_status()
    calls = itertools.count(1)

    def failing(path: Path, content: bytes, mode: int = 0o644) -> None:
        if next(calls) == write:
            raise OSError(28, "No space left on device", str(path))
        write_beside(path, content, mode)

    with monkeypatch.context() as patched:
        patched.setattr("variorum.label_studio.pull.write_beside", failing)
        assert lead.run("pull")[0] == 2
    assert lead.run("pull")[0] == 1
    stepwise = files(lead)
    lead.export.unlink()
    rmtree(lead.folder.label_studio)
    assert lead.run("pull")[0] == 1
    without_two = json.loads(stepwise[0])
    assert stepwise[1] == files(lead)[1]
    assert [each for each in without_two if each["data"]["document_id"] == "one"] == json.loads(lead.export.read_bytes())


def test_a_damaged_file_aside_is_not_deleted(lead: Lead) -> None:
    set_aside(lead)
    damaged = aside_file(lead).read_bytes()[:-20]
    aside_file(lead).write_bytes(damaged)

    code, _, errors = lead.run("pull")

    assert (code, "[export-truncated]" in errors, aside_file(lead).read_bytes()) == (1, True, damaged)


def test_work_of_somebody_else_is_set_aside(lead: Lead) -> None:
    lead.push("--annotator", "a1")
    a1 = lead.studio.sign_up(f"a1-{lead.name}")
    lead.studio.annotate(lead.tasks["one"]["id"], [*GOOD, mention(ONE, "Oslo", "GPE", "m2")], a1)
    lead.studio.annotate(lead.tasks["two"]["id"], [level()], a1)
    lead.pull()
    kept = lead.export.read_bytes()
    lead.studio.annotate(lead.tasks["two"]["id"], [level("C2")])  # by the lead, as admins may
    a1.close()

    code, _, errors = lead.run("pull")

    assert code == 1
    assert "[annotator-several] User " in errors
    assert lead.export.read_bytes() == kept


def test_a_pull_builds_where_nothing_is_wrong(lead: Lead) -> None:
    lead.push("--annotator", "a1")
    lead.studio.annotate(lead.tasks["one"]["id"], GOOD)

    code, output, errors = lead.run("pull", "--build")

    assert (code, output.splitlines()[-1]) == (0, "Built build/hub."), errors
    assert (lead.folder.hub / "manifest.json").is_file()


def test_any_course_of_work_pulled_in_steps_is_the_same_as_pulled_at_once(lead: Lead, tmp_path: Path) -> None:
    for number in range(8):
        seed = " ".join(random.Random(number).choices("snow rain mill bridge river harbour bell tower".split(), k=30))  # noqa: S311, SIM905
        (lead.folder.seeds / f"n{number}.txt").write_text(f"Bergen {seed}.")
    assert lead.main("freeze")[0] == 0
    lead.push("--annotator", "a1")
    course = Course(lead, random.Random(20))  # noqa: S311
    for _ in range(12):
        course.step()
        lead.run("pull")
    once = Lead(Folder(Path(copytree(lead.folder.root, tmp_path / "once"))), lead.name, lead.studio)
    once.export.unlink()
    rmtree(once.folder.label_studio)

    once.run("pull")

    assert course.taken
    assert files(once) == files(lead), course.taken


def files(lead: Lead) -> list[bytes]:
    export = lead.folder.export_of("documents", "round1", "a1")
    return [path.read_bytes() for path in (export.path, lead.folder.aside(export).path) if path.is_file()]


class Course:
    """What annotators may do next, chosen at random."""

    def __init__(self, lead: Lead, chance: random.Random) -> None:
        self.lead = lead
        self.chance = chance
        self.taken: list[str] = []

    def step(self) -> None:
        moves: list[Callable[[Json], None]] = [self.annotate, self.skip, self.draft, self.edit, self.delete, self.remove]
        move = self.chance.choice(moves)
        document_id, task = self.chance.choice(sorted(self.lead.tasks.items()))
        self.taken.append(f"{move.__name__} {document_id}")
        move(task)

    def annotate(self, task: Json) -> None:
        if not task["annotations"]:
            self.lead.studio.annotate(task["id"], [mention(task["data"]["text"], task["data"]["text"][:4], "GPE"), level()])

    def skip(self, task: Json) -> None:
        if not task["annotations"]:
            self.lead.studio.annotate(task["id"], [], was_cancelled=True)

    def draft(self, task: Json) -> None:
        if not task["annotations"]:
            self.lead.studio.draft(task["id"], [level("C2")])

    def edit(self, task: Json) -> None:
        """Sometimes so that it is wrong."""
        for each in task["annotations"]:
            result = [level(self.chance.choice(["A2", "C1", "Z9"]))]
            self.lead.studio.lead.patch(f"/api/annotations/{each['id']}/", json={"result": result}).raise_for_status()

    def delete(self, task: Json) -> None:
        for each in task["annotations"]:
            self.lead.studio.lead.delete(f"/api/annotations/{each['id']}/").raise_for_status()

    def remove(self, task: Json) -> None:
        """Deletes a task that nobody worked on: one with work is held, which a pull at once knows nothing of."""
        if not task["annotations"]:
            self.lead.studio.lead.delete(f"/api/tasks/{task['id']}/").raise_for_status()
