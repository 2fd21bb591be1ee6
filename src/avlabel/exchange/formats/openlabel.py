"""ASAM OpenLABEL 1.0.0: one JSON file of a drive."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from avlabel import __version__
from avlabel.core.cameras import CameraModel
from avlabel.core.cuboids import Source
from avlabel.core.projections import Projections
from avlabel.core.se3 import SE3
from avlabel.edits.model import Value
from avlabel.exchange.formats.openlabel_labels import VEHICLE, WORLD, read
from avlabel.exchange.job import ExportJob, FrameLabels
from avlabel.exchange.media import write_text
from avlabel.exchange.rectify import is_rectified
from avlabel.exchange.registry import Exporter, Importer
from avlabel.exchange.views import projections, rows_of

FILE = "labels.json"
Facts = dict[str, Any]


def write(job: ExportJob, folder: Path) -> None:
    """``labels.json``: cuboids in the vehicle's frame, rectangles in every image."""
    frames, objects = _frames(job)
    metadata = {
        "schema_version": "1.0.0",
        "name": job.scene.scene_id,
        "annotator": f"avlabel {__version__}",
        "file_version": str(job.scene.number),
    }
    content = {
        "metadata": metadata,
        "coordinate_systems": _coordinate_systems(job),
        "streams": _streams(job),
        "objects": objects,
        "frames": frames,
        "frame_intervals": intervals(job.frames.frame_idx.tolist()),
    }
    write_text(folder / FILE, json.dumps({"openlabel": content}) + "\n")
    if job.options.points or job.options.images:
        job.account.note("labels and calibration only: sweeps and images stay where they are")


def _frames(job: ExportJob) -> tuple[Facts, Facts]:
    """Frames by number, and objects by key."""
    seen = _rectangles(job, projections(job))
    numbers_of: dict[str, list[int]] = defaultdict(list)
    kinds: dict[str, str] = {}
    frames: Facts = {}
    for frame in job.each_frame():
        here = {}
        for k, row in enumerate(frame.rows.tolist()):
            key = object_key(job, row)
            here[key] = {"object_data": _object_data(job, frame, k, row, seen.get(row, []))}
            numbers_of[key].append(frame.frame_idx)
            kinds[key] = frame.class_names[k]
        properties = _frame_properties(job, frame)
        frames[str(frame.frame_idx)] = {"frame_properties": properties, "objects": here}
    return frames, {key: _object(key, kinds[key], numbers_of[key]) for key in kinds}


def object_key(job: ExportJob, row: int) -> str:
    """The track's number; a UUID for a box without a track."""
    name = job.object_name(row)
    return name if name.isdigit() else str(job.object_uuid(row))


def intervals(numbers: list[int]) -> list[Facts]:
    """Stretches of consecutive numbers, of increasing ones."""
    found: list[Facts] = []
    for number in numbers:
        if found and found[-1]["frame_end"] == number - 1:
            found[-1]["frame_end"] = number
        else:
            found.append({"frame_start": number, "frame_end": number})
    return found


def transform(dst_from_src: SE3) -> Facts:
    """A pose as OpenLABEL has it: quaternion x, y, z, w."""
    w, x, y, z = dst_from_src.quat_wxyz.tolist()
    return {"quaternion": [x, y, z, w], "translation": dst_from_src.translation.tolist()}


def _object(key: str, kind: str, numbers: list[int]) -> Facts:
    stretches = intervals(numbers)
    pointer = {"cuboid": {"type": "cuboid", "frame_intervals": stretches}}
    return {
        "name": f"{kind} {key}",
        "type": kind,
        "frame_intervals": stretches,
        "object_data_pointers": pointer,
    }


def _object_data(
    job: ExportJob, frame: FrameLabels, k: int, row: int, rectangles: list[Facts]
) -> Facts:
    boxes = frame.boxes_ego
    w, x, y, z = boxes.quat_wxyz[k].tolist()
    size = boxes.size_lwh[k].astype(float).tolist()
    cuboid: Facts = {
        "name": "cuboid",
        "val": [*boxes.center[k].tolist(), x, y, z, w, *size],
        "coordinate_system": VEHICLE,
        "attributes": _attributes(
            {
                "score": round(float(boxes.score[k]), 6),
                "num_points": int(boxes.num_points[k]),
                "timestamp_ns": str(boxes.timestamp_ns[k]),
                "source": Source(boxes.source[k]).name.lower(),
            }
        ),
    }
    velocity = job.cuboids.velocity[row].astype(float).tolist()
    if all(map(_is_finite, velocity)):
        cuboid["attributes"]["vec"] = [
            {"name": "velocity_mps", "val": velocity, "coordinate_system": WORLD}
        ]
    data = {"cuboid": [cuboid], **_attributes(job.attributes_of(row))}
    return data | ({"bbox": rectangles} if rectangles else {})


def _attributes(values: Mapping[str, Value]) -> Facts:
    """Values by kind, as OpenLABEL sorts them."""
    sorted_: dict[str, list[Facts]] = defaultdict(list)
    for name, value in values.items():
        if value is not None:
            kind = "text" if isinstance(value, str) else "num"
            kind = "boolean" if isinstance(value, bool) else kind
            sorted_[kind].append({"name": name, "val": value})
    return dict(sorted_)


def _rectangles(job: ExportJob, seen: Projections) -> dict[int, list[Facts]]:
    """By row, a rectangle (centre and size, pixels) in each image that shows the box."""
    found: dict[int, list[Facts]] = defaultdict(list)
    for i, row in enumerate(rows_of(job.cuboids, seen.cuboid_id).tolist()):
        u0, v0, u1, v1 = seen.uv_box[i].astype(float).tolist()
        camera = seen.cameras[seen.camera[i]]
        val = [(u0 + u1) / 2, (v0 + v1) / 2, u1 - u0, v1 - v0]
        found[row].append({"name": f"bbox {camera}", "val": val, "coordinate_system": camera})
    return found


def _frame_properties(job: ExportJob, frame: FrameLabels) -> Facts:
    pose = SE3(frame.world_from_ego.rotation, frame.world_from_ego.translation + job.scene.origin_m)
    name = f"{VEHICLE}_to_{WORLD}"
    moved = {"src": VEHICLE, "dst": WORLD, "transform_src_to_dst": transform(pose)}
    return {"timestamp": frame.ref_ns / 1e9, "transforms": {name: moved}}


def _coordinate_systems(job: ExportJob) -> Facts:
    rig = job.scene.rig
    poses = {name: lidar.ego_from_sensor for name, lidar in rig.lidars.items()}
    poses |= {name: camera.ego_from_sensor for name, camera in rig.cameras.items()}
    sensors = {
        name: {
            "type": "sensor_cs",
            "parent": VEHICLE,
            "children": [],
            "pose_wrt_parent": transform(pose),
        }
        for name, pose in poses.items()
    }
    world = {"type": "scene_cs", "parent": "", "children": [VEHICLE]}
    vehicle = {"type": "local_cs", "parent": WORLD, "children": list(poses)}
    return {WORLD: world, VEHICLE: vehicle, **sensors}


def _streams(job: ExportJob) -> Facts:
    rig = job.scene.rig
    lidars = {name: {"type": "lidar"} for name in rig.lidars}
    cameras = {
        name: {"type": "camera", "stream_properties": _intrinsics(camera.model)}
        for name, camera in rig.cameras.items()
    }
    return {**lidars, **cameras}


def _intrinsics(model: CameraModel) -> Facts:
    fx, fy, cx, cy = model.intrinsics.tolist()
    size = {"width_px": model.width_px, "height_px": model.height_px}
    if model.name == "pinhole":
        matrix = [fx, 0.0, cx, 0.0, 0.0, fy, cy, 0.0, 0.0, 0.0, 1.0, 0.0]
        bent = [] if is_rectified(model) else model.distortion.tolist()
        padded = {"distortion_coeffs": bent + [0.0] * max(0, 5 - len(bent))} if bent else {}
        return {"intrinsics_pinhole": {**size, "camera_matrix": matrix, **padded}}
    focal = {"focal_length_x": fx, "focal_length_y": fy, "center_x_px": cx, "center_y_px": cy}
    lens = {"lens_coeffs": model.distortion.tolist()}
    if model.name == "fisheye":
        return {"intrinsics_fisheye": {**size, **focal, **lens}}
    return {"intrinsics_custom": {"model": model.name, **size, **focal, **lens}}


def _is_finite(value: float) -> bool:
    return value - value == 0


EXPORTER = Exporter(write)
IMPORTER = Importer(read, has_tilt=True)
