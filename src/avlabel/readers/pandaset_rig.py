"""Where PandaSet's sensors sit and when they looked, out of its poses per frame.

PandaSet's ``lidar/poses.json`` gives a point of the car with axes x right, y forward, z up: the
rear axle's centre, 0.34 m above the road (measured on the road around the car; the roof, the
cameras and the LiDAR lie around it where a minivan has them).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from avlabel.core.arrays import Int64
from avlabel.core.rig import Lidar, Rig
from avlabel.core.se3 import SE3
from avlabel.core.trajectory import Trajectory
from avlabel.readers.pandaset_camera import CameraTrack
from avlabel.readers.pandaset_json import check_frames, read_poses, read_times

AXLE_HEIGHT_M = 0.34
CAR_FROM_EGO = SE3.from_yaw(np.pi / 2, [0.0, 0.0, -AXLE_HEIGHT_M])
"""``car`` is what lidar/poses.json places in the world."""

CAR_FROM_PANDAR64 = SE3(
    Rotation.from_rotvec([0.02, 1.39, -178.18], degrees=True).as_matrix(),
    np.array([0.001, 0.806, 1.847]),
)
"""From the cameras' poses and the published calibration; its six cameras agree within 2 cm."""
PANDARGT_FROM_PANDAR64 = SE3.from_quat(
    [0.021475755, -0.002060907, 0.011346782, 0.999702853], [-0.000451, -0.605646, -0.301525]
)
CAR_FROM_LIDAR = {
    "pandar64": CAR_FROM_PANDAR64,
    "pandargt": CAR_FROM_PANDAR64 @ PANDARGT_FROM_PANDAR64.inverse(),
}


def ego_trajectory(lidar: Path, frames: Int64, cameras: list[CameraTrack]) -> Trajectory:
    """Ego poses at the LiDAR's times.

    The LiDAR's pose of a frame is that of the sweep's end; the cameras' poses of the first frame
    come before it and tell the motion during the first sweep.

    Raises:
        InputError: naming file and entry.
    """
    poses, times = read_poses(lidar / "poses.json"), read_times(lidar / "timestamps.json")
    check_frames(lidar / "poses.json", len(poses), frames)
    check_frames(lidar / "timestamps.json", len(times), frames)
    count = min(len(poses), len(times))
    trajectory = Trajectory(times[:count], poses[:count] @ CAR_FROM_EGO)
    earlier = {
        int(camera.stamp_ns[0]): camera.world_from_cam[0]
        @ camera.ego_from_camera(trajectory).inverse()
        for camera in cameras
        if camera.stamp_ns[0] < times[0]
    }
    if not earlier:
        return trajectory
    first = SE3.stack([earlier[time_ns] for time_ns in sorted(earlier)])
    world_from_ego = trajectory.world_from_ego
    return Trajectory(
        np.concatenate([sorted(earlier), trajectory.timestamp_ns]),
        SE3(
            np.concatenate([first.rotation, world_from_ego.rotation]),
            np.concatenate([first.translation, world_from_ego.translation]),
        ),
    )


def make_rig(cameras: list[CameraTrack], trajectory: Trajectory, root: Path) -> Rig:
    """Both LiDARs, Pandar64 first, and the cameras.

    Raises:
        InputError: naming file and entry.
    """
    lidars = {
        sensor_id: Lidar(sensor_id, CAR_FROM_EGO.inverse() @ car_from_lidar)
        for sensor_id, car_from_lidar in CAR_FROM_LIDAR.items()
    }
    return Rig(lidars, {c.sensor_id: c.camera(trajectory, root) for c in cameras})
