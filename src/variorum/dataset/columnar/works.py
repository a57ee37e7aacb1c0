"""Finished work of plain documents as plain values that can be compared: what `annotations.work` makes of one annotation."""

from variorum.annotations.work import Link, Marked, Place, Values, Work
from variorum.dataset.columnar.columns import CLAIM, CODES, CONTROLS, JOINED, LAYERS, LEVEL, MENTION, PROJECT, Columns
from variorum.schema.labels import CLAIM_ATTRIBUTES

_SPANS = tuple(dict.fromkeys(PROJECT.layers.values()))
"""The layers of spans."""


class Works:
    """Makes the works of single annotations; what all of them need is looked up once a batch."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.codes = columns.code.tolist()
        self.starts, self.ends = (columns.start.copy(), columns.end.copy())
        owner = columns.owner[columns.annotation[columns.spanned]]
        base = columns.batch.text_starts[owner]
        self.starts[columns.spanned] = columns.settled.starts - base
        self.ends[columns.spanned] = columns.settled.ends - base
        self.from_, self.to = (dict(zip(columns.joins.tolist(), each.tolist(), strict=True)) for each in columns.ends)

    def bare(self, annotation: int) -> Work:
        """One annotation without its marks: who finished which task, and which layers it has."""
        return self._work(annotation, dict.fromkeys(_SPANS, ()), ())

    def work(self, annotation: int) -> Work:
        """One annotation as plain values."""
        document_id = self.columns.annotations[annotation][1].document_id
        by_id: dict[str, dict[int, int]] = {}
        for each in self._own(annotation):
            if self.codes[each] != JOINED:
                by_id.setdefault(self.columns.ids[each], {})[self.codes[each]] = each
        spans: dict[str, tuple[Marked, ...]] = dict.fromkeys(_SPANS, ())
        for code, layer in LAYERS.items():
            spans[layer] = tuple(self._marked(code, each, document_id) for each in by_id.values() if code in each)
        links = (self._link(each, document_id) for each in self._own(annotation) if self.codes[each] == JOINED)
        return self._work(annotation, spans, tuple(links))

    def _work(self, annotation: int, spans: dict[str, tuple[Marked, ...]], links: tuple[Link, ...]) -> Work:
        _, task, _ = self.columns.annotations[annotation]
        (level,) = (each for each in self._own(annotation) if self.codes[each] == CODES[LEVEL])
        place = task.export.project, task.export.round, task.export.annotator, task.document_id
        return Work(*place, spans, {"relation": links}, {LEVEL: self._labels(level)})

    def _own(self, annotation: int) -> range:
        """The results of an annotation."""
        return range(int(self.columns.first[annotation]), int(self.columns.first[annotation + 1]))

    def _labels(self, result: int) -> tuple[str, ...]:
        first = self.columns.label_first
        return tuple(self.columns.given[first[result] : first[result + 1]])

    def _place(self, result: int, document_id: str) -> Place:
        return Place(document_id, int(self.starts[result]), int(self.ends[result]))

    def _marked(self, code: int, answers: dict[int, int], document_id: str) -> Marked:
        result = answers[code]
        typed = code == MENTION or len(self.columns.known.names[code]) > 1
        values: list[tuple[str, tuple[str, ...]]] = [("type", self._labels(result))] if typed else []
        if code == CLAIM:
            values += [(name, self._in_order(answers[CODES[name]])) for name in CLAIM_ATTRIBUTES]
        return Marked(self._place(result, document_id), tuple(values), self.columns.ids[result])

    def _in_order(self, result: int) -> tuple[str, ...]:
        """Labels in the order of their inventory."""
        given = self._labels(result)
        return given if len(given) == 1 else tuple(sorted(given, key=self.columns.known.places[self.codes[result]].__getitem__))

    def _link(self, result: int, document_id: str) -> Link:
        start, end = self.from_[result], self.to[result]
        values: Values = (("type", self._labels(result)),)
        ids = self.columns.ids
        layers = LAYERS[self.codes[start]], LAYERS[self.codes[end]]
        ends = self._place(start, document_id), self._place(end, document_id)
        return Link(*ends, values, f"{ids[start]}->{ids[end]}", layers)


assert set(CLAIM_ATTRIBUTES) <= set(CONTROLS)
