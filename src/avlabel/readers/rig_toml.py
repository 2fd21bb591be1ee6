"""A rig as a TOML file: which sensors a vehicle carries and where they sit."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import cast

import numpy as np

from avlabel.core.cameras import DISTORTION_COUNTS, MODELS, camera_model
from avlabel.core.rig import Camera, Lidar, Rig, Shutter
from avlabel.core.se3 import SE3
from avlabel.errors import CalibrationError, NotARotationError
from avlabel.readers.toml_table import TomlTable

VERSION = 1
QUAT_TOLERANCE = 1e-3
SENSOR_ID = re.compile(r"[A-Za-z0-9_-]+")


def load_rig(path: Path) -> Rig:
    """Read a rig.

    Args:
        path: a TOML file as ``docs/native-format.md`` describes it.

    Raises:
        ReadError: if the file is missing or no UTF-8.
        CalibrationError: naming file, sensor, field, what is expected and what is there.
    """
    table = TomlTable.load(path, CalibrationError)
    if (version := table.integer("version")) != VERSION:
        raise table.fail("version", f"expected {VERSION}, got {version}")
    table.text("name", default="")
    lidars = table.tables("lidars", "lidar")
    cameras = table.tables("cameras", "camera")
    table.finish()
    _check_ids(table, list(lidars), list(cameras))
    return Rig(
        {sensor_id: _lidar(sensor_id, lidar) for sensor_id, lidar in lidars.items()},
        {sensor_id: _camera(sensor_id, camera) for sensor_id, camera in cameras.items()},
    )


def dump_rig(rig: Rig, name: str) -> str:
    """Write a rig as TOML that ``load_rig`` reads back exactly.

    Args:
        rig: the sensors; the first LiDAR stays the main one.
        name: of the vehicle or the set-up.
    """
    parts = [f"version = {VERSION}\nname = {json.dumps(name, ensure_ascii=False)}\n"]
    parts += [
        f"[lidars.{lidar.sensor_id}]\n{_dump_pose(lidar.ego_from_sensor)}"
        for lidar in rig.lidars.values()
    ]
    parts += [
        f"[cameras.{camera.sensor_id}]\n{_dump_pose(camera.ego_from_sensor)}{_dump_optics(camera)}"
        for camera in rig.cameras.values()
    ]
    return "\n".join(parts)


def _check_ids(table: TomlTable, lidars: list[str], cameras: list[str]) -> None:
    if not lidars:
        raise table.fail("lidars", "expected at least one table [lidars.<id>], got none")
    for sensor_id in (*lidars, *cameras):
        if not SENSOR_ID.fullmatch(sensor_id):
            raise table.fail(sensor_id, "expected a sensor id of letters, digits, '_' and '-'")
    if twice := sorted(set(lidars) & set(cameras)):
        raise table.fail(twice[0], "is both a lidar and a camera; expected ids to be unique")


def _lidar(sensor_id: str, table: TomlTable) -> Lidar:
    lidar = Lidar(sensor_id, _pose(table))
    table.finish()
    return lidar


def _camera(sensor_id: str, table: TomlTable) -> Camera:
    ego_from_sensor = _pose(table)
    name = table.choice("model", MODELS)
    size_px = table.integer("width_px"), table.integer("height_px")
    intrinsics = table.numbers("intrinsics", (4,))
    distortion = table.numbers("distortion", DISTORTION_COUNTS[name], default=[])
    shutter = cast(Shutter, table.choice("shutter", ("global", "rolling"), default="global"))
    readout_ms = table.number("readout_ms", default=0.0)
    table.finish()
    if (readout_ms > 0) != (shutter == "rolling") or readout_ms < 0:
        expected = "more than 0" if shutter == "rolling" else "0"
        raise table.fail("readout_ms", f"expected {expected} ({shutter} shutter), got {readout_ms}")
    try:
        model = camera_model(name, *size_px, intrinsics, distortion)
    except CalibrationError as error:
        raise type(error)(f"{table.where}: {error}") from error
    return Camera(sensor_id, ego_from_sensor, model, shutter, round(readout_ms * 1e6))


def _pose(table: TomlTable) -> SE3:
    translation_m = table.numbers("translation_m", (3,))
    quat_wxyz = table.numbers("rotation_wxyz", (4,))
    norm = float(np.linalg.norm(quat_wxyz))
    if abs(norm - 1) > QUAT_TOLERANCE:
        raise NotARotationError(
            f"{table.where}: field 'rotation_wxyz': not a rotation; expected a quaternion of "
            f"length 1, got {norm:.6g}"
        )
    return SE3.from_quat(quat_wxyz, translation_m)


def _dump_pose(ego_from_sensor: SE3) -> str:
    return (
        f"translation_m = {ego_from_sensor.translation.tolist()}\n"
        f"rotation_wxyz = {ego_from_sensor.quat_wxyz.tolist()}\n"
    )


def _dump_optics(camera: Camera) -> str:
    model = camera.model
    return (
        f'model = "{model.name}"\n'
        f"width_px = {model.width_px}\n"
        f"height_px = {model.height_px}\n"
        f"intrinsics = {model.intrinsics.tolist()}\n"
        f"distortion = {model.distortion.tolist()}\n"
        f'shutter = "{camera.shutter}"\n'
        f"readout_ms = {camera.readout_ns / 1e6!r}\n"
    )
