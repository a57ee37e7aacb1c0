"""What the lead and annotators do with a real server, without a browser."""

import socket
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
from click.testing import CliRunner

from variorum.cli import main
from variorum.folder import Folder
from variorum.label_studio.server import Access

PASSWORD = "correct horse"  # noqa: S105 # of users that live as long as a test

Json = dict[str, Any]


def variorum(*arguments: str) -> list[str]:
    """The command as a process of its own."""
    return [sys.executable, "-m", "variorum", "label-studio", *arguments]


def free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


class Studio:
    """The running server, and what the lead and annotators do there without a browser."""

    def __init__(self, access: Access, outward: Path) -> None:
        self.access = access
        self.url = access.url
        self.outward = outward
        self.lead = httpx.Client(base_url=self.url, headers={"Authorization": f"Token {access.token}"}, timeout=60)

    def get(self, path: str, **query: Any) -> Any:
        return self.lead.get(path, params=query).raise_for_status().json()

    def projects(self, corpus: str) -> list[Json]:
        return [
            each for each in self.get("/api/projects/", page_size=1000)["results"] if f"for {corpus}:" in each["description"]
        ]

    def project(self, corpus: str, annotator: str = "a1") -> int:
        (found,) = [each["id"] for each in self.projects(corpus) if f"/{annotator}." in each["description"]]
        return int(found)

    def tasks(self, project: int) -> dict[str, Json]:
        """The tasks of a project by document; fails where a document has two."""
        listed = self.get("/api/tasks/", project=project, page_size=1000, fields="all")["tasks"]
        assert len({each["data"]["document_id"] for each in listed}) == len(listed)
        return {each["data"]["document_id"]: each for each in listed}

    def annotate(self, task: int, result: list[Json], client: httpx.Client | None = None, **fields: Any) -> int:
        sent = {"result": result, "ground_truth": False, "was_cancelled": False, **fields}
        answer = (client or self.lead).post(f"/api/tasks/{task}/annotations/", json=sent).raise_for_status()
        return int(answer.json()["id"])

    def draft(self, task: int, result: list[Json]) -> None:
        self.lead.post(f"/api/tasks/{task}/drafts", json={"result": result, "lead_time": 1}).raise_for_status()

    def forget_counts(self, project: int) -> None:
        """Sets to zero what the server's database keeps of how many annotations and predictions its tasks have."""
        database = self.outward.parent / ".label-studio" / "data" / "label_studio.sqlite3"
        with closing(sqlite3.connect(database, timeout=60)) as connection, connection:
            connection.execute("UPDATE task SET total_annotations = 0, total_predictions = 0 WHERE project_id = ?", [project])

    def log_in(self, username: str, password: str) -> httpx.Client:
        """A browser's session, which needs no token."""
        client = httpx.Client(base_url=self.url, timeout=60, headers={"Referer": f"{self.url}/"})
        client.get("/user/login/")
        form = {"csrfmiddlewaretoken": client.cookies["csrftoken"], "email": username, "password": password}
        assert client.post("/user/login/", data=form).status_code == httpx.codes.FOUND
        client.headers["X-CSRFToken"] = client.cookies["csrftoken"]
        return client

    def sign_up(self, name: str) -> httpx.Client:
        """A new user, logged in."""
        client = httpx.Client(base_url=self.url, timeout=60, headers={"Referer": f"{self.url}/"})
        client.get("/user/signup/")
        form = {"csrfmiddlewaretoken": client.cookies["csrftoken"], "email": f"{name}@localhost", "password": PASSWORD}
        assert client.post("/user/signup/", data=form).status_code == httpx.codes.FOUND
        client.headers["X-CSRFToken"] = client.cookies["csrftoken"]
        return client


class Lead:
    """An annotation lead with a corpus: `run` is the command, in this process, so that the SDK is loaded once."""

    def __init__(self, folder: Folder, name: str, studio: Studio) -> None:
        self.folder = folder
        self.name = name
        self.studio = studio
        self.environment = {"LABEL_STUDIO_URL": studio.url, "LABEL_STUDIO_API_KEY": studio.access.token}

    def run(self, verb: str, *arguments: str, **environment: str) -> tuple[int, str, str]:
        """Exit code, standard output and standard error of a verb of `variorum label-studio`."""
        return self.main("label-studio", verb, *arguments, **environment)

    def main(self, *arguments: str, **environment: str) -> tuple[int, str, str]:
        """The same for any verb."""
        command = [*arguments, "--root", str(self.folder.root)]
        result = CliRunner(env=self.environment | environment).invoke(main, command)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.stdout, result.stderr

    def push(self, *arguments: str) -> None:
        code, _, errors = self.run("push", *arguments)
        assert code == 0, errors

    def pull(self, *arguments: str) -> None:
        code, _, errors = self.run("pull", *arguments)
        assert code == 0, errors

    @property
    def project(self) -> int:
        return self.studio.project(self.name)

    @property
    def tasks(self) -> dict[str, Json]:
        return self.studio.tasks(self.project)

    @property
    def export(self) -> Path:
        return self.folder.export_of("documents", "round1", "a1").path


def mention(text: str, words: str, label: str, id_: str = "m1") -> Json:
    start = text.index(words)
    value = {"start": start, "end": start + len(words), "text": words, "labels": [label]}
    return {"id": id_, "from_name": "entity_type", "to_name": "text", "type": "labels", "value": value}


def level(choice: str = "B1") -> Json:
    value = {"choices": [choice]}
    return {"id": "level", "from_name": "reading_level", "to_name": "text", "type": "choices", "value": value}
