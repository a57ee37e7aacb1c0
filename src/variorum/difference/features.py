"""Hugging Face features as parquet metadata holds them: their words, their closed sets, and ids turned into names.

Two builds may number the same labels differently, so nothing is ever compared by its number.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from variorum.schema.contract import Feature

_ARROW_NAMES = {"double": "float64", "float": "float32", "date32[day]": "date32", "large_string": "string"}
"""Arrow's names of types where those of `datasets` are others."""


def features_of(schema: pa.Schema) -> dict[str, Feature]:
    """The features of a file by column, in its order; what the metadata does not tell follows from Arrow's type."""
    written = (schema.metadata or {}).get(b"huggingface", b"{}")
    try:
        told = msgspec.json.decode(written)["info"]["features"]
    except (msgspec.DecodeError, KeyError, TypeError):
        told = {}
    return {field.name: told.get(field.name, _of_type(field.type)) for field in schema}


def _of_type(type_: pa.DataType) -> Feature:
    if pa.types.is_list(type_) or pa.types.is_large_list(type_):
        return [_of_type(type_.value_type)]
    if pa.types.is_struct(type_):
        return {member.name: _of_type(member.type) for member in type_}
    return {"dtype": _ARROW_NAMES.get(str(type_), str(type_)), "_type": "Value"}


def unfold(feature: Feature) -> tuple[str, Any]:
    """What a feature is (`class`, `list`, `struct` or `value`) and what it holds, in any form `datasets` has written it."""
    if isinstance(feature, list):
        return "list", feature[0]
    match feature.get("_type"):
        case "ClassLabel":
            return "class", tuple(feature.get("names") or ())
        case "Sequence" | "List" | "LargeList":
            return "list", feature["feature"]
        case "Value":
            return "value", feature["dtype"]
        case str() as other:
            return "value", other
    return "struct", feature


def words(feature: Feature) -> str:
    """A feature's type in words, such as `list of {start: int32, end: int32}`; closed sets without their labels."""
    kind, content = unfold(feature)
    match kind:
        case "class":
            return "class label"
        case "list":
            return f"list of {words(content)}"
        case "struct":
            return "{" + ", ".join(f"{name}: {words(member)}" for name, member in content.items()) + "}"
    return str(content)


def closed_sets(feature: Feature, path: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The closed sets in a feature: the path of each, which begins with `path`, and its names in order."""
    kind, content = unfold(feature)
    if kind == "class":
        yield path, content
    elif kind == "list":
        yield from closed_sets(content, path)
    elif kind == "struct":
        for name, member in content.items():
            yield from closed_sets(member, f"{path}.{name}")


def decoded(array: Any, feature: Feature) -> pa.Array:
    """An array with the ids of closed sets replaced by their names; an id that has no name becomes null."""
    if not any(True for _ in closed_sets(feature, "")):
        return array
    kind, content = unfold(feature)
    if kind == "class":
        return _named(array, content)
    if kind == "list":
        lengths = pc.fill_null(pc.list_value_length(array), 0).cast(pa.int64())
        offsets = pa.concat_arrays([pa.array([0], pa.int64()), pc.cumulative_sum(lengths)])
        return pa.LargeListArray.from_arrays(offsets, decoded(array.flatten(), content), mask=array.is_null())
    names = [array.type.field(index).name for index in range(array.type.num_fields)]
    members = [decoded(member, content[name]) for name, member in zip(names, array.flatten(), strict=True)]
    return pa.StructArray.from_arrays(members, names=names, mask=array.is_null())


def _named(array: pa.Array, names: tuple[str, ...]) -> pa.Array:
    if not pa.types.is_integer(array.type):
        return array
    known = pc.and_(pc.greater_equal(array, 0), pc.less(array, len(names)))
    return pa.array(names, pa.string()).take(pc.if_else(known, array, None))
