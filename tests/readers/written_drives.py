"""Small recordings written in each layout, for tests to open and to spoil."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

SWEEP_NS = 100_000_000
START_NS = 1_700_000_000_000_000_000
UTM_M = np.array([500_000.0, 4_600_000.0, 0.0])

LOG = """
format = "avlabel-native"
version = 1
log_id = "drive-7"
licence = "CC0"
"""
RIG = """
version = 1
name = "test car"

[lidars.top]
translation_m = [1.0, 0.0, 2.0]
rotation_wxyz = [1.0, 0.0, 0.0, 0.0]

[cameras.front]
translation_m = [1.5, 0.0, 1.6]
rotation_wxyz = [0.5, -0.5, 0.5, -0.5]
model = "pinhole"
width_px = 64
height_px = 48
intrinsics = [50.0, 50.0, 31.5, 23.5]
distortion = [-0.1, 0.01, 0.0, 0.0]
shutter = "rolling"
readout_ms = 30.0
"""
POSES_HEADER = "timestamp_ns,tx_m,ty_m,tz_m,qw,qx,qy,qz\n"
SWEEPS_HEADER = "sensor_id,frame_idx,start_ns,end_ns,file\n"
IMAGES_HEADER = "sensor_id,timestamp_ns,file\n"
LABELS_HEADER = (
    "frame_idx,timestamp_ns,track_id,category,x_m,y_m,z_m,qw,qx,qy,qz,"
    "length_m,width_m,height_m,vx_mps,vy_mps,vz_mps,num_points,visibility\n"
)


def points_of(frame: int) -> np.ndarray:
    """(5, 6) x, y, z, intensity, ring, t_offset_ns."""
    rows = np.arange(5)
    xyz = np.column_stack([rows + frame, rows * 0.5, -rows * 0.25])
    return np.column_stack([xyz, rows * 60, rows, rows * (SWEEP_NS // 4)])


def write_points(path: Path, points: np.ndarray) -> None:
    """Write a Parquet file of points (N, 6)."""
    table = pa.table(
        {
            "x_m": points[:, 0].astype(np.float32),
            "y_m": points[:, 1].astype(np.float32),
            "z_m": points[:, 2].astype(np.float32),
            "intensity": points[:, 3].astype(np.int16),
            "ring": points[:, 4].astype(np.int16),
            "t_offset_ns": points[:, 5].astype(np.int32),
            "class": np.zeros(len(points), np.int16),
        }
    )
    pq.write_table(table, path)


def write_native(folder: Path, *, suffix: str = ".parquet", frames: int = 4) -> Path:
    """A drive with UTM-sized poses, going east at 10 m/s."""
    (folder / "lidar" / "top").mkdir(parents=True)
    (folder / "camera" / "front").mkdir(parents=True)
    (folder / "log.toml").write_text(LOG)
    (folder / "rig.toml").write_text(RIG)
    poses, sweeps, images, labels = POSES_HEADER, SWEEPS_HEADER, IMAGES_HEADER, LABELS_HEADER
    for frame in range(frames + 1):
        x, y, z = np.add(UTM_M, [frame, 0.125, 0.0]).tolist()
        poses += f"{START_NS + frame * SWEEP_NS},{x!r},{y!r},{z!r},1,0,0,0\n"
    for frame in range(frames):
        start_ns = START_NS + frame * SWEEP_NS
        file = f"lidar/top/{frame:06d}{suffix}"
        if suffix == ".npy":
            np.save(folder / file, points_of(frame))
        else:
            write_points(folder / file, points_of(frame))
        sweeps += f"top,{frame},{start_ns},{start_ns + SWEEP_NS},{file}\n"
        image = f"camera/front/{frame:06d}.png"
        cv2.imwrite(str(folder / image), np.full((48, 64, 3), frame, np.uint8))
        images += f"front,{start_ns + SWEEP_NS // 2},{image}\n"
        labels += (
            f"{frame},{start_ns + SWEEP_NS // 2},3,car,{UTM_M[0] + 20.5},{UTM_M[1]},0.8,"
            "1,0,0,0,4.5,1.8,1.6,nan,nan,nan,12,1.0\n"
        )
    for name, text in (
        ("poses.csv", poses),
        ("sweeps.csv", sweeps),
        ("images.csv", images),
        ("labels.csv", labels),
    ):
        (folder / name).write_text(text)
    return folder


CALIB = """P0: 700 0 600 0 0 700 170 0 0 0 1 0
P1: 700 0 600 -350 0 700 170 0 0 0 1 0
P2: 700 0 600 42 0 700 170 0 0 0 1 0
P3: 700 0 600 -308 0 700 170 0 0 0 1 0
R0_rect: 1 0 0 0 1 0 0 0 1
Tr_velo_to_cam: 0 -1 0 0 0 0 -1 0 1 0 0 0
Tr_imu_to_velo: 1 0 0 -0.81 0 1 0 0.32 0 0 1 -0.8
"""
"""Camera 0 at the Velodyne, looking forward; camera 2 is 42 / 700 = 0.06 m to its left."""
LATITUDE, LONGITUDE = 49.0, 8.4
METRES_A_DEGREE = np.pi / 180 * 6378137.0 * np.cos(np.radians(LATITUDE))
LABEL = "0 5 Car 0 0 -1.5 100 50 200 150 1.5 1.75 4.5 2.0 1.5 10.0 -1.5707963267948966\n"
DONT_CARE = "0 -1 DontCare -1 -1 -10 10 20 30 40 -1000 -1000 -1000 -10 -1 -1 -1\n"


def oxts_line(x_m: float) -> str:
    """A packet of a car heading east, ``x_m`` east of the start."""
    longitude = float(LONGITUDE + x_m / METRES_A_DEGREE)
    return " ".join([repr(LATITUDE), repr(longitude), "110.0", *["0"] * 27])


def hdl64_cloud(points_a_ring: int = 5) -> np.ndarray:
    """(64 K, 4) float32 in the order of KITTI's files: 64 rings, each by azimuth from 0."""
    azimuth = np.linspace(0.1, 2 * np.pi - 0.1, points_a_ring)
    ring = np.repeat(np.arange(64), points_a_ring)
    angle = np.tile(azimuth, 64)
    z = 0.5 - ring * 0.1
    return np.column_stack([8 * np.cos(angle), 8 * np.sin(angle), z, ring / 63]).astype(np.float32)


def write_tracking(folder: Path, frames: int = 3) -> Path:
    """A tracking benchmark with sequence 0007, going east at 10 m/s."""
    training = folder / "training"
    for name in ("velodyne/0007", "image_02/0007", "calib", "oxts", "label_02"):
        (training / name).mkdir(parents=True)
    (training / "calib" / "0007.txt").write_text(CALIB)
    oxts = "".join(oxts_line(float(frame)) + "\n" for frame in range(frames))
    (training / "oxts" / "0007.txt").write_text(oxts)
    (training / "label_02" / "0007.txt").write_text(LABEL + DONT_CARE)
    for frame in range(frames):
        hdl64_cloud().tofile(training / "velodyne" / "0007" / f"{frame:06d}.bin")
        image = np.zeros((60, 80, 3), np.uint8)
        cv2.imwrite(str(training / "image_02" / "0007" / f"{frame:06d}.png"), image)
    return folder
