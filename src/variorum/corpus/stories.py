"""Which story a document tells, as far as its name says so: `NAME__advanced` and `NAME__elementary` tell `NAME`."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping

from variorum.corpus.settings import Settings

SEPARATORS = ("__", "_", "-", ".")
"""What may stand before an ending, in the order in which they are tried."""
ENDINGS = range(2, 10)
"""How many endings there may be. A closed set is small: with more, names merely share last words."""
_COVERED = 0.9
"""Share of the names that must follow the pattern: a licence or a list may lie among the texts."""
_ENDING = re.compile(r"[A-Za-z]+[0-9]?")
"""Words such as `adv` or `B1`. Bare numbers are as often years, parts or pages, which are no tellings of one text."""


def story_of(document_id: str, settings: Settings) -> str:
    """The story that a new document is taken to tell: its id without the longest of the corpus's `story_endings`."""
    found = [ending for ending in settings.story_endings if document_id.endswith(ending) and document_id != ending]
    return document_id.removesuffix(max(found, key=len, default=""))


def endings_seen(document_ids: Collection[str]) -> tuple[str, ...]:
    """The endings by which names tell tellings of one story apart, with what stands before each; none without a plain pattern.

    Plain is a pattern that all but a tenth of the names follow, in which two to nine endings each stand behind several
    stories, most stories have several tellings, and there are more stories than endings.
    """
    for separator in SEPARATORS:
        stories_of: dict[str, set[str]] = defaultdict(set)
        for document_id in document_ids:
            story, _, ending = document_id.rpartition(separator)
            if story:
                stories_of[ending].add(story)
        closed = {ending: stories for ending, stories in stories_of.items() if len(stories) > 1 and _ENDING.fullmatch(ending)}
        if _is_plain(closed, len(document_ids)):
            return tuple(sorted(separator + ending for ending in closed))
    return ()


def _is_plain(stories_of: Mapping[str, set[str]], names: int) -> bool:
    """Whether endings, each with the stories that have it, are those of tellings."""
    tellings = Counter(story for stories in stories_of.values() for story in stories)
    told_twice = sum(count > 1 for count in tellings.values())
    return (
        len(stories_of) in ENDINGS
        and len(tellings) > len(stories_of)
        and 2 * told_twice > len(tellings)
        and tellings.total() >= names * _COVERED
    )
