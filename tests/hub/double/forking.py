"""Imports what takes long, then forks for each command. Reads a command of Python a line, as JSON; writes the child's process
id, then its exit code (negative for a signal).

What reads the environment as it is imported, the clients of the Hub, is left to the child, whose environment is its own.
"""

import json
import os
import runpy
import sys
import traceback
from importlib import import_module
from typing import Any

HEAVY = ("variorum.cli", "variorum.build", "variorum.difference.compare", "pandas", "httpx2", "fsspec.asyn", "scipy.io")
"""2.0 of the 2.9 s of processor time that `variorum publish` takes, and half a second for whatever loads rows: `datasets`
imports scipy then, wherever it is installed."""
FRESH = {"datasets", "hf_xet", "huggingface_hub"}


def python(arguments: list[str]) -> None:
    """What `python ARGUMENTS` does."""
    kind, what, *rest = arguments
    sys.argv = [kind, *rest]
    if kind == "-m":
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        exec(what, {"__name__": "__main__"})  # noqa: S102 # a test's own script


def run(arguments: list[str], env: dict[str, str], out: str, err: str) -> int:
    """The exit code of a command whose output goes to files."""
    os.environ.clear()
    os.environ.update(env)
    for descriptor, path in enumerate((os.devnull, out, err)):
        os.dup2(os.open(path, os.O_RDWR | os.O_CREAT), descriptor)
    try:
        python(arguments)
        code: Any = 0
    except SystemExit as ended:
        code = ended.code or 0
    except BaseException:  # noqa: BLE001 # as Python itself ends
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return int(code)


def main() -> None:
    for name in HEAVY:
        import_module(name)
    assert not FRESH & sys.modules.keys()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os._exit(run(**json.loads(line)))
        print(child, flush=True)  # noqa: T201 # to the test
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
