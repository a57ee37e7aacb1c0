"""The splits of new documents: drawn story by story, and drawn together where stories share text."""

from collections.abc import Iterable

import msgspec

from variorum.corpus.catalogue import Document, Entry
from variorum.corpus.settings import SPLITS, Settings
from variorum.corpus.splits import draw_split, leaks
from variorum.corpus.word_run_index import Comparison

ROUNDS = 10
"""How often stories are moved beside those that they share text with; each round may bring out further pairs."""


def with_splits(new: list[Document], known: list[Document], compared: Comparison, settings: Settings) -> list[Document]:
    """The new documents with the splits that freeze proposes; `compared` holds the texts of all.

    A story that is in the catalogue keeps its split. One that shares a long run of words with a story of another split
    would leak, and goes to that split if it is new; of two new ones the more held-out moves.
    """
    fixed = {document.story_id: document.split for document in reversed(known)}
    drawn = {each.story_id: fixed.get(each.story_id) or draw_split(each.story_id, settings) for each in new}
    for _ in range(ROUNDS if settings.holds_out == "stories" else 0):
        entries = [Entry(0, document) for document in (*known, *_in_splits(new, drawn))]
        moves = _moves(entries, compared, fixed)
        if not moves:
            break
        drawn |= moves
    return list(_in_splits(new, drawn))


def _in_splits(documents: Iterable[Document], splits: dict[str, str]) -> Iterable[Document]:
    return (msgspec.structs.replace(document, split=splits[document.story_id]) for document in documents)


def _moves(entries: list[Entry], compared: Comparison, fixed: dict[str, str]) -> dict[str, str]:
    """The new splits of stories that share text with another split, one move for each pair."""
    documents = {entry.document.document_id: entry.document for entry in entries}
    moves: dict[str, str] = {}
    for leak in leaks(entries, compared).listed:
        pair = [documents[leak.first], documents[leak.second]]
        movable = [each for each in pair if each.story_id not in fixed and each.story_id not in moves]
        if not leak.story and movable:
            moving = max(movable, key=lambda each: (SPLITS.index(each.split), each.story_id))
            staying = pair[0] if moving is pair[1] else pair[1]
            moves[moving.story_id] = moves.get(staying.story_id, staying.split)
    return moves
