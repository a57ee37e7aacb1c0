"""corpus.yaml: what is true of the whole corpus."""

import re
from collections.abc import Iterator
from datetime import date
from math import inf
from typing import Annotated, Literal

import msgspec

from variorum.findings import Finding, finding
from variorum.yaml_file import read_yaml

Split = Literal["train", "validation", "test"]
MayReject = Literal[
    "attribute-astray",
    "choice-not-single",
    "choice-twice",
    "control-unknown",
    "export-hypertext",
    "export-other-project",
    "export-shape",
    "label-missing",
    "label-unknown",
    "offsets-not-integers",
    "offsets-out-of-range",
    "offsets-reversed",
    "region-id-collision",
    "relation-dangling",
    "span-empty",
    "span-mismatch",
]
"""The rules that reject one result and leave the others: each such result is in the accounts and in `annotations`.

Of `export-shape` what is said of one result; a task or an annotation that is none stays an error."""
_VERSION = re.compile(r"\d+\.\d+\.\d+", re.ASCII)
SPLITS: tuple[Split, ...] = ("train", "validation", "test")
ALL = "full"
"""The one split of a table that is not about documents; `all`, which would say it better, is refused by `datasets`."""


class Licences(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The licence of the texts and that of the annotations, as SPDX ids or `other`."""

    text: str
    annotation: str


class Creator(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who made the dataset."""

    name: Annotated[str, msgspec.Meta(min_length=1)]
    kind: Literal["person", "organization"] = "organization"
    url: str = ""


class Datasheet(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What users of a dataset ask of its making, for croissant.json; whatever is empty is left out there.

    From `data_collection` on, the fields are the terms of Croissant's vocabulary for responsible AI
    (http://mlcommons.org/croissant/RAI/1.0) in snake case. The defaults are what holds for any corpus built here.
    """

    url: str = ""
    creators: tuple[Creator, ...] = ()
    date_published: date | None = None
    cite_as: str = ""
    data_collection: str = ""
    data_collection_type: tuple[str, ...] = ()
    data_collection_raw_data: str = ""
    data_collection_missing_data: str = ""
    data_preprocessing_protocol: tuple[str, ...] = (
        "The text of each seed is frozen as received, but for what recorded rules drop; `documents.seed_rules` names them.",
    )
    data_annotation_protocol: str = ""
    data_annotation_platform: tuple[str, ...] = ("Label Studio",)
    data_annotation_analysis: tuple[str, ...] = (
        "`annotations` has each annotator's own work; of many, `agreement` how far they agree, `decisions` what was decided.",
    )
    annotations_per_item: str = ""
    annotator_demographics: tuple[str, ...] = ()
    machine_annotation_tools: tuple[str, ...] = ()
    data_use_cases: tuple[str, ...] = ()
    data_limitations: tuple[str, ...] = ()
    data_biases: tuple[str, ...] = ()
    data_social_impact: str = ""
    personal_sensitive_information: tuple[str, ...] = ()
    data_release_maintenance_plan: str = ""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The settings of a corpus.

    `split_shares` are the parts of the stories each split gets; `split_seed` enters the hash that draws them.
    `holds_out` says what a split holds out: whole `stories`, or `tellings` of stories that the other splits know.
    `story_endings` are what a document's id ends in behind its story's, for the story that freeze gives new documents.
    `gold` are annotators in the order in which their work counts, in a project that was not made for variorum.
    `may_reject` are rules whose rejections such a project lives with: warnings, where they are errors otherwise.
    `abbreviations`, each with its full stop, never end a sentence. `datasheet` is prose about the dataset's making,
    `explorer` the address at which its explorer can be looked at, for the card.
    """

    name: Annotated[str, msgspec.Meta(min_length=1)]
    version: str
    language: Annotated[str, msgspec.Meta(min_length=1)]
    licences: Licences
    story_endings: tuple[Annotated[str, msgspec.Meta(min_length=1)], ...] = ()
    holds_out: Literal["stories", "tellings"] = "stories"
    split_shares: dict[Split, float] = msgspec.field(default_factory=lambda: {"train": 0.8, "validation": 0.1, "test": 0.1})
    split_seed: str = "v1"
    gold: tuple[str, ...] = ()
    may_reject: tuple[MayReject, ...] = ()
    abbreviations: tuple[Annotated[str, msgspec.Meta(pattern=r"^\S*\w\.$")], ...] = ()
    datasheet: Datasheet = Datasheet()
    explorer: str = ""


DEFAULTS = Settings(name="corpus", version="0.0.0", language="en", licences=Licences("other", "other"))


def read_settings(source: bytes, file: str) -> tuple[Settings, list[Finding]]:
    """The settings of a corpus.yaml; what is malformed is a finding and the defaults come back."""
    settings, findings = read_yaml(source, Settings, file, "settings-malformed")
    if settings is None:
        return DEFAULTS, findings
    return settings, [finding(file, "settings-malformed", fact) for fact in _faults(settings)]


def _faults(settings: Settings) -> Iterator[str]:
    if not _VERSION.fullmatch(settings.version):
        yield f"The version {settings.version!r} is not of the form 1.2.3, which is the only one `datasets` reads."
    shares = settings.split_shares.values()
    if not 0 < sum(shares) < inf or min(shares) < 0:
        yield "The split shares are not positive."
