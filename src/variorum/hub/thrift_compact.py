"""Thrift's compact protocol, in which Parquet writes its metadata, without a description of what is in it.

Fields are known by their numbers alone. Those that nobody asks for, and those of a later version of the format, stay the
bytes that they were, so that what was read is written byte for byte. To make a value of each took eight times as long.
Source: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

TRUE, FALSE, I8, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT, UUID = range(1, 14)
_FIXED = {TRUE: 0, FALSE: 0, I8: 1, DOUBLE: 8, UUID: 16}
"""Bytes that a field's value takes."""
_SEVEN_BITS = 0x7F
_LONG = 15
"""The size of a list from which on it takes bytes of its own."""


class Inside(dict[int, "Inside"]):
    """The numbers of the structs, and of the lists of structs, that are to be read, with what is to be read inside."""


Field = tuple[bytes, "bytes | Struct | list[Struct]"]
"""A field's head, which says its number and type, and its value: bytes as they were, or what was read of them."""


class Struct(dict[int, Field]):
    """Fields by their numbers, in the order in which they are written."""

    def integer(self, number: int) -> int | None:
        """A field's value; None where there is no such field."""
        if number not in self:
            return None
        value = self[number][1]
        assert isinstance(value, bytes)
        return _zigzag(value, 0)[0]

    def struct(self, number: int) -> "Struct":
        """A struct that was read."""
        value = self[number][1]
        assert isinstance(value, Struct)
        return value

    def structs(self, number: int) -> "list[Struct]":
        """A list of structs that was read."""
        value = self[number][1]
        assert isinstance(value, list)
        return value

    def put(self, number: int, value: "int | list[Struct]") -> None:
        """Gives a field that there is another value of its type."""
        self[number] = self[number][0], _signed(value) if isinstance(value, int) else value


def read(content: bytes, inside: Inside) -> tuple[Struct, int]:
    """The struct that stands first in some bytes, and how many of them it takes.

    Raises ValueError where the bytes end too early or have a type that there is not.
    """
    try:
        struct, end = _read(content, 0, inside)
    except IndexError:
        end = len(content) + 1
    if end > len(content):
        raise ValueError("a Thrift struct ends too early")
    return struct, end


def written(struct: Struct) -> bytes:
    """A struct's bytes."""
    parts: list[bytes] = []
    _write(struct, parts)
    return b"".join(parts)


def _write(struct: Struct, parts: list[bytes]) -> None:
    for head, value in struct.values():
        parts.append(head)
        if isinstance(value, bytes):
            parts.append(value)
        elif isinstance(value, Struct):
            _write(value, parts)
        else:
            parts.append(_list_head(len(value)))
            for each in value:
                _write(each, parts)
    parts.append(b"\0")


def _read(content: bytes, at: int, inside: Inside) -> tuple[Struct, int]:
    struct = Struct()
    number = 0
    start = at
    while head := content[at]:
        kind = head & 0x0F
        number, at = (number + (head >> 4), at + 1) if head >> 4 else _zigzag(content, at + 1)
        value: bytes | Struct | list[Struct]
        if number not in inside:
            end = _end(content, at, kind)
            value = content[at:end]
        elif kind == STRUCT:
            value, end = _read(content, at, inside[number])
        else:
            value, end = _read_list(content, at, inside[number])
        struct[number] = content[start:at], value
        start = at = end
    return struct, at + 1


def _read_list(content: bytes, at: int, inside: Inside) -> tuple[list[Struct], int]:
    size, kind, at = _list_start(content, at)
    if kind != STRUCT:
        raise ValueError(f"a Thrift list of structs has items of type {kind}")
    structs = []
    for _ in range(size):
        struct, at = _read(content, at, inside)
        structs.append(struct)
    return structs, at


def _end(content: bytes, at: int, kind: int) -> int:
    """Where a field's value ends; that of a Boolean field is its type."""
    if I16 <= kind <= I64:
        while content[at] > _SEVEN_BITS:
            at += 1
        return at + 1
    if kind == BINARY:
        size, at = _unsigned(content, at)
        return at + size
    if kind == STRUCT:
        return _end_of_struct(content, at)
    if kind in {LIST, SET, MAP}:
        return _end_of_items(content, at, kind)
    if kind not in _FIXED:
        raise ValueError(f"Thrift has no type {kind}")
    return at + _FIXED[kind]


def _end_of_struct(content: bytes, at: int) -> int:
    while head := content[at]:
        at = _end(content, at + 1 if head >> 4 else _unsigned(content, at + 1)[1], head & 0x0F)
    return at + 1


def _end_of_items(content: bytes, at: int, kind: int) -> int:
    kinds: tuple[int, ...]
    if kind == MAP:
        size, at = _unsigned(content, at)
        kinds = (content[at] >> 4, content[at] & 0x0F) if size else ()
        at += bool(size)
    else:
        size, item, at = _list_start(content, at)
        kinds = (item,)
    for _ in range(size):
        for each in kinds:
            at = at + 1 if TRUE <= each <= FALSE else _end(content, at, each)
    return at


def _list_start(content: bytes, at: int) -> tuple[int, int, int]:
    """A list's size, the type of its items, and where they start."""
    size, kind = content[at] >> 4, content[at] & 0x0F
    if size < _LONG:
        return size, kind, at + 1
    size, at = _unsigned(content, at + 1)
    return size, kind, at


def _list_head(size: int) -> bytes:
    return bytes([size << 4 | STRUCT]) if size < _LONG else bytes([_LONG << 4 | STRUCT]) + _varint(size)


def _zigzag(content: bytes, at: int) -> tuple[int, int]:
    value, at = _unsigned(content, at)
    return value >> 1 ^ -(value & 1), at


def _unsigned(content: bytes, at: int) -> tuple[int, int]:
    """A number, seven bits a byte, the lowest first, and where it ends."""
    value = shift = 0
    while (byte := content[at]) > _SEVEN_BITS:
        value |= (byte & _SEVEN_BITS) << shift
        shift += 7
        at += 1
    return value | byte << shift, at + 1


def _signed(value: int) -> bytes:
    return _varint(value << 1 ^ value >> 63)


def _varint(value: int) -> bytes:
    parts = bytearray()
    while value > _SEVEN_BITS:
        parts.append(value & _SEVEN_BITS | 0x80)
        value >>= 7
    parts.append(value)
    return bytes(parts)
