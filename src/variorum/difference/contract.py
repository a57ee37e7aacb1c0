"""What changed around the rows: the schema of the tables, the manifest and the card."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from variorum.difference.changes import Edition, MetadataChange, SchemaChange, SchemaKind
from variorum.difference.features import closed_sets, words
from variorum.difference.read import Build, Table
from variorum.hub.card import CONFIGS, DATASET_INFO, Card, read_card, without_parts


def schema_changes(before: Mapping[str, Table], after: Mapping[str, Table]) -> Iterator[SchemaChange]:
    """Tables, columns and labels that only one build has, and what has another type or order. Labels count by name."""
    for config in {**before, **after}:
        if config not in before or config not in after:
            yield SchemaChange("config-added" if config in after else "config-removed", config)
        else:
            yield from _columns(config, before[config], after[config])


def _columns(config: str, before: Table, after: Table) -> Iterator[SchemaChange]:
    types = [{name: words(feature) for name, feature in table.features.items()} for table in (before, after)]
    for column in {**types[0], **types[1]}:
        first, second = (((own[column],) if column in own else ()) for own in types)
        if first != second:
            kind: SchemaKind = "column-retyped" if first and second else "column-added" if second else "column-removed"
            yield SchemaChange(kind, config, column, first, second)
        else:
            sets = [dict(closed_sets(table.features[column], column)) for table in (before, after)]
            for path, names in sets[0].items():
                yield from _labels(config, path, names, sets[1][path])


def _labels(config: str, path: str, before: tuple[str, ...], after: tuple[str, ...]) -> Iterator[SchemaChange]:
    removed = tuple(name for name in before if name not in after)
    added = tuple(name for name in after if name not in before)
    if added:
        yield SchemaChange("labels-added", config, path, (), added)
    if removed:
        yield SchemaChange("labels-removed", config, path, removed, ())
    kept = [tuple(name for name in own if name in other) for own, other in ((before, after), (after, before))]
    if kept[0] != kept[1]:
        yield SchemaChange("labels-reordered", config, path, *kept)


def edition(build: Build) -> Edition:
    """Which build it is, by its manifest."""
    return Edition(*(str(build.manifest.get(name, "")) for name in ("name", "version", "build_id")))


def metadata_changes(before: Build, after: Build) -> Iterator[MetadataChange]:
    """What people wrote in the card and corpus.yaml, and the tools; not what follows from the rows."""
    cards = [_card(build) if before.card != after.card else Card({}, "") for build in (before, after)]
    told = [_told(build, card) for build, card in zip((before, after), cards, strict=True)]
    for name in {**told[0], **told[1]}:
        first, second = (own.get(name, "") for own in told)
        if first != second:
            yield MetadataChange(name, first, second)
    if without_parts(cards[0].body) != without_parts(cards[1].body):
        yield MetadataChange("card", "", "other prose")


def _card(build: Build) -> Card:
    """The card of a build; parsing its head takes longer than many a table."""
    return read_card("README.md", build.card)[0] if build.card else Card({}, "")


def _told(build: Build, card: Card) -> dict[str, str]:
    manifest = {name: build.manifest.get(name, "") for name in ("name", "version", "holds_out")}
    tools = {f"tools.{name}": version for name, version in build.manifest.get("tools", {}).items()}
    head = {f"card.{name}": value for name, value in card.head.items() if name not in {CONFIGS, DATASET_INFO}}
    return {name: _written(value) for name, value in {**manifest, **tools, **head}.items()}


def _written(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value, enc_hook=str).decode()
