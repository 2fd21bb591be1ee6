"""What the buffers of an Arrow message will become, before any is decompressed.

A few bytes can stand for gigabytes, and a decoder allocates what a buffer's own header says. The
layout is that of ``Message.fbs`` (Arrow's columnar format) in FlatBuffers' encoding.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import pyarrow as pa

HEADER_TYPE, HEADER = 1, 2
DICTIONARY_BATCH, RECORD_BATCH = 2, 3
DATA_OF_DICTIONARY = 1
LENGTH, BUFFERS, COMPRESSION = 0, 2, 3
BUFFER_BYTES, SIZE_BYTES = 16, 8
STORED = -1
"""In place of a size: the buffer is not compressed after all."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a message says that it holds.

    Attributes:
        n_rows: rows of its batch.
        n_bytes: its buffers, decompressed.
    """

    n_rows: int
    n_bytes: int


def claims_of(message: pa.Message) -> Claims:
    """Rows and bytes of a batch; nothing for a schema.

    Raises:
        ValueError: if the message contradicts itself.
    """
    try:
        return _claims(memoryview(message.metadata).tobytes(), message.body)
    except struct.error as error:
        raise ValueError(f"a message's header leads out of it: {error}") from error


def _claims(header: bytes, body: pa.Buffer | None) -> Claims:
    root = _offset(header, 0)
    kind = _field(header, root, HEADER_TYPE)
    if kind is None or header[kind] not in (DICTIONARY_BATCH, RECORD_BATCH):
        return Claims(0, 0)
    batch = _table(header, root, HEADER)
    if header[kind] == DICTIONARY_BATCH:
        batch = _table(header, batch, DATA_OF_DICTIONARY)
    length = _field(header, batch, LENGTH)
    n_rows = 0 if length is None else _whole(header, length)
    compressed = _field(header, batch, COMPRESSION) is not None
    data = b"" if body is None else memoryview(body)
    return Claims(n_rows, _decompressed(header, batch, data) if compressed else len(data))


def _decompressed(header: bytes, batch: int, body: memoryview | bytes) -> int:
    vector = _table(header, batch, BUFFERS)
    (count,) = struct.unpack_from("<I", header, vector)
    total = 0
    for i in range(count):
        at, size = struct.unpack_from("<qq", header, vector + 4 + i * BUFFER_BYTES)
        if size < SIZE_BYTES:
            continue
        if not 0 <= at <= len(body) - size:
            raise ValueError(f"buffer {i} lies outside its message")
        (claimed,) = struct.unpack_from("<q", body, at)
        total += size if claimed == STORED else max(0, claimed)
    return total


def _table(data: bytes, table: int, field: int) -> int:
    """Where the table or vector that a field points to begins."""
    at = _field(data, table, field)
    if at is None:
        raise ValueError(f"a message lacks its field {field}")
    return at + _offset(data, at)


def _field(data: bytes, table: int, field: int) -> int | None:
    """Where a field of a table is stored; None if it is not."""
    (back,) = struct.unpack_from("<i", data, table)
    names = _inside(data, table - back)
    (size,) = struct.unpack_from("<H", data, names)
    if 4 + 2 * field >= size:
        return None
    (away,) = struct.unpack_from("<H", data, names + 4 + 2 * field)
    return _inside(data, table + away) if away else None


def _offset(data: bytes, at: int) -> int:
    (offset,) = struct.unpack_from("<I", data, at)
    return int(offset)


def _whole(data: bytes, at: int) -> int:
    (value,) = struct.unpack_from("<q", data, at)
    return int(value)


def _inside(data: bytes, at: int) -> int:
    """A place in the data; negative ones would count from its end."""
    if not 0 <= at < len(data):
        raise ValueError("a message's header leads out of it")
    return at
