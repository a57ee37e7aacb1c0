"""What the tables of a batch are made from: its columns, which annotations are gold, and ids as they are published."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from variorum.corpus.catalogue import Document
from variorum.dataset.columnar.columns import CLAIM, CODES, CONTROLS, MENTION, Columns
from variorum.dataset.rows import provenance
from variorum.kernel.arrays import Bools, Ints
from variorum.kernel.spans import in_order
from variorum.kernel.texts import Pieces
from variorum.schema.labels import Labels


@dataclass(frozen=True)
class Tabled:
    """What the tables of a batch are made from. `gold` (documents,) is each one's gold annotation, -1 where it has none.

    `plain` (documents,) are those that get rows here.
    """

    columns: Columns
    documents: Sequence[Document]
    texts: Sequence[str]
    labels: Labels
    gold: Ints
    plain: Bools

    @cached_property
    def ids(self) -> pa.StringArray:
        """The documents' ids."""
        return pa.array([each.document_id for each in self.documents], pa.string())

    @cached_property
    def is_gold(self) -> Bools:
        """Which annotations are the gold of a plain document."""
        found = np.zeros(len(self.columns.annotations), np.bool_)
        found[self.gold[self.plain & (self.gold >= 0)]] = True
        return found

    @cached_property
    def with_gold(self) -> Bools:
        """Which documents have gold and are plain."""
        found: Bools = self.plain & (self.gold >= 0)
        return found

    def of_document(self, documents: Ints) -> pa.StringArray:
        """The ids of documents by their places."""
        return self.ids.take(pa.array(documents))

    def document_of(self, results: Ints) -> Ints:
        """The documents of results."""
        return self.columns.owner[self.columns.annotation[results]]

    def offsets(self, starts: Ints, documents: Ints) -> pa.Int32Array:
        """Offsets of the batch as the document's own."""
        return pa.array((starts - self.columns.batch.text_starts[documents]).astype(np.int32))

    def ids_of(self, results: Ints) -> pa.StringArray:
        """The ids of results as exported."""
        return self.result_ids.take(pa.array(results))

    @cached_property
    def result_ids(self) -> pa.StringArray:
        """The ids of all results."""
        return pa.array(self.columns.ids, pa.string())

    def published(self, results: Ints) -> pa.StringArray:
        """The published ids of mentions and claims."""
        return concatenated(self.of_document(self.document_of(results)), self.ids_of(results), "#")

    def gold_of(self, code: int) -> Ints:
        """The gold results that mark a mention or claim, document by document in the order of the text."""
        columns = self.columns
        found = np.flatnonzero((columns.code == code) & self.is_gold[columns.annotation])
        return found[in_order(*columns.spans(found))]

    @cached_property
    def mentions(self) -> Ints:
        """All gold mentions."""
        return self.gold_of(MENTION)

    @cached_property
    def claims(self) -> Ints:
        """All gold claims."""
        return self.gold_of(CLAIM)

    def label_names(self, results: Ints) -> pa.StringArray:
        """The one label of each result."""
        return self.given.take(pa.array(self.columns.label_first[results]))

    @cached_property
    def given(self) -> pa.StringArray:
        """All labels, flat."""
        return pa.array(self.columns.given, pa.string())

    @cached_property
    def answer(self) -> Ints:
        """For each result and control, the result that answers it about that claim: (R, controls), -1 for none."""
        columns = self.columns
        found = np.full((len(columns.results), len(CONTROLS)), -1)
        owners_ = columns.region_of(columns.key[columns.answers])
        there = owners_ >= 0
        found[owners_[there], columns.code[columns.answers[there]]] = columns.answers[there]
        return found

    def answered(self, claims: Ints, control: str) -> pa.StringArray:
        """What was answered about each claim, where there is one answer."""
        return self.label_names(self.answer[claims, CODES[control]])

    @cached_property
    def sentences(self) -> tuple[Ints, Ints]:
        """The sentences of documents with gold, and the document of each."""
        pieces = self.columns.batch.sentences
        owner = owner_of(pieces)
        kept = np.flatnonzero(self.with_gold[owner])
        return kept, owner[kept]

    @cached_property
    def sentence_ids(self) -> pa.StringArray:
        """The published ids of all sentences of the batch."""
        pieces = self.columns.batch.sentences
        owner = owner_of(pieces)
        index = np.arange(len(owner)) - pieces.firsts[owner]
        return concatenated(self.of_document(owner), pa.array(index).cast(pa.string()), ":s")

    def sources(self, documents: Ints) -> dict[str, pa.StringArray]:
        """Where the gold of documents comes from."""
        exports = [provenance(self.columns.annotations[each][1].export) if each >= 0 else {} for each in self.gold.tolist()]
        return {
            name: pa.array([each.get(name) for each in exports], pa.string()).take(pa.array(documents))
            for name in ("project", "round", "annotator")
        }


def owner_of(pieces: Pieces) -> Ints:
    """The text of each piece."""
    return np.repeat(np.arange(len(pieces.firsts) - 1), np.diff(pieces.firsts))


def concatenated(first: pa.Array, second: pa.Array, between: str) -> pa.StringArray:
    """Strings of two arrays put together, row by row."""
    return pc.binary_join_element_wise(first, second, between)
