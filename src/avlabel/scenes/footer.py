"""The end of a Parquet file, which says where everything else lies."""

from __future__ import annotations

import hashlib

import pyarrow as pa

from avlabel.scenes import thrift

TAIL_BYTES = 8
"""Length of the footer (4 bytes, little endian), then ``PAR1``."""
SMALL, SHARE, LARGEST = 4 << 20, 20, 64 << 20
"""A footer has at most ``SMALL`` bytes and a ``SHARE``-th of its file, and never more than
``LARGEST``: what it becomes in memory is many times as large."""
SCHEMA, CHILDREN = 2, 5
"""Fields of FileMetaData and of SchemaElement in ``parquet.thrift``."""
LONGEST_SCHEMA = 256 << 10
"""Bytes of the part of a footer that names the columns."""
DEEPEST = 8
"""Columns within columns."""


def footer_sha256(stream: pa.NativeFile) -> str:
    """Hex digest of the footer and the tail that gives its length.

    Page checksums cover a file's data; with this digest a sweep can be read and trusted
    without hashing the whole file.

    Raises:
        ValueError: if the footer is longer than any that is sound.
    """
    start, size = _span(stream)
    return hashlib.sha256(stream.read_at(size - start, start)).hexdigest()


def check_schema(stream: pa.NativeFile) -> None:
    """Refuse a footer whose columns would nest until the decoder's stack ends.

    Raises:
        ValueError: if it does, or is no footer.
    """
    start, size = _span(stream)
    beginning = bytes(stream.read_at(min(size - start, LONGEST_SCHEMA), start))
    try:
        footer, _ = thrift.decode_start(beginning, SCHEMA)
        kind, elements = footer[SCHEMA][1]
        if kind != thrift.STRUCT:
            raise ValueError("a list of something else")
        counts = [int(element.get(CHILDREN, (0, 0))[1]) for element in elements]
    except (EOFError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"the footer has no sound schema: {error}") from error
    left: list[int] = []
    for children in counts:
        while left and left[-1] == 0:
            left.pop()
        if left:
            left[-1] -= 1
        left.append(children)
        if len(left) > DEEPEST:
            raise ValueError(f"columns nested more than {DEEPEST} deep")


def _span(stream: pa.NativeFile) -> tuple[int, int]:
    """Where the footer begins, and the file's size."""
    size = stream.size()
    tail = stream.read_at(TAIL_BYTES, max(size - TAIL_BYTES, 0))
    length = min(int.from_bytes(tail[:4], "little") + TAIL_BYTES, size)
    if length > min(max(SMALL, size // SHARE), LARGEST):
        raise ValueError(f"a footer of {length} bytes in a file of {size}")
    return size - length, size
