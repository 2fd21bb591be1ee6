"""A small Argoverse 2 log by the columns of the real ones, for tests to open and to spoil."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.feather as feather

START_NS = 315_966_265_000_000_000
SWEEP_NS = 100_000_000
SPEED_MPS = 10.0
SENSORS = {
    "ring_front_center": ([0.5, -0.5, 0.5, -0.5], [1.6, 0.0, 1.4]),
    "stereo_front_left": ([0.5, -0.5, 0.5, -0.5], [1.6, 0.2, 1.2]),
    "up_lidar": ([1.0, 0.0, 0.0, 0.0], [1.35, 0.0, 1.64]),
    "down_lidar": ([0.0, 1.0, 0.0, 0.0], [1.35, 0.0, 1.53]),
}
POINTS = np.array([[20.0, 0, 0.5], [20.5, 0.5, 0.5], [-8, 4, 0], [5, -5, 2]])
"""In the axle's frame at the sweep's time; two of them in the box."""
LASERS, OFFSETS_NS = [0, 31, 32, 63], [3_000_000, 53_000_000, 63_000_000, 106_000_000]
BOX = {"length_m": 4.0, "width_m": 2.0, "height_m": 1.6, "tx_m": 20.0, "ty_m": 0.0, "tz_m": 0.6}


def write_feather(path: Path, columns: dict[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    feather.write_feather(pa.table(columns), path, compression="zstd")


def write_argoverse2(log: Path, frames: int = 3) -> Path:
    """A log that drives along the city's x axis at 10 m/s."""
    names = list(SENSORS)
    write_feather(log / "calibration/egovehicle_SE3_sensor.feather", sensor_columns(names))
    write_feather(log / "calibration/intrinsics.feather", intrinsic_columns(["ring_front_center"]))
    times = START_NS + np.arange(2 * frames + 4) * SWEEP_NS // 2
    city_x = 5000.0 + (times - START_NS) * 1e-9 * SPEED_MPS
    write_feather(log / "city_SE3_egovehicle.feather", pose_columns(times, city_x))
    for frame in range(frames):
        stamp = START_NS + frame * SWEEP_NS
        write_feather(log / f"sensors/lidar/{stamp}.feather", point_columns())
        for camera in ("ring_front_center", "stereo_front_left"):
            image = log / "sensors/cameras" / camera / f"{stamp + SWEEP_NS // 2}.jpg"
            image.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(image), np.full((48, 64, 3), 90, np.uint8))
    write_feather(log / "annotations.feather", label_columns(frames))
    return log


def sensor_columns(names: list[str]) -> dict[str, object]:
    values = np.array([[*SENSORS[name][0], *SENSORS[name][1]] for name in names])
    columns = ("qw", "qx", "qy", "qz", "tx_m", "ty_m", "tz_m")
    return {"sensor_name": names, **dict(zip(columns, values.T, strict=True))}


def intrinsic_columns(names: list[str]) -> dict[str, object]:
    numbers = {"fx_px": 50.0, "fy_px": 50.0, "cx_px": 31.5, "cy_px": 23.5}
    numbers |= {"k1": -0.2, "k2": -0.2, "k3": 0.3}
    sizes = {"height_px": 48, "width_px": 64}
    return {
        "sensor_name": names,
        **{name: np.full(len(names), value) for name, value in numbers.items()},
        **{name: np.full(len(names), value, np.uint16) for name, value in sizes.items()},
    }


def pose_columns(times: np.ndarray, city_x: np.ndarray) -> dict[str, object]:
    zero, one = np.zeros(len(times)), np.ones(len(times))
    turn = {"qw": one, "qx": zero, "qy": zero, "qz": zero}
    return {"timestamp_ns": times, **turn, "tx_m": city_x, "ty_m": zero, "tz_m": zero + 66.0}


def point_columns() -> dict[str, object]:
    xyz = dict(zip("xyz", POINTS.astype(np.float16).T, strict=True))
    return {
        **xyz,
        "intensity": np.array([0, 10, 200, 255], np.uint8),
        "laser_number": np.array(LASERS, np.uint8),
        "offset_ns": np.array(OFFSETS_NS, np.int32),
    }


def label_columns(frames: int) -> dict[str, object]:
    """A car that is followed, a rider and a cone, in every frame and in one without a sweep."""
    classes = ["REGULAR_VEHICLE", "BICYCLIST", "CONSTRUCTION_CONE"]
    n = len(classes) * (frames + 1)
    stamps = np.repeat(START_NS + np.arange(frames + 1) * SWEEP_NS, len(classes))
    side = np.tile([0.0, 5.0, -5.0], frames + 1)
    turn = {"qw": np.ones(n), "qx": np.zeros(n), "qy": np.zeros(n), "qz": np.zeros(n)}
    return {
        "timestamp_ns": stamps,
        "track_uuid": ["c", "a", "b"] * (frames + 1),
        "category": classes * (frames + 1),
        **turn,
        **{name: np.full(n, value) for name, value in BOX.items()},
        "ty_m": side,
        "num_interior_pts": np.full(n, 2),
    }
