"""Projects that join documents: tasks of two tellings, their sentences or claims marked, likely pairs drawn without a label.

A pair is drawn without saying what it is, so that nobody is led to an answer; the annotator labels it or deletes it, and
draws what is missing.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256

from variorum.curation.decisions import Decision
from variorum.curation.gold import Json, results_of
from variorum.curation.items import Content
from variorum.dataset.offers import LEXICAL, Finder, Offer, Units, offer
from variorum.label_studio.push import Material
from variorum.schema.labels import Labels
from variorum.schema.projects import documents_of

DIGEST = 8
"""Characters of a digest that tell one state of predictions from another."""


def with_offers(material: Material, units: Units, labels: Labels, finder: Finder | None = LEXICAL) -> Material:
    """The material of a joint project with its units marked and, where there is a finder, likely pairs drawn."""
    kind = finder.version if finder else "units"
    return with_results(material, {key: {kind: _results(key, material, units, labels, finder)} for key in material.data}, kind)


def with_results(material: Material, made: Mapping[str, Mapping[str, list[Json]]], shown: str) -> Material:
    """The material with predictions by key and by what made them; a task begins with those that `shown` made.

    All tasks have the same model versions, one for each state of the whole: Label Studio shows those of one version only. What
    made them stands last, since a tab shows the first eight characters and the last six.
    """
    state = digest(made)
    predictions = {
        key: [{"model_version": f"{state}:{kind}", "result": results} for kind, results in by_kind.items()]
        for key, by_kind in made.items()
    }
    versions = {key: frozenset(str(each["model_version"]) for each in found) for key, found in predictions.items()}
    return replace(
        material,
        versions=versions,
        predict=lambda keys: {key: predictions[key] for key in keys},
        shown=f"{state}:{shown}",
    )


def digest(content: object) -> str:
    """A short digest of plain data."""
    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:DIGEST]


def _results(key: str, material: Material, units: Units, labels: Labels, finder: Finder | None) -> list[Json]:
    marked = [each for document_id in documents_of(key) for each in units.get(document_id, [])]
    offered = offer(key, units, finder) if finder else Offer(marked, [])
    links = [Decision(item=str(index), task=key, layer="pair", gold=Content(pair)) for index, pair in enumerate(offered.pairs)]
    return results_of(material.project, material.data[key], links, labels, offered.units)
