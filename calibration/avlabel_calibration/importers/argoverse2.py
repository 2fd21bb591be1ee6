"""Argoverse 2: a log's folder, or its folder ``calibration``."""

from __future__ import annotations

from pathlib import Path

from avlabel.readers.argoverse2_rig import (
    INTRINSICS_FILE,
    SENSORS_FILE,
    camera_models,
    check_placed,
    sensor_poses,
)
from avlabel_calibration.importers.found import Found, FoundCamera
from avlabel_calibration.importers.options import ImportOptions

NOTE = "distortion (k1, k2, k3) left out: published images are undistorted"


def read(path: Path, options: ImportOptions) -> Found:  # noqa: ARG001
    """Read ``intrinsics.feather`` and ``egovehicle_SE3_sensor.feather``.

    Raises:
        ReadError: if a file is missing or no Feather.
        CalibrationError: naming file and sensor.
    """
    folder = path / "calibration" if (path / "calibration").is_dir() else path
    poses, models = sensor_poses(folder / SENSORS_FILE), camera_models(folder / INTRINSICS_FILE)
    check_placed(folder, models, poses)
    lidars = {name: pose for name, pose in poses.items() if name.endswith("lidar")}
    cameras = {name: FoundCamera(model, poses[name]) for name, model in models.items()}
    left_out = [name for name in poses if name not in {**lidars, **cameras}]
    unknown = (f"without intrinsics: {', '.join(left_out)}",) if left_out else ()
    # The upper LiDAR is the main one, whatever the order of the file.
    return Found(dict(sorted(lidars.items(), reverse=True)), cameras, notes=(NOTE, *unknown))
