"""An S3 server of our own for tests: `rclone serve s3`, on the loopback interface only."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

RCLONE = shutil.which("rclone", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")


@contextmanager
def s3_server(folder: Path) -> Iterator[dict[str, str]]:
    """Serves a folder, whose folders are buckets; gives what the environment of its users says. Signatures are checked."""
    assert RCLONE, "rclone is missing: it comes with `make test`"
    port = _free_port()
    command = [RCLONE, "serve", "s3", str(folder), "--addr", f"127.0.0.1:{port}", "--auth-key", "key,secret-of-tests"]
    with (folder.parent / "rclone.log").open("wb") as log:
        process = subprocess.Popen([*command, "--config", os.devnull], stdout=log, stderr=log)
    try:
        _wait_for(port)
        yield {
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret-of-tests",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
        }
    finally:
        process.terminate()
        process.wait(timeout=60)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait_for(port: int) -> None:
    for _ in range(600):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.1)
    raise TimeoutError("The S3 server did not start")
