"""Point files of a native drive: Parquet or .npy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from avlabel.core.arrays import Float32, Int16, Int64
from avlabel.errors import ReadError

COORDINATES = ("x_m", "y_m", "z_m")
OPTIONAL = ("ring", "t_offset_ns")
NO_RING = -1


@dataclass(frozen=True, slots=True, eq=False)
class NativePoints:
    """N points as stored.

    Attributes:
        xyz_m: (N, 3) float32, sensor frame; may hold NaN and infinities.
        intensity: (N,) int16.
        ring: (N,) int16, -1 where not stored.
        t_offset_ns: (N,) int64 from the sweep's start, None where not stored.
    """

    xyz_m: Float32
    intensity: Int16
    ring: Int16
    t_offset_ns: Int64 | None


def read_points(path: Path) -> NativePoints:
    """Read one file, by its suffix.

    Raises:
        ReadError: if it is missing, truncated or malformed.
    """
    if not path.is_file():
        raise ReadError(f"{path}: no such file")
    if path.suffix == ".parquet":
        return _read_parquet(path)
    if path.suffix == ".npy":
        return _read_npy(path)
    raise ReadError(f"{path}: expected a .parquet or .npy file, got '{path.suffix}'")


def _read_parquet(path: Path) -> NativePoints:
    try:
        with pq.ParquetFile(path) as file:
            present = file.schema_arrow.names
            needed = [*COORDINATES, "intensity"]
            if missing := [name for name in needed if name not in present]:
                raise ReadError(
                    f"{path}: column '{missing[0]}' is missing; there are {', '.join(present)}"
                )
            wanted = needed + [name for name in OPTIONAL if name in present]
            table = file.read(columns=wanted, use_threads=False)
    except (pa.ArrowException, OSError, LookupError, ValueError) as error:
        raise ReadError(f"{path}: not a Parquet file: {error}") from error
    xyz_m = [_numbers(path, table, name) for name in COORDINATES]
    present = table.column_names
    return NativePoints(
        _float32(xyz_m),
        _whole(path, "intensity", _numbers(path, table, "intensity"), np.int16),
        _whole(path, "ring", _numbers(path, table, "ring"), np.int16)
        if "ring" in present
        else np.full(len(table), NO_RING, np.int16),
        _whole(path, "t_offset_ns", _numbers(path, table, "t_offset_ns"), np.int64)
        if "t_offset_ns" in present
        else None,
    )


def _numbers(path: Path, table: pa.Table, name: str) -> np.ndarray:
    column = table.column(name)
    kind = column.type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        raise ReadError(f"{path}: column '{name}': expected numbers, got {kind}")
    if column.null_count:
        raise ReadError(f"{path}: column '{name}': expected no nulls, got {column.null_count}")
    return np.asarray(column.to_numpy())


def _read_npy(path: Path) -> NativePoints:
    try:
        values = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, OSError, EOFError, MemoryError, SyntaxError) as error:
        raise ReadError(f"{path}: not a .npy file: {error}") from error
    if values.ndim != 2 or not 4 <= values.shape[1] <= 6 or values.dtype.kind not in "fiu":
        raise ReadError(
            f"{path}: expected numbers of shape (N, 4), (N, 5) or (N, 6), "
            f"got {values.dtype} of shape {values.shape}"
        )
    columns = [np.array(column) for column in values.T]
    return NativePoints(
        _float32(columns[:3]),
        _whole(path, "intensity", columns[3], np.int16),
        _whole(path, "ring", columns[4], np.int16)
        if len(columns) > 4
        else np.full(len(values), NO_RING, np.int16),
        _whole(path, "t_offset_ns", columns[5], np.int64) if len(columns) > 5 else None,
    )


def _float32(columns: list[np.ndarray]) -> Float32:
    """(N, 3) coordinates; what float32 cannot hold becomes infinite, and is dropped as such."""
    with np.errstate(over="ignore"):
        return np.column_stack(columns).astype(np.float32)


def _whole(path: Path, name: str, values: np.ndarray, dtype: type) -> np.ndarray:
    """Values as integers, refused if they do not fit."""
    info = np.iinfo(dtype)
    fits = (values >= info.min) & (values <= info.max)
    if not fits.all():
        row = int(np.flatnonzero(~fits)[0])
        raise ReadError(
            f"{path}: {name}: point {row}: expected {info.min} to {info.max}, got {values[row]}"
        )
    return np.asarray(np.rint(values), dtype)
