"""Answers as the Hub words them, byte ranges and pages included."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


CUT = Answer(0)
"""No answer at all: the connection is cut."""


class RefusedError(Exception):
    """Raised wherever the double finds that the Hub would say no."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.body)
        self.answer = answer


def answered(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, json.dumps(value).encode(), {"Content-Type": "application/json; charset=utf-8", **(headers or {})})


def refused(status: int, message: str, code: str = "", headers: Mapping[str, str] | None = None) -> Answer:
    named = {"X-Error-Code": code} if code else {}
    return answered({"error": message}, status, {**named, "X-Error-Message": message, **(headers or {})})


def refuse(status: int, message: str, code: str = "", headers: Mapping[str, str] | None = None) -> RefusedError:
    return RefusedError(refused(status, message, code, headers))


def ranged(content: bytes, wanted: str | None, headers: Mapping[str, str]) -> Answer:
    """The content, or the part of it that a Range header asks for, as readers of Parquet footers do."""
    headers = {"Accept-Ranges": "bytes", "Content-Type": "application/octet-stream", **headers}
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", wanted or "")
    if not match:
        return Answer(200, content, headers)
    first, last = match.groups()
    start = int(first) if first else max(0, len(content) - int(last))
    end = min(int(last) + 1, len(content)) if first and last else len(content)
    if start >= end:
        return Answer(416, b"", {**headers, "Content-Range": f"bytes */{len(content)}"})
    return Answer(206, content[start:end], {**headers, "Content-Range": f"bytes {start}-{end - 1}/{len(content)}"})


def paged(items: Sequence[Json], cursor: int, size: int, url: str) -> Answer:
    """One page; `url` is that of the same listing and ends where the next cursor's number goes."""
    more = {"Link": f'<{url}{cursor + size}>; rel="next"'} if cursor + size < len(items) else {}
    return answered(items[cursor : cursor + size], headers=more)
