"""Publishes one build again and again: imports once and forks for each time, so that a fault at every request takes minutes
and not hours. Reads `go` lines; writes the child's process id, then its exit code (negative for a signal). What waits before it
tries again waits a hundredth of its time."""

import gc
import os
import ssl
import sys
import time
from functools import cache
from importlib import import_module
from pathlib import Path

import datasets  # noqa: F401 # imported before the fork, as all that takes long
import yaml
from huggingface_hub import get_session

from variorum.findings import failed
from variorum.folder import Folder
from variorum.hub.remote import HubError, Remote
from variorum.publish import check_tag, planned, publish


def once(root: Path, repo: str, tag: str) -> int:
    remote = Remote(repo)
    try:
        release = planned(Folder(root), remote, tag)
        findings = check_tag(release, remote)
        findings = findings or publish(release, remote, None, lambda _: None)
    except HubError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 1 if failed(findings) else 0


def hurry() -> None:
    """Makes every wait before another attempt, ours and those of the clients, a hundredth as long; lets children share what
    certificates there are, and libyaml read cards. The two took a third of a publisher's processor time.
    """
    vars(ssl)["create_default_context"] = cache(ssl.create_default_context)
    get_session()
    vars(yaml)["SafeLoader"] = yaml.CSafeLoader
    sleep = time.sleep

    def shorter(seconds: float) -> None:
        sleep(seconds / 100)

    vars(time)["sleep"] = shorter


def main() -> None:
    hurry()
    import_module("scipy.io")  # by `load_dataset` otherwise, in each child anew
    gc.freeze()  # or each child copies what its first collection only looks at
    root, repo, tag = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            os._exit(once(root, repo, tag))
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
