"""Label Studio's config, held against the SDK and against the reader of its exports."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from label_studio_sdk.label_interface.interface import LabelInterface

from variorum.schema.label_config import configs, offered, used
from variorum.schema.labels import read_labels
from variorum.schema.projects import PROJECTS

CONTROLS = PROJECTS["documents"].controls


def config(repository: Path) -> str:
    labels, findings = read_labels((repository / "schema" / "labels.yaml").read_bytes(), "labels.yaml")
    assert findings == []
    return configs(labels)["documents"]


def test_the_sdk_accepts_the_config(repository: Path) -> None:
    LabelInterface(config(repository)).validate()


def test_the_controls_are_those_the_reader_knows(repository: Path) -> None:
    tags = {tag.get("name"): tag for tag in ET.fromstring(config(repository)).iter() if tag.get("toName")}

    assert {name: tag.tag.lower() for name, tag in tags.items()} == {name: control.type for name, control in CONTROLS.items()}
    assert {name for name, tag in tags.items() if tag.get("perRegion") == "true" or tag.tag == "Labels"} == {
        name for name, control in CONTROLS.items() if control.per_region
    }
    choices = {name: tag for name, tag in tags.items() if tag.tag == "Choices"}
    assert {name for name, tag in choices.items() if tag.get("choice") == "single"} == {
        name for name in choices if CONTROLS[str(name)].single
    }


def test_no_hotkey_is_given_twice(repository: Path) -> None:
    keys = [tag.get("hotkey") for tag in ET.fromstring(config(repository)).iter() if tag.get("hotkey")]

    assert len(keys) > 20
    assert len(keys) == len(set(keys))


def test_the_committed_export_is_accepted_by_the_sdk(repository: Path) -> None:
    interface = LabelInterface(config(repository))
    tasks = json.loads((repository / "annotations" / "documents" / "round1" / "a1.json").read_bytes())

    for task in tasks:
        for annotation in task["annotations"]:
            assert interface.validate_annotation(annotation)


def test_what_a_config_offers_is_its_labels_choices_and_relation_types() -> None:
    config = (
        '<View><Labels name="entity_type" toName="text"><Label value="GPE"/><Label value="Place" alias="LOC"/></Labels>'
        '<Choices name="level" toName="text"><Choice value="B1"/></Choices>'
        '<Relations><Relation value="claimer"/></Relations></View>'
    )

    assert offered(config) == {("entity_type", "GPE"), ("entity_type", "LOC"), ("level", "B1"), ("relation", "claimer")}
    assert offered("<View>") == set()


def test_what_is_used_is_counted_whatever_else_the_server_let_through() -> None:
    results: list[dict[str, Any]] = [
        {"from_name": "entity_type", "type": "labels", "value": {"labels": ["GPE"]}},
        {"from_name": "entity_type", "type": "labels", "value": {"labels": ["GPE", 7]}},
        {"from_name": "level", "type": "choices", "value": {"choices": ["B1"]}},
        {"type": "relation", "labels": ["claimer"]},
        {"type": "relation"},
        {"from_name": "stars", "type": "rating", "value": {"rating": 4}},
        {"from_name": "odd", "type": "labels", "value": {"labels": None}},
        {"garbage": 1},
    ]

    assert used(results) == {("entity_type", "GPE"): 2, ("level", "B1"): 1, ("relation", "claimer"): 1}
