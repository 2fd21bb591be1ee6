"""KITTI: a day's folder of raw data, or a file of the object, tracking or odometry benchmark."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from avlabel.core.arrays import Float64
from avlabel.errors import CalibrationError
from avlabel.readers.kitti_calib import (
    USUAL_SIZE_PX,
    KittiCalib,
    calib_field,
    read_calib,
    read_calib_values,
    rigid,
)
from avlabel.readers.kitti_object import CAMERAS as OBJECT_CAMERAS
from avlabel.readers.kitti_raw import CAMERAS as RAW_CAMERAS
from avlabel.readers.kitti_raw import read_raw_calib
from avlabel.readers.kitti_tracking import CAMERAS as TRACKING_CAMERAS
from avlabel_calibration.importers.found import Found
from avlabel_calibration.importers.options import ImportOptions

ODOMETRY_CAMERAS = {f"image_{number}": number for number in range(4)}
CAM_TO_CAM = "calib_cam_to_cam.txt"


def read(path: Path, options: ImportOptions) -> Found:
    """Read a day's folder (three files) or one benchmark file.

    Cameras get the ids that avlabel's readers of these recordings give them: ``image_2`` for the
    object benchmark, whose files write ``R0_rect``, and ``image_02`` for the tracking benchmark;
    ``image_2`` for odometry too, whose files have ``Tr``: Velodyne to rectified camera 0.

    Raises:
        InputError: naming file and field.
    """
    if path.is_dir():
        return _raw_day(path)
    calib, cameras = _benchmark(path)
    size_px = options.size_px or USUAL_SIZE_PX
    try:
        rig = calib.rig(cameras, dict.fromkeys(cameras, size_px))
    except CalibrationError as error:
        raise type(error)(f"{path}: {error}") from error
    if options.size_px:
        return Found.of(rig)
    return Found.of(rig, (f"no image size there: KITTI's usual {size_px[0]} x {size_px[1]} px",))


def _benchmark(path: Path) -> tuple[KittiCalib, Mapping[str, int]]:
    """What a file says, and the numbers of its cameras by id."""
    values = read_calib_values(path)
    if "Tr" not in values:
        return read_calib(path), OBJECT_CAMERAS if "R0_rect" in values else TRACKING_CAMERAS
    rect_from_velo = rigid(calib_field(values, path, ("Tr",), 12), path, "Tr")
    projections = {
        number: calib_field(values, path, (f"P{number}",), 12).reshape(3, 4)
        for number in ODOMETRY_CAMERAS.values()
    }
    return KittiCalib(rect_from_velo, None, projections), ODOMETRY_CAMERAS


def _raw_day(day: Path) -> Found:
    path = day / CAM_TO_CAM
    if not path.is_file():
        raise CalibrationError(
            f"{day}: expected a day's folder with {CAM_TO_CAM}, calib_velo_to_cam.txt and "
            "calib_imu_to_velo.txt, or one calibration file"
        )
    values = read_calib_values(path)
    sizes = {
        sensor_id: _size(values, path, f"S_rect_0{number}")
        for sensor_id, number in RAW_CAMERAS.items()
    }
    calib = read_raw_calib(day)
    try:
        return Found.of(calib.rig(RAW_CAMERAS, sizes))
    except CalibrationError as error:
        raise type(error)(f"{path}: {error}") from error


def _size(values: Mapping[str, Float64], path: Path, name: str) -> tuple[int, int]:
    width, height = calib_field(values, path, (name,), 2)
    return int(width), int(height)
