"""The manifest of a build: its inputs, tools, counts and files, and the id that follows from them."""

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

import msgspec

from variorum.annotations.review import Ledger
from variorum.inputs import Inputs
from variorum.tools import tools

MANIFEST = "manifest.json"

Counts = dict[str, dict[str, int]]


def build_id(inputs: dict[str, str]) -> str:
    """The id of a build: what went in and what worked on it. Two builds with one id have the same bytes."""
    return sha256(msgspec.json.encode([sorted(inputs.items()), sorted(tools().items())])).hexdigest()


def manifest(
    inputs: Inputs,
    counts: Counts,
    ledgers: dict[str, Ledger],
    files: dict[str, str],
    withheld: Iterable[str],
) -> bytes:
    """The manifest as JSON. It holds no time and no place, so that the same inputs give the same bytes.

    `withheld` are the documents whose words the release leaves out.
    """
    digests = inputs.all_digests()
    content: dict[str, Any] = {
        "name": inputs.settings.name,
        "version": inputs.settings.version,
        "build_id": build_id(digests),
        "tools": tools(),
        "rows": counts,
        "exports": {file: account(ledger) for file, ledger in ledgers.items()},
        "holds_out": inputs.settings.holds_out,
        "leaks": [leak._asdict() for leak in inputs.leaks.listed],
        "withheld": sorted(withheld),
        "inputs": digests,
        "files": dict(sorted(files.items())),
    }
    if inputs.leaks.counts:
        content["leaks_not_all_listed"] = [share._asdict() for share in inputs.leaks.counts]
    return msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n"


def account(ledger: Ledger) -> dict[str, Any]:
    """A ledger as the manifest shows it, with its sum: results = rows + rejected."""
    return {
        "results": ledger.results,
        "rows": ledger.rows,
        "rejected": sum(ledger.rejections.values()),
        "rejections": dict(sorted(ledger.rejections.items())),
        "repairs": dict(sorted(ledger.repairs.items())),
        "annotations": dict(sorted(ledger.annotations.items())),
        "predictions": ledger.predictions,
    }
