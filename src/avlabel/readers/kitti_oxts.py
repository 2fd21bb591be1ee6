"""KITTI's GPS/IMU packets (OXTS RT3003) as poses."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from avlabel.core.arrays import Float64, Int64
from avlabel.core.se3 import SE3
from avlabel.core.trajectory import Trajectory
from avlabel.errors import CalibrationError, ReadError
from avlabel.readers.kitti_calib import EGO_FROM_VELO, KittiCalib

VALUES = 30
"""Numbers in a packet: latitude, longitude, altitude, roll, pitch, yaw, then velocities etc."""
EARTH_RADIUS_M = 6378137.0
MAX_DEGREES = (85.0, 180.0)
"""Latitude and longitude; a Mercator map has no poles."""


def imu_poses(oxts: Float64) -> SE3:
    """Poses of the IMU in a metric map, x east, y north, z up.

    The map is a Mercator projection scaled to be metric at the first packet's latitude (Geiger
    et al., "Vision meets Robotics", 2013); its origin is far away.

    Args:
        oxts: (N, 30) packets: degrees, metres, radians.

    Raises:
        ReadError: if a packet is nowhere that the map reaches.
    """
    if (lost := np.flatnonzero((np.abs(oxts[:, :2]) > MAX_DEGREES).any(axis=1))).size:
        row = int(lost[0])
        raise ReadError(
            f"oxts packet {row}: expected a latitude within 85 and a longitude within 180 degrees, "
            f"got {oxts[row, 0]:g} and {oxts[row, 1]:g}"
        )
    latitude, longitude = np.radians(oxts[:, 0]), np.radians(oxts[:, 1])
    metric = np.cos(latitude[0]) * EARTH_RADIUS_M
    x = metric * longitude
    y = metric * np.log(np.tan(np.pi / 4 + latitude / 2))
    rotation = Rotation.from_euler("ZYX", oxts[:, [5, 4, 3]]).as_matrix()
    return SE3(rotation, np.column_stack([x, y, oxts[:, 2]]))


def oxts_trajectory(timestamp_ns: Int64, oxts: Float64, calib: KittiCalib) -> Trajectory:
    """Ego poses: x east, y north, z up, the first ego position at the origin.

    Args:
        timestamp_ns: (N,) int64.
        oxts: (N, 30) packets.
        calib: for where the IMU sits.

    Raises:
        CalibrationError: if the calibration does not say where the IMU sits.
        ReadError: if a packet is nowhere that the map reaches.
        TimeRangeError: if times do not increase.
    """
    if calib.velo_from_imu is None:
        raise CalibrationError("expected 'Tr_imu_to_velo' in the calibration to use oxts, got none")
    imu_from_ego = (EGO_FROM_VELO @ calib.velo_from_imu).inverse()
    map_from_ego = imu_poses(oxts) @ imu_from_ego
    origin_m = map_from_ego.translation[0]
    return Trajectory(timestamp_ns, SE3(map_from_ego.rotation, map_from_ego.translation - origin_m))
