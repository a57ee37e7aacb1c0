"""The label inventories: schema/labels.yaml, read and checked. The engine fixes which inventories there are and what
they are for; which labels they hold is the corpus's own.
"""

from collections.abc import Iterator
from functools import cached_property
from itertools import islice
from typing import Any

import msgspec

from variorum.findings import Finding, finding
from variorum.yaml_file import read_yaml, sentence

INVENTORIES = (
    "entity_type",
    "claim",
    "checkworthiness",
    "claim_type",
    "attribution",
    "modality",
    "relation_type",
    "reading_level",
    "document_role",
)
JOINT_INVENTORIES = ("alignment", "operation", "factuality", "severity", "claim_relation")
"""Those of the projects that join documents; a corpus without such projects has none of them."""
CLAIM_ATTRIBUTES = ("checkworthiness", "claim_type", "attribution", "modality")
LAYERS = ("mention", "claim")
FIXED_LABELS = {
    "alignment": ("aligned", "partially_aligned"),
    "factuality": ("insertion", "deletion", "substitution"),
    "claim_relation": ("equivalent", "more_specific", "more_general", "contradicts", "overlaps", "unrelated"),
}
"""Inventories whose labels the engine reckons with: a corpus may define them in its own words, not add to them."""


class Label(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename={"from_": "from"}):
    """One label. `from_` and `to` are the layers that a relation type may join; other labels leave them empty."""

    name: str
    definition: str
    example: str = ""
    colour: str = ""
    hotkey: str = ""
    from_: tuple[str, ...] = ()
    to: tuple[str, ...] = ()


class Inventory(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """A closed set of labels, in the order of their published ids."""

    description: str
    labels: tuple[Label, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The labels' names, in order."""
        return tuple(label.name for label in self.labels)

    @cached_property
    def by_name(self) -> dict[str, Label]:
        """The labels by name."""
        return {label.name: label for label in self.labels}


Labels = dict[str, Inventory]


def read_labels(source: bytes, file: str) -> tuple[Labels, list[Finding]]:
    """The inventories of a labels.yaml; findings name `file`. Inventories that are missing come back empty."""
    empty = {name: Inventory("", ()) for name in (*INVENTORIES, *JOINT_INVENTORIES)}
    written, findings = read_yaml(source, dict[str, Any], file, "labels-malformed")
    if written is None:
        return empty, findings
    facts = list(_form_faults(written))
    labels = {} if facts else msgspec.convert(written, Labels)
    return empty | labels, [finding(file, "labels-malformed", fact) for fact in facts or _faults(labels)]


def _form_faults(written: dict[str, Any]) -> Iterator[str]:
    """What cannot be read in each inventory: its first label at fault, else the inventory itself."""
    for name, inventory in written.items():
        labels = inventory.get("labels") if isinstance(inventory, dict) else None
        listed = enumerate(labels if isinstance(labels, list) else [], start=1)
        parts: list[tuple[str, object, type]] = [(f"Label {number} of {name}", label, Label) for number, label in listed]
        faults = (_form_fault(*part) for part in [*parts, (f"The inventory {name}", inventory, Inventory)])
        yield from islice(filter(None, faults), 1)


def _form_fault(place: str, written: object, type_: type) -> str:
    """What keeps a part of the file from being of its type; empty if nothing does."""
    try:
        msgspec.convert(written, type_)
    except msgspec.ValidationError as error:
        return f"{place}: {sentence(error)}"
    return ""


def read_defined(source: bytes, file: str) -> tuple[Labels, list[Finding]]:
    """The inventories that a labels.yaml defines, whichever they are; there may be none."""
    written, findings = read_yaml(source, dict[str, Any], file, "labels-malformed") if source.strip() else ({}, [])
    facts = list(_form_faults(written or {}))
    labels = {} if facts else msgspec.convert(written or {}, Labels)
    facts += [f"{name} holds {label!r} twice." for name, each in labels.items() for label in repeated(each.names)]
    return labels, [*findings, *(finding(file, "labels-malformed", fact) for fact in facts)]


def _faults(labels: Labels) -> Iterator[str]:
    unknown = sorted(set(labels) - {*INVENTORIES, *JOINT_INVENTORIES})
    missing = [name for name in INVENTORIES if not labels.get(name, Inventory("", ())).labels]
    for name in missing:
        yield f"The inventory {name} is missing or empty" + (f"; {', '.join(unknown)} is not known." if unknown else ".")
    for name in [] if missing else unknown:
        yield f"There is no inventory {name}; known are {', '.join(INVENTORIES)}."
    for name, inventory in labels.items():
        yield from (f"{name} holds {label!r} twice." for label in repeated(inventory.names))
        if name in FIXED_LABELS and not set(inventory.names) <= set(FIXED_LABELS[name]):
            yield f"{name} holds what the engine does not know; known are {', '.join(FIXED_LABELS[name])}."
    yield from _hotkey_faults(labels)
    yield from _relation_faults(labels)


def _hotkey_faults(labels: Labels) -> Iterator[str]:
    """Of two controls with one key Label Studio lets the second have none, and says so nowhere."""
    first: dict[str, Label] = {}
    for label in (label for inventory in labels.values() for label in inventory.labels if label.hotkey):
        if (known := first.setdefault(label.hotkey, label)) is not label:
            yield f"{label.name} has the hotkey {label.hotkey!r}, which {known.name} has already."


def _relation_faults(labels: Labels) -> Iterator[str]:
    for label in labels.get("relation_type", Inventory("", ())).labels:
        if not (label.from_ and label.to and {*label.from_, *label.to} <= set(LAYERS)):
            yield f"The relation type {label.name} needs `from` and `to`, each a list of {' and '.join(LAYERS)}."


def repeated(values: tuple[str, ...] | list[str]) -> list[str]:
    """The values that stand more than once, each once, in order."""
    return [value for value in dict.fromkeys(values) if values.count(value) > 1]
