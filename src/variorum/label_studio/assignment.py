"""An assignment: one annotator's share of a blind round. On the server it is a project, under annotations/ a file.

Everybody has a project of their own, since Label Studio shows whoever opens a task the work of all others on it.
"""

import re
from dataclasses import dataclass

_MARK = re.compile(
    r"Made by variorum for (?P<corpus>.+): (?P<project>[\w-]+)/(?P<round>[\w-]+)/(?P<annotator>[\w-]+)\.", re.ASCII
)
TITLE_LENGTH = 50
"""What Label Studio takes as a title, in characters."""


@dataclass(frozen=True, order=True)
class Assignment:
    """Which project, round and annotator; each is a pseudonym or formed like one."""

    project: str
    round: str
    annotator: str

    def __str__(self) -> str:
        return f"{self.project}/{self.round}/{self.annotator}"

    @property
    def title(self) -> str:
        """What people see in Label Studio's list of projects."""
        return f"{self.annotator} {self.round} {self.project}"[:TITLE_LENGTH]

    def mark(self, corpus: str) -> str:
        """The project's description, by which it is found again: titles may be changed, and ids are reused."""
        return f"Made by variorum for {corpus}: {self}. Please leave this line as it is."


def assigned(description: str, corpus: str) -> Assignment | None:
    """What a project's description says it is; None where it is no project of this corpus."""
    found = _MARK.search(description)
    if not found or found["corpus"] != corpus:
        return None
    return Assignment(found["project"], found["round"], found["annotator"])


def found_projects(described: dict[int, str], corpus: str) -> dict[Assignment, list[int]]:
    """The ids of this corpus's projects by assignment, oldest first, from the descriptions of all projects by id."""
    found: dict[Assignment, list[int]] = {}
    for id_, description in sorted(described.items()):
        if assignment := assigned(description, corpus):
            found.setdefault(assignment, []).append(id_)
    return found
