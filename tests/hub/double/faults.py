"""What goes wrong, at which request, and at what moment of it."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from tests.hub.double.wire import CUT, Answer, refused

When = Literal["in_request", "before", "after", "in_answer"]


@dataclass
class Request:
    """A line of the log; `status` is None where the connection was cut before any answer, `done` once nothing more happens."""

    number: int
    method: str
    path: str
    origin: Literal["hub", "storage"]
    mutates: bool = False
    status: int | None = None
    done: bool = False


@dataclass(kw_only=True)
class Fault:
    """Strikes the `nth` request that matches, counted from when the fault was injected, and `times` - 1 more of them.

    `method` and `path` are regular expressions, the path's with its query and found anywhere in it; `mutates` leaves out
    what changes nothing.

    `when` is the moment: half of the request's body read, before it took effect, after it did, half of the answer's body
    sent. Then the test's `call` is made, `hang` seconds pass, and the client gets `status` or a `cut` connection; where
    neither is asked for, the request goes on.
    """

    nth: int = 1
    times: int = 1
    method: str = ""
    path: str = ""
    mutates: bool = False
    when: When = "before"
    call: Callable[[Request], object] | None = None
    hang: float = 0
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False
    seen: int = 0

    def __post_init__(self) -> None:
        if self.hang > 1:
            raise ValueError("a fault hangs no longer than a second")
        if self.when in ("in_request", "in_answer") and not self.cut:
            raise ValueError("in the middle of a body the connection can only be cut")
        if not (self.call or self.hang or self.status or self.cut):
            raise ValueError("this fault does nothing")

    def due(self, request: Request) -> bool:
        """Also counts the request, so that it is to be asked once about each."""
        if self.mutates and not request.mutates:
            return False
        if not (re.fullmatch(self.method or ".*", request.method) and re.search(self.path, request.path)):
            return False
        self.seen += 1
        return self.nth <= self.seen < self.nth + self.times

    def strike(self, request: Request) -> Answer | None:
        if self.call:
            self.call(request)
        time.sleep(self.hang)
        if self.cut:
            return CUT
        return refused(self.status, "as the test wished", headers=self.headers) if self.status else None
