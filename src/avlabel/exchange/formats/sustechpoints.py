"""SUSTechPOINTS: a folder that the labeling tool opens, and what it saves there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from avlabel.core.cuboids import NO_TRACK, Cuboids
from avlabel.core.rig import Camera
from avlabel.core.se3 import SE3
from avlabel.errors import ReadError
from avlabel.exchange.classes import inverse
from avlabel.exchange.incoming import Incoming, LabelRow, Target, from_ego
from avlabel.exchange.job import ExportJob
from avlabel.exchange.media import points_in, write_bytes, write_rectified, write_text
from avlabel.exchange.pcd import pcd_bytes
from avlabel.exchange.rectify import is_rectified, rectified
from avlabel.exchange.registry import Exporter, Importer
from avlabel.readers.files import numbered_files, read_json
from avlabel.readers.json_fields import Node

CLASSES = {
    "car": "Car",
    "van": "Van",
    "truck": "Truck",
    "bus": "Bus",
    "trailer": "LongVehicle",
    "other_vehicle": "OtherVehicle",
    "motorcycle": "MotorcyleRider",
    "bicycle": "BicycleRider",
    "pedestrian": "Pedestrian",
    "unknown": "Unknown",
}
"""Names of its ``obj_cfg.js``, spelling included; ``OtherVehicle`` is not there."""
LEAVES = inverse(
    CLASSES,
    Bicycle="bicycle",
    Scooter="motorcycle",
    ScooterRider="motorcycle",
    Motorcycle="motorcycle",
    PoliceCar="car",
    TourCar="van",
    Tram="bus",
    ConcreteTruck="truck",
    Child="pedestrian",
    RoadWorker="pedestrian",
    DontCare="",
    **dict.fromkeys(("Bulldozer", "Crane", "Excavator", "ForkLift", "RoadRoller"), "other_vehicle"),
    **dict.fromkeys(("FreightTricycle", "Trimotorcycle"), "other_vehicle"),
    **dict.fromkeys(("Animal", "BabyCart", "BicycleGroup", "Cone", "ConstructionCart"), "unknown"),
    **dict.fromkeys(("FireHydrant", "Misc", "PlatformCart", "RoadBarrel"), "unknown"),
    **dict.fromkeys(("SaftyTriangle", "TrafficBarrier", "TrashCan"), "unknown"),
)


def write(job: ExportJob, folder: Path) -> None:
    """``<scene>/{lidar,camera,calib/camera,label}``; their LiDAR frame is the ego frame."""
    root = folder / job.scene.scene_id
    for name, camera in job.scene.rig.cameras.items():
        if not is_rectified(camera.model):
            job.account.note(f"camera '{name}': images are rectified; the tool knows no distortion")
        write_text(root / "calib" / "camera" / f"{name}.json", json.dumps(_calibration(camera)))
    for frame in job.each_frame():
        stem = f"{frame.frame_idx:06d}"
        objects = [_object(frame.boxes_ego, k, name) for k, name in enumerate(frame.class_names)]
        write_text(root / "label" / f"{stem}.json", json.dumps(objects) + "\n")
        points = points_in(job, frame.frame_idx, SE3.identity())
        if points is not None:
            write_bytes(root / "lidar" / f"{stem}.pcd", pcd_bytes(points))
        for name, camera in job.scene.rig.cameras.items():
            write_rectified(job, frame.frame_idx, camera, root / "camera" / name / f"{stem}.jpg")


def read(path: Path, target: Target) -> Incoming:
    """Labels of a scene's folder, by frame number, in the ego frame.

    Raises:
        ReadError: naming file and place.
    """
    folder = _label_folder(path, target.options.sequence)
    files = numbered_files(folder, ".json")
    if not files:
        raise ReadError(f"{folder}: expected labels such as 000012.json, got none")
    frame_rows = target.rows_of(np.array(list(files), np.int64))
    rows: list[LabelRow] = []
    for file, frame_row in zip(files.values(), frame_rows.tolist(), strict=True):
        found = Node(read_json(file), str(file))
        listed = found["objs"] if isinstance(found.value, dict) else found
        rows += [_row(one, frame_row, i) for i, one in enumerate(listed)]
    long_sideways = sum(row.size_lwh[1] > row.size_lwh[0] for row in rows)
    if rows and long_sideways > 0.8 * len(rows):
        target.account.note(
            "most boxes are wider than long: files of early versions have the length along y"
        )
    return from_ego(rows, target)


def _calibration(camera: Camera) -> dict[str, Any]:
    fx, fy, cx, cy = rectified(camera).model.intrinsics.tolist()
    extrinsic = camera.ego_from_sensor.inverse().matrix.ravel().tolist()
    return {"extrinsic": extrinsic, "intrinsic": [fx, 0, cx, 0, fy, cy, 0, 0, 1]}


def _object(boxes: Cuboids, k: int, name: str) -> dict[str, Any]:
    turned = Rotation.from_quat(boxes.quat_wxyz[k], scalar_first=True)
    parts = {
        "position": boxes.center[k].tolist(),
        "scale": boxes.size_lwh[k].astype(float).tolist(),
        "rotation": turned.as_euler("XYZ").tolist(),
    }
    psr = {part: dict(zip("xyz", values, strict=True)) for part, values in parts.items()}
    track = int(boxes.track_id[k])
    return {"obj_id": "" if track == NO_TRACK else str(track), "obj_type": name, "psr": psr}


def _row(one: Node, frame_row: int, i: int) -> LabelRow:
    psr = one["psr"]
    turned = Rotation.from_euler("XYZ", psr["rotation"].axes())
    given = one.get("obj_id")
    name = given.name() if given else ""
    return LabelRow(
        frame_row,
        name or f"box {i}",
        one["obj_type"].text(),
        one.where,
        psr["position"].axes(),
        psr["scale"].axes(),
        turned.as_quat(scalar_first=True).tolist(),
    )


def _label_folder(path: Path, wanted: str | None) -> Path:
    if (path / "label").is_dir():
        return path / "label"
    present = sorted(folder.parent.name for folder in path.glob("*/label"))
    listed = ", ".join(present) or "none"
    if wanted is not None and wanted not in present:
        raise ReadError(f"{path}: scene '{wanted}': expected one of {listed}")
    if wanted is None and len(present) != 1:
        raise ReadError(f"{path}: choose a scene with --sequence; with labels there are {listed}")
    return path / (wanted or present[0]) / "label"


EXPORTER = Exporter(write, frozenset({"track", "tilt"}), CLASSES)
IMPORTER = Importer(read, LEAVES, has_tilt=True)
