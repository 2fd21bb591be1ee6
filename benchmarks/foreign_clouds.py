"""What the clouds of Argoverse 2 and nuScenes say of their own times and frames.

    python benchmarks/foreign_clouds.py

Argoverse 2: whose laser is whose, by how still each stands in elevation seen from either LiDAR of
a car at rest; and whether boxes hold as many points as published. nuScenes: how evenly the beams
turn when the car's motion is put back by the times that the order of firing gives.
"""

from __future__ import annotations

import pickle
import sys
from contextlib import redirect_stdout

import numpy as np
import pyarrow.feather
from recordings import ROOT, SHARED
from scipy.spatial.transform import Rotation
from tee import Tee

from avlabel.core.se3 import SE3
from avlabel.readers.argoverse2_rig import LIDARS, sensor_poses
from avlabel.readers.argoverse2_tables import EGO_FROM_AXLE
from avlabel.readers.nuscenes_cloud import read_cloud
from avlabel.readers.registry import open_log

AV2 = SHARED / "av2" / "sensor" / "val"
MOVING = AV2 / "7fab2350-7eaf-3b7e-a39d-6937a4c1bede"
AT_REST = AV2 / "adcf7d18-0510-35b0-a2fa-b4cea13a6d76"
NUSCENES = SHARED / "nuscenes"
NEAR_M = 8.0


def elevations() -> None:
    """Spread of each laser's elevation, seen from the two LiDARs."""
    poses = sensor_poses(MOVING / "calibration" / "egovehicle_SE3_sensor.feather")
    path = next((AT_REST / "sensors" / "lidar").glob("*.feather"))
    table = pyarrow.feather.read_table(path)
    points = np.column_stack([table.column(axis).to_numpy() for axis in "xyz"])
    laser = table.column("laser_number").to_numpy()
    print("Argoverse 2, a car at rest: spread of a laser's elevation (quartiles, median of 32)")
    for name in LIDARS:
        seen = (poses[name].inverse() @ EGO_FROM_AXLE).apply(points.astype(np.float64))
        reach = np.linalg.norm(seen, axis=1)
        degrees = np.degrees(np.arcsin(seen[:, 2] / reach))
        halves = [spread(degrees[reach < NEAR_M], laser[reach < NEAR_M], k) for k in (0, 32)]
        print(f"  from {name:10}  lasers 0-31 {halves[0]:.4f} deg, 32-63 {halves[1]:.4f} deg")


def spread(degrees: np.ndarray, laser: np.ndarray, first: int) -> float:
    """Median over 32 lasers of the distance of the quartiles; those with few points left out."""
    each = [degrees[laser == number] for number in range(first, first + 32)]
    return float(np.median([np.subtract(*np.percentile(d, [75, 25])) for d in each if len(d) > 50]))


def counts() -> None:
    """Points inside boxes, ours against the published."""
    log = open_log(MOVING, "argoverse2")
    truth = log.read_truth()
    assert truth is not None
    rows = pyarrow.feather.read_table(MOVING / "annotations.feather").to_pylist()
    starts = log.sweeps.start_ns.tolist()
    told = [
        row["num_interior_pts"] for time in starts for row in rows if row["timestamp_ns"] == time
    ]
    same = int(np.sum(truth.cuboids.num_points == told))
    print(
        f"Argoverse 2, {len(starts)} sweeps: {same} of {len(told)} boxes hold the published count"
    )


def firings() -> None:
    """How far azimuths stray from a line over time, by how much motion is put back."""
    info = pickle.loads(next(NUSCENES.glob("*.pkl")).read_bytes())["data_list"][0]  # noqa: S301
    cloud = read_cloud(NUSCENES / info["lidar_points"]["lidar_path"])
    assert cloud.before_ns is not None
    turn, speed = motion(info)
    points, before_s = cloud.points_lidar.astype(np.float64), cloud.before_ns * 1e-9
    reach = np.linalg.norm(points[:, :2], axis=1)
    near = (reach > 2.5) & (reach < 25)
    print("nuScenes, one sweep: unevenness of the beams' azimuth (deviation, median of the beams)")
    for share in (-1.0, 0.0, 0.5, 1.0, 1.5):
        back = before_s[:, None] * share
        seen = Rotation.from_rotvec(turn * back).apply(points + speed * back)
        azimuth = np.arctan2(seen[:, 1], seen[:, 0])
        each = [
            uneven(azimuth[rows], before_s[rows])
            for beam in range(32)
            if np.sum(rows := near & (cloud.ring == beam)) > 200
        ]
        print(f"  {share:+.1f} of the car's motion put back: {np.degrees(np.median(each)):.3f} deg")


def uneven(azimuth: np.ndarray, before_s: np.ndarray) -> float:
    """Deviation from a line, which is fitted to what a turn of 50 ms leaves over."""
    left = np.angle(np.exp(1j * (azimuth - 2 * np.pi * before_s / 0.05)))
    middle = np.angle(np.exp(1j * left).mean())
    left = np.angle(np.exp(1j * (left - middle)))
    return float(np.std(left - np.polyval(np.polyfit(before_s, left, 1), before_s)))


def motion(info: dict) -> tuple[np.ndarray, np.ndarray]:
    """Turn rate and speed in the LiDAR's frame, by the pose that an earlier image came with."""
    camera = info["images"]["CAM_FRONT_LEFT"]
    lidar = SE3.from_matrix(np.array(info["lidar_points"]["lidar2ego"]))
    ego_from_cam = SE3.from_matrix(np.array(camera["cam2ego"]))
    cam_from_lidar = SE3.from_matrix(np.array(camera["lidar2cam"]))
    # Where the car was at the image, seen from the LiDAR at the sweep's end.
    now_from_then = cam_from_lidar.inverse() @ ego_from_cam.inverse() @ lidar
    seconds = info["timestamp"] - camera["timestamp"]
    turn = Rotation.from_matrix(now_from_then.rotation).as_rotvec()
    return -turn / seconds, -now_from_then.translation / seconds


if __name__ == "__main__":
    kept = ROOT / "benchmarks" / "results" / "foreign_clouds.txt"
    with kept.open("w") as stream, redirect_stdout(Tee(sys.stdout, stream)):
        elevations()
        counts()
        firings()
