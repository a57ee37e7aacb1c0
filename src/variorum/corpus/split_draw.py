"""The splits of new documents: drawn story by story, and drawn together where stories share text."""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping

import msgspec

from variorum.corpus.catalogue import Document
from variorum.corpus.settings import SPLITS, Settings
from variorum.corpus.splits import draw_split
from variorum.corpus.word_run_index import Comparison

Links = Mapping[str, set[str]]
"""The stories that share text with a story."""


def with_splits(new: list[Document], known: list[Document], compared: Comparison, settings: Settings) -> list[Document]:
    """The new documents with the splits that freeze proposes; `compared` holds the texts of all.

    A story that is in the catalogue keeps its split. One that shares a long run of words with a story of another split
    would leak: all that are linked so go to the split of the nearest that is in the catalogue or, if none is, to that of the
    least held-out.
    """
    fixed = {document.story_id: document.split for document in reversed(known)}
    drawn = {each.story_id: fixed.get(each.story_id) or draw_split(each.story_id, settings) for each in new}
    if settings.holds_out == "stories":
        drawn |= _together(drawn, fixed, _links([*known, *new], compared))
    return [msgspec.structs.replace(document, split=drawn[document.story_id]) for document in new]


def _links(documents: Iterable[Document], compared: Comparison) -> Links:
    story_of = {document.document_id: document.story_id for document in documents}
    stories = sorted(set(story_of.values()))
    numbers = {story: number for number, story in enumerate(stories)}
    links: dict[str, set[str]] = defaultdict(set)
    for one, other in compared.runs.linked_stories([numbers[story_of[each]] for each in compared.ids]):
        links[stories[one]].add(stories[other])
        links[stories[other]].add(stories[one])
    return links


def _together(drawn: Mapping[str, str], fixed: Mapping[str, str], links: Links) -> dict[str, str]:
    """The splits of stories that are linked to others: from those that are given outwards, then from the least held-out."""
    splits = dict(fixed)
    _spread(splits, fixed, links)
    for story in sorted(links.keys() - splits.keys(), key=lambda each: (SPLITS.index(drawn[each]), each)):
        if story not in splits:
            splits[story] = drawn[story]
            _spread(splits, [story], links)
    return {story: split for story, split in splits.items() if story not in fixed}


def _spread(splits: dict[str, str], given: Iterable[str], links: Links) -> None:
    """Gives the splits of some stories to all that are linked to them and have none."""
    waiting = deque(sorted(given))
    while waiting:
        story = waiting.popleft()
        for other in sorted(links.get(story, set()) - splits.keys()):
            splits[other] = splits[story]
            waiting.append(other)
