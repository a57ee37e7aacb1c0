"""The double on two origins of the loopback: the Hub, and the storage that it redirects to."""

import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal

from tests.hub.double.faults import Fault, Request
from tests.hub.double.hub import Hub
from tests.hub.double.wire import CUT, Answer


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, hub: Hub, origin: Literal["hub", "storage"]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.hub, self.origin = hub, origin

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 # as the base class calls it
        """A client that goes away is what tests are about; all else is a mistake in the double."""
        error = sys.exception()
        if not isinstance(error, ConnectionError):
            self.hub.errors.append(repr(error))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def handle_any(self) -> None:
        request, fault = self.server.hub.arrived(self.command, self.path, self.server.origin)
        try:
            answer = self._answer(request, fault)
            if answer is not CUT:
                request.status = answer.status
                self._send(answer, fault)
            if answer is CUT or (fault and fault.when == "in_answer"):
                self._cut()
        finally:
            request.done = True

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815 # the names that the base class calls

    def _answer(self, request: Request, fault: Fault | None) -> Answer:
        when = fault.when if fault else None
        body = self._body(half=when == "in_request")
        struck = fault.strike(request) if fault and when in ("in_request", "before") else None
        if struck is not None:
            return struck
        answer = self.server.hub.answer(request, self.headers, body)
        return (fault.strike(request) if fault and when == "after" else None) or answer

    def _body(self, *, half: bool) -> bytes:
        """All that was announced: of a client that died while it sent, nothing is to take effect."""
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length // 2 if half else length)
        if len(body) < length and not half:
            raise ConnectionAbortedError
        return body

    def _send(self, answer: Answer, fault: Fault | None) -> None:
        self.send_response(answer.status)
        for name, value in {**answer.headers, "Content-Length": str(len(answer.body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            half = fault is not None and fault.when == "in_answer"
            self.wfile.write(answer.body[: len(answer.body) // 2] if half else answer.body)

    def _cut(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *arguments: object) -> None:
        """Says nothing."""


@contextmanager
def serving(xet_folder: Path) -> Iterator[Hub]:
    hub = Hub(xet_folder)
    servers = [_Server(hub, "hub"), _Server(hub, "storage")]
    hub.endpoint, hub.storage = (f"http://127.0.0.1:{server.server_port}" for server in servers)
    threads = [threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True) for server in servers]
    for thread in threads:
        thread.start()
    try:
        yield hub
    finally:
        for server, thread in zip(servers, threads, strict=True):
            server.shutdown()
            thread.join()
            server.server_close()
