"""The label inventories: schema/labels.yaml, read and checked. The engine fixes which inventories there are and what
they are for; which labels they hold is the corpus's own.
"""

from collections.abc import Iterator
from functools import cached_property

import msgspec

from variorum.findings import Finding, finding
from variorum.yaml_file import read_yaml

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
CLAIM_ATTRIBUTES = ("checkworthiness", "claim_type", "attribution", "modality")
LAYERS = ("mention", "claim")


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
    empty = {name: Inventory("", ()) for name in INVENTORIES}
    labels, findings = read_yaml(source, dict[str, Inventory], file, "labels-malformed")
    if labels is None:
        return empty, findings
    return empty | labels, [finding(file, "labels-malformed", fact) for fact in _faults(labels)]


def _faults(labels: Labels) -> Iterator[str]:
    for name in INVENTORIES:
        if not labels.get(name, Inventory("", ())).labels:
            yield f"The inventory {name} is missing or empty."
    for name in sorted(set(labels) - set(INVENTORIES)):
        yield f"There is no inventory {name}; known are {', '.join(INVENTORIES)}."
    for name, inventory in labels.items():
        yield from (f"{name} holds {label!r} twice." for label in repeated(inventory.names))
    yield from _relation_faults(labels)


def _relation_faults(labels: Labels) -> Iterator[str]:
    for label in labels.get("relation_type", Inventory("", ())).labels:
        if not (label.from_ and label.to and {*label.from_, *label.to} <= set(LAYERS)):
            yield f"The relation type {label.name} needs `from` and `to`, each a list of {' and '.join(LAYERS)}."


def repeated(values: tuple[str, ...] | list[str]) -> list[str]:
    """The values that stand more than once, each once, in order."""
    return [value for value in dict.fromkeys(values) if values.count(value) > 1]
