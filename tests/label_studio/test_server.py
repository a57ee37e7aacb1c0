"""How a server of one's own is started, without starting it; that it starts and stops is what every other test rests on."""

import json
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.label_studio.conftest import WATCH
from tests.label_studio.lead import Lead, Studio, free_port
from variorum.cli import main
from variorum.folder import Folder
from variorum.label_studio.client import ServerError
from variorum.label_studio.server import Access, LocalServer, make_access


def serve(folder: Folder, *arguments: str, **environment: str) -> tuple[int, str, str]:
    command = ["label-studio", "serve", "--root", str(folder.root), *arguments]
    result = CliRunner(env={"LABEL_STUDIO_URL": "", **environment}).invoke(main, command)
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "corpus.yaml").write_text("name: news\n")
    return Folder(tmp_path)


def test_check_says_what_would_be_done_and_does_nothing(folder: Folder) -> None:
    port = free_port()

    code, output, _ = serve(folder, "--check", "--port", str(port))

    assert code == 0
    assert output.splitlines()[1:] == [
        f"Address: http://127.0.0.1:{port}, for this machine only.",
        "Data: .label-studio/, SQLite; ignored by version control.",
        "First user and token: to be made, in .label-studio/access.json.",
        "Telemetry: off; the server reaches nothing outside this machine but its database.",
    ]
    assert not folder.label_studio.exists()


def test_the_token_is_made_once_and_only_its_owner_reads_it(folder: Folder) -> None:
    first, second = make_access(folder, 8080), make_access(folder, 8081)

    assert len(first.token) == 40
    assert (second.token, second.username, second.password) == (first.token, first.username, first.password)
    assert second.url == "http://127.0.0.1:8081"
    assert stat.S_IMODE(folder.access.stat().st_mode) == 0o600
    assert json.loads(folder.access.read_text())["token"] == first.token


def test_a_damaged_file_of_access_is_a_plain_line(folder: Folder) -> None:
    folder.label_studio.mkdir()
    folder.access.write_text('{"url": ')

    code, _, errors = serve(folder)

    hint = "Delete it, and `variorum label-studio serve` makes another user."
    assert (code, errors) == (2, f"Error: .label-studio/access.json is damaged. {hint}\n")


SDK = "label_studio_sdk"


@pytest.mark.parametrize(("verb", "missing"), [("serve", SDK), ("push", SDK), ("pull", SDK), ("status", SDK), ("serve", "uv")])
def test_without_the_extra_a_plain_line_says_what_to_install(folder: Folder, verb: str, missing: str) -> None:
    script = f"import sys\nsys.modules[{missing!r}] = None\nfrom variorum.cli import main\nmain(sys.argv[1:])"
    (folder.root / "corpus" / "catalogue.jsonl").write_text("")

    command = [sys.executable, "-c", script, "label-studio", verb, "--root", str(folder.root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 2, done.stderr
    hint = "Install it with: pip install 'variorum[label-studio]', or `make extras` in a clone."
    assert done.stderr == f"Error: {missing} is missing. {hint}\n"


def test_what_it_keeps_is_ignored_by_version_control(folder: Folder) -> None:
    subprocess.run(["git", "init", "--quiet", str(folder.root)], check=True)
    make_access(folder, 8080)

    shown = subprocess.run(["git", "status", "--short"], cwd=folder.root, capture_output=True, text=True, check=True).stdout

    assert shown == "?? corpus/\n"


def test_it_is_bound_to_this_machine_and_tells_nobody(folder: Folder) -> None:
    server = LocalServer(folder, Access("http://127.0.0.1:8080", "token", "lead@localhost", "secret"))

    assert server.command[-3:] == ["127.0.0.1", "--port", "8080"]
    assert "--offline" in server.command
    assert not {"token", "secret"} & set(server.command)  # which every user of the machine may see
    assert server.environment["COLLECT_ANALYTICS"] == "false"
    assert server.environment["DJANGO_DB"] == "sqlite"


def test_postgresql_is_one_setting(folder: Folder) -> None:
    access = Access("http://127.0.0.1:8080", "token")
    environment = LocalServer(folder, access, "postgresql://ann:p%40ss@db.example:5433/news").environment

    assert {name: value for name, value in environment.items() if name.startswith(("DJANGO", "POSTGRE"))} == {
        "DJANGO_DB": "default",
        "POSTGRE_HOST": "db.example",
        "POSTGRE_PORT": "5433",
        "POSTGRE_NAME": "news",
        "POSTGRE_USER": "ann",
        "POSTGRE_PASSWORD": "p@ss",
    }


@pytest.mark.parametrize("url", ["mysql://a@b/c", "postgresql:///news", "postgresql://host", "news"])
def test_another_database_is_refused(folder: Folder, url: str) -> None:
    with pytest.raises(ServerError, match="The database must be postgresql://USER:PASSWORD@HOST:PORT/NAME"):
        _ = LocalServer(folder, Access("http://127.0.0.1:8080", "token"), url).environment
    code, _, errors = serve(folder, "--check", VARIORUM_DATABASE=url)
    assert (code, errors) == (2, "Error: The database must be postgresql://USER:PASSWORD@HOST:PORT/NAME.\n")


def test_a_port_in_use_is_a_wrong_call(folder: Folder) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, _, errors = serve(folder, "--port", str(port))

    assert code == 2
    assert f"Port {port} is in use. Choose another with --port." in errors
    assert not folder.label_studio.exists()


def test_a_server_that_is_named_is_not_started_again(folder: Folder) -> None:
    code, _, errors = serve(folder, LABEL_STUDIO_URL="http://127.0.0.1:8080")

    assert code == 2
    assert "LABEL_STUDIO_URL is set, so that server is used. Unset it to start one here." in errors


def test_a_server_that_does_not_come_up_says_why(folder: Folder) -> None:
    server = LocalServer(folder, Access(f"http://127.0.0.1:{free_port()}", "t0ken"))
    broken = type("Broken", (LocalServer,), {"command": [sys.executable, "-c", "raise SystemExit('no room for t0ken')"]})

    with (
        pytest.raises(ServerError, match=r"did not start. The end of .label-studio/server.log says:\nno room for TOKEN"),
        broken(server.folder, server.access).running(lambda _: None),
    ):
        pass


def test_a_name_that_is_no_pseudonym_is_a_wrong_call(folder: Folder) -> None:
    for name in ("ann@news.example", "Ann Smith", "gold", "../a1"):
        code, _, errors = serve(folder, "--annotator", name)
        assert code == 2
        assert f"{name!r} is no pseudonym: letters, digits, '_' and '-', such as a1." in errors


def test_a_server_that_answers_already_is_used(studio: Studio, lead: Lead) -> None:
    copied = lead.folder.access
    copied.parent.mkdir()
    copied.write_text(json.dumps({"url": studio.url, "token": studio.access.token}))
    lead.environment = {"LABEL_STUDIO_URL": "", "LABEL_STUDIO_API_KEY": ""}

    code, output, _ = lead.run("serve", "--annotator", "a1")

    assert code == 0
    assert output.splitlines()[0] == f"Label Studio answers at {studio.url} already."
    assert sorted(lead.tasks) == ["one", "two"]
    assert lead.run("pull")[0] == 0


def test_the_watch_on_outward_connections_sees_them(tmp_path: Path) -> None:
    """What the server is watched with: a check that cannot fail would prove nothing."""
    log = tmp_path / "outward.log"
    script = "import socket\ntry: socket.create_connection(('192.0.2.1', 9), timeout=0.01)\nexcept OSError: pass"

    subprocess.run(
        [sys.executable, "-c", script], env=os.environ | {"PYTHONPATH": str(WATCH), "OUTWARD_LOG": str(log)}, check=True
    )

    assert log.read_text().splitlines() == ["socket.getaddrinfo 192.0.2.1", "socket.connect 192.0.2.1"]
