"""Thrift's compact protocol, as far as Parquet's footer speaks it: values in, the same bytes out.

Source: the Thrift project's ``thrift-compact-protocol.md``. A struct is a dict of field number to
``(type, value)``; a list is ``(type, values)``; integers are ints, binaries bytes.
"""

from __future__ import annotations

from typing import Any

TRUE, FALSE, I8, I16, I32, I64, DOUBLE, BINARY, LIST, SET, STRUCT = (
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    9,
    10,
    12,
)
DEEPEST = 32
MAX_FIELD = 1 << 15

Struct = dict[int, tuple[int, Any]]


def decode(data: bytes) -> Struct:
    """A struct of its bytes.

    Raises:
        ValueError: for bytes that are no struct.
    """
    try:
        return _Reader(data).struct(0)
    except IndexError:
        raise ValueError("a Thrift struct that ends early") from None


def decode_start(data: bytes, last: int = MAX_FIELD) -> tuple[Struct, int]:
    """A struct at the start of some bytes, and how many it takes.

    Args:
        data: bytes that may go on, or end before the struct does.
        last: number of the field to stop behind; for a struct whose end nobody needs.

    Raises:
        EOFError: if they end before the struct does.
        ValueError: for bytes that are no struct.
    """
    reader = _Reader(data)
    try:
        return reader.struct(0, last), reader.at
    except IndexError:
        raise EOFError("a Thrift struct that ends early") from None


def encode(struct: Struct) -> bytes:
    """A struct as bytes."""
    out = bytearray()
    _write_struct(out, struct)
    return bytes(out)


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def varint(self) -> int:
        data, at = self.data, self.at
        value = shift = 0
        while (byte := data[at]) >= 0x80:
            value |= (byte & 0x7F) << shift
            at, shift = at + 1, shift + 7
            if shift > 63:
                raise ValueError("a Thrift integer that is too long")
        self.at = at + 1
        return value | byte << shift

    def integer(self) -> int:
        coded = self.varint()
        return (coded >> 1) ^ -(coded & 1)

    def take(self, n: int) -> bytes:
        if self.at + n > len(self.data):
            raise IndexError
        self.at += n
        return self.data[self.at - n : self.at]

    def struct(self, depth: int, last: int = MAX_FIELD) -> Struct:
        if depth > DEEPEST:
            raise ValueError("a Thrift struct nested too deeply")
        fields: Struct = {}
        number = 0
        data = self.data
        while head := data[self.at]:
            self.at += 1
            kind, step = head & 0x0F, head >> 4
            number = number + step if step else self.integer()
            fields[number] = (kind, self.value(kind, depth))
            if number >= last:
                return fields
        self.at += 1
        return fields

    def value(self, kind: int, depth: int) -> Any:
        if I16 <= kind <= I64:
            return self.integer()
        if kind in (TRUE, FALSE):
            return kind == TRUE
        if kind == I8:
            return self.byte()
        if kind == DOUBLE:
            return self.take(8)
        if kind == BINARY:
            return self.take(self.varint())
        if kind in (LIST, SET):
            head = self.byte()
            size = self.varint() if head >> 4 == 15 else head >> 4
            element = head & 0x0F
            return element, [self.element(element, depth) for _ in range(size)]
        if kind == STRUCT:
            return self.struct(depth + 1)
        raise ValueError(f"Thrift type {kind}: expected one that Parquet uses")

    def element(self, kind: int, depth: int) -> Any:
        # In a list, unlike in a struct, a truth takes a byte of its own.
        return self.byte() == TRUE if kind in (TRUE, FALSE) else self.value(kind, depth)


def _write_struct(out: bytearray, struct: Struct) -> None:
    last = 0
    for number, (kind, value) in sorted(struct.items()):
        kind = (TRUE if value else FALSE) if kind in (TRUE, FALSE) else kind
        step = number - last
        if 0 < step <= 15:
            out.append(step << 4 | kind)
        else:
            out.append(kind)
            _write_integer(out, number)
        last = number
        if kind not in (TRUE, FALSE):
            _write_value(out, kind, value)
    out.append(0)


def _write_value(out: bytearray, kind: int, value: Any) -> None:
    if kind in (TRUE, FALSE):
        out.append(TRUE if value else FALSE)
    elif kind == I8:
        out.append(value)
    elif kind in (I16, I32, I64):
        _write_integer(out, value)
    elif kind == DOUBLE:
        out += value
    elif kind == BINARY:
        _write_varint(out, len(value))
        out += value
    elif kind in (LIST, SET):
        element, values = value
        out.append(min(len(values), 15) << 4 | element)
        if len(values) >= 15:
            _write_varint(out, len(values))
        for item in values:
            _write_value(out, element, item)
    else:
        _write_struct(out, value)


def _write_integer(out: bytearray, value: int) -> None:
    _write_varint(out, value << 1 if value >= 0 else (-value << 1) - 1)


def _write_varint(out: bytearray, value: int) -> None:
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
