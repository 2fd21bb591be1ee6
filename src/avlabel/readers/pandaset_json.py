"""PandaSet's JSON files: poses, timestamps, intrinsics; all indexed by frame number."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from avlabel.core.arrays import Float64, Int64
from avlabel.core.se3 import SE3
from avlabel.errors import CalibrationError, ReadError
from avlabel.readers.files import is_number, read_json


def read_poses(path: Path) -> SE3:
    """Stack of N poses, world from sensor.

    Raises:
        ReadError: if an entry lacks a number.
        CalibrationError: if an entry's heading is no rotation.
    """
    poses = []
    for row, entry in enumerate(_list(path)):
        where = f"{path}: entry {row}"
        translation = _numbers(entry, "position", "xyz", where)
        quat_wxyz = _numbers(entry, "heading", "wxyz", where)
        try:
            poses.append(SE3.from_quat(quat_wxyz, translation))
        except CalibrationError as error:
            raise type(error)(f"{where}: heading: {error}") from error
    return SE3.stack(poses)


def read_times(path: Path) -> Int64:
    """(N,) int64 nanoseconds since 1970, increasing.

    Raises:
        ReadError: naming the entry.
    """
    entries = _list(path)
    for row, entry in enumerate(entries):
        if not is_number(entry):
            raise ReadError(f"{path}: entry {row}: expected seconds, got {entry!r}")
    times = np.rint(np.array(entries, np.float64) * 1e9).astype(np.int64)
    if (late := np.flatnonzero(np.diff(times) <= 0)).size:
        raise ReadError(f"{path}: entry {late[0] + 1}: expected a later time than entry {late[0]}")
    return times


def read_intrinsics(path: Path) -> Float64:
    """(4,) float64 fx, fy, cx, cy in pixels.

    Raises:
        ReadError: if one is missing or no number.
    """
    entry = read_json(path)
    return np.array(_values(entry, ("fx", "fy", "cx", "cy"), str(path)), np.float64)


def check_frames(path: Path, count: int, frames: Int64) -> None:
    """Refuse files with fewer entries than the recording has frames.

    Raises:
        ReadError: if so.
    """
    if count <= int(frames[-1]):
        raise ReadError(f"{path}: expected an entry for frame {frames[-1]}, got {count} entries")


def _list(path: Path) -> list[Any]:
    entries = read_json(path)
    if not isinstance(entries, list) or not entries:
        raise ReadError(f"{path}: expected a list with an entry a frame")
    return entries


def _numbers(entry: object, field: str, names: str, where: str) -> list[float]:
    inner = entry.get(field) if isinstance(entry, Mapping) else None
    return _values(inner, tuple(names), f"{where}: {field}")


def _values(entry: object, names: tuple[str, ...], where: str) -> list[float]:
    if not isinstance(entry, Mapping) or not all(is_number(entry.get(name)) for name in names):
        raise ReadError(f"{where}: expected finite numbers {', '.join(names)}, got {entry!r}")
    return [float(entry[name]) for name in names]
