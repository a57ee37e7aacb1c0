"""The double's state and what it does at each address; the server gives it the requests, a test the faults."""

import threading
import time
from collections.abc import Mapping
from email.message import Message
from pathlib import Path
from typing import Literal

from tests.hub.double.faults import Fault, Request
from tests.hub.double.routes import Call, find
from tests.hub.double.state import Blob, Commit, Repo, is_large
from tests.hub.double.wire import Answer, RefusedError, refused


class Hub:
    """`tokens` says what each may do: "write", or "read" and be refused the rest with 403."""

    def __init__(self, xet_folder: Path) -> None:
        self.endpoint = self.storage = ""
        self.token = "hf_double"  # noqa: S105 # opens nothing but this double
        self.tokens = {self.token: "write", "hf_reader": "read"}
        self.page_size = 1000
        self.repos: dict[str, Repo] = {}
        self.large: dict[str, Blob] = {}
        self.xet_folder = xet_folder
        self.log: list[Request] = []
        self.errors: list[str] = []
        self._faults: list[Fault] = []
        self._lock = threading.RLock()

    @property
    def mutations(self) -> list[Request]:
        """The requests so far that asked for a change of what others see, or for large content to be stored."""
        return [request for request in self.log if request.mutates]

    def inject(self, *faults: Fault) -> None:
        """Each counts the requests that it matches from now on; where several are due, the first that was injected strikes."""
        with self._lock:
            self._faults.extend(faults)

    def commit(
        self, name: str, files: Mapping[str, bytes], *, deleted: tuple[str, ...] = (), title: str = "someone else's"
    ) -> Commit:
        """What a concurrent publisher would do, without a request."""
        with self._lock:
            repo = self.repos[name]
            tree = {path: blob for path, blob in repo.at().tree.items() if path not in deleted}
            for path, content in files.items():
                blob = Blob(content, large=is_large(tree, path, len(content), content[:512]))
                tree[path] = self.large.setdefault(blob.sha256, blob) if blob.large else blob
            return repo.add("main", title, tree)

    def arrived(self, method: str, url: str, origin: Literal["hub", "storage"]) -> tuple[Request, Fault | None]:
        path = url.partition("?")[0]
        found = find(origin, method, path)
        with self._lock:
            request = Request(len(self.log) + 1, method, url, origin, mutates=found is not None and found[0].mutates)
            self.log.append(request)
            due = [fault for fault in self._faults if fault.due(request)]
        return request, due[0] if due else None

    def settle(self, since: int = 0) -> None:
        """Waits until the requests in the log from there on are done: a killed client's may outlive it."""
        deadline = time.monotonic() + 10
        while not all(request.done for request in self.log[since:]):
            assert time.monotonic() < deadline, "a request does not end"
            time.sleep(0.005)

    def answer(self, request: Request, headers: "Message[str, str]", body: bytes) -> Answer:
        """One at a time, as the real one orders the writes of a repository."""
        path, _, query = request.path.partition("?")
        found = find(request.origin, request.method, path)
        if found is None:
            return refused(404, f"the double knows no {request.method} {path}")
        route, parts = found
        try:
            with self._lock:
                call = Call(self, parts, path, query, headers, body)
                call.admit(route.right)
                return route.act(call)
        except RefusedError as refusal:
            return refusal.answer
        except Exception as error:  # noqa: BLE001 # the fixture fails the test by it; the client shall not hang
            self.errors.append(f"{request}: {error!r}")
            return refused(500, "a mistake in the double")
