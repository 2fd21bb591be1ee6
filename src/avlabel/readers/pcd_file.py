"""PCD files of the Point Cloud Library, version 0.7: ascii, binary, binary_compressed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from avlabel.errors import ReadError
from avlabel.readers.lzf import unpack_lzf
from avlabel.readers.point_fields import MAX_POINTS, MAX_STEP

KINDS = {"F": (4, 8), "I": (1, 2, 4, 8), "U": (1, 2, 4, 8)}
MAX_LINES = 64


def parse_pcd(data: bytes, where: str) -> NDArray[Any]:
    """(N,) structured; of fields with several values, the first.

    Raises:
        ReadError: naming the entry of the header, or what lacks.
    """
    header, body = _header(data, where)
    dtype = _dtype(header, where)
    count = _whole(header, "POINTS", where)
    if not 0 <= count <= MAX_POINTS:
        raise ReadError(f"{where}: POINTS: expected 0 to {MAX_POINTS}, got {count}")
    kind = header["DATA"][0]
    if kind == "ascii":
        return table_of(body, dtype, count, where)
    needed = count * dtype.itemsize
    if kind == "binary_compressed":
        return _by_field(_unpacked(body, needed, where), dtype, count)
    if kind != "binary":
        expected = "ascii, binary or binary_compressed"
        raise ReadError(f"{where}: DATA: expected {expected}, got '{kind[:60]}'")
    if len(body) < needed:
        raise ReadError(f"{where}: expected {needed} bytes for {count} points, got {len(body)}")
    return np.frombuffer(body, dtype, count)


def _header(data: bytes, where: str) -> tuple[dict[str, list[str]], bytes]:
    header: dict[str, list[str]] = {}
    at = 0
    for _ in range(MAX_LINES):
        end = data.find(b"\n", at, at + MAX_STEP)
        if end < 0:
            break
        words = data[at:end].decode("latin-1").split()
        at = end + 1
        if words and not words[0].startswith("#"):
            header[words[0]] = words[1:]
        if words and words[0] == "DATA" and len(words) == 2:
            return header, data[at:]
    raise ReadError(f"{where}: not a PCD file: expected a header that ends with DATA")


def _whole(header: dict[str, list[str]], name: str, where: str) -> int:
    words = header.get(name, [])
    if len(words) != 1 or not words[0].isdecimal() or len(words[0]) > 18:
        raise ReadError(f"{where}: {name}: expected a whole number, got '{' '.join(words)[:60]}'")
    return int(words[0])


def _dtype(header: dict[str, list[str]], where: str) -> np.dtype[Any]:
    names, kinds = header.get("FIELDS", []), header.get("TYPE", [])
    sizes, counts = header.get("SIZE", []), header.get("COUNT", ["1"] * len(names))
    if not names or not len(names) == len(kinds) == len(sizes) == len(counts):
        raise ReadError(f"{where}: expected as many FIELDS, SIZE, TYPE and COUNT")
    columns: list[tuple[Any, ...]] = []
    for place, (name, kind, size, count) in enumerate(
        zip(names, kinds, sizes, counts, strict=True)
    ):
        if kind not in KINDS or size not in map(str, KINDS[kind]):
            raise ReadError(f"{where}: field '{name}': expected F4, F8, I or U, got {kind}{size}")
        if not count.isdecimal() or not 1 <= int(count[:9]) <= MAX_STEP:
            raise ReadError(f"{where}: field '{name}': COUNT: expected 1 or more, got {count[:60]}")
        twin = name == "_" or name in names[:place]
        columns.append((f"_{place}" if twin else name, f"<{kind.lower()}{size}", (int(count),)))
    dtype = np.dtype(columns)
    if dtype.itemsize > MAX_STEP:
        raise ReadError(
            f"{where}: expected points of at most {MAX_STEP} bytes, got {dtype.itemsize}"
        )
    return dtype


def table_of(body: bytes, dtype: np.dtype[Any], count: int, where: str) -> NDArray[Any]:
    """``count`` rows of numbers in text as a structured array.

    Raises:
        ReadError: if there are fewer, or one is no number.
    """
    per_row = sum(int(np.prod(dtype[name].shape)) for name in dtype.names or ())
    words = body.split()[: per_row * count]
    try:
        numbers = np.array(words, np.float64)
    except ValueError as error:
        raise ReadError(f"{where}: expected numbers: {str(error)[:100]}") from error
    if len(numbers) < per_row * count:
        raise ReadError(f"{where}: expected {count} rows of {per_row} numbers, got {len(words)}")
    rows, out, at = numbers.reshape(count, per_row), np.zeros(count, dtype), 0
    for name in dtype.names or ():
        width = int(np.prod(dtype[name].shape))
        with np.errstate(invalid="ignore", over="ignore"):
            out[name] = rows[:, at : at + width].reshape(out[name].shape)
        at += width
    return out


def _unpacked(body: bytes, needed: int, where: str) -> NDArray[np.uint8]:
    packed, unpacked = np.frombuffer(body[:8].ljust(8, b"\0"), "<u4").tolist()
    held = max(len(body) - 8, 0)
    if unpacked != needed or held < packed:
        raise ReadError(
            f"{where}: expected {packed} bytes that unpack to {needed}, got {held} "
            f"that unpack to {unpacked}"
        )
    return unpack_lzf(body[8 : 8 + packed], needed, where)


def _by_field(data: NDArray[np.uint8], dtype: np.dtype[Any], count: int) -> NDArray[Any]:
    """Compressed files hold all of the first field, then all of the second, and so on."""
    out, at = np.zeros(count, dtype), 0
    for name in dtype.names or ():
        end = at + count * dtype[name].itemsize
        out[name] = data[at:end].view(dtype[name].base).reshape(out[name].shape)
        at = end
    return out
