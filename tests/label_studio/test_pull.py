"""What a pull makes of the work on the real server."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from shutil import copytree

from tests.label_studio.lead import Json, Lead, level, mention
from variorum.folder import Folder

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

    lead.studio.lead.patch(f"/api/annotations/{annotation}/", json={"result": [*GOOD, BAD[0] | GOOD[0] | {"id": "m9"}][:2]})
    lead.pull()
    assert not aside.exists()
    assert lead.export.read_bytes() != kept


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
    course = Course(lead, random.Random(lead.name))  # noqa: S311
    for _ in range(12):
        course.step()
        lead.run("pull")
    once = Lead(Folder(Path(copytree(lead.folder.root, tmp_path / "once"))), lead.name, lead.studio)
    once.export.unlink()
    once.folder.aside(once.folder.export_of("documents", "round1", "a1")).path.unlink(missing_ok=True)

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
