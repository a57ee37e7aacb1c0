"""Talks to a Label Studio server. No other module does.

Writing is never repeated blindly: the SDK's own retries double what the server had committed before it answered 500.
Whoever writes looks again what is there, and writes what is missing.
"""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
import msgspec
from label_studio_sdk import LabelStudio
from label_studio_sdk.core.api_error import ApiError
from label_studio_sdk.core.request_options import RequestOptions
from label_studio_sdk.data_manager import Filters, Operator, Type

Json = dict[str, Any]

TIMEOUT = 300.0
"""Seconds a request may take: the export of a few hundred long tasks takes ten."""
PAGE = 1000
"""Tasks listed at once; measured fastest of 100, 500 and 1000."""
EXPORTED = 500
"""Tasks exported at once."""
_ONCE = RequestOptions(max_retries=0)
_PROJECT = "id,description"
# Not total_annotations: the server keeps that beside the annotations and, under load, behind them.
_HEAD = "id,created_at,updated_at,annotations_ids,total_predictions,predictions_model_versions"


class ServerError(Exception):
    """The server cannot or will not; the message says what to do."""


class BrokenOffError(ServerError):
    """The server failed under way: what was asked may or may not have been done."""


class GoneError(ServerError):
    """What was asked for is not there, or no longer."""


@dataclass(frozen=True)
class ProjectHead:
    """A project as the server has it; `tasks` is their number."""

    id: int
    label_config: str
    instructions: str
    tasks: int
    model_version: str = ""


@dataclass(frozen=True)
class TaskHead:
    """A task without its annotations. Times are ISO 8601 as in exports; `data` is empty where it was not asked for.

    `model_version` has those of all its predictions, and is empty where it has none; their number, `predictions`, is a
    counter that the server does not always keep up.
    """

    id: int
    created_at: str
    updated_at: str
    annotations: int
    predictions: int
    model_version: str
    data: Json

    @property
    def model_versions(self) -> frozenset[str]:
        """The model versions one by one."""
        return frozenset(filter(None, self.model_version.split(",")))


def answers(url: str) -> bool:
    """Whether a Label Studio at `url` is ready."""
    try:
        return bool(httpx.get(f"{url}/health", timeout=5, trust_env=not _is_here(url)).json() == {"status": "UP"})
    except (httpx.HTTPError, ValueError):
        return False


def _is_here(url: str) -> bool:
    """Whether a server is on this machine: a proxy for the rest of the world has no business with its token."""
    return httpx.URL(url).host in ("127.0.0.1", "localhost", "::1")


class Server:
    """A Label Studio server and a token that it accepts; raises ServerError with a plain message."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url.rstrip("/")
        self._connection = httpx.Client(timeout=TIMEOUT, follow_redirects=True, trust_env=not _is_here(url))
        try:
            with self._plain():
                self._api = LabelStudio(base_url=self.url, api_key=token, timeout=TIMEOUT, httpx_client=self._connection)
                self._api.users.whoami()
        except ServerError:
            self.close()
            raise

    def close(self) -> None:
        """Lets the connection go."""
        self._connection.close()

    def described(self) -> dict[int, str]:
        """The description of every project by its id, oldest first."""
        with self._plain():
            found = [(each.id, each.description or "") for each in self._api.projects.list(page_size=100, include=_PROJECT)]
        return dict(sorted(found))

    def project(self, id_: int) -> ProjectHead:
        """One project."""
        with self._plain():
            each = self._api.projects.get(id=id_)
        return ProjectHead(
            id_, each.label_config or "", each.expert_instruction or "", each.task_number or 0, each.model_version or ""
        )

    def create_project(self, title: str, description: str) -> int:
        """Makes an empty project and returns its id."""
        with self._plain():
            return int(self._api.projects.create(title=title, description=description, request_options=_ONCE).id)

    def update_project(self, id_: int, **fields: Any) -> None:
        """Sets fields of a project; doing it twice does no harm."""
        with self._plain():
            self._api.projects.update(id=id_, **fields)

    def delete_project(self, id_: int) -> None:
        """Deletes a project with all that is in it; one that is gone already does no harm."""
        with self._plain(), _unless_gone():
            self._api.projects.delete(id=id_)

    def tasks(self, project: int, since: str = "", *, data: bool = False) -> list[TaskHead]:
        """The tasks of a project; with `since`, an ISO time, those changed then or later."""
        items = [Filters.item("tasks:updated_at", Operator.GREATER_OR_EQUAL, Type.Datetime, since)] if since else []
        return self._listed(project, items, data=data)

    def drafted(self, project: int) -> list[TaskHead]:
        """The tasks of a project that have drafts; saving a draft does not change a task's `updated_at`."""
        return self._listed(project, [Filters.item("tasks:draft_exists", Operator.EQUAL, Type.Boolean, value=True)])

    def _listed(self, project: int, items: Sequence[Json], *, data: bool = False) -> list[TaskHead]:
        query = {"ordering": ["tasks:id"]} | ({"filters": Filters.create(Filters.AND, items)} if items else {})
        include = f"{_HEAD},data" if data else _HEAD
        with self._plain():
            found = self._api.tasks.list(
                project=project, query=json.dumps(query), page_size=PAGE, fields="all", include=include
            )
            return [_head(each) for each in found]

    def import_tasks(self, project: int, tasks: list[Json]) -> None:
        """Adds tasks; raises BrokenOffError where they may or may not have been added."""
        with self._plain():
            self._api.projects.import_tasks(id=project, request=tasks, request_options=_ONCE)

    def update_task(self, id_: int, data: Json) -> None:
        """Replaces a task's data; doing it twice does no harm."""
        with self._plain():
            self._api.tasks.update(id=str(id_), data=data)

    def begun(self, project: int, tasks: Sequence[int]) -> set[int]:
        """Which of some tasks somebody has annotated, skipped or begun by now."""
        exported = [task for part in self.export(project, tasks) for task in part]
        return {task["id"] for task in exported if task.get("annotations") or task.get("drafts")}

    def delete_tasks(self, ids: Sequence[int]) -> None:
        """Deletes tasks; one that is gone already does no harm."""
        for id_ in ids:
            with self._plain(), _unless_gone():
                self._api.tasks.delete(id=str(id_))

    def import_predictions(self, project: int, predictions: list[Json]) -> None:
        """Adds predictions, each with its `task`; raises BrokenOffError where they may or may not have been added."""
        with self._plain():
            self._api.projects.import_predictions(id=project, request=predictions, request_options=_ONCE)

    def predictions(self, task: int) -> list[int]:
        """The ids of a task's predictions."""
        with self._plain():
            return [int(each.id) for each in self._api.predictions.list(task=task)]

    def delete_predictions(self, task: int) -> None:
        """Deletes all predictions of a task."""
        for id_ in self.predictions(task):
            with self._plain(), _unless_gone():
                self._api.predictions.delete(id=id_)

    def export(self, project: int, tasks: Sequence[int]) -> Iterator[list[Json]]:
        """Tasks with all that annotators made of them, as exported, a few hundred at a time.

        Those that are gone are left out. The SDK's own `ids` is ignored by the server, which then exports everything
        (label-studio-sdk#199).
        """
        for first in range(0, len(tasks), EXPORTED):
            wanted = {"ids[]": [str(id_) for id_ in tasks[first : first + EXPORTED]]}
            with self._plain():
                options = RequestOptions(additional_query_parameters=wanted)
                parts = self._api.projects.exports.download_sync(
                    project, export_type="JSON", download_all_tasks=True, request_options=options
                )
                exported = msgspec.json.decode(b"".join(parts), type=list[Json])
            yield exported

    @contextmanager
    def _plain(self) -> Iterator[None]:
        """Errors of the connection, the server and the SDK as plain messages."""
        try:
            yield
        except ApiError as error:
            raise _told(error, self.url) from error
        except (httpx.ConnectError, httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
            hint = "Start one with `variorum label-studio serve`, or correct LABEL_STUDIO_URL."
            raise ServerError(f"No Label Studio answers at {self.url}. {hint}") from error
        except (httpx.TransportError, msgspec.DecodeError) as error:
            message = f"Label Studio at {self.url} broke off. Run the command again: nothing will be lost or doubled."
            raise BrokenOffError(message) from error
        except (httpx.RequestError, ValueError, TypeError, AttributeError) as error:
            # The SDK takes any answer apart as if it were Label Studio's: a proxy's error page, another service's JSON.
            message = f"What answers at {self.url} is not what Label Studio says. Is LABEL_STUDIO_URL right?"
            raise ServerError(message) from error


def exported_project(server: Server, project: int) -> tuple[bytes, bytes]:
    """All tasks of a project, as one export, and its labelling config."""
    config = server.project(project).label_config
    tasks = [task for part in server.export(project, [each.id for each in server.tasks(project)]) for task in part]
    return msgspec.json.encode(tasks), config.encode()


@contextmanager
def _unless_gone() -> Iterator[None]:
    try:
        yield
    except ApiError as error:
        if error.status_code != httpx.codes.NOT_FOUND:
            raise


def _told(error: ApiError, url: str) -> ServerError:
    """What an answer of the server means to the person who called."""
    status = error.status_code or 0
    detail = _detail(error.body)
    if status == httpx.codes.UNAUTHORIZED and "legacy" in detail:
        return ServerError(
            f"Label Studio at {url} accepts no legacy tokens. Make a personal access token under Account & Settings and set "
            "LABEL_STUDIO_API_KEY to it."
        )
    if status == httpx.codes.UNAUTHORIZED:
        return ServerError(f"Label Studio at {url} refuses the token. Set LABEL_STUDIO_API_KEY to one of Account & Settings.")
    if status == httpx.codes.NOT_FOUND:
        return GoneError(
            f"Label Studio at {url} no longer has what was asked for. Was the project deleted? Run the command again."
        )
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return BrokenOffError(
            f"Label Studio at {url} failed ({status}). Run the command again: nothing will be lost or doubled. "
            "If it fails again, look into the server's log."
        )
    return ServerError(f"Label Studio at {url} answered {status}: {detail}")


def _detail(body: object) -> str:
    """What an error says, on one line."""
    if isinstance(body, dict):
        body = body.get("validation_errors") or body.get("detail") or body
    return " ".join(str(body).split())[:300]


def _head(task: Any) -> TaskHead:
    return TaskHead(
        id=int(task.id),
        created_at=_iso(task.created_at),
        updated_at=_iso(task.updated_at),
        annotations=len(_numbers(task.annotations_ids)),
        predictions=task.total_predictions or 0,
        model_version=task.predictions_model_versions or "",
        data=task.data or {},
    )


def _numbers(listed: Any) -> list[str]:
    """Numbers as a list has them: text with commas from SQLite, a list from PostgreSQL."""
    return re.findall(r"\d+", str(listed or ""))


def _iso(time: datetime | str) -> str:
    """A time as exports write it."""
    return time if isinstance(time, str) else time.isoformat().replace("+00:00", "Z")
