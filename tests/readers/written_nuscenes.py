"""nuScenes' official tables, for tests to open and to spoil.

Made by the published schema, since a release is not at hand; its own development kit has read
what is written here. ``write_keyframe`` puts a real keyframe, which came as an info file of
another tool, back into them.
"""

from __future__ import annotations

import json
import pickle
import shutil
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from scipy.spatial.transform import Rotation

START_US = 1_532_402_927_000_000
SWEEP_US, SPEED_MPS = 50_000, 10.0
AHEAD = [0.5, -0.5, 0.5, -0.5]
SENSORS = {
    "LIDAR_TOP": ("lidar", [0.5**0.5, 0.0, 0.0, -(0.5**0.5)], [0.94, 0.0, 1.84]),
    "CAM_FRONT": ("camera", AHEAD, [1.7, 0.0, 1.5]),
    "RADAR_FRONT": ("radar", [1.0, 0.0, 0.0, 0.0], [3.4, 0.0, 0.5]),
}
"""The LiDAR's x axis points to the right, its y axis ahead."""
Record = dict[str, Any]


class Release:
    """Tables that grow, and the folder that they lie in."""

    def __init__(self, root: Path) -> None:
        self.root = root
        names = ("attribute", "visibility", "log", "map", "scene", "sample", "sample_data")
        more = ("sample_annotation", "instance", "category", "sensor", "calibrated_sensor")
        self.tables: dict[str, list[Record]] = {n: [] for n in (*names, *more, "ego_pose")}

    def add(self, table: str, token: str, **values: Any) -> str:
        self.tables[table].append({"token": token, **values})
        return token

    def add_sensor(self, channel: str, kind: str, quat: Any, place: Any, k: Any = ()) -> None:
        self.add("sensor", f"sensor-{channel}", channel=channel, modality=kind)
        pose = {"rotation": list(quat), "translation": list(place)}
        intrinsic = [list(row) for row in k]
        facts = {"sensor_token": f"sensor-{channel}", "camera_intrinsic": intrinsic}
        self.add("calibrated_sensor", f"calib-{channel}", **facts, **pose)

    def add_scene(self, name: str, samples: list[str]) -> None:
        self.add("log", "log", logfile="n015", vehicle="n015", date_captured="", location="x")
        ends = {"first_sample_token": samples[0], "last_sample_token": samples[-1]}
        facts = {"log_token": "log", "nbr_samples": len(samples), "description": ""}
        self.add("scene", f"scene-of-{name}", name=name, **facts, **ends)

    def add_file(
        self, channel: str, sample: str, us: int, pose: tuple[Any, Any], *, key: bool, **more: Any
    ) -> Path:
        token = f"{channel}-{us}"
        rotation, translation = ([float(x) for x in part] for part in pose)
        values = {"rotation": rotation, "translation": translation, "timestamp": us}
        self.add("ego_pose", f"pose-{token}", **values)
        suffix = {"L": "pcd.bin", "C": "jpg", "R": "pcd"}[channel[0]]
        file = f"{'samples' if key else 'sweeps'}/{channel}/n015__{channel}__{us}.{suffix}"
        facts = {"ego_pose_token": f"pose-{token}", "calibrated_sensor_token": f"calib-{channel}"}
        facts |= {"sample_token": sample, "timestamp": us, "is_key_frame": key, "filename": file}
        sizes = {"height": 0, "width": 0, "fileformat": suffix, "prev": "", "next": ""}
        self.add("sample_data", token, **facts, **(sizes | more))
        (self.root / file).parent.mkdir(parents=True, exist_ok=True)
        return self.root / file

    def add_box(self, token: str, sample: str, instance: str, category: str, **box: Any) -> None:
        if category not in [record["token"] for record in self.tables["category"]]:
            self.add("category", category, name=category, description="", index=0)
        if instance not in [record["token"] for record in self.tables["instance"]]:
            ends = {"first_annotation_token": token, "last_annotation_token": token}
            self.add("instance", instance, category_token=category, nbr_annotations=1, **ends)
        facts = {"sample_token": sample, "instance_token": instance, "visibility_token": ""}
        more = {"attribute_tokens": [], "num_radar_pts": 0, "prev": "", "next": ""}
        self.add("sample_annotation", token, **facts, **more, **box)

    def write(self) -> Path:
        folder = self.root / "v1.0-mini"
        folder.mkdir(parents=True, exist_ok=True)
        blank = {"category": "semantic_prior", "filename": "maps/none.png"}
        self.add("map", "map", log_tokens=["log"], **blank)
        (self.root / "maps").mkdir(exist_ok=True)
        cv2.imwrite(str(self.root / "maps/none.png"), np.zeros((8, 8), np.uint8))
        for name, rows in self.tables.items():
            (folder / f"{name}.json").write_text(json.dumps(rows))
        return self.root


def cloud(firings: int = 3) -> np.ndarray:
    """(32 K, 5) float32: 32 beams a firing, 10 m ahead of the LiDAR, which is along its y."""
    rows = np.zeros((firings * 32, 5), np.float32)
    rows[:, 1], rows[:, 2] = 10.0, -1.5
    rows[:, 3], rows[:, 4] = 100, np.tile(np.arange(32), firings)
    return rows


def write_nuscenes(root: Path, samples: int = 2) -> Path:
    """A scene with ten sweeps a sample, driving along x at 10 m/s, and another, empty one."""
    release = Release(root)
    k = [[50.0, 0, 31.5], [0, 50.0, 23.5], [0, 0, 1]]
    for channel, (kind, quat, place) in SENSORS.items():
        release.add_sensor(channel, kind, quat, place, k if kind == "camera" else ())
    tokens = [f"sample-{i}" for i in range(samples)]
    for i, token in enumerate(tokens):
        stamp = START_US + i * 10 * SWEEP_US
        scene = {"scene_token": "scene-of-scene-0007", "prev": "", "next": ""}
        release.add("sample", token, timestamp=stamp, **scene)
        for step in range(10 if i < samples - 1 else 1):
            write_step(release, token, stamp + step * SWEEP_US, key=step == 0)
        x = 10.94 + (stamp - START_US) * 1e-6 * SPEED_MPS
        box = {"size": [2.0, 4.0, 1.5], "rotation": [1.0, 0, 0, 0], "num_lidar_pts": 96}
        box |= {"translation": [400.0 + x, 1000.0, 0.5]}
        release.add_box(f"box-{i}", token, "a-car", "vehicle.car", **box)
        cone = box | {"translation": [400.0 + x, 1005.0, 0.5]}
        release.add_box(f"cone-{i}", token, "a-cone", "movable_object.trafficcone", **cone)
    release.add_scene("scene-0007", tokens)
    release.add("sample", "elsewhere", timestamp=1, **(scene | {"scene_token": "other"}))
    ends = {"first_sample_token": "elsewhere", "last_sample_token": "elsewhere"}
    facts = {"log_token": "log", "nbr_samples": 1, "description": ""}
    release.add("scene", "other", name="scene-0008", **facts, **ends)
    return release.write()


def write_step(release: Release, sample: str, us: int, *, key: bool) -> None:
    """One sweep, and an image 35 ms before its end."""
    for channel, stamp in (("LIDAR_TOP", us), ("CAM_FRONT", us - 35_000), ("RADAR_FRONT", us)):
        x = 400.0 + (stamp - START_US) * 1e-6 * SPEED_MPS
        size = {"height": 48, "width": 64} if channel == "CAM_FRONT" else {}
        pose = ([1.0, 0, 0, 0], [x, 1000.0, 0.0])
        path = release.add_file(channel, sample, stamp, pose, key=key, **size)
        if channel == "LIDAR_TOP":
            cloud().tofile(path)
        elif channel == "CAM_FRONT":
            cv2.imwrite(str(path), np.full((48, 64, 3), 90, np.uint8))


def write_keyframe(folder: Path, root: Path) -> Path:
    """The real keyframe of ``folder`` as a release of one sample."""
    info = next(folder.glob("*.pkl"))
    sample = pickle.loads(info.read_bytes())["data_list"][0]  # noqa: S301 - of our own data
    release, us = Release(root), round(sample["timestamp"] * 1e6)
    world_from_ego = np.array(sample["ego2global"])
    ego_from_lidar = np.array(sample["lidar_points"]["lidar2ego"])
    scene = {"scene_token": "scene-of-scene-0061", "prev": "", "next": ""}
    release.add("sample", "sample", timestamp=us, **scene)
    release.add_sensor("LIDAR_TOP", "lidar", *split(ego_from_lidar))
    path = release.add_file("LIDAR_TOP", "sample", us, split(world_from_ego), key=True)
    shutil.copy(folder / sample["lidar_points"]["lidar_path"], path)
    for channel, camera in sample["images"].items():
        ego_from_cam = np.array(camera["cam2ego"])
        release.add_sensor(channel, "camera", *split(ego_from_cam), camera["cam2img"])
        lidar_from_cam = np.linalg.inv(camera["lidar2cam"])
        world_from_cam = world_from_ego @ ego_from_lidar @ lidar_from_cam
        pose = split(world_from_cam @ np.linalg.inv(ego_from_cam))
        stamp, size = round(camera["timestamp"] * 1e6), {"height": 900, "width": 1600}
        path = release.add_file(channel, "sample", stamp, pose, key=True, **size)
        shutil.copy(folder / camera["img_path"], path)
    world_from_lidar = world_from_ego @ ego_from_lidar
    names = {number: CATEGORIES[name] for name, number in categories_of(info).items()}
    names[-1] = "movable_object.debris"  # Of a category that the other tool leaves out.
    for i, instance in enumerate(sample["instances"]):
        x, y, z, length, width, height, yaw = instance["bbox_3d"]
        turn = np.eye(4)
        turn[:3, :3] = Rotation.from_euler("z", yaw).as_matrix()
        turn[:3, 3] = x, y, z
        quat, place = split(world_from_lidar @ turn)
        box = {"size": [width, length, height], "rotation": quat, "translation": place}
        box["num_lidar_pts"] = int(instance["num_lidar_pts"])
        release.add_box(f"box-{i}", "sample", f"{i}", names[instance["bbox_label_3d"]], **box)
    release.add_scene("scene-0061", ["sample"])
    return release.write()


CATEGORIES = {
    "car": "vehicle.car",
    "truck": "vehicle.truck",
    "trailer": "vehicle.trailer",
    "bus": "vehicle.bus.rigid",
    "construction_vehicle": "vehicle.construction",
    "bicycle": "vehicle.bicycle",
    "motorcycle": "vehicle.motorcycle",
    "pedestrian": "human.pedestrian.adult",
    "traffic_cone": "movable_object.trafficcone",
    "barrier": "movable_object.barrier",
}


def categories_of(info: Path) -> dict[str, int]:
    names: dict[str, int] = pickle.loads(info.read_bytes())["metainfo"]["categories"]  # noqa: S301
    return names


def split(matrix: np.ndarray) -> tuple[list[float], list[float]]:
    """Quaternion w, x, y, z and translation."""
    quat = Rotation.from_matrix(matrix[:3, :3]).as_quat(scalar_first=True)
    return quat.tolist(), matrix[:3, 3].tolist()
