"""Point clouds in files of their own, by suffix: PCD, PLY, LAS, NumPy, KITTI's ``.bin``."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avlabel.errors import ReadError
from avlabel.readers.files import read_bytes
from avlabel.readers.las_file import parse_las
from avlabel.readers.pcd_file import parse_pcd
from avlabel.readers.ply_file import parse_ply
from avlabel.readers.point_fields import PointFields

COLUMNS = ("x", "y", "z", "intensity", "ring", "t")
"""Of arrays without names."""


def read_point_file(path: Path) -> PointFields:
    """Read one file.

    Raises:
        ReadError: if it is missing, truncated or malformed.
    """
    parse = PARSERS.get(path.suffix.lower())
    if parse is None:
        raise ReadError(f"{path}: expected one of {', '.join(PARSERS)}, got '{path.suffix}'")
    points = parse(read_bytes(path), str(path))
    return PointFields(str(path), _single(points))


def _single(points: NDArray[Any]) -> NDArray[Any]:
    """Of fields with several values, the first: views, no copies."""
    names = points.dtype.names or ()
    if all(points.dtype[name].shape == () for name in names):
        return points
    places: Any = points.dtype.fields
    offsets = [places[name][1] for name in names]
    formats = [points.dtype[name].base for name in names]
    whole = {"names": list(names), "formats": formats, "offsets": offsets}
    return points.view(
        np.dtype({**whole, "itemsize": points.dtype.itemsize})  # type: ignore[call-overload]
    )


def _parse_npy(data: bytes, where: str) -> NDArray[Any]:
    try:
        values = np.load(io.BytesIO(data), allow_pickle=False)
    except (ValueError, OSError, EOFError, MemoryError, SyntaxError) as error:
        raise ReadError(f"{where}: not a .npy file: {error}") from error
    if not isinstance(values, np.ndarray):
        raise ReadError(f"{where}: expected one array, got an archive")
    if values.dtype.names:
        return _checked_fields(values.reshape(-1), where)
    if values.ndim != 2 or not 3 <= values.shape[1] <= 6 or values.dtype.kind not in "fiu":
        raise ReadError(
            f"{where}: expected numbers of shape (N, 3) to (N, 6), got {values.dtype} of shape "
            f"{values.shape}"
        )
    return _named(values)


def _checked_fields(values: NDArray[Any], where: str) -> NDArray[Any]:
    for name in values.dtype.names or ():
        kind = values.dtype[name]
        if kind.shape or kind.kind not in "fiu":
            raise ReadError(f"{where}: field '{name}': expected one number, got {kind}")
    return values


def _parse_bin(data: bytes, where: str) -> NDArray[Any]:
    if len(data) % 16:
        raise ReadError(f"{where}: expected points of 16 bytes, got {len(data)} bytes")
    return _named(np.frombuffer(data, "<f4").reshape(-1, 4))


def _named(values: NDArray[Any]) -> NDArray[Any]:
    """(N, C) as (N,) structured, by the usual order of columns."""
    points = np.zeros(len(values), [(name, values.dtype) for name in COLUMNS[: values.shape[1]]])
    for name, column in zip(COLUMNS, values.T, strict=False):
        points[name] = column
    return points


PARSERS = {
    ".pcd": parse_pcd,
    ".ply": parse_ply,
    ".las": parse_las,
    ".laz": parse_las,
    ".npy": _parse_npy,
    ".bin": _parse_bin,
}
