"""What is joined, directly or through others."""

from collections.abc import Hashable, Mapping
from typing import TypeVar

Node = TypeVar("Node", bound=Hashable)


def reached(start: Node, edges: Mapping[Node, set[Node]]) -> set[Node]:
    """Everything that edges lead to from one place, itself left out."""
    seen = {start}
    rest = [start]
    while rest:
        fresh = edges.get(rest.pop(), set()) - seen
        seen |= fresh
        rest += fresh
    return seen - {start}
