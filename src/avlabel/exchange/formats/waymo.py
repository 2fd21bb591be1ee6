"""Waymo Open Dataset 2: labels, poses and calibration as Parquet components."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from avlabel.core.rig import Camera
from avlabel.core.se3 import SE3
from avlabel.errors import ExportError, ReadError
from avlabel.exchange.classes import inverse
from avlabel.exchange.columns import read_parquet
from avlabel.exchange.incoming import Incoming, LabelRow, Target, from_ego, yaw_quat
from avlabel.exchange.job import ExportJob
from avlabel.exchange.registry import Exporter, Importer
from avlabel.exchange.views import projections, rows_of

TYPES = ("TYPE_UNKNOWN", "TYPE_VEHICLE", "TYPE_PEDESTRIAN", "TYPE_SIGN", "TYPE_CYCLIST")
CLASSES = {
    **dict.fromkeys(("car", "van", "truck", "bus", "trailer", "other_vehicle"), TYPES[1]),
    "motorcycle": TYPES[1],
    "pedestrian": TYPES[2],
    "bicycle": TYPES[4],
    "unknown": TYPES[0],
}
CAMERAS = ("UNKNOWN", "FRONT", "FRONT_LEFT", "FRONT_RIGHT", "SIDE_LEFT", "SIDE_RIGHT")
SEGMENT, MICROS = "key.segment_context_name", "key.frame_timestamp_micros"
OBJECT, CAMERA = "key.laser_object_id", "key.camera_name"
BOX, NS_A_US = "[LiDARBoxComponent]", 1000
CAM_FROM_WAYMO = SE3(np.array([[0.0, -1, 0], [0, 0, -1], [1, 0, 0]]), np.zeros(3))
"""Their cameras look along x, with y to the left and z up."""
TOP_TO_BOTTOM, GLOBAL_SHUTTER = 1, 5


def write(job: ExportJob, folder: Path) -> None:
    """``<component>/<scene>.parquet`` for boxes, their projections, poses and cameras.

    Raises:
        ExportError: if a class is called other than one of ``TYPES``.
    """
    for name in job.all_class_names:
        if name not in TYPES:
            raise ExportError(f"class name '{name}': expected one of {', '.join(TYPES)}")
    numbers = camera_numbers(list(job.scene.rig.cameras))
    told = ", ".join(f"{name} is {number}" for name, number in numbers.items())
    job.account.note(f"camera names are numbers: {told}" if told else "no cameras")
    job.account.note("labels, poses and cameras only: no images, no range images")
    for component, table in {
        "lidar_box": _boxes(job),
        "projected_lidar_box": _projections(job, numbers),
        "vehicle_pose": _poses(job),
        "camera_calibration": _cameras(job, numbers),
    }.items():
        path = folder / component / f"{job.scene.scene_id}.parquet"
        path.parent.mkdir()
        pq.write_table(table, path, compression="zstd")


def read(path: Path, target: Target) -> Incoming:
    """The component ``lidar_box`` of a segment: a file, or one in a folder of components.

    Raises:
        ReadError: naming file, row and column.
    """
    file = _file(path, target.options.sequence)
    found = read_parquet(file)
    boxes = [f"{BOX}.box.{part}.{axis}" for part in ("center", "size") for axis in "xyz"]
    values = found.matrix([*boxes, f"{BOX}.box.heading"])
    kinds, ids, micros = found.whole(f"{BOX}.type"), found.texts(OBJECT), found.whole(MICROS)
    frames = target.rows_at(np.clip(micros, -(2**53), 2**53) * NS_A_US)
    rows = []
    for i in range(len(found)):
        where = f"{file}: row {i}"
        if not 0 <= kinds[i] < len(TYPES):
            raise ReadError(f"{where}: type: expected 0 to {len(TYPES) - 1}, got {kinds[i]}")
        center, size, heading = values[i, :3].tolist(), values[i, 3:6].tolist(), values[i, 6]
        kind, quat = TYPES[kinds[i]], yaw_quat(heading)
        rows.append(LabelRow(int(frames[i]), ids[i], kind, where, center, size, quat))
    return from_ego(rows, target)


def camera_numbers(names: list[str]) -> dict[str, int]:
    """Number of each camera: by name where it is one of theirs, else the next that is free."""
    known = {name: CAMERAS.index(name.upper()) for name in names if name.upper() in CAMERAS[1:]}
    free = (number for number in range(1, 127) if number not in known.values())
    return {name: known[name] if name in known else next(free) for name in names}


def _boxes(job: ExportJob) -> pa.Table:
    cuboids = job.cuboids
    pose = job.frames.world_from_ego[job.frames.positions(cuboids.frame_idx)]
    ego = cuboids.moved(pose.inverse(), "ego")
    unknown = pa.nulls(len(cuboids), pa.float64())
    values = {f"center.{axis}": ego.center[:, i] for i, axis in enumerate("xyz")}
    values |= {f"size.{axis}": ego.size_lwh[:, i].astype(float) for i, axis in enumerate("xyz")}
    return pa.table(
        {
            **_label_keys(job, np.arange(len(cuboids))),
            **{f"{BOX}.box.{name}": column for name, column in values.items()},
            f"{BOX}.box.heading": ego.yaw,
            f"{BOX}.type": pa.array([TYPES.index(name) for name in job.class_names], pa.int8()),
            f"{BOX}.num_lidar_points_in_box": cuboids.num_points.astype(np.int64),
            f"{BOX}.num_top_lidar_points_in_box": cuboids.num_points.astype(np.int64),
            **{
                f"{BOX}.speed.{axis}": pa.array(ego.velocity[:, i].astype(float), from_pandas=True)
                for i, axis in enumerate("xyz")
            },
            **{f"{BOX}.acceleration.{axis}": unknown for axis in "xyz"},
            **{
                f"{BOX}.difficulty_level.{task}": pa.nulls(len(cuboids), pa.int8())
                for task in ("detection", "tracking")
            },
        }
    )


def _projections(job: ExportJob, numbers: Mapping[str, int]) -> pa.Table:
    seen = projections(job)
    rows = rows_of(job.cuboids, seen.cuboid_id)
    u0, v0, u1, v1 = seen.uv_box.astype(float).T
    part = "[ProjectedLiDARBoxComponent]"
    return pa.table(
        {
            **_label_keys(job, rows),
            CAMERA: pa.array([numbers[name] for name in seen.sensor_id], pa.int8()),
            # Theirs counts from the corner of the first pixel.
            f"{part}.box.center.x": (u0 + u1) / 2 + 0.5,
            f"{part}.box.center.y": (v0 + v1) / 2 + 0.5,
            f"{part}.box.size.x": u1 - u0,
            f"{part}.box.size.y": v1 - v0,
            f"{part}.type": pa.array(
                [TYPES.index(job.class_names[row]) for row in rows], pa.int8()
            ),
        }
    )


def _label_keys(job: ExportJob, rows: np.ndarray) -> dict[str, Any]:
    cuboids = job.cuboids.select(rows)
    times = job.frames.ref_ns[job.frames.positions(cuboids.frame_idx)]
    return {
        SEGMENT: pa.array([job.scene.scene_id] * len(rows), pa.string()),
        MICROS: times // NS_A_US,
        OBJECT: pa.array([job.object_name(row) for row in rows.tolist()], pa.string()),
    }


def _poses(job: ExportJob) -> pa.Table:
    poses = job.frames.world_from_ego
    moved = SE3(poses.rotation, poses.translation + job.scene.origin_m)
    return pa.table(
        {
            SEGMENT: pa.array([job.scene.scene_id] * len(poses), pa.string()),
            MICROS: job.frames.ref_ns // NS_A_US,
            "[VehiclePoseComponent].world_from_vehicle.transform": _matrices(moved.matrix),
        }
    )


def _cameras(job: ExportJob, numbers: Mapping[str, int]) -> pa.Table:
    cameras = job.scene.rig.cameras
    part = "[CameraCalibrationComponent]"
    poses = [(camera.ego_from_sensor @ CAM_FROM_WAYMO).matrix for camera in cameras.values()]
    intrinsics = [_intrinsic(camera, job) for camera in cameras.values()]
    names = ("f_u", "f_v", "c_u", "c_v", "k1", "k2", "p1", "p2", "k3")
    columns = zip(names, np.array(intrinsics).reshape(-1, 9).T, strict=True)
    shutters = [
        TOP_TO_BOTTOM if camera.shutter == "rolling" else GLOBAL_SHUTTER
        for camera in cameras.values()
    ]
    models = [camera.model for camera in cameras.values()]
    return pa.table(
        {
            SEGMENT: pa.array([job.scene.scene_id] * len(cameras), pa.string()),
            CAMERA: pa.array([numbers[name] for name in cameras], pa.int8()),
            **{f"{part}.intrinsic.{name}": column for name, column in columns},
            f"{part}.extrinsic.transform": _matrices(np.array(poses).reshape(-1, 4, 4)),
            f"{part}.width": pa.array([model.width_px for model in models], pa.int32()),
            f"{part}.height": pa.array([model.height_px for model in models], pa.int32()),
            f"{part}.rolling_shutter_direction": pa.array(shutters, pa.int8()),
        }
    )


def _intrinsic(camera: Camera, job: ExportJob) -> list[float]:
    """Focal lengths, principal point (from the corner of the first pixel), k1 k2 p1 p2 k3."""
    model = camera.model
    bent = model.distortion.tolist() if model.name == "pinhole" else []
    if model.name != "pinhole" or len(bent) > 5:
        job.account.note(f"camera '{camera.sensor_id}': its lens has no place; k1 to k3 are wrong")
    fx, fy, cx, cy = model.intrinsics.tolist()
    return [fx, fy, cx + 0.5, cy + 0.5, *(bent + [0.0] * 5)[:5]]


def _matrices(matrices: np.ndarray) -> pa.Array:
    return pa.FixedSizeListArray.from_arrays(pa.array(matrices.ravel()), 16)


def _file(path: Path, wanted: str | None) -> Path:
    if path.is_file():
        return path
    folder = path / "lidar_box" if (path / "lidar_box").is_dir() else path
    present = sorted(file.stem for file in folder.glob("*.parquet"))
    listed = ", ".join(present[:10]) or "none"
    if wanted is not None and wanted not in present:
        raise ReadError(f"{folder}: segment '{wanted}': expected one of {listed}")
    if wanted is None and len(present) != 1:
        raise ReadError(f"{folder}: choose a segment with --sequence; there are {listed}")
    return folder / f"{wanted or present[0]}.parquet"


EXPORTER = Exporter(write, frozenset({"track", "velocity", "num_points"}), CLASSES)
LEAVES = {TYPES[0]: "unknown", TYPES[1]: "car", TYPES[3]: "unknown"} | inverse(CLASSES)
IMPORTER = Importer(read, LEAVES, CLASSES)
