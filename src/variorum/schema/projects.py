"""The projects that annotators work in: which texts a task shows, which controls answer, which regions may be joined.

`documents` is of one article. `alignments` and `claim_pairs` show two tellings side by side; what is joined are regions
that were made beforehand, sentences and gold claims, so that annotators only draw links.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

DOCUMENTS, ALIGNMENTS, CLAIM_PAIRS = "documents", "alignments", "claim_pairs"
ENTITY_TYPE, CLAIM, TEXT = "entity_type", "claim", "text"
SENTENCE = "SENTENCE"
PAIR_JOINT = "+"


@dataclass(frozen=True)
class Control:
    """A control tag of a labelling config.

    `type` is what its results have. `inventory` names where its labels come from; it is empty where anything may be written.
    `layer` is set for controls that mark spans, `of` for those that answer about a region of that layer ("*" for any);
    controls with neither answer about the whole task. `only` narrows the inventory. `text` is the Text tag it belongs to.
    """

    type: str
    inventory: str = ""
    layer: str = ""
    of: str = ""
    single: bool = True
    only: tuple[str, ...] = ()
    text: str = TEXT
    required: bool = True

    @property
    def per_region(self) -> bool:
        """Whether its results belong to a region."""
        return bool(self.layer or self.of)


@dataclass(frozen=True)
class Shown:
    """A text that a task shows: the name of its Text tag and the keys of the task's data that it is found by."""

    name: str
    id_key: str
    text_key: str
    sha256_key: str


@dataclass(frozen=True)
class Joins:
    """The labels of an inventory that join regions of two layers. `single` where a link takes one of them."""

    inventory: str
    layer: str = ""
    single: bool = True
    only: tuple[str, ...] = ()


@dataclass(frozen=True)
class Project:
    """One kind of project. `fixed` are the inventories that the engine brings itself."""

    name: str
    texts: tuple[Shown, ...]
    controls: Mapping[str, Control]
    joins: tuple[Joins, ...]

    @cached_property
    def is_joint(self) -> bool:
        """Whether its tasks are of two documents."""
        return len(self.texts) > 1

    @cached_property
    def layers(self) -> dict[str, str]:
        """The layer of each control that marks spans."""
        return {name: control.layer for name, control in self.controls.items() if control.layer}

    @cached_property
    def inventories(self) -> frozenset[str]:
        """The inventories of labels.yaml that the project needs."""
        named = {control.inventory for control in self.controls.values()} | {joins.inventory for joins in self.joins}
        return frozenset(named - {"", SENTENCE})

    def attributes(self, layer: str) -> tuple[str, ...]:
        """The controls whose answer every region of a layer needs."""
        return tuple(name for name, control in self.controls.items() if control.of == layer and control.required)

    def key(self, data: Mapping[str, Any]) -> str | None:
        """What a task's data says it is of: a document's id, or both; None where it does not say."""
        ids = [data.get(shown.id_key) for shown in self.texts]
        return PAIR_JOINT.join(map(str, ids)) if all(isinstance(each, str) and each for each in ids) else None


def _pair(name: str) -> Shown:
    return Shown(name, f"{name}_id", f"{name}_text", f"{name}_sha256")


_SIDES = ("first", "second")
_PAIR = tuple(map(_pair, _SIDES))
_DEPARTURES = {"first": ("deletion", "substitution"), "second": ("insertion", "substitution")}

PROJECTS: dict[str, Project] = {
    DOCUMENTS: Project(
        DOCUMENTS,
        (Shown(TEXT, "document_id", "text", "text_sha256"),),
        {
            ENTITY_TYPE: Control("labels", "entity_type", layer="mention"),
            CLAIM: Control("labels", "claim", layer="claim"),
            "checkworthiness": Control("choices", "checkworthiness", of="claim"),
            "claim_type": Control("choices", "claim_type", of="claim", single=False),
            "attribution": Control("choices", "attribution", of="claim"),
            "modality": Control("choices", "modality", of="claim"),
            "note": Control("textarea", of="*", single=False, required=False),
            "reading_level": Control("choices", "reading_level"),
        },
        (Joins("relation_type"),),
    ),
    ALIGNMENTS: Project(
        ALIGNMENTS,
        _PAIR,
        {f"{side}_sentence": Control("labels", SENTENCE, layer="sentence", text=side) for side in _SIDES}
        | {
            f"{side}_factuality": Control("labels", "factuality", layer="factuality", only=_DEPARTURES[side], text=side)
            for side in _SIDES
        }
        | {f"{side}_severity": Control("choices", "severity", of="factuality", text=side) for side in _SIDES}
        | {f"{side}_note": Control("textarea", of="*", single=False, required=False, text=side) for side in _SIDES},
        (
            Joins("alignment", "sentence"),
            Joins("operation", "sentence", single=False),
            Joins("factuality", "factuality", only=("substitution",)),
        ),
    ),
    CLAIM_PAIRS: Project(
        CLAIM_PAIRS,
        _PAIR,
        {f"{side}_claim": Control("labels", "claim", layer="claim", text=side) for side in _SIDES}
        | {f"{side}_note": Control("textarea", of="*", single=False, required=False, text=side) for side in _SIDES},
        (Joins("claim_relation", "claim"),),
    ),
}


def documents_of(key: str) -> list[str]:
    """The documents that a task of this key is of; a document's id never holds what joins two."""
    return key.split(PAIR_JOINT)
