"""What a command takes: the seconds that it says its work took, and the memory that its whole tree of processes took."""

import os
import platform
import re
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryFile

SAMPLED_EVERY = 0.02
"""Seconds between two looks at the memory."""
_PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)


class FailedError(Exception):
    """The command ended with an error; the last line that it wrote says which."""


def run(command: Sequence[str], environment: Mapping[str, str]) -> float:
    """Seconds that the command prints last. Nothing looks at it while it runs. Raises FailedError."""
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return _seconds(done.returncode, done.stdout, done.stderr)


def peak(command: Sequence[str], environment: Mapping[str, str]) -> float | None:
    """Peak memory of the command and of all that it starts, in MB (10^6 bytes); None where there is no /proc.

    What processes share is counted once (PSS). Looking slows them down, so that such a run is not timed. Raises FailedError.
    """
    highest = 0
    with TemporaryFile("w+") as out, TemporaryFile("w+") as errors:
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=errors)
        while process.poll() is None:
            highest = max(highest, sum(map(_shared_out, tree(process.pid))))
            time.sleep(SAMPLED_EVERY)
        for file in (out, errors):
            file.seek(0)
        _seconds(process.returncode, out.read(), errors.read())
    return highest * 1024 / 1e6 if highest else None


def _seconds(code: int, out: str, errors: str) -> float:
    if code:
        raise FailedError((errors.strip().splitlines() or [f"exit code {code}"])[-1])
    return float(out.rsplit(maxsplit=1)[-1])


def tree(pid: int) -> list[int]:
    """A process and all that descend from it."""
    found = [pid]
    for each in found:
        try:
            children = [path.read_text() for path in Path(f"/proc/{each}/task").glob("*/children")]
        except OSError:  # it has just ended
            continue
        found += [int(child) for line in children for child in line.split()]
    return found


def _shared_out(pid: int) -> int:
    """The proportional set size of a process, in units of 1024 bytes; 0 where it has ended."""
    try:
        told = _PSS.search(Path(f"/proc/{pid}/smaps_rollup").read_text())
    except OSError:
        return 0
    return int(told[1]) if told else 0


def processor() -> str:
    """The name of the processor, or of its architecture where the system does not tell."""
    told = Path("/proc/cpuinfo")
    named = re.search(r"^model name\s*:\s*(.+)$", told.read_text(), re.MULTILINE) if told.is_file() else None
    return named[1].strip() if named else platform.machine()


def load() -> float:
    """How many processes wanted a core in the last minute: more than there are, and figures are noisy."""
    return os.getloadavg()[0]
