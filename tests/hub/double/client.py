"""A process that runs the real clients against the double, and sees no other Hub and no home but its own."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.hub.double.forker import Forker
from tests.hub.double.hub import Hub

_FOREIGN = ("HF_", "HUGGING", "XDG_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


@dataclass
class Client:
    hub: Hub
    env: dict[str, str]
    forker: Forker

    @classmethod
    def of(cls, hub: Hub, home: Path, forker: Forker, *, xet: bool) -> "Client":
        own = {name: value for name, value in os.environ.items() if not name.upper().startswith(_FOREIGN)}
        there = {"HF_ENDPOINT": hub.endpoint, "HF_TOKEN": hub.token, "HF_HOME": str(home), "HOME": str(home), "NO_PROXY": "*"}
        quiet = ("HF_HUB_DISABLE_TELEMETRY", "HF_HUB_DISABLE_PROGRESS_BARS", "HF_HUB_DISABLE_UPDATE_CHECK")
        impatient = {"HF_XET_CLIENT_RETRY_BASE_DELAY": "100ms", "HF_DATASETS_DISABLE_PROGRESS_BARS": "1"}
        spared = {"USE_TORCH": "0"}  # for a stream `datasets` loads it, which takes two seconds
        mode = {} if xet else {"HF_HUB_DISABLE_XET": "1"}
        return cls(hub, {**own, **there, **dict.fromkeys(quiet, "1"), **impatient, **spared, **mode}, forker)

    def run(self, *arguments: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """`python ARGUMENTS`, whatever its exit code, once its requests are done; past `timeout` it fails."""
        since = len(self.hub.log)
        done = self.forker.run(arguments, self.env, timeout)
        self.hub.settle(since)
        return done

    def python(self, script: str, *arguments: str) -> Any:
        """What a script prints last, read as JSON."""
        done = self.run("-c", script, *arguments)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1]) if done.stdout.strip() else None

    def kill(self, _request: object = None) -> None:
        """SIGKILL to what runs now, and no return before it is dead; fit to be a fault's `call`."""
        self.forker.kill()
