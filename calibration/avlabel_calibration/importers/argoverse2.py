"""Argoverse 2: a log's folder, or its folder ``calibration``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.feather

from avlabel.core.arrays import Float64
from avlabel.core.cameras import Pinhole
from avlabel.core.se3 import SE3
from avlabel.errors import CalibrationError, ReadError
from avlabel_calibration.importers.found import Found, FoundCamera
from avlabel_calibration.importers.options import ImportOptions

AXLE_HEIGHT_M = 0.33
"""Their ego frame lies in the rear axle, this far above the road. Measured, not published: the
road around the cars of two logs lies 0.33 m below it, within a centimetre."""
EGO_FROM_AXLE = SE3(np.eye(3), np.array([0.0, 0.0, AXLE_HEIGHT_M]))
INTRINSICS = ("fx_px", "fy_px", "cx_px", "cy_px")
POSE = ("qw", "qx", "qy", "qz", "tx_m", "ty_m", "tz_m")
NOTE = "distortion (k1, k2, k3) left out: published images are undistorted"


def read(path: Path, options: ImportOptions) -> Found:  # noqa: ARG001
    """Read ``intrinsics.feather`` and ``egovehicle_SE3_sensor.feather``.

    Raises:
        ReadError: if a file is missing or no Feather.
        CalibrationError: naming file and sensor.
    """
    folder = path / "calibration" if (path / "calibration").is_dir() else path
    poses = _poses(folder / "egovehicle_SE3_sensor.feather")
    models = _models(folder / "intrinsics.feather")
    if missing := [name for name in models if name not in poses]:
        raise CalibrationError(
            f"{folder}: sensor '{missing[0]}': has intrinsics but no pose; expected both"
        )
    lidars = {name: pose for name, pose in poses.items() if name.endswith("lidar")}
    cameras = {name: FoundCamera(model, poses[name]) for name, model in models.items()}
    left_out = [name for name in poses if name not in {**lidars, **cameras}]
    unknown = (f"without intrinsics: {', '.join(left_out)}",) if left_out else ()
    # The upper LiDAR is the main one, whatever the order of the file.
    return Found(dict(sorted(lidars.items(), reverse=True)), cameras, notes=(NOTE, *unknown))


def _poses(path: Path) -> dict[str, SE3]:
    """``ego_from_sensor`` by sensor."""
    rows = _rows(path, POSE)
    poses = {}
    for name, numbers in rows.items():
        try:
            poses[name] = EGO_FROM_AXLE @ SE3.from_quat(numbers[:4], numbers[4:])
        except CalibrationError as error:
            raise type(error)(f"{path}: sensor '{name}': {error}") from error
    return poses


def _models(path: Path) -> dict[str, Pinhole]:
    models = {}
    for name, numbers in _rows(path, (*INTRINSICS, "width_px", "height_px")).items():
        try:
            models[name] = Pinhole(int(numbers[4]), int(numbers[5]), numbers[:4])
        except CalibrationError as error:
            raise type(error)(f"{path}: sensor '{name}': {error}") from error
    return models


def _rows(path: Path, columns: tuple[str, ...]) -> dict[str, Float64]:
    """Numbers of some columns by sensor."""
    table = _read(path)
    if missing := [name for name in ("sensor_name", *columns) if name not in table.column_names]:
        raise CalibrationError(
            f"{path}: column '{missing[0]}' is missing; there are {', '.join(table.column_names)}"
        )
    names: list[Any] = table.column("sensor_name").to_pylist()
    try:
        values = np.array([table.column(name).to_pylist() for name in columns], np.float64).T
    except (TypeError, ValueError) as error:
        raise CalibrationError(f"{path}: expected numbers in {', '.join(columns)}") from error
    values = values.reshape(len(names), len(columns))
    for row, name in enumerate(names):
        if not isinstance(name, str) or names.index(name) != row:
            raise CalibrationError(f"{path}: row {row}: expected a sensor's own name, got {name!r}")
        if not np.all(np.isfinite(values[row])):
            raise CalibrationError(
                f"{path}: sensor '{name}': expected finite numbers, got {values[row].tolist()}"
            )
    return dict(zip(names, values, strict=True))


def _read(path: Path) -> pa.Table:
    if not path.is_file():
        raise ReadError(f"{path}: no such file")
    try:
        table = pyarrow.feather.read_table(path, memory_map=False)
        # Offsets that a flipped byte has sent out of their buffer would end the process.
        table.validate(full=True)
        return table
    except (pa.ArrowException, OSError, ValueError) as error:
        raise ReadError(f"{path}: not a Feather file: {error}") from error
