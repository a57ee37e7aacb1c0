"""corpus.yaml: what is true of the whole corpus."""

from typing import Literal

import msgspec

from variorum.findings import Finding, finding
from variorum.yaml_file import read_yaml

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")


class Licences(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The licence of the texts and that of the annotations, as SPDX ids or `other`."""

    text: str
    annotation: str


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The settings of a corpus.

    `split_shares` are the parts of the stories each split gets; `split_seed` enters the hash that draws them.
    `holds_out` says what a split holds out: whole `stories`, or `tellings` of stories that the other splits know.
    `abbreviations` never end a sentence.
    """

    name: str
    version: str
    language: str
    licences: Licences
    holds_out: Literal["stories", "tellings"] = "stories"
    split_shares: dict[Split, float] = msgspec.field(default_factory=lambda: {"train": 0.8, "validation": 0.1, "test": 0.1})
    split_seed: str = "v1"
    abbreviations: tuple[str, ...] = ()


DEFAULTS = Settings(name="corpus", version="0.0.0", language="en", licences=Licences("other", "other"))


def read_settings(source: bytes, file: str) -> tuple[Settings, list[Finding]]:
    """The settings of a corpus.yaml; what is malformed is a finding and the defaults come back."""
    settings, findings = read_yaml(source, Settings, file, "settings-malformed")
    if settings is None:
        return DEFAULTS, findings
    if sum(settings.split_shares.values()) <= 0 or min(settings.split_shares.values()) < 0:
        return settings, [finding(file, "settings-malformed", "The split shares are not positive.")]
    return settings, []
