"""Checked columns of Arrow tables."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from avlabel.core.arrays import Float64, FloatArray, Int64, IntArray
from avlabel.errors import ReadError


def floats(table: pa.Table, name: str, where: str) -> FloatArray:
    """(N,) floats as stored, NaN and infinite ones among them.

    Raises:
        ReadError: if the column is missing, of another type, or has nulls.
    """
    column = _column(table, name, where)
    if not (pa.types.is_floating(column.type) or pa.types.is_integer(column.type)):
        raise ReadError(f"{where}: column '{name}': expected numbers, got {column.type}")
    values: FloatArray = column.to_numpy()
    return values if values.dtype.kind == "f" else values.astype(np.float64)


def numbers(table: pa.Table, name: str, where: str) -> Float64:
    """(N,) float64, all finite.

    Raises:
        ReadError: as ``floats``; and naming the row of what is not finite.
    """
    values = floats(table, name, where).astype(np.float64)
    _check_rows(np.isfinite(values), values, f"{where}: column '{name}'", "a finite number")
    return values


def whole(table: pa.Table, name: str, where: str, *, above: int, below: int) -> Int64:
    """(N,) int64 within bounds, ends included.

    Raises:
        ReadError: if the column is missing, of another type, or has nulls; or naming the row.
    """
    column = _column(table, name, where)
    if not pa.types.is_integer(column.type):
        raise ReadError(f"{where}: column '{name}': expected whole numbers, got {column.type}")
    values: IntArray = column.to_numpy()
    fits = (values >= above) & (values <= below)
    _check_rows(fits, values, f"{where}: column '{name}'", f"{above} to {below}")
    return values.astype(np.int64)


def texts(table: pa.Table, name: str, where: str) -> list[str]:
    """N texts.

    Raises:
        ReadError: if the column is missing, of another type, or has nulls.
    """
    column = _column(table, name, where)
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        raise ReadError(f"{where}: column '{name}': expected text, got {column.type}")
    values: list[str] = column.to_pylist()
    return values


def matrix(table: pa.Table, names: Sequence[str], where: str) -> Float64:
    """(N, len(names)) float64, all finite; errors as ``numbers``."""
    return np.column_stack([numbers(table, name, where) for name in names])


def _column(table: pa.Table, name: str, where: str) -> pa.ChunkedArray:
    if table.column_names.count(name) != 1:
        problem = "is there twice" if name in table.column_names else "is missing"
        raise ReadError(
            f"{where}: column '{name}' {problem}; there are {', '.join(table.column_names)}"
        )
    column = table.column(name)
    if column.null_count:
        row = column.is_null().to_pylist().index(True)
        raise ReadError(f"{where}: column '{name}': row {row}: expected a value, got none")
    return column


def _check_rows(good: np.ndarray, values: np.ndarray, where: str, expected: str) -> None:
    if not good.all():
        row = int(np.flatnonzero(~good)[0])
        raise ReadError(f"{where}: row {row}: expected {expected}, got {values[row]}")
