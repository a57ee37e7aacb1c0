"""Label Studio's labelling config of each project, made from its controls and the label inventories."""

from collections import Counter
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element, SubElement

from variorum.schema.labels import Label, Labels
from variorum.schema.projects import ALIGNMENTS, DOCUMENTS, PROJECTS, SENTENCE, Control, Joins, Project

_STYLE = """
.bar { position: sticky; top: 0; z-index: 2; padding: 6px 0; background: var(--color-neutral-background, #fff);
  border-bottom: 1px solid #8885; }
.columns { display: flex; gap: 24px; align-items: flex-start; }
.article { flex: 1 1 34em; max-width: 46em; }
.article [class*="richtext"] { line-height: 2; font-size: 16px; }
.side { flex: 0 0 15em; position: sticky; top: 200px; max-height: calc(100vh - 330px); overflow-y: auto; }
.side .ant-form-item, .side [class*="choice__item"] { margin-bottom: 2px; }
"""


_JOINT_STYLE = """
.telling { flex: 1 1 0; min-width: 0; }
.telling [class*="richtext"] { line-height: 2; font-size: 15px; }
"""
_SENTENCE = Label(name=SENTENCE, definition="A sentence, marked beforehand. Leave it as it is.", colour="#b0bec5")


def configs(labels: Labels) -> dict[str, str]:
    """The XML of each project whose inventories the corpus has, by the project's name."""
    offered_ = [each for each in PROJECTS.values() if all(labels[name].labels for name in each.inventories)]
    return {project.name: label_config(project, labels) for project in offered_}


def label_config(project: Project, labels: Labels) -> str:
    """The XML of a project."""
    view = Element("View")
    SubElement(view, "Style").text = _STYLE if project.name == DOCUMENTS else _STYLE + _JOINT_STYLE
    _header(view, "$title")
    (_documents if project.name == DOCUMENTS else _joint)(view, project, labels)
    ET.indent(view)
    return ET.tostring(view, encoding="unicode") + "\n"


def _documents(view: Element, project: Project, labels: Labels) -> None:
    """Labels above, the article on the left, attributes and level beside it."""
    bar = SubElement(view, "View", className="bar")
    for name in project.layers:
        _labels(bar, name, project.controls[name], labels)
    _relations(view, project, labels)
    columns = SubElement(view, "View", className="columns")
    article = SubElement(columns, "View", className="article")
    SubElement(article, "Text", name="text", value="$text", granularity="symbol")
    side = SubElement(columns, "View", className="side")
    _attributes(side, project, labels, "claim", "text")
    _note(side, project, "text")
    _header(side, "Reading level of the article")
    _choices(side, "reading_level", project.controls["reading_level"], labels, {})


def _joint(view: Element, project: Project, labels: Labels) -> None:
    """Two texts side by side, each with its labels above it and what is asked about its regions below."""
    _relations(view, project, labels)
    columns = SubElement(view, "View", className="columns")
    for shown in project.texts:
        column = SubElement(columns, "View", className="telling")
        _header(column, f"${shown.id_key}")
        bar = SubElement(column, "View", className="bar")
        for name in project.layers:
            if project.controls[name].text == shown.name:
                _labels(bar, name, project.controls[name], labels)
        SubElement(column, "Text", name=shown.name, value=f"${shown.text_key}", granularity="symbol")
        if project.name == ALIGNMENTS:
            _attributes(column, project, labels, "factuality", shown.name)
        _note(column, project, shown.name)


def _attributes(parent: Element, project: Project, labels: Labels, layer: str, text: str) -> None:
    """What is asked about each region of a layer, shown only while one is selected."""
    marking = next(name for name, each in project.layers.items() if each == layer and project.controls[name].text == text)
    asked = SubElement(parent, "View", visibleWhen="region-selected", whenTagName=marking)
    for name in project.attributes(layer):
        if project.controls[name].text == text:
            _header(asked, name.removeprefix(f"{text}_").replace("_", " ").capitalize())
            # The condition stands here too: of a choice without it Label Studio requires an answer for other layers as well.
            condition = {"perRegion": "true", "visibleWhen": "region-selected", "whenTagName": marking}
            _choices(asked, name, project.controls[name], labels, condition)


def _note(parent: Element, project: Project, text: str) -> None:
    name = next(name for name, each in project.controls.items() if each.type == "textarea" and each.text == text)
    note = SubElement(parent, "View", visibleWhen="region-selected")
    SubElement(note, "TextArea", name=name, toName=text, perRegion="true", editable="true", placeholder="Note on the region")


def _header(parent: Element, value: str) -> None:
    SubElement(parent, "Header", value=value, size="6")


def _labels(parent: Element, name: str, control: Control, labels: Labels) -> None:
    tag = SubElement(parent, "Labels", name=name, toName=control.text, choice="single", showInline="true")
    for label in _offered(control, labels):
        SubElement(tag, "Label", {"background": label.colour or "#607d8b"} | _shown(label))


def _offered(control: Control | Joins, labels: Labels) -> list[Label]:
    """The labels that a control, or a kind of link, takes."""
    if control.inventory == SENTENCE:
        return [_SENTENCE]
    return [label for label in labels[control.inventory].labels if not control.only or label.name in control.only]


def _choices(parent: Element, name: str, control: Control, labels: Labels, attributes: dict[str, str]) -> None:
    choice = "single" if control.single else "multiple"
    own = {"name": name, "toName": control.text, "choice": choice, "required": "true"}
    tag = SubElement(parent, "Choices", own | attributes)
    for label in _offered(control, labels):
        SubElement(tag, "Choice", _shown(label))


def _shown(label: Label) -> dict[str, str]:
    """The attributes that labels and choices share."""
    return {"value": label.name, "hint": label.definition} | ({"hotkey": label.hotkey} if label.hotkey else {})


def _relations(parent: Element, project: Project, labels: Labels) -> None:
    tag = SubElement(parent, "Relations")
    for joins in project.joins:
        for label in _offered(joins, labels):
            SubElement(tag, "Relation", value=label.name)


RELATION = "relation"
"""Stands for the control of relations, which has no name."""


def offered(config: str) -> set[tuple[str, str]]:
    """The labels, choices and relation types that a config offers, each with its control; none where it is no XML."""
    try:
        view = ET.fromstring(config)  # noqa: S314 # comes from the server that the caller runs, and holds no entities
    except ET.ParseError:
        return set()
    return {
        (control.get("name", RELATION), item.get("alias", item.get("value", "")))
        for control in view.iter()
        if control.tag in ("Labels", "Choices", "Relations")
        for item in control.iter()
        if item.tag in ("Label", "Choice", "Relation")
    }


def used(results: list[dict[str, Any]]) -> Counter[tuple[str, str]]:
    """How often each label, choice and relation type stands in exported results, each with its control."""
    return Counter(found for result in results for found in _given(result))


def _given(result: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The labels of one result; Label Studio's server lets anything through, so nothing is taken for granted."""
    type_, value = result.get("type"), result.get("value")
    control = RELATION if type_ == RELATION else str(result.get("from_name"))
    source = result if type_ == RELATION else value
    listed = source.get("labels" if type_ == RELATION else str(type_)) if isinstance(source, dict) else None
    if type_ in ("labels", "choices", RELATION) and isinstance(listed, list):
        yield from ((control, label) for label in listed if isinstance(label, str))
