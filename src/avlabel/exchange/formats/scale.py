"""Scale's LiDAR annotation tasks: frames to label, and the cuboids that come back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from avlabel.core.rig import Camera
from avlabel.core.se3 import SE3
from avlabel.errors import ReadError
from avlabel.exchange.incoming import Incoming, LabelRow, Target, from_world, yaw_quat
from avlabel.exchange.job import ExportJob, FrameLabels
from avlabel.exchange.media import points_in, write_rectified, write_text
from avlabel.exchange.rectify import rectified
from avlabel.exchange.registry import Exporter, Importer
from avlabel.exchange.views import exposure_times
from avlabel.readers.files import read_json
from avlabel.readers.json_fields import Node
from avlabel.stages.project import NO_IMAGE

FILE, DRIVE = "cuboids.json", "drive.json"
QUARTER = np.pi / 2
"""Their yaw 0 faces +y, ours +x."""


def write(job: ExportJob, folder: Path) -> None:
    """``cuboids.json``, ``drive.json``, ``frames/000012.json`` and ``images/<camera>/000012.jpg``.

    Everything is in the scene's world, whose origin in the recording's own is in ``drive.json``:
    their points are 32 bits wide.
    """
    frames = list(job.each_frame())
    cuboids = [{"cuboids": [_cuboid(job, row) for row in frame.rows.tolist()]} for frame in frames]
    write_text(folder / FILE, json.dumps(cuboids) + "\n")
    drive = {
        "origin_m": job.scene.origin_m.tolist(),
        "frame_idx": job.frames.frame_idx.tolist(),
        "timestamp_ns": job.frames.ref_ns.tolist(),
    }
    write_text(folder / DRIVE, json.dumps(drive) + "\n")
    for frame in frames:
        content = _frame(job, frame, folder)
        write_text(folder / "frames" / f"{frame.frame_idx:06d}.json", json.dumps(content) + "\n")


def read(path: Path, target: Target) -> Incoming:
    """Cuboids of a task's response: a list of frames in order of time.

    With ``drive.json`` beside it the frames are those that it lists, and places are relative to
    its origin; else they are the scene's, and places are in the recording's own world.

    Raises:
        ReadError: naming file and place.
    """
    file = path / FILE if path.is_dir() else path
    frames = list(Node(read_json(file), str(file)))
    numbers, origin = target.frames.frame_idx.astype(np.int64), np.zeros(3)
    if (beside := file.with_name(DRIVE)).is_file():
        drive = Node(read_json(beside), str(beside))
        numbers = np.array([number.whole() for number in drive["frame_idx"]], np.int64)
        origin = np.array(drive["origin_m"].numbers(3))
    if len(frames) != len(numbers):
        raise ReadError(f"{file}: expected {len(numbers)} frames, got {len(frames)}")
    rows = [
        _row(cuboid, frame_row, origin)
        for frame_row, frame in zip(target.rows_of(numbers).tolist(), frames, strict=True)
        for cuboid in frame["cuboids"]
    ]
    return from_world(rows, target)


def _row(cuboid: Node, frame_row: int, origin: np.ndarray) -> LabelRow:
    width, length, height = cuboid["dimensions"].axes()
    return LabelRow(
        frame_row,
        cuboid["uuid"].text(),
        cuboid["label"].text(),
        cuboid.where,
        (np.array(cuboid["position"].axes()) + origin).tolist(),
        [length, width, height],
        yaw_quat(cuboid["yaw"].number() + QUARTER),
    )


def _cuboid(job: ExportJob, row: int) -> dict[str, Any]:
    cuboids = job.cuboids
    length, width, height = cuboids.size_lwh[row].astype(float).tolist()
    speed = float(np.linalg.norm(cuboids.velocity[row]))
    stationary = {"stationary": speed < 0.2} if np.isfinite(speed) else {}
    return {
        "uuid": str(job.object_uuid(row)),
        "label": job.class_names[row],
        "position": _xyz(cuboids.center[row]),
        "dimensions": {"x": width, "y": length, "z": height},
        "yaw": float((cuboids.yaw[row] - QUARTER + np.pi) % (2 * np.pi) - np.pi),
        "numberOfPoints": int(cuboids.num_points[row]),
        **stationary,
        "attributes": job.attributes_of(row),
    }


def _frame(job: ExportJob, frame: FrameLabels, folder: Path) -> dict[str, Any]:
    """What the tool is given to label: points, device and cameras, all in the scene's world."""
    mounted = [lidar.ego_from_sensor for lidar in job.scene.rig.lidars.values()]
    device = frame.world_from_ego @ (mounted[0] if mounted else SE3.identity())
    points = points_in(job, frame.frame_idx, frame.world_from_ego)
    rounded = [] if points is None else np.round(points.astype(float), 3).tolist()
    return {
        "device_position": _xyz(device.translation),
        "device_heading": _heading(device),
        "timestamp": frame.ref_ns,
        "points": [dict(zip("xyzi", point, strict=True)) for point in rounded],
        "images": _images(job, frame, folder),
    }


def _images(job: ExportJob, frame: FrameLabels, folder: Path) -> list[dict[str, Any]]:
    images = []
    for index, (name, times) in enumerate(exposure_times(job).items()):
        time_ns = int(times[frame.position])
        ego_pose = job.ego_pose(time_ns) if time_ns != NO_IMAGE else None
        if ego_pose is None:
            continue
        camera = job.scene.rig.cameras[name]
        file = f"images/{name}/{frame.frame_idx:06d}.jpg"
        write_rectified(job, frame.frame_idx, camera, folder / file)
        facts = {"image_url": file, "camera_index": index, "timestamp": time_ns}
        images.append(facts | _camera(camera, ego_pose @ camera.ego_from_sensor))
    return images


def _camera(camera: Camera, world_from_camera: SE3) -> dict[str, Any]:
    fx, fy, cx, cy = rectified(camera).model.intrinsics.tolist()
    return {
        "position": _xyz(world_from_camera.translation),
        "heading": _heading(world_from_camera),
        "camera_model": "pinhole",
        "fx": fx,
        "fy": fy,
        "cx": cx,
        "cy": cy,
    }


def _xyz(values: np.ndarray) -> dict[str, float]:
    return dict(zip("xyz", values.astype(float).tolist(), strict=True))


def _heading(pose: SE3) -> dict[str, float]:
    return dict(zip("wxyz", pose.quat_wxyz.tolist(), strict=True))


EXPORTER = Exporter(write, frozenset({"track", "num_points", "attributes"}))
IMPORTER = Importer(read)
