"""What the sweeps show in and around every box."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.checks import beams
from avlabel.checks.sensors import Sensors
from avlabel.core.arrays import BoolArray, Float64, Int32, Int64
from avlabel.core.cuboids import Cuboids
from avlabel.core.frames import Frames
from avlabel.core.se3 import matrix_from_quat
from avlabel.core.sweep import Sweep
from avlabel.core.trajectory import MAX_EXTRAPOLATION_NS
from avlabel.stages.detection.ground import GroundConfig, GroundGrid, estimate_ground

MIN_GROUND_POINTS = 8
MIN_CELLS = 12


@dataclass(frozen=True, slots=True, eq=False)
class Around:
    """N boxes as the sweeps of their frames show them.

    Attributes:
        looked: (N,) bool: the box has a sweep, which reaches it. All else is 0 or NaN elsewhere.
        solid: (N,) int32 points inside, above the ground.
        through: (N,) int32 beams that went through the middle of the box and met something beyond.
        blocked: (N,) int32 beams towards it that met something nearer.
        gap_m: (N,) float64 from the ground to the box's lower face, NaN where no ground is seen.
        low: (N,) int32 points in and around the box less than 0.25 m above its lower face.
        outside: (N, 5) int32 points up to 0.3 m beyond front, rear, left, right and upper face,
            above the ground and in no other box.
        beyond: (N, 5) int32 the same, 0.3 to 0.6 m beyond.
        within: (N, 5) int32 points up to 0.3 m inside of the face.
        road_share: (N,) float64 share of what is seen of the surroundings that is ground, NaN
            where little is seen.
    """

    looked: BoolArray
    solid: Int32
    through: Int32
    blocked: Int32
    gap_m: Float64
    low: Int32
    outside: Int32
    beyond: Int32
    within: Int32
    road_share: Float64

    @classmethod
    def unseen(cls, n: int) -> Around:
        """Boxes that no sweep shows."""
        return cls(
            looked=np.zeros(n, np.bool_),
            solid=np.zeros(n, np.int32),
            through=np.zeros(n, np.int32),
            blocked=np.zeros(n, np.int32),
            gap_m=np.full(n, np.nan),
            low=np.zeros(n, np.int32),
            outside=np.zeros((n, 5), np.int32),
            beyond=np.zeros((n, 5), np.int32),
            within=np.zeros((n, 5), np.int32),
            road_share=np.full(n, np.nan),
        )


def look_around(
    cuboids: Cuboids, frames: Frames, sensors: Sensors, ground: GroundConfig | None = None
) -> Around:
    """Look at each frame's sweep once, one after the other.

    Args:
        cuboids: N boxes, world frame.
        frames: every frame of the log.
        sensors: whose main LiDAR is looked at.
        ground: settings of the ground under the sweeps.
    """
    around = Around.unseen(len(cuboids))
    order = np.argsort(cuboids.frame_idx, kind="stable")
    numbers, ordered = frames.frame_idx, cuboids.frame_idx[order]
    first, last = (np.searchsorted(ordered, numbers, side) for side in ("left", "right"))
    for frame_idx, start, stop in zip(numbers.tolist(), first, last, strict=True):
        sweep = sensors.sweep(frame_idx) if stop > start else None
        if sweep is not None and len(sweep):
            rows = order[start:stop]
            _look(around, rows, cuboids.select(rows), sweep, sensors, ground or GroundConfig())
    return around


def _look(
    around: Around,
    rows: Int64,
    cuboids: Cuboids,
    sweep: Sweep,
    sensors: Sensors,
    config: GroundConfig,
) -> None:
    """Fill in what one sweep shows of the boxes of its frame."""
    grid = estimate_ground(sweep.points_ego, config)
    in_ego, origin = _as_seen(cuboids, sweep, sensors)
    near = np.hypot(*in_ego.center[:, :2].T) < config.range_m
    rows, boxes, origin = rows[near], in_ego.select(near), origin[near]
    if not len(rows):
        return
    points = np.ascontiguousarray(sweep.points_ego, np.float32)
    height = points[:, 2] - grid.at(points)
    counts, floor, n_floor, low_cells, cells = beams.look(
        points,
        height,
        boxes.center,
        boxes.size_lwh.astype(np.float64) / 2,
        matrix_from_quat(boxes.quat_wxyz),
        origin,
    )
    around.looked[rows] = True
    around.solid[rows], around.through[rows], around.blocked[rows] = counts[:, :3].T
    around.outside[rows], around.beyond[rows] = counts[:, 3:8], counts[:, 8:13]
    around.within[rows], around.low[rows] = counts[:, 13:18], counts[:, 18]
    around.gap_m[rows] = np.where(n_floor >= MIN_GROUND_POINTS, _gap(boxes, grid) - floor, np.nan)
    share = low_cells / np.maximum(cells, 1)
    around.road_share[rows] = np.where(cells >= MIN_CELLS, share, np.nan)


def _as_seen(cuboids: Cuboids, sweep: Sweep, sensors: Sensors) -> tuple[Cuboids, Float64]:
    """Boxes in the sweep's frame, and (N, 3) where the sensor was when it saw each of them."""
    at = sensors.trajectory.at
    reach = MAX_EXTRAPOLATION_NS
    ego_from_world = at(sweep.ref_ns, extrapolate_ns=reach).inverse()
    mount = sensors.rig.lidars[sweep.sensor_id].ego_from_sensor
    first, last = sweep.end_offset_ns
    when = np.clip(cuboids.timestamp_ns, sweep.ref_ns + first, sweep.ref_ns + last)
    then = ego_from_world @ at(when, extrapolate_ns=reach) @ mount
    return cuboids.moved(ego_from_world, "ego"), then.translation


def _gap(boxes: Cuboids, grid: GroundGrid) -> Float64:
    """(N,) metres from the ground grid to the middle of each box's lower face."""
    down = matrix_from_quat(boxes.quat_wxyz)[:, :, 2] * boxes.size_lwh[:, 2:] / 2
    foot = boxes.center - down
    return np.asarray(foot[:, 2] - grid.at(foot), np.float64)
