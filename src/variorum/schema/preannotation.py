"""schema/preannotation.yaml: what annotators find marked already, read and checked."""

from collections.abc import Iterator

import msgspec

from variorum.findings import Finding, finding
from variorum.schema.labels import Labels, repeated
from variorum.yaml_file import read_yaml

Words = tuple[str, ...]


class Preannotation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What predictions are made of.

    `pipeline` names an installed spaCy pipeline; empty for none. `labels` says which entity type a label of the pipeline
    stands for; labels that are no entity types and not named here are left out. `cut_leading` and `cut_trailing` are
    words cut off the ends of a mention. `gazetteer` holds names by entity type. `without` are documents shown bare.
    """

    pipeline: str = ""
    labels: dict[str, str] = {}
    cut_leading: Words = ()
    cut_trailing: Words = ()
    gazetteer: dict[str, Words] = {}
    claim_candidates: bool = False
    without: Words = ()


def read_preannotation(source: bytes, labels: Labels, documents: set[str], file: str) -> tuple[Preannotation, list[Finding]]:
    """The settings of a preannotation.yaml; `documents` are the ids that `without` may name."""
    settings, findings = read_yaml(source, Preannotation, file, "preannotation-malformed")
    if settings is None:
        return Preannotation(), findings
    return settings, [finding(file, "preannotation-malformed", fact) for fact in _faults(settings, labels, documents)]


def _faults(settings: Preannotation, labels: Labels, documents: set[str]) -> Iterator[str]:
    types = labels["entity_type"].names
    for place, named in (("gazetteer", settings.gazetteer), ("labels", settings.labels.values())):
        yield from (f"`{place}` names {type_!r}, which is no entity type." for type_ in named if types and type_ not in types)
    names = [name for listed in settings.gazetteer.values() for name in listed]
    yield from (f"`gazetteer` holds {name!r} twice." for name in repeated(names))
    if not all(name.strip() for name in names):
        yield "`gazetteer` holds an empty name."
    yield from (f"`without` names {each!r}, which is no document." for each in settings.without if each not in documents)
