"""Checked columns of PandaSet's tables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avlabel.core.arrays import Float64
from avlabel.errors import ReadError


def column(columns: Mapping[str, NDArray[Any]], name: str, path: Path) -> NDArray[Any]:
    """(N,) values of a numeric column, any number allowed.

    Raises:
        ReadError: if it is missing or holds no numbers.
    """
    if name not in columns:
        raise ReadError(f"{path}: column '{name}': missing; there are {', '.join(columns)}")
    values = columns[name]
    if values.dtype == object:
        raise ReadError(f"{path}: column '{name}': expected numbers, got objects")
    return values


def numbers(columns: Mapping[str, NDArray[Any]], name: str, path: Path) -> Float64:
    """(N,) float64 values of a numeric column, all finite.

    Raises:
        ReadError: if it is missing, or naming the row.
    """
    values = column(columns, name, path).astype(np.float64)
    if not np.isfinite(values).all():
        row = int(np.flatnonzero(~np.isfinite(values))[0])
        raise ReadError(f"{path}: column '{name}': row {row}: expected a finite number")
    return values


def texts(columns: Mapping[str, NDArray[Any]], name: str, path: Path) -> NDArray[Any]:
    """(N,) strings of a text column.

    Raises:
        ReadError: if it is missing, or naming the row.
    """
    values = columns.get(name)
    if values is None:
        raise ReadError(f"{path}: column '{name}': missing; there are {', '.join(columns)}")
    for row, value in enumerate(values):
        if not isinstance(value, str):
            raise ReadError(f"{path}: column '{name}': row {row}: expected text, got {value!r}")
    return values
