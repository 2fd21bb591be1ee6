"""PLY files (G. Turk, 1994): the vertices of ascii and binary ones."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from avlabel.errors import ReadError
from avlabel.readers.pcd_file import table_of
from avlabel.readers.point_fields import MAX_POINTS

ORDERS = {"ascii": "<", "binary_little_endian": "<", "binary_big_endian": ">"}
TYPES = {
    "char": "i1", "uchar": "u1", "short": "i2", "ushort": "u2", "int": "i4", "uint": "u4",
    "float": "f4", "double": "f8", "int8": "i1", "uint8": "u1", "int16": "i2", "uint16": "u2",
    "int32": "i4", "uint32": "u4", "float32": "f4", "float64": "f8",
}  # fmt: skip
MAX_HEADER = 65_536


def parse_ply(data: bytes, where: str) -> NDArray[Any]:
    """(N,) structured.

    Raises:
        ReadError: naming the line of the header, or what lacks.
    """
    lines, body = _header(data, where)
    order, count = "", -1
    columns: list[tuple[str, str]] = []
    for number, words in enumerate(lines, start=1):
        at = f"{where}: line {number}"
        if words[:1] == ["format"]:
            order = words[1] if len(words) == 3 else ""
        elif words[:1] == ["element"]:
            if count >= 0:
                break  # Faces and the like follow the vertices.
            count = _vertices(words, at)
        elif words[:1] == ["property"]:
            columns.append(_column(words, [name for name, _ in columns], at))
    if order not in ORDERS or count < 0 or not columns:
        raise ReadError(f"{where}: expected a known format and vertices with properties")
    dtype = np.dtype([(name, ORDERS[order] + kind) for name, kind in columns])
    if order == "ascii":
        return table_of(body, dtype, count, where)
    if len(body) < count * dtype.itemsize:
        raise ReadError(
            f"{where}: expected {count * dtype.itemsize} bytes for {count} points, got {len(body)}"
        )
    return np.frombuffer(body, dtype, count)


def _header(data: bytes, where: str) -> tuple[list[list[str]], bytes]:
    end = data.find(b"end_header", 0, MAX_HEADER)
    after = data.find(b"\n", end)
    if not data.startswith(b"ply") or end < 0 or after < 0:
        raise ReadError(f"{where}: not a PLY file: expected 'ply' up to 'end_header'")
    lines = data[:end].decode("latin-1").splitlines()
    return [line.split() for line in lines], data[after + 1 :]


def _vertices(words: list[str], at: str) -> int:
    if len(words) != 3 or words[1] != "vertex" or not words[2].isdecimal():
        raise ReadError(
            f"{at}: expected 'element vertex <count>' first, got '{' '.join(words)[:60]}'"
        )
    if len(words[2]) > 9 or int(words[2]) > MAX_POINTS:
        raise ReadError(f"{at}: expected at most {MAX_POINTS} points, got {words[2][:30]}")
    return int(words[2])


def _column(words: list[str], before: list[str], at: str) -> tuple[str, str]:
    if len(words) != 3 or words[1] not in TYPES or words[2] in before:
        raise ReadError(f"{at}: expected a property of one number, got '{' '.join(words)[:60]}'")
    return words[2], TYPES[words[1]]
