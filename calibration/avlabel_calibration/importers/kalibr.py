"""Kalibr: ``camchain.yaml``, with or without the poses relative to the IMU."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from avlabel.core.arrays import Float64
from avlabel.core.cameras import CameraModel, camera_model
from avlabel.core.se3 import SE3
from avlabel.errors import CalibrationError
from avlabel_calibration.importers.found import Found, FoundCamera
from avlabel_calibration.importers.mapped import Mapped
from avlabel_calibration.importers.options import ImportOptions
from avlabel_calibration.importers.yaml_file import read_yaml

LENSES = {
    ("pinhole", "radtan"): "pinhole",
    ("pinhole", "equidistant"): "fisheye",
    ("pinhole", "none"): "pinhole",
    ("omni", "radtan"): "mei",
    ("omni", "none"): "mei",
}
"""avlabel's model by ``camera_model`` and ``distortion_model``."""
SAME = {"equi": "equidistant"}
COEFFICIENTS = {"radtan": 4, "equidistant": 4, "none": 0}
INTRINSICS = {"pinhole": 4, "omni": 5}
AGREE = 1e-3
"""How far the chain and the poses relative to the IMU may differ, metres and unit axes."""


def read(path: Path, options: ImportOptions) -> Found:  # noqa: ARG001
    """Read a chain of cameras.

    ``T_cam_imu`` takes points from the IMU to the camera, ``T_cn_cnm1`` from the camera before
    to this one. Poses are given relative to the IMU if every camera has its ``T_cam_imu``, else
    relative to ``cam0``.

    Raises:
        ReadError: if the file is missing or no YAML.
        CalibrationError: naming file, camera and field; also for models that avlabel has not.
    """
    root = read_yaml(path)
    names = [name for name in root.values if name.startswith("cam") and name[3:].isdigit()]
    names.sort(key=lambda name: int(name[3:]))
    if not names or [int(name[3:]) for name in names] != list(range(len(names))):
        raise CalibrationError(f"{path}: expected cam0, cam1, ..., got {', '.join(root.values)}")
    cameras = [root.at(name) for name in names]
    base, poses = _poses(cameras)
    shifts = [name for name, c in zip(names, cameras, strict=True) if c.has("timeshift_cam_imu")]
    note = (
        "timeshift_cam_imu left out; where the recording runs on the IMU's clock, it belongs in "
        "the rig as time_offset_ms (theirs is in seconds)"
    )
    return Found(
        {},
        {
            name: FoundCamera(_model(camera), pose)
            for name, camera, pose in zip(names, cameras, poses, strict=True)
        },
        base,
        (note,) if shifts else (),
    )


def _poses(cameras: list[Mapped]) -> tuple[str, list[SE3]]:
    """The frame that poses are given in, and ``base_from_camera`` of each camera."""
    cam_from_cam0 = [SE3.identity()]
    for camera in cameras[1:]:
        cam_from_cam0.append(camera.pose("T_cn_cnm1") @ cam_from_cam0[-1])
    if not all(camera.has("T_cam_imu") for camera in cameras):
        return "cam0", [pose.inverse() for pose in cam_from_cam0]
    cam_from_imu = [camera.pose("T_cam_imu") for camera in cameras]
    for camera, direct, chained in zip(cameras, cam_from_imu, cam_from_cam0, strict=True):
        off = np.abs((chained @ cam_from_imu[0]).matrix - direct.matrix).max()
        if off > AGREE:
            raise camera.fail(
                "T_cam_imu", f"expected what the chain of T_cn_cnm1 gives, got {off:.3g} off"
            )
    return "the IMU", [pose.inverse() for pose in cam_from_imu]


def _model(camera: Mapped) -> CameraModel:
    kind, lens = camera.text("camera_model"), camera.text("distortion_model")
    lens = SAME.get(lens, lens)
    if (kind, lens) not in LENSES:
        have = ", ".join("-".join(pair) for pair in LENSES)
        raise camera.fail("camera_model", f"expected one of {have}, got {kind}-{lens}")
    intrinsics = _counted(camera, "intrinsics", INTRINSICS[kind])
    distortion = _counted(camera, "distortion_coeffs", COEFFICIENTS[lens])
    if kind == "omni":
        distortion = np.concatenate([intrinsics[:1], distortion])
    width, height = (int(n) for n in _counted(camera, "resolution", 2))
    try:
        return camera_model(LENSES[kind, lens], width, height, intrinsics[-4:], distortion)
    except CalibrationError as error:
        raise type(error)(f"{camera.where}: {error}") from error


def _counted(camera: Mapped, name: str, count: int) -> Float64:
    values = camera.numbers(name) if count or camera.has(name) else np.zeros(0)
    if len(values) != count:
        raise camera.fail(name, f"has {len(values)} values; expected {count}")
    return values
