"""The results of a batch of documents in columns, and of which documents nothing has to be said.

Every check here is one of the careful reader's, asked of all results at once: where its answer is no, the document is
left to that reader, which says what is wrong.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from variorum.annotations.blindness import RANDOM_ID
from variorum.dataset.columnar.typed import Finished, PlainTask, Result
from variorum.kernel.arrays import Bools, Ints
from variorum.kernel.offsets import Settled, Written, settle
from variorum.kernel.spans import nesting
from variorum.kernel.texts import TextBatch
from variorum.schema.labels import Labels
from variorum.schema.projects import DOCUMENTS, PROJECTS
from variorum.stages import stage

PROJECT = PROJECTS[DOCUMENTS]
RELATION = "relation"
LEVEL = "reading_level"
CONTROLS = tuple(name for name, control in PROJECT.controls.items() if control.type in ("labels", "choices"))
"""The controls whose results the fast way takes; a result's code is its control's place here, -1 for any other."""
CODES = {name: code for code, name in enumerate(CONTROLS)}
JOINED = len(CONTROLS)
"""The code of a relation."""
LAYERS = {CODES[control]: layer for control, layer in PROJECT.layers.items()}
MENTION, CLAIM = (next(code for code, layer in LAYERS.items() if layer == name) for name in ("mention", "claim"))
ATTRIBUTES = tuple(CODES[name] for name in PROJECT.attributes("claim"))
_KINDS = {(PROJECT.controls[name].type, name): code for name, code in CODES.items()} | {(RELATION, ""): JOINED}
_SPANNED = np.array([PROJECT.controls[name].per_region for name in CONTROLS] + [False])
"""Whether the results of a code have a span. The last is for relations, and for -1, which as an index is the last too."""
_DIRECTIONS = {"right": 0, "left": 1}


@dataclass(frozen=True)
class Known:
    """What a corpus's labels say of each code: the label's place by name, and which layers a relation may join."""

    places: tuple[Mapping[str, int], ...]
    names: tuple[tuple[str, ...], ...]
    allowed: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, labels: Labels) -> "Known":
        """Those of a corpus."""
        inventories = [PROJECT.controls[name].inventory for name in CONTROLS] + [PROJECT.joins[0].inventory]
        names = tuple(labels[each].names for each in inventories)
        relations = labels[inventories[-1]].labels
        allowed = np.zeros((max(len(relations), 1), 2, len(CONTROLS)), np.bool_)
        for place, label in enumerate(relations):
            for end, layers in enumerate((label.from_, label.to)):
                allowed[place, end] = [LAYERS.get(code) in layers for code in range(len(CONTROLS))]
        return cls(tuple({name: place for place, name in enumerate(each)} for each in names), names, allowed)


class Columns:
    """All results of the tasks of some documents, in the order of documents, tasks, annotations and results.

    `tasks` are the plain tasks of each document; a document left to the careful reader already has none.

    * Annotations (A): `annotations` with the place of the document and the task, `owner` (A,) its document, `first` (A + 1,)
      its first result.
    * Results (R): `results`; `written`, their bytes; `ids`; `annotation` (R,); `code` (R,); `index` (R,) its place in its
      annotation; `start` and `end` (R,) as written, -1 where there are none; `key` (R,), which tells a region of one annotation
      from all others.
    * Results with a span (S): `spanned` (S,) which they are, `settled` their spans in offsets of the batch, `place` (R,) where
      a result stands among them, -1 for none. `hypertext` are those without a value, or with one of a HyperText tag.
    * Labels (L), those of all results, flat: `given`; `label` (L,) the place in its inventory, -1 where it has none;
      `label_first` (R + 1,) where each result's begin.
    * Relations (J): `joins` (J,) which results they are, `direction` (J,) as in `_DIRECTIONS`, -1 for none, `from_key` and
      `to_key` (J,) the keys of their ends, brought to from -> to.
    """

    @stage("regions")
    def __init__(self, batch: TextBatch, tasks: Sequence[Sequence[PlainTask]], known: Known) -> None:
        self.batch = batch
        self.known = known
        self.annotations: list[tuple[int, PlainTask, Finished]] = [
            (document, task, annotation)
            for document, own in enumerate(tasks)
            for task in own
            for annotation in task.annotations
        ]
        self.results: list[Result] = [result for _, _, each in self.annotations for result in each.results]
        self.written = [raw for _, _, each in self.annotations for raw in each.written]
        self.owner = _ints(document for document, _, _ in self.annotations)
        counts = _ints(len(each.results) for _, _, each in self.annotations)
        self.first = np.concatenate([[0], np.cumsum(counts)])
        self.annotation = np.repeat(np.arange(len(counts)), counts)
        self.index = np.arange(len(self.results)) - self.first[self.annotation]
        self.code = _ints(_KINDS.get((each.type, each.from_name), -1) for each in self.results)
        self._read_spans()
        self._read_labels()
        self._read_ids()

    def _read_spans(self) -> None:
        self.spanned = np.flatnonzero(_SPANNED[self.code])
        values = [self.results[each].value for each in self.spanned.tolist()]
        self.start, self.end = (np.full(len(self.results), -1) for _ in range(2))
        self.start[self.spanned] = _ints(-1 if each is None or each.start is None else each.start for each in values)
        self.end[self.spanned] = _ints(-1 if each is None or each.end is None else each.end for each in values)
        quoted = pa.array((None if each is None else each.text for each in values), pa.string(), size=len(values))
        annotation = self.annotation[self.spanned]
        written = Written(self.owner[annotation], self.start[self.spanned], self.end[self.spanned], quoted, annotation)
        self.settled: Settled = settle(self.batch, written)
        self.hypertext = _ints(
            place
            for place, each in zip(self.spanned.tolist(), values, strict=True)
            if each is None or each.startOffset is not msgspec.UNSET
        )
        self.place = np.full(len(self.results), -1)
        self.place[self.spanned] = np.arange(len(self.spanned))

    def _read_labels(self) -> None:
        lists = [_labels_of(each) for each in self.results]
        counts = _ints(map(len, lists))
        self.label_first = np.concatenate([[0], np.cumsum(counts)])
        self.given = [label for each in lists for label in each]
        codes = np.repeat(self.code, counts).tolist()
        places = [*self.known.places, {}]  # the last for -1, which knows none
        self.label = _ints(places[code].get(label, -1) for code, label in zip(codes, self.given, strict=True))

    def _read_ids(self) -> None:
        """Ids as numbers, so that they can be compared."""
        ids = [each.id for each in self.results]
        joins = np.flatnonzero(self.code == JOINED)
        ends = [(self.results[each].from_id, self.results[each].to_id) for each in joins.tolist()]
        numbers = pa.array([*ids, *(one for one, _ in ends), *(two for _, two in ends)], pa.string()).dictionary_encode()
        codes = np.asarray(numbers.indices, dtype=np.int64)
        self.ids = ids
        self.key = self.annotation * (len(codes) + 1) + codes[: len(ids)]
        self.joins = joins
        apart = self.annotation[joins] * (len(codes) + 1)
        from_, to = codes[len(ids) : len(ids) + len(joins)] + apart, codes[len(ids) + len(joins) :] + apart
        turned = _ints(_DIRECTIONS.get(self.results[each].direction, -1) for each in joins.tolist())
        self.direction = turned
        self.from_key, self.to_key = np.where(turned == 1, to, from_), np.where(turned == 1, from_, to)

    @cached_property
    def regions(self) -> Ints:
        """The results that mark a span, sorted by their keys."""
        marked = np.flatnonzero((self.code == MENTION) | (self.code == CLAIM))
        return marked[np.argsort(self.key[marked], kind="stable")]

    def region_of(self, keys: Ints) -> Ints:
        """The result that marks the region of each key; -1 where there is none."""
        known = self.key[self.regions]
        if not len(known):
            return np.full(len(keys), -1)
        found = np.minimum(np.searchsorted(known, keys), len(known) - 1)
        return np.where(known[found] == keys, self.regions[found], -1)

    @cached_property
    def answers(self) -> Ints:
        """The results that say something of a claim."""
        return np.flatnonzero(np.isin(self.code, ATTRIBUTES))

    @cached_property
    def ends(self) -> tuple[Ints, Ints]:
        """The results that each relation leads from and to, its direction brought to from -> to."""
        return self.region_of(self.from_key), self.region_of(self.to_key)

    def spans(self, results: Ints) -> tuple[Ints, Ints]:
        """The settled spans of results that have one, in offsets of the batch."""
        places = self.place[results]
        return self.settled.starts[places], self.settled.ends[places]

    @cached_property
    @stage("regions")
    def plain(self) -> Bools:
        """Of which documents nothing has to be said: (documents,)."""
        wrong = np.zeros(len(self.results) + 1, np.bool_)
        for found in self._wrong_results():
            wrong[found] = True
        annotations = np.zeros(len(self.annotations), np.bool_)
        annotations[self.annotation[wrong[:-1]]] = True
        for found in self._wrong_annotations():
            annotations[found] = True
        documents: Bools = np.ones(len(self.batch.text_starts), np.bool_)
        documents[self.owner[annotations]] = False
        return documents

    def _wrong_results(self) -> Iterator[Ints]:
        """Results that a rule would stop at, or that are of a kind seldom seen, rule by rule."""
        yield np.flatnonzero(self.code < 0)
        yield _ints(place for place, each in enumerate(self.ids) if not each and self.code[place] != JOINED)
        yield self.hypertext
        yield from self._wrong_labels()
        yield from self._wrong_regions()
        yield from self._wrong_answers()
        yield from self._wrong_relations()

    def _wrong_labels(self) -> Iterator[Ints]:
        counts = np.diff(self.label_first)
        single = np.array([PROJECT.controls[name].single for name in CONTROLS] + [True, True])
        yield np.flatnonzero((counts == 0) | ((counts > 1) & single[self.code]))
        owner = np.repeat(np.arange(len(counts)), counts)
        yield owner[self.label < 0]
        order = np.lexsort((self.label, owner))
        twice = (owner[order][1:] == owner[order][:-1]) & (self.label[order][1:] == self.label[order][:-1])
        yield owner[order][1:][twice]

    def _wrong_regions(self) -> Iterator[Ints]:
        """Regions under one id, that cross or double, or that do not fit the words and sentences of their text."""
        keys = self.key[self.regions]
        yield self.regions[1:][keys[1:] == keys[:-1]]
        for code in (MENTION, CLAIM):
            found = np.flatnonzero(self.code == code)
            starts, ends = self.spans(found)
            yield found[nesting(self.annotation[found], starts, ends).clashing]
            yield found[self._misfits(code, starts, ends)]

    def _misfits(self, code: int, starts: Ints, ends: Ints) -> Bools:
        batch = self.batch
        if code == MENTION:
            outside = batch.sentences.holding(starts, ends) < 0
            return outside | batch.cuts_word(starts) | batch.cuts_word(ends)
        first, last = batch.sentences.touched(starts, ends)
        # Spans left to the careful reader are empty; `ends - 1` must not fall before their start.
        return (first >= last) | batch.has_punctuation_edge(starts, np.maximum(ends, starts + 1))

    def _wrong_answers(self) -> Iterator[Ints]:
        """Answers that belong to no claim or to another span, or stand twice; claims without one they need."""
        owners = self.region_of(self.key[self.answers])
        astray = (owners < 0) | (self.code[owners] != CLAIM)
        unlike = (self.start[owners] != self.start[self.answers]) | (self.end[owners] != self.end[self.answers])
        yield self.answers[astray | unlike]
        pairs = np.sort(self.key[self.answers] * (len(CONTROLS) + 1) + self.code[self.answers])
        if (pairs[1:] == pairs[:-1]).any():
            yield self.answers[np.isin(self.key[self.answers], pairs[1:][pairs[1:] == pairs[:-1]] // (len(CONTROLS) + 1))]
        given = np.bincount(owners[~astray], minlength=len(self.results))
        claims = np.flatnonzero(self.code == CLAIM)
        yield claims[given[claims] != len(ATTRIBUTES)]

    def _wrong_relations(self) -> Iterator[Ints]:
        """Relations with an end that is not there or of a wrong layer, without a direction, or drawn twice."""
        from_, to = self.ends
        lost = (from_ < 0) | (to < 0) | (self.direction < 0)
        yield self.joins[lost]
        kept = np.flatnonzero(~lost & (np.diff(self.label_first)[self.joins] == 1))
        types = self.label[self.label_first[self.joins[kept]]]
        allowed = self.known.allowed[types, 0, self.code[from_[kept]]] & self.known.allowed[types, 1, self.code[to[kept]]]
        yield self.joins[kept][~allowed | (types < 0)]
        drawn = np.column_stack([types, from_[kept], to[kept]])
        order = np.lexsort(drawn.T)
        twice = (drawn[order][1:] == drawn[order][:-1]).all(axis=1)
        yield self.joins[kept][order[1:][twice]]

    def _wrong_annotations(self) -> Iterator[Ints]:
        yield np.flatnonzero(~self.settled.plain) if len(self.settled.plain) else _ints([])
        levels = np.bincount(self.annotation[self.code == CODES[LEVEL]], minlength=len(self.annotations))
        yield np.flatnonzero(levels != 1)
        yield _ints(self._not_blind())

    def _not_blind(self) -> Iterator[int]:
        """Annotations of a document that share a region's id with another annotator's of the same round."""
        several = Counter(self.owner.tolist())
        seen: dict[tuple[int, str, str], str] = {}
        for number, (document, task, annotation) in enumerate(self.annotations):
            if several[document] > 1 and not task.export.is_gold:
                for each in annotation.results:
                    if each.type == "labels" and each.origin == "manual" and len(each.id) >= RANDOM_ID:
                        other = seen.setdefault((document, task.export.round, each.id), task.export.annotator)
                        if other != task.export.annotator:
                            yield number


def _labels_of(result: Result) -> Sequence[str]:
    """The labels, choices or types of a result; none where it has no list of its type."""
    if result.type == RELATION:
        return result.labels or ()
    value = result.value
    return () if value is None else (value.labels if result.type == "labels" else value.choices) or ()


def _ints(values: Iterable[Any]) -> Ints:
    return np.fromiter(values, np.int64)
