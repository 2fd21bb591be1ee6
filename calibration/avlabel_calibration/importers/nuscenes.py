"""nuScenes: the tables ``sensor.json`` and ``calibrated_sensor.json``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from avlabel.core.se3 import SE3
from avlabel.errors import CalibrationError, ReadError
from avlabel.readers.files import read_json
from avlabel_calibration.importers.found import Found, FoundCamera
from avlabel_calibration.importers.mapped import Mapped
from avlabel_calibration.importers.options import ImportOptions

IMAGE_SIZE_PX = (1600, 900)
"""Of every nuScenes camera; the tables give it only image by image."""


def read(path: Path, options: ImportOptions) -> Found:
    """Read the tables of a folder such as ``v1.0-mini``, or of the folder above it.

    Each scene has its own rows of ``calibrated_sensor``. Where there are several of a sensor,
    ``options.sequence`` names the scene, which is found through ``scene``, ``sample`` and
    ``sample_data``. Their ego frame is the rear axle on the ground, as avlabel's.

    Raises:
        ReadError: if a table is missing or no JSON.
        CalibrationError: naming table, row and field.
    """
    folder = _tables(path)
    channels = {row.text("token"): row for row in _rows(folder, "sensor")}
    rows = list(_rows(folder, "calibrated_sensor"))
    if options.sequence is not None:
        used = _used_by(folder, options.sequence)
        rows = [row for row in rows if row.text("token") in used]
    lidars: dict[str, SE3] = {}
    cameras: dict[str, FoundCamera] = {}
    for row in rows:
        sensor = channels.get(row.text("sensor_token"))
        if sensor is None:
            raise row.fail("sensor_token", "expected a token of sensor.json")
        name, modality = sensor.text("channel"), sensor.text("modality")
        if name in {**lidars, **cameras}:
            raise CalibrationError(
                f"{row.where}: a second calibration of {name}; expected one: choose a scene "
                "(--sequence scene-0061)"
            )
        if modality == "lidar":
            lidars[name] = _pose(row)
        elif modality == "camera":
            cameras[name] = _camera(row, options.size_px or IMAGE_SIZE_PX)
    return Found(lidars, cameras)


def _tables(path: Path) -> Path:
    if (path / "calibrated_sensor.json").is_file():
        return path
    inner = sorted(folder.parent for folder in path.glob("v1.0-*/calibrated_sensor.json"))
    if len(inner) != 1:
        listed = ", ".join(folder.name for folder in inner) or "none"
        raise ReadError(f"{path}: expected calibrated_sensor.json in one of its v1.0-*: {listed}")
    return inner[0]


def _rows(folder: Path, table: str) -> Iterable[Mapped]:
    path = folder / f"{table}.json"
    rows = read_json(path)
    if not isinstance(rows, list):
        raise ReadError(f"{path}: expected a list of rows")
    for number, row in enumerate(rows):
        yield Mapped.of(f"{path}: row {number}", row)


def _used_by(folder: Path, scene: str) -> set[str]:
    """Tokens of the calibrated sensors that recorded a scene."""
    scenes = {row.text("name"): row.text("token") for row in _rows(folder, "scene")}
    if scene not in scenes:
        raise CalibrationError(
            f"{folder / 'scene.json'}: scene '{scene}': expected one of "
            f"{', '.join(sorted(scenes)[:20])}"
        )
    samples = {
        row.text("token")
        for row in _rows(folder, "sample")
        if row.text("scene_token") == scenes[scene]
    }
    return {
        row.text("calibrated_sensor_token")
        for row in _rows(folder, "sample_data")
        if row.text("sample_token") in samples
    }


def _pose(row: Mapped) -> SE3:
    """``ego_from_sensor``."""
    rotation, translation = row.numbers("rotation"), row.numbers("translation")
    if len(rotation) != 4 or len(translation) != 3:
        raise row.fail("rotation", "expected w, x, y, z beside a translation x, y, z")
    return row.pose_from_quat(rotation, translation)


def _camera(row: Mapped, size_px: tuple[int, int]) -> FoundCamera:
    k = row.matrix((3, 3), "camera_intrinsic")
    return FoundCamera(row.camera_model("pinhole", size_px, k, np.zeros(0)), _pose(row))
