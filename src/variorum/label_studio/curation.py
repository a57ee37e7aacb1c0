"""The curation project: every annotator's work as a prediction, what they agree on as the one a task begins with."""

from collections.abc import Mapping
from dataclasses import replace
from xml.etree import ElementTree as ET

import msgspec

from variorum.annotations.task import OF_ANNOTATOR
from variorum.curate import Curated
from variorum.curation.check import proposals
from variorum.curation.decisions import Decision, by_task
from variorum.curation.gold import Json, results_of
from variorum.curation.items import Words
from variorum.folder import GOLD
from variorum.label_studio.assignment import Assignment
from variorum.label_studio.joint import with_results
from variorum.label_studio.push import Material
from variorum.schema.labels import Labels
from variorum.schema.projects import documents_of

ROUND = "curation"
AGREED = "agreed"


def assignment_of(project: str) -> Assignment:
    """The curator's share of a project: its file is gold.json."""
    return Assignment(project, ROUND, GOLD)


def curation_material(material: Material, curated: Curated, labels: Labels, units: Mapping[str, list[Words]]) -> Material:
    """The material of a curation project; `units` are what is there to be joined in each document, in joint projects.

    What all or most agree on is drawn already, the rest is listed above the text and shown in the annotators' tabs.
    """
    made: dict[str, dict[str, list[Json]]] = {}
    decided = by_task(curated.decisions)
    for key in curated.works:
        own = decided[key]
        annotators = sorted({annotator for each in own for annotator in each.annotators})
        shown = {f"{OF_ANNOTATOR}{annotator}": _of(annotator, own) for annotator in annotators} | {AGREED: _agreed(own)}
        given = [words for document_id in documents_of(key) for words in units.get(document_id, [])]
        made[key] = {
            name: results_of(material.project, material.data[key], decisions, labels, given)
            for name, decisions in shown.items()
        }
    told = {key: material.data[key] | _told(decided[key]) for key in curated.works}
    return with_results(replace(material, config=with_disagreements(material.config), data=told), made, AGREED)


def _of(annotator: str, decisions: list[Decision]) -> list[Decision]:
    """What one annotator proposed, as if it had been decided."""
    return [
        msgspec.structs.replace(each, gold=candidate.content, region_id=candidate.region_id, note=candidate.note)
        for each in decisions
        for candidate in each.candidates
        if candidate.annotator == annotator
    ]


def _agreed(decisions: list[Decision]) -> list[Decision]:
    return [each for each in decisions if each.gold and not each.is_open]


def _told(decisions: list[Decision]) -> Json:
    """What the curator reads above the text, and sorts tasks by."""
    found = [each for each in decisions if each.is_open]
    lines = [f"{number}. {each.layer}: {'; '.join(proposals(each))}" for number, each in enumerate(found, start=1)]
    return {"disagreement_count": len(found), "disagreements": "\n".join(lines) or "None: the annotators agree on everything."}


def with_disagreements(config: str) -> str:
    """A labelling config with the list of disagreements above everything else."""
    view = ET.fromstring(config)  # noqa: S314 # it is our own
    box = ET.Element("View", className="disagreements")
    ET.SubElement(box, "Header", value="Undecided: $disagreement_count", size="5")
    ET.SubElement(box, "Text", name="undecided", value="$disagreements")
    view.insert(1, box)
    ET.indent(view)
    return ET.tostring(view, encoding="unicode") + "\n"
