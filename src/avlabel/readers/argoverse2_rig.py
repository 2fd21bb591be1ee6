"""Where Argoverse 2's sensors sit, and their optics."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from avlabel.core.arrays import Float64
from avlabel.core.cameras import Pinhole
from avlabel.core.rig import Camera, Lidar, Rig
from avlabel.core.se3 import SE3
from avlabel.errors import CalibrationError
from avlabel.readers.argoverse2_tables import EGO_FROM_AXLE, PLACE, QUAT
from avlabel.readers.arrow_columns import matrix, texts
from avlabel.readers.arrow_files import read_feather

LIDARS = ("up_lidar", "down_lidar")
"""The main one first; each has 32 lasers, numbered on from one to the other."""
INTRINSICS = ("fx_px", "fy_px", "cx_px", "cy_px")
SENSORS_FILE, INTRINSICS_FILE = "egovehicle_SE3_sensor.feather", "intrinsics.feather"


def read_rig(folder: Path) -> Rig:
    """The LiDARs, the upper one first, and the cameras that have intrinsics.

    Args:
        folder: a log's ``calibration``.

    Raises:
        ReadError: if a file is missing or no Feather.
        CalibrationError: naming file and sensor.
    """
    poses, models = sensor_poses(folder / SENSORS_FILE), camera_models(folder / INTRINSICS_FILE)
    check_placed(folder, models, poses)
    lidars = {name: Lidar(name, poses[name]) for name in LIDARS if name in poses}
    if not lidars:
        raise CalibrationError(
            f"{folder / SENSORS_FILE}: expected one of {', '.join(LIDARS)}, got {', '.join(poses)}"
        )
    return Rig(lidars, {name: Camera(name, poses[name], model) for name, model in models.items()})


def check_placed(folder: Path, models: dict[str, Pinhole], poses: dict[str, SE3]) -> None:
    """Refuse a camera without a place.

    Raises:
        CalibrationError: naming it.
    """
    if missing := [name for name in models if name not in poses]:
        raise CalibrationError(
            f"{folder}: sensor '{missing[0]}': has intrinsics but no pose; expected both"
        )


def sensor_poses(path: Path) -> dict[str, SE3]:
    """``ego_from_sensor`` by sensor.

    Raises:
        ReadError: if it is no such file.
        CalibrationError: naming file and sensor.
    """
    poses = {}
    for name, row in _rows(path, (*QUAT, *PLACE)).items():
        try:
            poses[name] = EGO_FROM_AXLE @ SE3.from_quat(row[:4], row[4:])
        except CalibrationError as error:
            raise type(error)(f"{path}: sensor '{name}': {error}") from error
    return poses


def camera_models(path: Path) -> dict[str, Pinhole]:
    """Optics by camera; images are published undistorted, so k1 to k3 are left out.

    Raises:
        ReadError: if it is no such file.
        CalibrationError: naming file and sensor.
    """
    models = {}
    for name, row in _rows(path, (*INTRINSICS, "width_px", "height_px")).items():
        try:
            models[name] = Pinhole(int(row[4]), int(row[5]), row[:4])
        except CalibrationError as error:
            raise type(error)(f"{path}: sensor '{name}': {error}") from error
    return models


def _rows(path: Path, columns: tuple[str, ...]) -> dict[str, Float64]:
    """Numbers of some columns by sensor."""
    table = read_feather(path)
    names = texts(table, "sensor_name", str(path))
    values = matrix(table, columns, str(path))
    for row, name in enumerate(names):
        if not name or names.index(name) != row:
            raise CalibrationError(f"{path}: row {row}: expected a sensor's own name, got {name!r}")
    return dict(zip(names, np.asarray(values), strict=True))
