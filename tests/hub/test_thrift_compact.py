"""Thrift's compact protocol: any struct is read to its end, and written as it was."""

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from variorum.hub.thrift_compact import (
    BINARY,
    DOUBLE,
    FALSE,
    I8,
    I16,
    I32,
    I64,
    LIST,
    MAP,
    SET,
    STRUCT,
    TRUE,
    UUID,
    Inside,
    Struct,
    read,
    written,
)

Encoded = tuple[int, bytes]
"""A type and a value in bytes, after the protocol's specification."""


def varint(value: int) -> bytes:
    return bytes([value]) if value < 128 else bytes([value % 128 + 128]) + varint(value // 128)


def zigzag(value: int) -> bytes:
    return varint(2 * value if value >= 0 else -2 * value - 1)


def listed(kind: int, values: list[bytes]) -> bytes:
    head = bytes([16 * len(values) + kind]) if len(values) < 15 else bytes([240 + kind]) + varint(len(values))
    return head + b"".join(values)


def mapped(kinds: tuple[int, int], pairs: list[tuple[bytes, bytes]]) -> bytes:
    return varint(len(pairs)) + (bytes([16 * kinds[0] + kinds[1]]) if pairs else b"") + b"".join(k + v for k, v in pairs)


def structured(fields: dict[int, Encoded]) -> bytes:
    out, last = b"", 0
    for number, (kind, value) in fields.items():
        near = 0 < number - last < 16
        out += (bytes([16 * (number - last) + kind]) if near else bytes([kind]) + zigzag(number)) + value
        last = number
    return out + b"\0"


VALUES: dict[int, st.SearchStrategy[bytes]] = {
    I8: st.binary(min_size=1, max_size=1),
    I16: st.integers(-(2**15), 2**15 - 1).map(zigzag),
    I32: st.integers(-(2**31), 2**31 - 1).map(zigzag),
    I64: st.integers(-(2**63), 2**63 - 1).map(zigzag),
    DOUBLE: st.floats().map(lambda value: struct.pack("<d", value)),
    BINARY: st.binary(max_size=300).map(lambda value: varint(len(value)) + value),
    UUID: st.binary(min_size=16, max_size=16),
}
FLAGS = {TRUE: st.just(b""), FALSE: st.just(b"")}
FLAG_ITEMS = {TRUE: st.sampled_from([b"\1", b"\2"]), FALSE: st.sampled_from([b"\1", b"\2"])}


def of_type(values: dict[int, st.SearchStrategy[bytes]]) -> st.SearchStrategy[Encoded]:
    return st.sampled_from(sorted(values)).flatmap(lambda kind: st.tuples(st.just(kind), values[kind]))


def values(depth: int) -> dict[int, st.SearchStrategy[bytes]]:
    """Values by their types, with lists, maps and structs that deep."""
    if not depth:
        return VALUES
    inner = values(depth - 1) | FLAG_ITEMS
    lists = st.sampled_from(sorted(inner)).flatmap(
        lambda kind: st.lists(inner[kind], max_size=20).map(lambda items: listed(kind, items))
    )
    kinds = st.tuples(st.sampled_from(sorted(inner)), st.sampled_from(sorted(inner)))
    maps = kinds.flatmap(
        lambda two: st.lists(st.tuples(inner[two[0]], inner[two[1]]), max_size=4).map(lambda pairs: mapped(two, pairs))
    )
    return VALUES | {LIST: lists, SET: lists, MAP: maps, STRUCT: structs(depth - 1).map(structured)}


def structs(depth: int) -> st.SearchStrategy[dict[int, Encoded]]:
    return st.dictionaries(st.integers(-(2**15), 2**15 - 1) | st.integers(1, 40), of_type(values(depth) | FLAGS), max_size=6)


@given(structs(2), st.binary(max_size=5))
def test_any_struct_is_read_to_its_end_and_written_as_it_was(fields: dict[int, Encoded], rest: bytes) -> None:
    content = structured(fields)

    found, end = read(content + rest, Inside())

    assert end == len(content)
    assert {number: value for number, (_, value) in found.items()} == {number: value for number, (_, value) in fields.items()}
    assert written(found) == content


@given(structs(1), st.lists(structs(1), max_size=20), structs(0))
def test_what_is_read_inside_is_written_as_it_was(
    outer: dict[int, Encoded], items: list[dict[int, Encoded]], inner: dict[int, Encoded]
) -> None:
    fields = outer | {3: (LIST, listed(STRUCT, [structured(each) for each in items])), 4: (STRUCT, structured(inner))}

    found, _ = read(structured(fields), Inside({3: Inside(), 4: Inside()}))

    assert [list(each) for each in found.structs(3)] == [list(each) for each in items]
    assert list(found.struct(4)) == list(inner)
    assert written(found) == structured(fields)


@given(st.integers(-(2**63), 2**63 - 1), st.integers(-(2**63), 2**63 - 1))
def test_an_integer_is_read_and_replaced(before: int, after: int) -> None:
    found, _ = read(structured({7: (I64, zigzag(before))}), Inside())

    assert found.integer(7) == before
    assert found.integer(8) is None
    found.put(7, after)
    assert written(found) == structured({7: (I64, zigzag(after))})


@given(structs(1), st.data())
def test_a_struct_that_ends_too_early_is_an_error(fields: dict[int, Encoded], data: st.DataObject) -> None:
    content = structured(fields)
    cut: Any = data.draw(st.integers(0, len(content) - 1))

    with pytest.raises(ValueError, match="ends too early"):
        read(content[:cut], Inside())


@pytest.mark.parametrize("kind", [0, 14, 15])
def test_a_type_that_there_is_not_is_an_error(kind: int) -> None:
    with pytest.raises(ValueError, match=f"no type {kind}"):
        read(bytes([16 + kind, 0]), Inside())


def test_only_a_list_of_structs_is_read_inside() -> None:
    with pytest.raises(ValueError, match="has items of type 5"):
        read(structured({1: (LIST, listed(I32, [zigzag(1)]))}), Inside({1: Inside()}))


def test_an_empty_struct_is_one_byte() -> None:
    assert written(Struct()) == b"\0"
