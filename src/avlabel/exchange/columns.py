"""Columns of tables that others wrote, checked where they are taken."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from avlabel.core.arrays import Float64, Int64
from avlabel.errors import ReadError
from avlabel.readers import arrow_files


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Columns of a file, text or numbers.

    Attributes:
        where: the file, for messages.
        columns: N values each, by name.
        place: of a row in the file, for messages.
    """

    where: str
    columns: Mapping[str, Sequence[Any]]
    place: Callable[[int], str]

    def numbers(self, name: str) -> Float64:
        """(N,) float64 column.

        Raises:
            ReadError: naming row and column of what is no number.
        """
        values = self._column(name)
        numbers = np.empty(len(values))
        for row, value in enumerate(values):
            try:
                numbers[row] = float(value)
            except (TypeError, ValueError):
                place = f"{self.where}: {self.place(row)}: {name}"
                raise ReadError(f"{place}: expected a number, got {str(value)[:40]!r}") from None
        return numbers

    def matrix(self, names: Sequence[str]) -> Float64:
        """(N, len(names)) float64 columns side by side; errors as ``numbers``."""
        return np.column_stack([self.numbers(name) for name in names])

    def whole(self, name: str) -> Int64:
        """(N,) int64 column.

        Raises:
            ReadError: naming row and column of what is no whole number.
        """
        values = self._column(name)
        numbers = np.empty(len(values), np.int64)
        for row, value in enumerate(values):
            try:
                numbers[row] = int(value)
            except (TypeError, ValueError, OverflowError):
                place = f"{self.where}: {self.place(row)}: {name}"
                message = f"expected a whole number, got {str(value)[:40]!r}"
                raise ReadError(f"{place}: {message}") from None
        return numbers

    def texts(self, name: str) -> list[str]:
        """N texts."""
        return [str(value) for value in self._column(name)]

    def __contains__(self, name: str) -> bool:
        return name in self.columns

    def __len__(self) -> int:
        """Number of rows."""
        return len(next(iter(self.columns.values()), ()))

    def _column(self, name: str) -> Sequence[Any]:
        if name not in self.columns:
            have = ", ".join(self.columns) or "none"
            raise ReadError(f"{self.where}: expected a column '{name}', got {have}")
        return self.columns[name]


def read_parquet(path: Path) -> Columns:
    """All columns of a Parquet file.

    Raises:
        ReadError: if it is none.
    """
    return _listed(path, arrow_files.read_parquet(path))


def read_feather(path: Path) -> Columns:
    """All columns of a Feather file.

    Raises:
        ReadError: if it is none.
    """
    return _listed(path, arrow_files.read_feather(path))


def _listed(path: Path, table: pa.Table) -> Columns:
    try:
        columns = {name: table.column(name).to_pylist() for name in table.column_names}
    except (pa.ArrowException, ValueError) as error:
        raise ReadError(f"{path}: not readable: {error}") from error
    return Columns(str(path), columns, lambda row: f"row {row}")
