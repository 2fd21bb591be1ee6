"""The truth of a sweep: a cuboid for each object that the LiDAR could see."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import Float32, Float64
from avlabel.core.cuboids import Cuboids
from avlabel.core.rig import Lidar
from avlabel.core.se3 import SE3
from avlabel.core.taxonomy import default_taxonomy
from avlabel.core.trajectory import Trajectory
from avlabel.simulation.actors import Actor
from avlabel.simulation.lidar import Scan
from avlabel.simulation.world import World


@dataclass(frozen=True, slots=True, eq=False)
class SweepLabels:
    """Truth of one sweep.

    Attributes:
        cuboids: N boxes in world; ``num_points`` counts the returns from the object itself.
        visibility: (N,) float32: of the rays that would have met the object if it stood alone
            in the world, the share whose first hit it is. Lost returns do not lower it.
    """

    cuboids: Cuboids
    visibility: Float32


def label(
    world: World,
    scan: Scan,
    lidar: Lidar,
    trajectory: Trajectory,
    frame_idx: int,
    start_ns: int,
    period_ns: int,
    epoch_ns: int,
    range_m: float,
) -> SweepLabels:
    """Cuboids of all actors that a ray could meet within ``range_m`` of the sensor.

    Each is given at the moment when the LiDAR's azimuth passes its centre.
    """
    middle = trajectory.at(start_ns + period_ns // 2) @ lidar.ego_from_sensor
    points = np.bincount(scan.object_id[scan.object_id >= 0], minlength=len(world.actors))
    rows = []
    for track in np.flatnonzero(scan.alone > 0).tolist():
        actor = world.actors[track]
        at_ns = _passing_ns(actor, lidar, trajectory, start_ns, period_ns, epoch_ns)
        time_s = np.array([(at_ns - epoch_ns) / 1e9])
        box = world_from_box(actor, time_s)
        if np.linalg.norm(box.translation[0, :2] - middle.translation[:2]) <= range_m:
            rows.append((track, at_ns, box[0], actor.motion.velocity_at(time_s)[0]))
    if not rows:
        return SweepLabels(Cuboids.empty("world"), np.zeros(0, np.float32))
    tracks = np.array([row[0] for row in rows])
    taxonomy = default_taxonomy()
    boxes = SE3.stack([row[2] for row in rows])
    cuboids = Cuboids.build(
        "world",
        frame_idx=np.full(len(rows), frame_idx),
        timestamp_ns=np.array([row[1] for row in rows]),
        track_id=tracks,
        category=np.array([taxonomy.code(world.actors[t].leaf) for t in tracks]),
        center=boxes.translation,
        quat_wxyz=boxes.quat_wxyz,
        size_lwh=np.stack([world.actors[t].figure.size_lwh for t in tracks]),
        velocity=np.stack([row[3] for row in rows]),
        num_points=points[tracks],
    )
    share = scan.first[tracks] / scan.alone[tracks]
    return SweepLabels(cuboids, share.astype(np.float32))


def world_from_box(actor: Actor, times_s: Float64) -> SE3:
    """(N,) poses of an actor's box, origin at its centre."""
    half_height = np.array([0.0, 0.0, actor.figure.size_lwh[2] / 2])
    return actor.motion.at(times_s) @ SE3(np.eye(3), half_height)


def _passing_ns(
    actor: Actor,
    lidar: Lidar,
    trajectory: Trajectory,
    start_ns: int,
    period_ns: int,
    epoch_ns: int,
) -> int:
    """When the beam points at the centre: fixed point of azimuth at a time, time at an azimuth."""
    at_ns = start_ns + period_ns // 2
    for _ in range(3):
        center = world_from_box(actor, np.array([(at_ns - epoch_ns) / 1e9])).translation[0]
        sensor_from_world = (trajectory.at(at_ns) @ lidar.ego_from_sensor).inverse()
        x, y, _ = sensor_from_world.apply(center[None])[0]
        share = (np.pi - np.arctan2(y, x)) / (2 * np.pi) % 1.0
        at_ns = start_ns + round(share * period_ns)
    return at_ns
