"""Processes of Python that start in a third of the time: forked from one that has imported what takes long."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Event, Timer


class Forker:
    """Runs one command of Python at a time, in a process and an environment of its own."""

    def __init__(self) -> None:
        pipe = subprocess.PIPE
        script = Path(__file__).with_name("forking.py")
        self._process = subprocess.Popen([sys.executable, script], stdin=pipe, stdout=pipe, text=True)
        self._child = 0
        self._ended = Event()

    def close(self) -> None:
        self._process.communicate()

    def run(self, arguments: Sequence[str], env: Mapping[str, str], timeout: float) -> subprocess.CompletedProcess[str]:
        """`python ARGUMENTS`, whatever its exit code. Past `timeout` seconds it is killed, and TimeoutError raised."""
        late = Event()

        def end() -> None:
            late.set()
            self.kill()

        timer = Timer(timeout, end)
        with tempfile.TemporaryDirectory() as scratch:
            out, err = Path(scratch) / "out", Path(scratch) / "err"
            self._ended.clear()
            self._tell({"arguments": arguments, "env": env, "out": str(out), "err": str(err)})
            self._child = self._told()
            timer.start()
            code = self._told()
            self._ended.set()
            timer.cancel()
            if late.is_set():
                raise TimeoutError(arguments)
            return subprocess.CompletedProcess(arguments, code, out.read_text("utf-8"), err.read_text("utf-8"))

    def kill(self) -> None:
        """SIGKILL to what runs now, and no return before it is dead."""
        os.kill(self._child, signal.SIGKILL)
        assert self._ended.wait(timeout=10)

    def _tell(self, command: Mapping[str, object]) -> None:
        assert self._process.stdin
        self._process.stdin.write(f"{json.dumps(command)}\n")
        self._process.stdin.flush()

    def _told(self) -> int:
        assert self._process.stdout
        return int(self._process.stdout.readline())
