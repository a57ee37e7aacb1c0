"""Label Studio's labelling config of the project `documents`, made from the label inventories.

The controls are named after their inventories; `CONTROLS` is what the reader of exports holds results against.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element, SubElement

from variorum.schema.labels import CLAIM_ATTRIBUTES, Inventory, Label, Labels

TEXT = "text"
ENTITY_TYPE = "entity_type"
CLAIM = "claim"
NOTE = "note"


class Control(NamedTuple):
    """A control tag: the `type` its results have, whether it belongs to a region, and how many answers it takes."""

    type: str
    per_region: bool
    single: bool


CONTROLS: dict[str, Control] = {
    ENTITY_TYPE: Control("labels", per_region=True, single=True),
    CLAIM: Control("labels", per_region=True, single=True),
    "checkworthiness": Control("choices", per_region=True, single=True),
    "claim_type": Control("choices", per_region=True, single=False),
    "attribution": Control("choices", per_region=True, single=True),
    "modality": Control("choices", per_region=True, single=True),
    NOTE: Control("textarea", per_region=True, single=False),
    "reading_level": Control("choices", per_region=False, single=True),
}

_STYLE = """
.bar { position: sticky; top: 0; z-index: 2; padding: 6px 0; background: var(--color-neutral-background, #fff);
  border-bottom: 1px solid #8885; }
.columns { display: flex; gap: 24px; align-items: flex-start; }
.article { flex: 1 1 34em; max-width: 46em; }
.article [class*="richtext"] { line-height: 2; font-size: 16px; }
.side { flex: 0 0 15em; position: sticky; top: 200px; max-height: calc(100vh - 330px); overflow-y: auto; }
.side .ant-form-item, .side [class*="choice__item"] { margin-bottom: 2px; }
"""


def documents_config(labels: Labels) -> str:
    """The XML of the project `documents`: labels above, the article on the left, attributes and level beside it."""
    view = Element("View")
    SubElement(view, "Style").text = _STYLE
    _header(view, "$title")
    bar = SubElement(view, "View", className="bar")
    for name in (ENTITY_TYPE, CLAIM):
        _labels(bar, name, labels[name])
    _relations(view, labels["relation_type"])
    columns = SubElement(view, "View", className="columns")
    article = SubElement(columns, "View", className="article")
    SubElement(article, "Text", name=TEXT, value="$text", granularity="symbol")
    _side(SubElement(columns, "View", className="side"), labels)
    ET.indent(view)
    return ET.tostring(view, encoding="unicode") + "\n"


def _side(side: Element, labels: Labels) -> None:
    claim = SubElement(side, "View", visibleWhen="region-selected", whenTagName=CLAIM)
    for name in CLAIM_ATTRIBUTES:
        _header(claim, name.replace("_", " ").capitalize())
        # The condition stands here too: of a choice without it Label Studio requires an answer for mentions as well.
        condition = {"perRegion": "true", "visibleWhen": "region-selected", "whenTagName": CLAIM}
        _choices(claim, name, labels[name], condition)
    note = SubElement(side, "View", visibleWhen="region-selected")
    SubElement(note, "TextArea", name=NOTE, toName=TEXT, perRegion="true", editable="true", placeholder="Note on the region")
    _header(side, "Reading level of the article")
    _choices(side, "reading_level", labels["reading_level"], {})


def _header(parent: Element, value: str) -> None:
    SubElement(parent, "Header", value=value, size="6")


def _labels(parent: Element, name: str, inventory: Inventory) -> None:
    tag = SubElement(parent, "Labels", name=name, toName=TEXT, choice="single", showInline="true")
    for label in inventory.labels:
        SubElement(tag, "Label", {"background": label.colour or "#607d8b"} | _shown(label))


def _choices(parent: Element, name: str, inventory: Inventory, attributes: dict[str, str]) -> None:
    choice = "single" if CONTROLS[name].single else "multiple"
    tag = SubElement(parent, "Choices", {"name": name, "toName": TEXT, "choice": choice, "required": "true"} | attributes)
    for label in inventory.labels:
        SubElement(tag, "Choice", _shown(label))


def _shown(label: Label) -> dict[str, str]:
    """The attributes that labels and choices share."""
    return {"value": label.name, "hint": label.definition} | ({"hotkey": label.hotkey} if label.hotkey else {})


def _relations(parent: Element, inventory: Inventory) -> None:
    tag = SubElement(parent, "Relations")
    for label in inventory.labels:
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
