"""Calibration files in the layouts of other programs, small and made up."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.feather

PLUMB_BOB = """\
image_width: 640
image_height: 480
camera_name: narrow
camera_matrix:
  rows: 3
  cols: 3
  data: [430.5, 0, 320.25, 0, 431, 240.75, 0, 0, 1]
distortion_model: plumb_bob
distortion_coefficients:
  rows: 1
  cols: 5
  data: [-0.33, 0.11, -1e-05, 0.0005, 0]
rectification_matrix:
  rows: 3
  cols: 3
  data: [1, 0, 0, 0, 1, 0, 0, 0, 1]
projection_matrix:
  rows: 3
  cols: 4
  data: [400, 0, 321, 0, 0, 402, 241, 0, 0, 0, 1, 0]
"""
ECHOED = """\
header:
  stamp: {sec: 5, nanosec: 7}
  frame_id: front_optical
height: 480
width: 640
distortion_model: equidistant
d: [0.02, -0.003, 0.001, -0.0002]
k: [300.0, 0.0, 319.5, 0.0, 301.0, 239.5, 0.0, 0.0, 1.0]
r: [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]
p: [300.0, 0.0, 319.5, 0.0, 0.0, 301.0, 239.5, 0.0, 0.0, 0.0, 1.0, 0.0]
binning_x: 0
binning_y: 0
roi: {x_offset: 0, y_offset: 0, height: 0, width: 0, do_rectify: false}
---
header: {}
"""
OPENCV = """\
%YAML:1.0
---
calibration_time: "Tue Mar  3 12:00:00 2020"
image_width: 640
image_height: 480
camera_matrix: !!opencv-matrix
   rows: 3
   cols: 3
   dt: d
   data: [ 5.0e+02, 0., 3.195e+02, 0., 5.01e+02, 2.395e+02, 0., 0., 1. ]
distortion_coefficients: !!opencv-matrix
   rows: 5
   cols: 1
   dt: d
   data: [ -2.5e-01, 1.0e-01, 1.0e-03, -5.0e-04, -2.0e-02 ]
avg_reprojection_error: 2.0e-01
"""
# cam0 looks ahead, with the IMU's axes x forward, y left, z up; the IMU sits 0.2 m behind and
# 0.1 m below cam0. cam1 is 0.5 m to the right of cam0.
CAMCHAIN = """\
cam0:
  camera_model: pinhole
  intrinsics: [461.5, 460.25, 362.5, 246.0]
  distortion_model: radtan
  distortion_coeffs: [-0.28, 0.07, 0.0009, 0.0001]
  resolution: [752, 480]
  rostopic: /cam0/image_raw
cam1:
  camera_model: omni
  intrinsics: [0.8, 833.0, 830.0, 373.5, 253.75]
  distortion_model: radtan
  distortion_coeffs: [-0.33, 0.13, 0.0005, 0.0006]
  T_cn_cnm1:
  - [1.0, 0.0, 0.0, -0.5]
  - [0.0, 1.0, 0.0, 0.0]
  - [0.0, 0.0, 1.0, 0.0]
  - [0.0, 0.0, 0.0, 1.0]
  resolution: [752, 480]
  rostopic: /cam1/image_raw
"""
IMU_LINES = """\
  T_cam_imu:
  - [0.0, -1.0, 0.0, {x}]
  - [0.0, 0.0, -1.0, 0.1]
  - [1.0, 0.0, 0.0, -0.2]
  - [0.0, 0.0, 0.0, 1.0]
  timeshift_cam_imu: 0.001
"""


def camchain_with_imu(x1: float = -0.5) -> str:
    """The chain after camera-IMU calibration; ``x1`` is where cam1's x places the IMU."""
    return CAMCHAIN.replace("  rostopic: /cam0/image_raw\n", IMU_LINES.format(x=0.0)).replace(
        "  rostopic: /cam1/image_raw\n", IMU_LINES.format(x=x1)
    )


PANDASET = """\
main_pandar64:
  extrinsic:
    transform:
      rotation: {w: 1.0, x: 0.0, y: 0.0, z: 0.0}
      translation: {x: 0.0, y: 0.0, z: 0.0}
front_gt:
  extrinsic:
    transform:
      rotation: {w: 0.0, x: 0.0, y: 0.0, z: 1.0}
      translation: {x: 0.0, y: -0.6, z: -0.3}
front_camera:
  extrinsic:
    transform:
      rotation: {w: 0.7071067811865476, x: 0.7071067811865476, y: 0.0, z: 0.0}
      translation: {x: 0.0, y: -0.25, z: -0.5}
  intrinsic:
    D: [-0.5, 0.6, 0.001, -0.001, -1.0]
    K: [1970.0, 0, 970.0, 0, 1971.0, 483.0, 0, 0, 1]
"""


def write_nuscenes(folder: Path, scenes: int = 1) -> Path:
    """Tables of ``scenes`` scenes, each with its own calibration; the second is 0.1 m higher."""
    folder.mkdir(parents=True)
    sensors = [("CAM_FRONT", "camera"), ("LIDAR_TOP", "lidar"), ("RADAR_FRONT", "radar")]
    tables: dict[str, list[dict[str, object]]] = {
        "sensor": [
            {"token": f"s-{channel}", "channel": channel, "modality": modality}
            for channel, modality in sensors
        ],
        "scene": [{"token": f"scene{n}", "name": f"scene-000{n}"} for n in range(scenes)],
        "sample": [{"token": f"sample{n}", "scene_token": f"scene{n}"} for n in range(scenes)],
        "calibrated_sensor": [],
        "sample_data": [],
    }
    for n in range(scenes):
        for channel, modality in sensors:
            token, camera = f"c{n}-{channel}", modality == "camera"
            tables["calibrated_sensor"].append(
                {
                    "token": token,
                    "sensor_token": f"s-{channel}",
                    "translation": [1.7, 0.0, 1.5 + 0.1 * n],
                    "rotation": [0.5, -0.5, 0.5, -0.5] if camera else [1.0, 0.0, 0.0, 0.0],
                    "camera_intrinsic": [[1266.4, 0.0, 816.2], [0.0, 1266.4, 491.5], [0, 0, 1]]
                    if camera
                    else [],
                }
            )
            tables["sample_data"].append(
                {"sample_token": f"sample{n}", "calibrated_sensor_token": token}
            )
    for name, rows in tables.items():
        (folder / f"{name}.json").write_text(json.dumps(rows))
    return folder


def write_argoverse2(log: Path) -> Path:
    """Two cameras' and two LiDARs' calibration."""
    folder = log / "calibration"
    folder.mkdir(parents=True)
    cameras = ["ring_front_center", "ring_side_left"]
    intrinsics = {
        "sensor_name": cameras,
        "fx_px": [1776.0, 1688.0],
        "fy_px": [1776.0, 1688.0],
        "cx_px": [778.0, 1027.0],
        "cy_px": [1013.0, 765.0],
        "k1": [-0.24, -0.28],
        "k2": [-0.21, -0.02],
        "k3": [0.32, 0.09],
        "height_px": pa.array([2048, 1550], pa.uint16()),
        "width_px": pa.array([1550, 2048], pa.uint16()),
    }
    poses = {
        "sensor_name": [*cameras, "down_lidar", "up_lidar"],
        "qw": [0.5, 0.5**0.5, 0.0, 1.0],
        "qx": [-0.5, -(0.5**0.5), 1.0, 0.0],
        "qy": [0.5, 0.0, 0.0, 0.0],
        "qz": [-0.5, 0.0, 0.0, 0.0],
        "tx_m": [1.63, 1.3, 1.35, 1.35],
        "ty_m": [0.0, 0.27, 0.0, 0.0],
        "tz_m": [1.4, 1.4, 1.52, 1.64],
    }
    for name, columns in (("intrinsics", intrinsics), ("egovehicle_SE3_sensor", poses)):
        pyarrow.feather.write_feather(pa.table(columns), folder / f"{name}.feather")
    return log


RAW_CAMERAS = "".join(
    f"S_rect_0{n}: 1.242e+03 3.75e+02\n"
    "R_rect_00: 1 0 0 0 1 0 0 0 1\n"
    f"P_rect_0{n}: 700 0 600 {-350 * (n % 2)} 0 700 170 0 0 0 1 0\n"
    for n in range(4)
)
RAW_VELO = "calib_time: 15-Mar-2012 11:37:16\nR: 0 -1 0 0 0 -1 1 0 0\nT: 0 -0.08 -0.27\n"
RAW_IMU = "R: 1 0 0 0 1 0 0 0 1\nT: -0.81 0.32 -0.8\n"
TRACKING = (
    "".join(f"P{n}: 700 0 600 {-350 * (n % 2)} 0 700 170 0 0 0 1 0\n" for n in range(4))
    + "R_rect 1 0 0 0 1 0 0 0 1\n"
    + "Tr_velo_cam 0 -1 0 0 0 0 -1 -0.08 1 0 0 -0.27\n"
    + "Tr_imu_velo 1 0 0 -0.81 0 1 0 0.32 0 0 1 -0.8\n"
)


def write_kitti_day(day: Path) -> Path:
    """The three files of a day of raw data."""
    day.mkdir(parents=True)
    (day / "calib_cam_to_cam.txt").write_text(RAW_CAMERAS)
    (day / "calib_velo_to_cam.txt").write_text(RAW_VELO)
    (day / "calib_imu_to_velo.txt").write_text(RAW_IMU)
    return day
