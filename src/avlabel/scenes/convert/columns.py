"""Building tables from arrays and taking arrays out of tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import DTypeLike, NDArray

from avlabel.core.arrays import Int64
from avlabel.core.se3 import SE3
from avlabel.errors import SceneCorruptError, SceneWriteError
from avlabel.scenes.schema import TableSchema


def build(schema: TableSchema, columns: Mapping[str, Any]) -> pa.Table:
    """A table of exactly the declared columns and types.

    Args:
        schema: the declaration.
        columns: numpy arrays, sequences or Arrow arrays by column name.

    Raises:
        SceneWriteError: if a column is missing, too many, of unequal length or of another type.
    """
    try:
        return pa.table(
            {c.name: _as_arrow(columns[c.name], c.type) for c in schema.columns}, schema.arrow
        )
    except (KeyError, pa.ArrowException) as error:
        raise SceneWriteError(f"table '{schema.name}': {error}") from error


def _as_arrow(values: Any, kind: pa.DataType) -> pa.Array:
    return values if isinstance(values, pa.Array) else pa.array(values, kind)


def empty(schema: TableSchema) -> pa.Table:
    """The table without rows."""
    return schema.arrow.empty_table()


def named(code: NDArray[Any], names: Sequence[str]) -> pa.Array:
    """Codes (N,) into ``names`` as a dictionary column, with only the names in use, in order."""
    used = np.unique(code)
    dictionary = pa.array([names[i] for i in used], pa.string())
    return pa.DictionaryArray.from_arrays(
        pa.array(np.searchsorted(used, code), pa.int32()), dictionary
    )


def array(table: pa.Table, name: str, dtype: DTypeLike) -> NDArray[Any]:
    """One column (N,) as a writable numpy array."""
    return np.array(table.column(name).to_numpy(), dtype=dtype)


def stacked(table: pa.Table, names: Sequence[str], dtype: DTypeLike) -> NDArray[Any]:
    """Columns side by side, (N, len(names))."""
    return np.stack([array(table, name, dtype) for name in names], axis=1)


def codes(table: pa.Table, name: str, known: Sequence[str]) -> Int64:
    """A column of text (N,) as int64 positions in ``known``; the inverse of ``named``.

    Raises:
        SceneCorruptError: for a text that is none of them.
    """
    code = {text: i for i, text in enumerate(known)}
    try:
        return np.array([code[text] for text in table.column(name).to_pylist()], np.int64)
    except KeyError as error:
        raise SceneCorruptError(
            f"column '{name}': {error} is none of {', '.join(known)}"
        ) from error


POSE_NAMES = ("tx_m", "ty_m", "tz_m", "qw", "qx", "qy", "qz")


def pose_columns(poses: SE3) -> dict[str, NDArray[Any]]:
    """The seven columns of a stack of N transforms."""
    values = np.concatenate([poses.translation, poses.quat_wxyz], axis=1)
    return dict(zip(POSE_NAMES, values.T, strict=True))


def poses(table: pa.Table) -> SE3:
    """A stack of N transforms from the seven columns."""
    values = stacked(table, POSE_NAMES, np.float64)
    return SE3.from_quat(values[:, 3:], values[:, :3])
