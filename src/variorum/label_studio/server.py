"""A Label Studio server of one's own: installed apart from variorum, bound to loopback, telemetry off, made without a dialogue.

Label Studio pins its dependencies exactly and takes a gigabyte, so uv gives it an environment of its own.
"""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec

from variorum.folder import Folder
from variorum.label_studio.client import ServerError, answers
from variorum.safe_write import private_folder, write_beside

VERSION = "1.23.2"
HOST = "127.0.0.1"
PATIENCE = 600.0
"""Seconds until a server must answer: a first start makes the database."""
STOPPED_BY = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Ctrl-C, a manager of services, and the terminal that is closed."""
STOPPING = 15.0
"""Seconds that a server has to stop by itself."""
_NOWHERE = "http://127.0.0.1:9"
"""A proxy that is not there. Label Studio's home page has its server ask the network for tips, which no setting stops."""


class Access(msgspec.Struct, frozen=True):
    """How to reach a server: its address and a token; for one of our own also how the lead logs in."""

    url: str
    token: str
    username: str = ""
    password: str = ""


def local_access(folder: Folder) -> Access | None:
    """How to reach the server that `serve` made for this corpus; None if it made none.

    Raises ServerError where the file that says so is damaged.
    """
    if not folder.access.is_file():
        return None
    try:
        return msgspec.json.decode(folder.access.read_bytes(), type=Access)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        name = folder.name(folder.access)
        raise ServerError(f"{name} is damaged. Delete it, and `variorum label-studio serve` makes another user.") from error


def make_access(folder: Folder, port: int) -> Access:
    """The same, made at the first start and kept where only its owner reads it: user, password and token, at random.

    The user's name is drawn too, since Label Studio leaves a user that it knows, of a lost file or of another corpus in
    the same database, with the token it had.
    """
    drawn = Access("", secrets.token_hex(20), f"lead-{secrets.token_hex(2)}@localhost", secrets.token_urlsafe(12))
    access = msgspec.structs.replace(local_access(folder) or drawn, url=f"http://{HOST}:{port}")
    private_folder(folder.label_studio)
    write_beside(folder.access, msgspec.json.format(msgspec.json.encode(access), indent=1) + b"\n", mode=0o600)
    return access


@dataclass(frozen=True)
class LocalServer:
    """A server to be started: where it keeps its data, how it is reached, and which database it uses.

    `database` is postgresql://user:password@host:port/name; empty for SQLite in the corpus folder.
    """

    folder: Folder
    access: Access
    database: str = ""

    @property
    def data(self) -> Path:
        """Where Label Studio keeps what it is given."""
        return self.folder.label_studio / "data"

    @property
    def log(self) -> Path:
        """What it says."""
        return self.folder.label_studio / "server.log"

    @property
    def command(self) -> list[str]:
        """What is run; it takes nothing from the network."""
        port = str(urlsplit(self.access.url).port)
        start = ["label-studio", "start", "--no-browser", "--internal-host", HOST, "--port", port]
        return [*_tool("--offline"), *start]

    @property
    def environment(self) -> dict[str, str]:
        """The settings it is run with, beside those of whoever runs it; they hold the token."""
        return {
            "LABEL_STUDIO_BASE_DATA_DIR": str(self.data),
            "LABEL_STUDIO_USERNAME": self.access.username,
            "LABEL_STUDIO_PASSWORD": self.access.password,
            "LABEL_STUDIO_USER_TOKEN": self.access.token,
            "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
            "COLLECT_ANALYTICS": "false",
            "LATEST_VERSION_CHECK": "false",
            "SENTRY_DSN": "",
            "FRONTEND_SENTRY_DSN": "",
            "PYTHONDONTWRITEBYTECODE": "",  # or every start takes twice as long
            **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), _NOWHERE),
            **dict.fromkeys(("NO_PROXY", "no_proxy"), f"{HOST},localhost"),
            **_database(self.database),
        }

    @contextmanager
    def running(self, waiting: Callable[[float], None]) -> Iterator[subprocess.Popen[bytes]]:
        """Starts the server, waits until it answers and stops it in the end; `waiting` is told the seconds so far.

        Raises ServerError where it does not come up.
        """
        self.data.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            # In a session of its own, so that Ctrl-C reaches us alone and we stop it in order.
            process = subprocess.Popen(  # noqa: S603 # the command is our own
                self.command, env=os.environ | self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        try:
            self._wait(process, waiting)
            yield process
        finally:
            _stop(process)

    def _wait(self, process: subprocess.Popen[bytes], waiting: Callable[[float], None]) -> None:
        started = time.monotonic()
        while not answers(self.access.url):
            passed = time.monotonic() - started
            if process.poll() is not None or passed > PATIENCE:
                raise ServerError(f"Label Studio did not start. The end of {self.folder.name(self.log)} says:\n{self._tail()}")
            waiting(passed)
            time.sleep(0.2)

    def _tail(self) -> str:
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-5:]).replace(self.access.token, "TOKEN")


def is_installed() -> bool:
    """Whether this version is on this machine already."""
    return not subprocess.run([*_tool("--offline", "--quiet"), "python", "-c", ""], capture_output=True, check=False).returncode  # noqa: S603 # the command is our own


def prospect(folder: Folder, address: str, database: str, *, running: bool) -> list[str]:
    """What starting a server would do, in words, a line a fact."""
    store = "SQLite" if _database(database)["DJANGO_DB"] == "sqlite" else "PostgreSQL"
    is_there = folder.access.is_file()
    return [
        f"Label Studio {VERSION}: " + ("installed." if is_installed() else "to be installed, 1 GB, once on this machine."),
        f"Address: {address}, " + ("which answers already." if running else "for this machine only."),
        f"Data: {folder.name(folder.label_studio)}/, {store}; ignored by version control.",
        f"First user and token: {'made' if is_there else 'to be made'}, in {folder.name(folder.access)}.",
        "Telemetry: off; the server reaches nothing outside this machine but its database.",
    ]


def install() -> None:
    """Gets Label Studio in its own environment, once a machine: a minute and a gigabyte, of which uv shows the progress.

    Raises ServerError where that fails.
    """
    if subprocess.run([*_tool("--compile-bytecode"), "python", "-c", ""], check=False).returncode:  # noqa: S603 # the command is our own
        raise ServerError("Label Studio could not be installed; uv says why above.")


def _tool(*options: str) -> list[str]:
    """The beginning of a command that uv runs in Label Studio's environment."""
    from uv import find_uv_bin

    pins = str(files("variorum.label_studio") / "server-requirements.txt")
    fixed = ["--python", sys.executable, "--constraints", pins, "--from", f"label-studio=={VERSION}"]
    return [find_uv_bin(), "tool", "run", *options, *fixed]


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ends the server and all it started: politely first. A second Ctrl-C does not keep it from being ended."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in STOPPED_BY}
    for each in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            os.killpg(process.pid, each)
            with suppress(subprocess.TimeoutExpired):
                process.wait(STOPPING)
    for number, handler in before.items():
        signal.signal(number, handler)


def _database(url: str) -> dict[str, str]:
    """Label Studio's settings for a database; raises ServerError where the URL is none of PostgreSQL."""
    if not url:
        return {"DJANGO_DB": "sqlite"}
    parts = urlsplit(url)
    refused = ServerError("The database must be postgresql://USER:PASSWORD@HOST:PORT/NAME.")
    try:
        port = parts.port or 5432
    except ValueError:  # whose message quotes a part of the password
        raise refused from None
    if parts.scheme not in ("postgres", "postgresql") or not (parts.hostname and parts.path.strip("/")):
        raise refused
    return {
        "DJANGO_DB": "default",
        "POSTGRE_HOST": parts.hostname,
        "POSTGRE_PORT": str(port),
        "POSTGRE_NAME": parts.path.strip("/"),
        "POSTGRE_USER": unquote(parts.username or ""),
        "POSTGRE_PASSWORD": unquote(parts.password or ""),
    }


def is_free(port: int) -> bool:
    """Whether nothing listens on a port of this machine."""
    with socket.socket() as tried:
        return tried.connect_ex((HOST, port)) != 0
