"""PandaSet: a scene's folder, or the static calibration that is published for the whole set."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from avlabel.core.se3 import SE3
from avlabel.readers.pandaset_camera import READOUT_NS, USUAL_SIZE_PX
from avlabel.readers.pandaset_rig import CAR_FROM_EGO, CAR_FROM_PANDAR64
from avlabel.readers.registry import open_log
from avlabel_calibration.importers.found import Found, FoundCamera
from avlabel_calibration.importers.mapped import Mapped
from avlabel_calibration.importers.options import ImportOptions
from avlabel_calibration.importers.yaml_file import read_yaml

LIDARS = {"main_pandar64": "pandar64", "front_gt": "pandargt"}
"""Their ids in avlabel by those of the file, the main one first."""
EGO_FROM_PANDAR64 = CAR_FROM_EGO.inverse() @ CAR_FROM_PANDAR64
NOTES = (
    "distortion (D) left out: it is that of the raw images, and published images are rectified",
    "the file does not say where the Pandar64 sits on the car: as in avlabel's reader",
)


def read(path: Path, options: ImportOptions) -> Found:
    """Read a scene's folder, or ``static_extrinsic_calibration.yaml``.

    The YAML file's transforms take points from the Pandar64 to the sensor.

    Raises:
        InputError: naming file and place.
    """
    if path.is_dir():
        return Found.of(open_log(path, "pandaset", sequence=options.sequence).rig)
    root = read_yaml(path)
    return Found(
        {ours: _ego_from_sensor(root.at(theirs)) for theirs, ours in LIDARS.items()},
        {name: _camera(root.at(name), options) for name in root.values if name not in LIDARS},
        notes=NOTES,
    )


def _ego_from_sensor(sensor: Mapped) -> SE3:
    transform = sensor.at("extrinsic").at("transform")
    rotation, translation = transform.at("rotation"), transform.at("translation")
    sensor_from_pandar64 = rotation.pose_from_quat(
        np.array([rotation.number(axis) for axis in "wxyz"]),
        np.array([translation.number(axis) for axis in "xyz"]),
    )
    return EGO_FROM_PANDAR64 @ sensor_from_pandar64.inverse()


def _camera(sensor: Mapped, options: ImportOptions) -> FoundCamera:
    k = sensor.at("intrinsic").matrix((3, 3), "K")
    size_px = options.size_px or USUAL_SIZE_PX
    model = sensor.camera_model("pinhole", size_px, k, np.zeros(0))
    return FoundCamera(model, _ego_from_sensor(sensor), "rolling", READOUT_NS)
