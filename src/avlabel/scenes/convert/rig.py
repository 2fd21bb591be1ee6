"""A rig as the table ``sensors``."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from avlabel.core.cameras import MODELS, CameraModel, camera_model
from avlabel.core.rig import Camera, Lidar, Rig
from avlabel.core.se3 import SE3
from avlabel.errors import SceneVersionError
from avlabel.scenes.convert.columns import build, pose_columns, poses
from avlabel.scenes.tables import SENSORS


def rig_to_table(rig: Rig) -> pa.Table:
    """LiDARs, then cameras, each in the rig's order."""
    rows = [_lidar_row(lidar) for lidar in rig.lidars.values()]
    rows += [_camera_row(camera) for camera in rig.cameras.values()]
    columns: dict[str, Any] = {c.name: [row.get(c.name) for row in rows] for c in SENSORS.columns}
    lidar_poses = [lidar.ego_from_sensor for lidar in rig.lidars.values()]
    camera_poses = [camera.ego_from_sensor for camera in rig.cameras.values()]
    if rows:
        columns |= pose_columns(SE3.stack(lidar_poses + camera_poses))
    return build(SENSORS, columns)


def rig_from_table(table: pa.Table) -> Rig:
    """The rig of a table.

    Raises:
        SceneVersionError: for a camera model this version does not know.
    """
    rows = table.to_pylist()
    ego_from_sensor = poses(table)
    lidars: dict[str, Lidar] = {}
    cameras: dict[str, Camera] = {}
    for i, row in enumerate(rows):
        name = row["sensor_id"]
        if row["modality"] == "lidar":
            lidars[name] = Lidar(name, ego_from_sensor[i])
        else:
            model = _camera_model(row)
            cameras[name] = Camera(
                name, ego_from_sensor[i], model, row["shutter"], row["readout_ns"]
            )
    return Rig(lidars, cameras)


def _lidar_row(lidar: Lidar) -> dict[str, Any]:
    return {"sensor_id": lidar.sensor_id, "modality": "lidar"}


def _camera_row(camera: Camera) -> dict[str, Any]:
    return {
        "sensor_id": camera.sensor_id,
        "modality": "camera",
        "width_px": camera.model.width_px,
        "height_px": camera.model.height_px,
        "camera_model": camera.model.name,
        "intrinsics": camera.model.intrinsics,
        "distortion": camera.model.distortion,
        "shutter": camera.shutter,
        "readout_ns": camera.readout_ns,
    }


def _camera_model(row: dict[str, Any]) -> CameraModel:
    name = row["camera_model"]
    if name not in MODELS:
        raise SceneVersionError(
            f"camera '{row['sensor_id']}': model '{name}'; this avlabel reads {', '.join(MODELS)}"
        )
    return camera_model(
        name,
        row["width_px"],
        row["height_px"],
        np.array(row["intrinsics"], np.float64),
        np.array(row["distortion"], np.float64),
    )
