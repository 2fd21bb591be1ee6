"""KITTI: a day's folder of raw data, or a file of the object or the tracking benchmark."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from avlabel.core.arrays import Float64
from avlabel.errors import CalibrationError
from avlabel.readers.kitti_calib import USUAL_SIZE_PX, calib_field, read_calib, read_calib_values
from avlabel.readers.kitti_object import CAMERAS as OBJECT_CAMERAS
from avlabel.readers.kitti_raw import CAMERAS as RAW_CAMERAS
from avlabel.readers.kitti_raw import read_raw_calib
from avlabel.readers.kitti_tracking import CAMERAS as TRACKING_CAMERAS
from avlabel_calibration.importers.found import Found
from avlabel_calibration.importers.options import ImportOptions

CAM_TO_CAM = "calib_cam_to_cam.txt"


def read(path: Path, options: ImportOptions) -> Found:
    """Read a day's folder (three files) or one benchmark file.

    Cameras get the ids that avlabel's readers of these recordings give them: ``image_2`` for the
    object benchmark, whose files write ``R0_rect``, and ``image_02`` for the others.

    Raises:
        InputError: naming file and field.
    """
    if path.is_dir():
        return _raw_day(path)
    cameras = OBJECT_CAMERAS if "R0_rect" in read_calib_values(path) else TRACKING_CAMERAS
    size_px = options.size_px or USUAL_SIZE_PX
    calib = read_calib(path)
    try:
        rig = calib.rig(cameras, dict.fromkeys(cameras, size_px))
    except CalibrationError as error:
        raise type(error)(f"{path}: {error}") from error
    if options.size_px:
        return Found.of(rig)
    return Found.of(rig, (f"no image size there: KITTI's usual {size_px[0]} x {size_px[1]} px",))


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
