"""The splits of new documents: drawn story by story, and drawn together where stories share text."""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence

from variorum.corpus.settings import SPLITS, Settings
from variorum.corpus.splits import draw_split
from variorum.corpus.word_run_index import Comparison

Links = Mapping[str, set[str]]
"""The stories that share text with a story."""


def drawn_splits(
    new: Iterable[str], fixed: Mapping[str, str], stories: Sequence[str], compared: Comparison, settings: Settings
) -> dict[str, str]:
    """The splits that freeze proposes for the stories of new documents; those that are in the catalogue have theirs.

    `stories` are those of the texts that are compared. A story that is `fixed` keeps its split. One that shares a long run of
    words with a story of another split would leak: all that are linked so go to the split of the nearest that is in the
    catalogue or, if none is, to that of the least held-out.
    """
    drawn = {story: fixed.get(story) or draw_split(story, settings) for story in new}
    if settings.holds_out == "stories":
        drawn |= _together(drawn, fixed, _links(stories, compared))
    return drawn


def _links(stories: Sequence[str], compared: Comparison) -> Links:
    names = sorted(set(stories))
    numbers = {story: number for number, story in enumerate(names)}
    links: dict[str, set[str]] = defaultdict(set)
    for one, other in compared.runs.linked_stories([numbers[story] for story in stories]):
        links[names[one]].add(names[other])
        links[names[other]].add(names[one])
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
