"""A proxy between the command and the real server that can fail at a chosen moment, as networks and servers do."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

Fault = Callable[[str, str, httpx.Response], httpx.Response]
"""What becomes of an answer of the server, given the method and path that it answers."""
_HOP = {"connection", "content-encoding", "content-length", "transfer-encoding", "date", "server"}


@contextmanager
def proxy(target: str, fault: Fault) -> Iterator[str]:
    """The address of a proxy to `target`; each answer goes through `fault` after the server has done its part."""

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
            answer = httpx.request(self.command, target + self.path, content=body, headers=headers, timeout=60)
            answer = fault(self.command, self.path, answer)
            self.send_response(answer.status_code)
            for name, value in answer.headers.items():
                if name.lower() not in _HOP:
                    self.send_header(name, value)
            self.send_header("content-length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        do_GET = do_POST = do_PATCH = do_DELETE = handle_any  # noqa: N815 # the names that the base class calls

        def log_message(self, *arguments: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
