"""Files of a sensor whose names, or a table beside them, say when they were made."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from avlabel.core.arrays import Int64
from avlabel.errors import ReadError
from avlabel.readers.csv_table import Kind, read_csv
from avlabel.readers.files import inside

TABLE = "times.csv"
COLUMNS: dict[str, Kind] = {"file": "text", "timestamp_ns": "int"}
NAME = re.compile(r"(\d{1,19})(?:[._](\d{1,9}))?")
NOMINAL_NS = 100_000_000
MAX_FRAME = 99_999_999
"""Larger whole numbers are times; seconds since 1970 have ten digits."""
UNITS_NS = {10: 1_000_000_000, 13: 1_000_000, 16: 1_000, 19: 1}
"""By the number of digits, which is the same from 2001 to 2286."""


@dataclass(frozen=True, slots=True, eq=False)
class TimedFiles:
    """The files of one sensor, by time.

    Attributes:
        files: N paths.
        timestamp_ns: (N,) int64, strictly increasing.
        nominal: names were frame numbers, taken as 10 Hz from 0.
    """

    files: list[Path]
    timestamp_ns: Int64
    nominal: bool


def timed_files(folder: Path, suffixes: Collection[str]) -> TimedFiles:
    """Files by ``times.csv`` if there is one, else by their names.

    A name is a time in whole seconds, milli-, micro- or nanoseconds since 1970; or seconds, a
    point or underscore, and their fraction; or a frame number.

    Raises:
        ReadError: if a name is neither, frame numbers and times are mixed, or a time is twice.
    """
    table = folder / TABLE
    if table.exists():
        rows = read_csv(table, COLUMNS)
        files = [inside(folder, name, rows.where(i)) for i, name in enumerate(rows.texts("file"))]
        return _sorted(files, rows.ints("timestamp_ns").tolist(), False)
    files = sorted(path for path in folder.glob("*") if path.suffix.lower() in suffixes)
    named = [_time_of(path) for path in files]
    if len({nominal for _, nominal in named}) > 1:
        raise ReadError(f"{folder}: expected names that are times or frame numbers, got both")
    return _sorted(files, [time for time, _ in named], any(nominal for _, nominal in named))


def _time_of(path: Path) -> tuple[int, bool]:
    match = NAME.fullmatch(path.stem)
    if match is None:
        raise ReadError(
            f"{path}: expected a name that is a time or a frame number, or {TABLE} beside it"
        )
    whole, fraction = int(match[1]), match[2]
    if fraction is not None:
        if whole > 9_000_000_000:
            raise ReadError(f"{path}: expected seconds before the point, got {whole}")
        return whole * 1_000_000_000 + int(fraction.ljust(9, "0")), False
    if whole <= MAX_FRAME:
        return whole * NOMINAL_NS, True
    unit_ns = UNITS_NS.get(len(match[1]))
    if unit_ns is None or whole * unit_ns >= 2**63:
        raise ReadError(
            f"{path}: expected a time of 10, 13, 16 or 19 digits (s, ms, us, ns), got "
            f"{len(match[1])}"
        )
    return whole * unit_ns, False


def _sorted(files: list[Path], times: list[int], nominal: bool) -> TimedFiles:
    timestamp_ns = np.array(times, np.int64)
    order = np.argsort(timestamp_ns, kind="stable")
    same = np.flatnonzero(np.diff(timestamp_ns[order]) == 0)
    if same.size:
        one, two = (files[int(order[same[0] + k])] for k in (0, 1))
        raise ReadError(f"{two}: has the same time as {one.name}")
    return TimedFiles([files[int(i)] for i in order], timestamp_ns[order], nominal)
