"""The curated layer as a Label Studio export: what decisions say stands, written as if the curator had submitted it."""

from collections.abc import Iterable, Iterator
from typing import Any

from variorum.annotations.work import GIVEN, shared_name
from variorum.curation.decisions import Decision
from variorum.curation.items import Content, Words
from variorum.schema.labels import Labels
from variorum.schema.projects import SENTENCE, Control, Project

Json = dict[str, Any]


def gold_task(number: int, project: Project, data: Json, decisions: Iterable[Decision], labels: Labels) -> Json:
    """A task with one finished annotation of all that stands. `data` is the task's as annotators were given it."""
    results = results_of(project, data, decisions, labels)
    annotation = {"id": number, "completed_by": None, "was_cancelled": False, "ground_truth": True, "result": results}
    return {"id": number, "annotations": [annotation], "drafts": [], "predictions": [], "data": data}


def results_of(
    project: Project, data: Json, decisions: Iterable[Decision], labels: Labels, given: Iterable[Words] = ()
) -> list[Json]:
    """What stands as Label Studio's results; `given` are the sentences or claims that are there to be joined, linked or not."""
    results = _Results(project, data, labels)
    for words in given:
        results.given_id(words)
    return list(results.of([each for each in decisions if each.gold]))


class _Results:
    """Makes the results of one task."""

    def __init__(self, project: Project, data: Json, labels: Labels) -> None:
        self.project = project
        self.labels = labels
        self.notes = {each.text: name for name, each in project.controls.items() if each.type == "textarea"}
        self.text_of = {data[shown.id_key]: shown.name for shown in project.texts}
        self.given: dict[Words, str] = {}

    def of(self, decisions: list[Decision]) -> Iterator[Json]:
        ids = _region_ids(decisions)
        links = [each for each in decisions if each.gold and len(each.gold.spans) == 2]  # noqa: PLR2004 # its two ends
        for each in decisions:
            if each.gold and len(each.gold.spans) == 1:
                yield from self._region(ids[each.item], each.layer, each.gold.spans[0], each.gold, each.note)
            elif each.gold and not each.gold.spans:
                yield from (self._answer(name, answer) for name, answer in each.gold.values.items())
        for each in links:
            assert each.gold
            if all(end in ids for end in each.gold.ends):
                ends = [ids[end] for end in each.gold.ends] or [self.given_id(words) for words in each.gold.spans]
                yield from self._link(ends, each.gold)
        yield from self._given_regions()

    def _control(self, wanted: str, layer: str, words: Words) -> tuple[str, Control]:
        """The control of a kind that belongs to a layer and to the text that some words stand in."""
        text = self.text_of[words.document_id]
        found = self.project.controls.items()
        return next((name, each) for name, each in found if getattr(each, wanted) == layer and each.text == text)

    def _region(self, id_: str, layer: str, words: Words, content: Content, note: str = "") -> Iterator[Json]:
        name, control = self._control("layer", layer, words)
        span = {"start": words.start, "end": words.end, "text": words.text}
        shared: Json = {"id": id_, "to_name": control.text, "origin": "manual"}
        only = (SENTENCE,) if control.inventory == SENTENCE else self.labels[control.inventory].names
        label = content.values.get("type", only[:1])
        yield shared | {"from_name": name, "type": "labels", "value": span | {"labels": [*label]}}
        for asked in self.project.attributes(layer):
            if self.project.controls[asked].text == control.text:
                answer = [*content.values[shared_name(asked)]]
                yield shared | {"from_name": asked, "type": "choices", "value": span | {"choices": answer}}
        if note:
            yield shared | {"from_name": self.notes[control.text], "type": "textarea", "value": span | {"text": [note]}}

    def _answer(self, name: str, answer: tuple[str, ...]) -> Json:
        value = {"choices": [*answer]}
        return {"id": name, "from_name": name, "to_name": self.project.controls[name].text, "type": "choices", "value": value}

    def _link(self, ends: list[str], content: Content) -> Iterator[Json]:
        types = [*content.values.get("type", ()), *content.values.get("operation", ())]
        link = {"from_id": ends[0], "to_id": ends[1], "type": "relation", "direction": "right"}
        yield link | ({"labels": types} if types else {})

    def given_id(self, words: Words) -> str:
        """The id of a region that was made beforehand, which is written once for all links that lead there."""
        return self.given.setdefault(words, f"{self.text_of[words.document_id]}-{words.start}-{words.end}")

    def _given_regions(self) -> Iterator[Json]:
        layer = next((joins.layer for joins in self.project.joins if joins.layer in GIVEN), "")
        for words, id_ in self.given.items():
            yield from self._region(id_, layer, words, Content())


def _region_ids(decisions: list[Decision]) -> dict[str, str]:
    """The id of each item's region in gold: that of the candidate followed, made its own where two items have the same."""
    ids: dict[str, str] = {}
    taken: set[str] = set()
    for each in decisions:
        if not each.gold or len(each.gold.spans) != 1:
            continue
        wanted = each.region_id or each.item.rsplit("/", 1)[-1]
        while wanted in taken:
            wanted += "x"
        taken.add(wanted)
        ids[each.item] = wanted
    return ids
