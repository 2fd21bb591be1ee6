"""CSV files whose columns are declared; every complaint names file, line and column."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from avlabel.core.arrays import Float64, Int64
from avlabel.errors import ReadError
from avlabel.readers.files import read_text

Kind = Literal["int", "float", "float or nan", "text"]


@dataclass(frozen=True, slots=True, eq=False)
class CsvTable:
    """Checked columns of one file.

    Attributes:
        path: the file.
        lines: (N,) int64 line of each row, counted from 1.
        columns: int64 and float64 arrays, text as lists, by name.
    """

    path: Path
    lines: Int64
    columns: Mapping[str, Int64 | Float64 | Sequence[str]]

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.lines)

    def ints(self, name: str) -> Int64:
        """(N,) int64 column."""
        return np.asarray(self.columns[name], np.int64)

    def floats(self, *names: str) -> Float64:
        """(N, K) float64 columns side by side."""
        return np.column_stack([np.asarray(self.columns[name], np.float64) for name in names])

    def texts(self, name: str) -> list[str]:
        """N strings."""
        return [str(value) for value in self.columns[name]]

    def where(self, row: int) -> str:
        """File and line of a row, as errors name them."""
        return f"{self.path}: line {self.lines[row]}"

    def refuse_twins(self, keys: Sequence[object], what: str) -> None:
        """Refuse two rows with the same key.

        Raises:
            ReadError: naming both lines.
        """
        seen: dict[object, int] = {}
        for row, key in enumerate(keys):
            if key in seen:
                raise ReadError(
                    f"{self.where(row)}: {what} is there twice; also in line "
                    f"{self.lines[seen[key]]}"
                )
            seen[key] = row


def read_csv(path: Path, kinds: Mapping[str, Kind]) -> CsvTable:
    """Read a file with a header line.

    Args:
        path: the file.
        kinds: what each column holds; all must be there, in any order, and no others.

    Raises:
        ReadError: naming line and column.
    """
    reader = csv.reader(io.StringIO(read_text(path), newline=""), strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        header = [name.strip() for name in next(reader, [])]
        _check_header(path, header, kinds)
        for row in reader:
            if not row:
                continue
            if len(row) != len(header):
                raise ReadError(
                    f"{path}: line {reader.line_num}: expected {len(header)} values, got {len(row)}"
                )
            rows.append(row)
            lines.append(reader.line_num)
    except csv.Error as error:
        raise ReadError(f"{path}: line {reader.line_num}: not CSV: {error}") from error
    columns = {
        name: _parse([row[place] for row in rows], lines, kinds[name], f"{path}", name)
        for place, name in enumerate(header)
    }
    return CsvTable(path, np.array(lines, np.int64), columns)


def _check_header(path: Path, header: list[str], kinds: Mapping[str, Kind]) -> None:
    missing = [name for name in kinds if name not in header]
    unknown = [name for name in header if name not in kinds]
    problem = (
        f"column '{missing[0]}' is missing"
        if missing
        else f"column '{unknown[0]}' is unknown"
        if unknown
        else "a column is there twice"
        if len(set(header)) != len(header)
        else None
    )
    if problem:
        raise ReadError(f"{path}: line 1: {problem}; expected {','.join(kinds)}")


def _parse(
    words: list[str], lines: list[int], kind: Kind, where: str, name: str
) -> Int64 | Float64 | list[str]:
    if kind == "text":
        return words
    convert = _whole if kind == "int" else float
    values = []
    for word, line in zip(words, lines, strict=True):
        try:
            value = convert(word)
        except ValueError:
            value = math.nan
        if not math.isfinite(value) and not (kind == "float or nan" and word.strip() == "nan"):
            expected = "a whole number of 64 bits" if kind == "int" else "a finite number"
            raise ReadError(f"{where}: line {line}: {name}: expected {expected}, got '{word}'")
        values.append(value)
    return np.array(values, np.int64) if kind == "int" else np.array(values, np.float64)


def _whole(word: str) -> int:
    value = int(word)
    if not -(2**63) <= value < 2**63:
        raise ValueError(word)
    return value
