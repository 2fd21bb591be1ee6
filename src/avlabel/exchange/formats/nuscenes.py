"""nuScenes: the tables of the development kit, every frame a sample."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from avlabel.core.arrays import Int64
from avlabel.core.rig import Camera
from avlabel.core.se3 import SE3
from avlabel.exchange.formats.nuscenes_classes import CLASSES
from avlabel.exchange.formats.nuscenes_tables import Record, Tables
from avlabel.exchange.job import ExportJob
from avlabel.exchange.media import points_in, write_bytes, write_rectified, write_text
from avlabel.exchange.rectify import is_rectified, rectified
from avlabel.exchange.registry import Exporter
from avlabel.exchange.views import exposure_times, projections, rows_of
from avlabel.stages.project import NO_IMAGE

VERSION = "v1.0-trainval"
LIDAR = "LIDAR_TOP"
NS_A_US = 1000
VISIBILITIES = ("v0-40", "v40-60", "v60-80", "v80-100")


def write(job: ExportJob, folder: Path) -> None:
    """``v1.0-trainval/*.json``, ``samples/<CHANNEL>/*`` and an empty map."""
    tables = Tables(job.scene.scene_id)
    samples = _write_frames(job, tables, folder)
    _write_sample_data(job, tables, folder, samples)
    _write_annotations(job, tables, samples)
    for name, records in tables.records.items():
        write_text(folder / VERSION / f"{name}.json", json.dumps(records) + "\n")
    job.account.note(
        "every frame is a sample; nuScenes itself has two a second, and no velocity but what "
        "follows from boxes before and after"
    )


def channel(camera: str) -> str:
    """``CAM_FRONT`` of ``front``."""
    name = camera.upper()
    return name if name.startswith("CAM_") else f"CAM_{name}"


def _write_frames(job: ExportJob, tables: Tables, folder: Path) -> list[str]:
    log = _add_log(job, tables, folder)
    scene = tables.token("scene")
    samples = [
        tables.add("sample", frame, timestamp=int(ref_ns) // NS_A_US, scene_token=scene)
        for frame, ref_ns in zip(job.frames.frame_idx, job.frames.ref_ns, strict=True)
    ]
    tables.chain("sample", samples)
    tables.add(
        "scene",
        log_token=log,
        nbr_samples=len(samples),
        first_sample_token=samples[0],
        last_sample_token=samples[-1],
        name=job.scene.scene_id,
        description=f"frames {job.frames.frame_idx[0]} to {job.frames.frame_idx[-1]}",
    )
    return samples


def _add_log(job: ExportJob, tables: Tables, folder: Path) -> str:
    """The log and a map of nothing, which their development kit needs."""
    day = str(np.datetime64(int(job.frames.ref_ns[0]), "ns").astype("M8[D]"))
    facts = {"logfile": job.scene.log_id, "vehicle": "", "date_captured": day, "location": ""}
    log = tables.add("log", **facts)
    blank = cv2.imencode(".png", np.zeros((8, 8), np.uint8))[1].tobytes()
    write_bytes(folder / "maps" / "empty.png", blank)
    tables.add("map", category="semantic_prior", filename="maps/empty.png", log_tokens=[log])
    return log


def _write_sample_data(
    job: ExportJob, tables: Tables, folder: Path, samples: Sequence[str]
) -> None:
    rig, log = job.scene.rig, job.scene.log_id
    if job.scene.lidars:
        lidar = rig.lidars[job.scene.lidars[0]]
        sensor = _sensor(tables, LIDAR, "lidar", lidar.ego_from_sensor, [])
        tokens = []
        for i, ref_ns in enumerate(job.frames.ref_ns.tolist()):
            name = f"samples/{LIDAR}/{log}__{LIDAR}__{ref_ns // NS_A_US}.pcd.bin"
            _write_cloud(job, i, lidar.ego_from_sensor, folder / name)
            facts = {"fileformat": "pcd", "height": 0, "width": 0, "filename": name}
            pose = job.frames.world_from_ego[i]
            place = _place(job, tables, LIDAR, samples[i], ref_ns, pose)
            facts |= {**place, "calibrated_sensor_token": sensor}
            tokens.append(tables.add("sample_data", LIDAR, i, **facts))
        tables.chain("sample_data", tokens)
    for name, times in exposure_times(job).items():
        _write_images(job, tables, folder, samples, rig.cameras[name], times.tolist())


def _write_images(
    job: ExportJob,
    tables: Tables,
    folder: Path,
    samples: Sequence[str],
    camera: Camera,
    times: Sequence[int],
) -> None:
    flat, name = rectified(camera), channel(camera.sensor_id)
    if not is_rectified(camera.model):
        job.account.note(f"camera '{camera.sensor_id}': images are rectified, as theirs are")
    fx, fy, cx, cy = flat.model.intrinsics.tolist()
    intrinsic = [[fx, 0.0, cx], [0.0, fy, cy], [0.0, 0.0, 1.0]]
    sensor = _sensor(tables, name, "camera", camera.ego_from_sensor, intrinsic)
    size, tokens = {"height": flat.model.height_px, "width": flat.model.width_px}, []
    for i, time_ns in enumerate(times):
        pose = job.ego_pose(time_ns) if time_ns != NO_IMAGE else None
        if pose is None:
            continue
        file = f"samples/{name}/{job.scene.log_id}__{name}__{time_ns // NS_A_US}.jpg"
        write_rectified(job, int(job.frames.frame_idx[i]), camera, folder / file)
        place = _place(job, tables, name, samples[i], time_ns, pose)
        facts = {**place, **size, "calibrated_sensor_token": sensor, "fileformat": "jpg"}
        tokens.append(tables.add("sample_data", name, i, **facts, filename=file))
    tables.chain("sample_data", tokens)


def _place(
    job: ExportJob, tables: Tables, name: str, sample: str, time_ns: int, pose: SE3
) -> Record:
    """What a sweep and an image have in common: where the vehicle was, and when."""
    ego_pose = tables.add(
        "ego_pose",
        name,
        time_ns,
        timestamp=time_ns // NS_A_US,
        rotation=pose.quat_wxyz.tolist(),
        translation=(pose.translation + job.scene.origin_m).tolist(),
    )
    return {
        "sample_token": sample,
        "ego_pose_token": ego_pose,
        "timestamp": time_ns // NS_A_US,
        "is_key_frame": True,
    }


def _sensor(
    tables: Tables, name: str, modality: str, ego_from_sensor: SE3, intrinsic: list[list[float]]
) -> str:
    sensor = tables.add("sensor", name, channel=name, modality=modality)
    return tables.add(
        "calibrated_sensor",
        name,
        sensor_token=sensor,
        translation=ego_from_sensor.translation.tolist(),
        rotation=ego_from_sensor.quat_wxyz.tolist(),
        camera_intrinsic=intrinsic,
    )


def _write_cloud(job: ExportJob, i: int, ego_from_sensor: SE3, path: Path) -> None:
    """x, y, z, intensity 0 to 255, ring; float32, in the LiDAR's own frame."""
    frame_idx = int(job.frames.frame_idx[i])
    points = points_in(job, frame_idx, ego_from_sensor.inverse())
    if points is not None:
        points[:, 3] *= 255
        ring = job.scene.sweep(frame_idx).ring
        write_bytes(path, np.column_stack([points, ring]).astype("<f4").tobytes())


def _write_annotations(job: ExportJob, tables: Tables, samples: Sequence[str]) -> None:
    categories = {
        name: tables.add("category", name, name=name, description="", index=i)
        for i, name in enumerate(job.all_class_names)
    }
    tables.records["visibility"] = [
        {"token": str(i), "level": level, "description": f"{level[1:]}% of the object is visible"}
        for i, level in enumerate(VISIBILITIES, start=1)
    ]
    visible, boxes_of = _visibility(job), defaultdict(list)
    for frame in job.each_frame():
        for k, row in enumerate(frame.rows.tolist()):
            own = job.object_name(row)
            token = tables.add(
                "sample_annotation",
                own,
                frame.frame_idx,
                sample_token=samples[frame.position],
                instance_token=tables.token("instance", own),
                visibility_token=str(visible[row]),
                **_box(job, row),
            )
            boxes_of[own, frame.class_names[k]].append(token)
    for (own, name), tokens in boxes_of.items():
        _add_instance(tables, own, categories[name], tokens)


def _add_instance(tables: Tables, own: str, category: str, tokens: Sequence[str]) -> None:
    tables.chain("sample_annotation", tokens)
    tables.add(
        "instance",
        own,
        category_token=category,
        nbr_annotations=len(tokens),
        first_annotation_token=tokens[0],
        last_annotation_token=tokens[-1],
    )


def _box(job: ExportJob, row: int) -> Record:
    length, width, height = job.cuboids.size_lwh[row].astype(float).tolist()
    return {
        "attribute_tokens": [],
        "translation": (job.cuboids.center[row] + job.scene.origin_m).tolist(),
        "size": [width, length, height],
        "rotation": job.cuboids.quat_wxyz[row].tolist(),
        "num_lidar_pts": max(0, int(job.cuboids.num_points[row])),
        "num_radar_pts": 0,
    }


def _visibility(job: ExportJob) -> Int64:
    """(N,) 1 to 4: the bin of the share that shows in the image that shows most of a box."""
    seen, share = projections(job), np.zeros(len(job.cuboids))
    shown = (1 - seen.truncation) * (1 - np.nan_to_num(seen.occlusion))
    np.maximum.at(share, rows_of(job.cuboids, seen.cuboid_id), shown)
    return np.searchsorted([0.4, 0.6, 0.8], share, side="right").astype(np.int64) + 1


EXPORTER = Exporter(write, frozenset({"track", "tilt", "num_points"}), CLASSES)
