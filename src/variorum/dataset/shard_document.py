"""What a shard is made of: a document with its text and its tasks."""

from dataclasses import dataclass

from variorum.annotations.export import RawTask
from variorum.corpus.catalogue import Document
from variorum.findings import Where


@dataclass(frozen=True)
class ShardDocument:
    """A document, its text, and every task that annotators were given of it. `where` is its line in the catalogue."""

    document: Document
    text: str
    tasks: tuple[RawTask, ...]
    where: Where
