"""The end of a Parquet file, which says where everything else lies."""

from __future__ import annotations

import hashlib

import pyarrow as pa

TAIL_BYTES = 8
"""Length of the footer (4 bytes, little endian), then ``PAR1``."""


def footer_sha256(stream: pa.NativeFile) -> str:
    """Hex digest of the footer and the tail that gives its length.

    Page checksums cover a file's data; with this digest a sweep can be read and trusted
    without hashing the whole file.
    """
    size = stream.size()
    tail = stream.read_at(TAIL_BYTES, max(size - TAIL_BYTES, 0))
    length = min(int.from_bytes(tail[:4], "little") + TAIL_BYTES, size)
    return hashlib.sha256(stream.read_at(length, size - length)).hexdigest()
