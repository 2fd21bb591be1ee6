"""Argoverse 2: one log of the sensor dataset, as Feather files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.feather

from avlabel.core.arrays import Float64, Int64
from avlabel.core.se3 import SE3
from avlabel.core.trajectory import MAX_EXTRAPOLATION_NS
from avlabel.errors import ReadError
from avlabel.exchange.columns import Columns, read_feather
from avlabel.exchange.formats.argoverse2_classes import CLASSES, LEAVES
from avlabel.exchange.incoming import Incoming, LabelRow, Target, from_ego, from_world
from avlabel.exchange.job import ExportJob
from avlabel.exchange.media import write_rectified
from avlabel.exchange.rectify import is_rectified, rectified
from avlabel.exchange.registry import Exporter, Importer
from avlabel.exchange.views import exposure_times
from avlabel.readers.argoverse2_tables import EGO_FROM_AXLE, PLACE, QUAT, SIZE, TURN_NS
from avlabel.stages.project import NO_IMAGE

MAIN_LIDAR = "up_lidar"


def write(job: ExportJob, folder: Path) -> None:
    """``<scene>/{annotations,city_SE3_egovehicle}.feather``, ``calibration`` and ``sensors``."""
    log = folder / job.scene.scene_id
    (log / "calibration").mkdir(parents=True)
    _write(_annotations(job), log / "annotations.feather")
    _write(_poses(job), log / "city_SE3_egovehicle.feather")
    _write(_sensors(job), log / "calibration" / "egovehicle_SE3_sensor.feather")
    _write(_intrinsics(job), log / "calibration" / "intrinsics.feather")
    _write_sweeps(job, log / "sensors" / "lidar")
    for name, times in exposure_times(job).items():
        camera = job.scene.rig.cameras[name]
        if not is_rectified(camera.model):
            job.account.note(f"camera '{name}': images are rectified, as theirs are")
        for frame_idx, time_ns in zip(job.frames.frame_idx.tolist(), times.tolist(), strict=True):
            if time_ns != NO_IMAGE:
                image = log / "sensors" / "cameras" / name / f"{time_ns}.jpg"
                write_rectified(job, frame_idx, camera, image)


def read(path: Path, target: Target) -> Incoming:
    """Annotations of a log, through its own poses where they are there.

    With ``city_SE3_egovehicle.feather`` beside them, boxes go through the city frame, which must
    be the recording's world; else they are taken to be in the scene's own ego frames.

    Raises:
        ReadError: naming file, row and column.
    """
    file = _log(path, target.options.sequence) / "annotations.feather"
    table = read_feather(file)
    times, quats, centers = table.whole("timestamp_ns"), table.matrix(QUAT), table.matrix(PLACE)
    # Their times are those of a sweep's start.
    frames = target.rows_of_sweeps(times, TURN_NS // 2)
    poses = file.with_name("city_SE3_egovehicle.feather")
    if poses.is_file():
        centers, quats = _in_city(read_feather(poses), times, centers, quats, str(file))
        return from_world(_rows(table, frames, centers, quats), target)
    in_ego = np.asarray(EGO_FROM_AXLE.apply(centers), np.float64)
    return from_ego(_rows(table, frames, in_ego, quats), target)


def _rows(table: Columns, frames: Int64, centers: Float64, quats: Float64) -> list[LabelRow]:
    ids, classes, sizes = table.texts("track_uuid"), table.texts("category"), table.matrix(SIZE)
    return [
        LabelRow(
            int(frames[i]),
            ids[i],
            classes[i],
            f"{table.where}: row {i}",
            centers[i].tolist(),
            sizes[i].tolist(),
            quats[i].tolist(),
        )
        for i in range(len(table))
    ]


def _annotations(job: ExportJob) -> pa.Table:
    parts: dict[str, list[Any]] = {name: [] for name in ("time", "box", "name", "track")}
    for frame in job.each_frame():
        boxes = frame.boxes_ego.moved(EGO_FROM_AXLE.inverse(), "ego")
        quats = np.column_stack([boxes.size_lwh.astype(np.float64), boxes.quat_wxyz, boxes.center])
        parts["box"].append(quats)
        parts["time"] += [frame.ref_ns] * len(boxes)
        parts["name"] += frame.class_names
        parts["track"] += [str(job.object_uuid(row)) for row in frame.rows.tolist()]
    numbers = np.concatenate([np.zeros((0, 10)), *parts["box"]])
    return pa.table(
        {
            "timestamp_ns": pa.array(parts["time"], pa.int64()),
            "track_uuid": pa.array(parts["track"], pa.string()),
            "category": pa.array(parts["name"], pa.string()),
            **dict(zip((*SIZE, *QUAT, *PLACE), numbers.T, strict=True)),
            "num_interior_pts": pa.array(job.cuboids.num_points, pa.int64()),
        }
    )


def _poses(job: ExportJob) -> pa.Table:
    """At every sweep and image, as their tools look poses up by exact time, and as recorded."""
    trajectory, frames = job.scene.trajectory, job.frames
    images = [times[times != NO_IMAGE] for times in exposure_times(job).values()]
    times = np.unique(np.concatenate([trajectory.timestamp_ns, frames.ref_ns, *images]))
    times = times[trajectory.covers(times, extrapolate_ns=MAX_EXTRAPOLATION_NS)]
    poses = trajectory.at(times, extrapolate_ns=MAX_EXTRAPOLATION_NS) @ EGO_FROM_AXLE
    columns = np.column_stack([poses.quat_wxyz, poses.translation + job.scene.origin_m])
    return pa.table({"timestamp_ns": times, **dict(zip((*QUAT, *PLACE), columns.T, strict=True))})


def _sensors(job: ExportJob) -> pa.Table:
    rig = job.scene.rig
    poses = {name: camera.ego_from_sensor for name, camera in rig.cameras.items()}
    poses |= {_lidar(job, name): lidar.ego_from_sensor for name, lidar in rig.lidars.items()}
    turns = np.array([pose.rotation for pose in poses.values()]).reshape(-1, 3, 3)
    places = np.array([pose.translation for pose in poses.values()]).reshape(-1, 3)
    axle_from_sensor = EGO_FROM_AXLE.inverse() @ SE3(turns, places)
    columns = np.column_stack([axle_from_sensor.quat_wxyz, axle_from_sensor.translation])
    names = pa.array(list(poses), pa.string())
    return pa.table({"sensor_name": names, **dict(zip((*QUAT, *PLACE), columns.T, strict=True))})


def _lidar(job: ExportJob, name: str) -> str:
    """The main LiDAR, whose sweeps are written, goes by the name of their upper one."""
    main = next(iter([*job.scene.lidars, *job.scene.rig.lidars]))
    return MAIN_LIDAR if name == main else name


def _intrinsics(job: ExportJob) -> pa.Table:
    models = {name: rectified(camera).model for name, camera in job.scene.rig.cameras.items()}
    pinholes = np.array([model.intrinsics for model in models.values()]).reshape(-1, 4)
    names = ("fx_px", "fy_px", "cx_px", "cy_px")
    sizes = [(model.height_px, model.width_px) for model in models.values()]
    return pa.table(
        {
            "sensor_name": pa.array(list(models), pa.string()),
            **dict(zip(names, pinholes.T, strict=True)),
            **{name: np.zeros(len(models)) for name in ("k1", "k2", "k3")},
            "height_px": pa.array([height for height, _ in sizes], pa.uint16()),
            "width_px": pa.array([width for _, width in sizes], pa.uint16()),
        }
    )


def _write_sweeps(job: ExportJob, folder: Path) -> None:
    if not job.options.points or not job.scene.lidars:
        return
    folder.mkdir(parents=True)
    for frame_idx, time_ns in zip(job.frames.frame_idx.tolist(), job.frames.ref_ns, strict=True):
        sweep = job.scene.sweep(frame_idx)
        points = EGO_FROM_AXLE.inverse().apply(sweep.points_ego)
        columns = {
            **dict(zip("xyz", points.T, strict=True)),
            "intensity": sweep.intensity.clip(0, 255).astype(np.uint8),
            "laser_number": sweep.ring.astype(np.uint8),
            "offset_ns": sweep.t_offset_ns,
        }
        _write(pa.table(columns), folder / f"{time_ns}.feather")


def _write(table: pa.Table, path: Path) -> None:
    pa.feather.write_feather(table, str(path), compression="zstd")


def _log(path: Path, wanted: str | None) -> Path:
    """The folder of one log: ``path``, or one in it."""
    if (path / "annotations.feather").is_file():
        return path
    present = sorted(file.parent.name for file in path.glob("*/annotations.feather"))
    listed = ", ".join(present) or "none"
    if wanted is not None and wanted not in present:
        raise ReadError(f"{path}: log '{wanted}': expected one of {listed}")
    if wanted is None and len(present) != 1:
        raise ReadError(
            f"{path}: choose a log with --sequence; with annotations there are {listed}"
        )
    return path / (wanted or present[0])


def _in_city(
    poses: Columns, times: Int64, centers: Float64, quats: Float64, where: str
) -> tuple[Float64, Float64]:
    """Centres and quaternions in the city frame, by the pose of exactly their time."""
    known = {time: row for row, time in enumerate(poses.whole("timestamp_ns").tolist())}
    for row, time in enumerate(times.tolist()):
        if time not in known:
            raise ReadError(f"{where}: row {row}: {poses.where} has no pose at its time {time}")
    rows = np.array([known[time] for time in times.tolist()], np.int64)
    if not len(rows):
        return centers, quats
    city_from_axle = SE3.from_quat(
        poses.matrix(QUAT)[rows],
        poses.matrix(PLACE)[rows],
    )
    in_city = city_from_axle @ SE3.from_quat(quats, centers)
    return np.asarray(in_city.translation), in_city.quat_wxyz


EXPORTER = Exporter(write, frozenset({"track", "tilt", "num_points"}), CLASSES)
IMPORTER = Importer(read, LEAVES, CLASSES, has_tilt=True)
