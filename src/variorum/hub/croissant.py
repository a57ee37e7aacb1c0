"""The dataset described in Croissant 1.1 (https://mlcommons.org/croissant), derived from the models like all the rest.

A config is a FileSet and a RecordSet. A list is an array, a list of structs an array with subfields; the split is read off
the file's name. A closed set is an enumeration that its fields refer to, since the Parquet holds numbers.
"""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec
import polars as pl

from variorum.corpus.settings import ALL, SPLITS, Creator, Datasheet, Licences, Settings
from variorum.hub.card import Card, row_description
from variorum.hub.facts import Facts
from variorum.schema.contract import Column, columns
from variorum.schema.foreign_tables import tables_of
from variorum.schema.labels import Labels

Node = dict[str, Any]

CONFORMS_TO = ("http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0")
CONTEXT: Node = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    **{
        term: f"cr:{term}"
        for term in (
            *("annotation", "arrayShape", "citeAs", "column", "containedIn", "equivalentProperty", "excludes", "extract"),
            *("field", "fileObject", "fileProperty", "fileSet", "format", "includes", "isArray", "isLiveDataset", "jsonPath"),
            *("key", "md5", "parentField", "path", "readLines", "recordSet", "references", "regex", "repeated", "replace"),
            *("samplingRate", "sdVersion", "separator", "source", "subField", "transform", "unArchive"),
        )
    },
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "name": {"@container": "@language"},
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
}
"""The context that the standard recommends; `mlcroissant` warns of any key that is missing."""

_TYPES: dict[type[pl.DataType], str] = {
    pl.String: "sc:Text",
    pl.Int32: "cr:Int32",
    pl.Int64: "cr:Int64",
    pl.Float64: "cr:Float64",
    pl.Boolean: "sc:Boolean",
    pl.Date: "sc:Date",
    pl.Datetime: "sc:DateTime",
}
_NUMBERS = {"cr:Int32", "cr:Int64", "cr:Float64"}
_SPLIT_URLS = dict(zip(SPLITS, ("cr:TrainingSplit", "cr:ValidationSplit", "cr:TestSplit"), strict=True)) | {ALL: "cr:Split"}
_ABOUT = ("url", "creators", "date_published", "cite_as")
_NO_DIGEST = "https://github.com/mlcommons/croissant/issues/80"
"""What stands where a repository has no digest of its own, as in the Hub's own Croissant files."""


class _Place(NamedTuple):
    """Where a field's values are: the config, the column, the path in it, and the id of the field."""

    config: str
    column: Column
    path: str
    id: str


def croissant(facts: Facts, card: Card) -> bytes:
    """The description of a build as JSON-LD. It holds no time and no place, so that the same inputs give the same bytes."""
    content = _dataset(facts, card) | {
        "distribution": [_repository(facts.settings), *map(_file_set, facts.counts)],
        "recordSet": [_splits(facts), *_label_sets(facts), *(_record_set(config, facts) for config in facts.counts)],
    }
    return msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n"


def _dataset(facts: Facts, card: Card) -> Node:
    settings, sheet = facts.settings, facts.settings.datasheet
    described = {
        "alternateName": card.head.get("pretty_name", ""),
        "description": _description(card) or f"The corpus {settings.name}.",
        "version": settings.version,
        "license": _licences(settings.licences),
        "inLanguage": card.head.get("language") or [settings.language],
        "keywords": [*_listed(card.head.get("task_categories")), *_listed(card.head.get("tags"))],
        "url": sheet.url,
        "creator": [_creator(each) for each in sheet.creators],
        "datePublished": sheet.date_published.isoformat() if sheet.date_published else "",
        "citeAs": sheet.cite_as,
        **_responsible_ai(sheet),
    }
    start = {"@context": CONTEXT, "@type": "sc:Dataset", "name": settings.name, "conformsTo": CONFORMS_TO}
    return start | {name: value for name, value in described.items() if value}


def _description(card: Card) -> str:
    """The first paragraph of the card that is prose: no heading, no marker, no code, no table."""
    blocks = (" ".join(block.split()) for block in re.split(r"\n\s*\n", card.body))
    return next((block for block in blocks if re.match(r"[^\W_]", block)), "")


def _listed(value: Any) -> list[Any]:
    """A field of the card's head that may be a list, one value or not there."""
    return value if isinstance(value, list) else [value] if value else []


def _licences(licences: Licences) -> list[Node]:
    named = {"texts": licences.text, "annotations": licences.annotation}
    return [
        {"@type": "sc:CreativeWork", "name": spdx, "description": f"The licence of the {what}."}
        | ({} if spdx == "other" else {"url": f"https://spdx.org/licenses/{spdx}.html"})
        for what, spdx in named.items()
    ]


def _creator(creator: Creator) -> Node:
    node = {"@type": f"sc:{creator.kind.capitalize()}", "name": creator.name}
    return node | ({"url": creator.url} if creator.url else {})


def _responsible_ai(sheet: Datasheet) -> Node:
    return {f"rai:{_camel(name)}": value for name, value in msgspec.structs.asdict(sheet).items() if name not in _ABOUT}


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)


def _repository(settings: Settings) -> Node:
    """The Hub repository, or the folder that croissant.json lies in where the datasheet does not say which it is."""
    return {
        "@type": "cr:FileObject",
        "@id": "repo",
        "name": "repo",
        "description": "The repository that holds the Parquet files.",
        "contentUrl": settings.datasheet.url or ".",
        "encodingFormat": "git+https",
        "sha256": _NO_DIGEST,
    }


def _file_set(config: str) -> Node:
    return {
        "@type": "cr:FileSet",
        "@id": _files(config),
        "name": _files(config),
        "description": f"The Parquet files of {config}, one a split.",
        "containedIn": {"@id": "repo"},
        "encodingFormat": "application/x-parquet",
        "includes": f"{config}/*.parquet",
    }


def _files(config: str) -> str:
    return f"parquet-files-of-{config}"


def _splits(facts: Facts) -> Node:
    """The splits there are. What a split is for has a name in Croissant but for that of tables that are not about documents."""
    found = {split for counts in facts.counts.values() for split in counts}
    rows = [(name, url) for name, url in _SPLIT_URLS.items() if name in found]
    return _enumeration("splits", "The splits.", "cr:Split", {"name": "sc:Text", "url": "sc:URL"}, rows)


def _label_sets(facts: Facts) -> list[Node]:
    """One enumeration a closed set; where two columns take their labels from one inventory, they share it."""
    sets = {
        _label_set_id(config, column, path): _label_set(config, column, path, facts.labels)
        for config in facts.counts
        for column in columns(tables_of(facts.labels)[config], facts.labels)
        for path in column.closed
    }
    return list(sets.values())


def _label_set_id(config: str, column: Column, path: str) -> str:
    return f"labels/{column.inventories.get(path) or '.'.join(filter(None, (config, column.name, path)))}"


def _label_set(config: str, column: Column, path: str, labels: Labels) -> Node:
    """A closed set: the number that stands in the Parquet, its label, and what that means where an inventory says so."""
    inventory = labels.get(column.inventories.get(path, ""))
    types = {"id": "cr:Int64", "name": "sc:Text"} | ({"description": "sc:Text"} if inventory else {})
    definitions = [(label.definition,) for label in inventory.labels] if inventory else [()] * len(column.closed[path])
    rows = [(number, name, *more) for number, (name, more) in enumerate(zip(column.closed[path], definitions, strict=True))]
    description = inventory.description if inventory else f"What {column.name} of {config} may be."
    return _enumeration(_label_set_id(config, column, path), description, "sc:Enumeration", types, rows)


def _enumeration(id_: str, description: str, kind: str, types: dict[str, str], rows: Iterable[tuple[object, ...]]) -> Node:
    """A RecordSet that holds its own data; the first field is its key."""
    ids = [f"{id_}/{name}" for name in types]
    return {
        "@type": "cr:RecordSet",
        "@id": id_,
        "name": id_,
        "description": description,
        "dataType": kind,
        "key": {"@id": ids[0]},
        "field": [
            {"@type": "cr:Field", "@id": each, "name": each, "dataType": type_}
            for each, type_ in zip(ids, types.values(), strict=True)
        ],
        "data": [dict(zip(ids, row, strict=True)) for row in rows],
    }


def _record_set(config: str, facts: Facts) -> Node:
    """One config. The split stands first: `mlcroissant` joins on the first field with a reference and leaves out the others."""
    found = columns(tables_of(facts.labels)[config], facts.labels)
    keys = [{"@id": f"{config}/{column.name}"} for column in found if column.is_unique]
    return {
        "@type": "cr:RecordSet",
        "@id": config,
        "name": config,
        "description": row_description(config, facts.labels),
        **({"key": keys} if keys else {}),
        "field": [_split_field(config, facts), *(_column_field(config, column) for column in found)],
    }


def _split_field(config: str, facts: Facts) -> Node:
    """The split, read off the file's name.

    The pattern matches a split's bare name too: `mlcroissant` applies it once more to what it made.
    """
    pattern = f"^(?:{config}/)?({'|'.join(facts.counts[config])})(?:-.+parquet)?$"
    return {
        "@type": "cr:Field",
        "@id": f"{config}/split",
        "name": f"{config}/split",
        "description": "The split that the row stands in.",
        "dataType": "sc:Text",
        "source": {
            "fileSet": {"@id": _files(config)},
            "extract": {"fileProperty": "fullpath"},
            "transform": {"regex": pattern},
        },
        "references": {"field": {"@id": "splits/name"}},
    }


def _column_field(config: str, column: Column) -> Node:
    place = _Place(config, column, "", f"{config}/{column.name}")
    return _field(place, column.type, {"description": column.description})


def _field(place: _Place, type_: Any, described: Node) -> Node:
    """One field, as deep as it goes. A struct's own members have neither description nor unit but the column's."""
    node = {"@type": "cr:Field", "@id": place.id, "name": place.id, **described}
    inner = type_.inner if isinstance(type_, pl.List) else type_
    if isinstance(type_, pl.List):
        node |= {"isArray": True, "arrayShape": "-1"}
        place = place._replace(path=_deeper(place.path, "item"))
    if isinstance(inner, pl.Struct):
        return node | {"subField": [_member(place, member) for member in inner.fields]}
    return node | _value(place, inner)


def _member(place: _Place, member: pl.Field) -> Node:
    inside = place._replace(path=_deeper(place.path, member.name), id=f"{place.id}/{member.name}")
    return _field(inside, member.dtype, {})


def _deeper(path: str, part: str) -> str:
    return f"{path}.{part}" if path else part


def _value(place: _Place, type_: Any) -> Node:
    """The type of a field's values, their unit, where they are, and the labels that the numbers of a closed set stand for."""
    closed = place.path in place.column.closed
    name = "cr:Int64" if closed else _TYPES[_class(type_)]
    unit = {"unitText": place.column.unit} if place.column.unit and name in _NUMBERS and not closed else {}
    labels = _label_set_id(place.config, place.column, place.path)
    refers = {"references": {"field": {"@id": f"{labels}/id"}}} if closed else {}
    is_label = closed and place.path in place.column.inventories
    return {"dataType": [name, "cr:Label"] if is_label else name, **unit, "source": _source(place), **refers}


def _class(type_: Any) -> type[pl.DataType]:
    return type_ if isinstance(type_, type) else type(type_)


def _source(place: _Place) -> Node:
    """A column, and for what lies in its structs the way there: list items are gone through, they are no step."""
    steps = [part for part in place.path.split(".") if part not in ("", "item")]
    transform = {"transform": {"jsonPath": ".".join(steps)}} if steps else {}
    return {"fileSet": {"@id": _files(place.config)}, "extract": {"column": place.column.name}, **transform}
