"""Edges of LiDAR sweeps and of the images taken with them, ready to be laid over each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from avlabel.core.arrays import BoolArray, Float32, Float64, Int16, Int64, UInt8
from avlabel.core.log import Log
from avlabel.core.rig import Camera
from avlabel.core.se3 import SE3
from avlabel.core.sweep import Sweep
from avlabel.core.trajectory import MAX_EXTRAPOLATION_NS, Trajectory
from avlabel.errors import CalibrationError
from avlabel.stages.images import image_fault
from avlabel.stages.ingest import IngestConfig, ingest
from avlabel.stages.synchronize import MISSING, SynchronizeConfig, synchronize
from avlabel_calibration.alignment.beams import moved_to_own_time, split_beams
from avlabel_calibration.alignment.edges import LEVEL, lidar_edges
from avlabel_calibration.alignment.images import (
    BLURS_RAD,
    EdgeMaps,
    Int8,
    direction_index,
    edge_levels,
)

MAX_FRAMES = 20
MIN_RANGE_M = 3.0
"""Nearer points are mostly the vehicle itself."""
MARGIN = 0.05
"""Points this share of the image outside of it are kept: they may come in."""
TICK_NS = 1_000_000
CELL_M = 2.0
ACROSS_RAD = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class SweepEdges:
    """Edge points of one sweep.

    Attributes:
        frame_idx: the recording's own frame number.
        points_world: (E, 3) float64 near side of each edge.
        across_world: (E, 3) float64 the same moved a little across the edge.
        kind: (E,) int16 as in ``edges.LidarEdges``.
        weight: (E,) float32.
    """

    frame_idx: int
    points_world: Float64
    across_world: Float64
    kind: Int16
    weight: Float32

    def select(self, keep: BoolArray) -> SweepEdges:
        """The edges that ``keep`` (E,) picks."""
        return SweepEdges(
            self.frame_idx, self.points_world[keep], self.across_world[keep], self.kind[keep],
            self.weight[keep],
        )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """N LiDAR edge points as seen from the vehicle while F images were exposed.

    Attributes:
        camera: which, at the extrinsics that everything is compared with.
        frame_idx: (F,) int64 frame number of each image.
        uris: F image files relative to the log's root.
        points_ego: (N, 3) float64 metres in the ego frame when the point's image row was exposed.
        velocity: (N, 3) float64 m/s: how the point moves in that frame as time goes on.
        image: (N,) int64 which of the F images.
        direction: (N,) int64 channel of the edge maps that the edge is looked up in.
        kind: (N,) int16 as in ``edges.LidarEdges``.
        weight: (N,) float32, sum 1.
        cell: (N,) int64 patch of the world that the edge belongs to: what repeats from frame to
            frame is one observation.
        levels: edge maps, coarse to fine.
    """

    camera: Camera
    frame_idx: Int64
    uris: Sequence[str]
    points_ego: Float64
    velocity: Float64
    image: Int64
    direction: Int64
    kind: Int16
    weight: Float32
    cell: Int64
    levels: Sequence[EdgeMaps]

    def __len__(self) -> int:
        """Number of edge points."""
        return len(self.points_ego)

    def select(self, keep: BoolArray) -> Features:
        """The edge points that ``keep`` (N,) picks, their weights again of sum 1."""
        weight = self.weight[keep]
        return replace(
            self,
            points_ego=self.points_ego[keep],
            velocity=self.velocity[keep],
            image=self.image[keep],
            direction=self.direction[keep],
            kind=self.kind[keep],
            weight=weight / max(float(weight.sum()), 1e-12),
            cell=self.cell[keep],
        )

    def with_camera(self, camera: Camera) -> Features:
        """The same edges, to be compared with another place of the camera."""
        return replace(self, camera=camera)


def sweep_edges(
    log: Log, frames: Sequence[int] | None = None, *, at_most: int = MAX_FRAMES
) -> dict[int, SweepEdges]:
    """Edges of a log's sweeps by frame number, to be shared by its cameras.

    Args:
        log: the recording.
        frames: frame numbers; all by default.
        at_most: of more frames, this many spread over them.
    """
    schedule, _ = synchronize(log, None, None, SynchronizeConfig())
    wanted = schedule.frame_idx if frames is None else np.asarray(frames)
    rows = np.flatnonzero(np.isin(schedule.frame_idx, wanted))
    if len(rows) > at_most:
        rows = rows[np.linspace(0, len(rows) - 1, at_most).round().astype(int)]
    found = {}
    for row in rows:
        sweep, _ = ingest(log, int(schedule.sweep[row]), log.trajectory, IngestConfig())
        if sweep is not None:
            found[sweep.frame_idx] = _edges_of(sweep, log)
    return found


def collect(log: Log, sensor_id: str, *, edges: dict[int, SweepEdges] | None = None) -> Features:
    """Lay out LiDAR edges and edge maps of one camera.

    Args:
        log: the recording; its rig gives the extrinsics to start from.
        sensor_id: the camera.
        edges: from ``sweep_edges``; by default found here.

    Raises:
        CalibrationError: if the camera has no image that belongs to a sweep.
    """
    camera = log.rig.cameras[sensor_id]
    edges = sweep_edges(log) if edges is None else edges
    schedule, _ = synchronize(log, None, None, SynchronizeConfig())
    parts: list[_Seen] = []
    levels, frames, uris = [], [], []
    chosen = schedule.image.get(sensor_id, np.zeros(0, np.int64))
    for frame_idx, image in zip(schedule.frame_idx.tolist(), chosen.tolist(), strict=False):
        if image == MISSING or frame_idx not in edges:
            continue
        gray = _read_gray(log, sensor_id, image)
        exposure_ns = int(log.images[sensor_id].timestamp_ns[image])
        if gray is None or not _posed(log.trajectory, camera, exposure_ns):
            continue
        parts.append(_see(edges[frame_idx], camera, log.trajectory, exposure_ns, len(parts)))
        levels.append(edge_levels(gray, camera.model))
        frames.append(frame_idx)
        uris.append(log.images[sensor_id].uris[image])
    if not parts:
        raise CalibrationError(f"camera '{sensor_id}': no image with a sweep and an ego pose")
    return _join(camera, frames, uris, parts, levels)


def _edges_of(sweep: Sweep, log: Log) -> SweepEdges:
    ego_from_sensor = log.rig.lidars[sweep.sensor_id].ego_from_sensor
    beams = split_beams(sweep, ego_from_sensor, log.trajectory)
    found = lidar_edges(beams, sweep.intensity)
    across = _across(found.points_sensor, found.kind)
    keep = np.linalg.norm(found.points_sensor, axis=1) > MIN_RANGE_M
    world_from_sensor = log.trajectory.at(sweep.ref_ns, extrapolate_ns=MAX_EXTRAPOLATION_NS)
    if (moved := moved_to_own_time(sweep, log.trajectory)) is not None:
        world_from_sensor = world_from_sensor @ moved[found.source].inverse()
    world_from_sensor = world_from_sensor @ ego_from_sensor
    points = np.asarray(world_from_sensor.apply(found.points_sensor), np.float64)
    aside = np.asarray(world_from_sensor.apply(across), np.float64)
    return SweepEdges(sweep.frame_idx, points, aside, found.kind, found.weight).select(keep)


def _across(points: Float64, kind: Int16) -> Float64:
    """Points moved by a small angle in azimuth, or in elevation for edges between beams."""
    flat = np.hypot(points[:, 0], points[:, 1])[:, None]
    left = np.column_stack([-points[:, 1], points[:, 0], np.zeros(len(points))])
    up = np.column_stack([-points[:, :2] * points[:, 2:], flat**2]) / np.maximum(flat, 1e-9)
    return np.asarray(points + ACROSS_RAD * np.where((kind == LEVEL)[:, None], up, left))


def _read_gray(log: Log, sensor_id: str, image: int) -> UInt8 | None:
    """Pixels (H, W), None for an image that is missing or broken."""
    model = log.rig.cameras[sensor_id].model
    try:
        encoded = (log.root / log.images[sensor_id].uris[image]).read_bytes()
    except OSError:
        return None
    if image_fault(encoded, model.width_px, model.height_px):
        return None
    gray = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_GRAYSCALE)
    if gray is None or gray.shape != (model.height_px, model.width_px):
        return None
    return np.asarray(gray, np.uint8)


def _posed(trajectory: Trajectory, camera: Camera, exposure_ns: int) -> bool:
    half = camera.readout_ns // 2 + TICK_NS
    times = np.array([exposure_ns - half, exposure_ns + half])
    return bool(trajectory.covers(times, extrapolate_ns=MAX_EXTRAPOLATION_NS).all())


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """Edges of one sweep in one image."""

    points_ego: Float64
    velocity: Float64
    direction: Int64
    edges: SweepEdges
    image: int


def _see(
    edges: SweepEdges, camera: Camera, trajectory: Trajectory, exposure_ns: int, image: int
) -> _Seen:
    """Edges in view, each where it was when its own row was exposed."""
    poses, first_ns = _row_poses(camera, trajectory, exposure_ns)
    model = camera.model
    tick = np.full(len(edges.points_world), (exposure_ns - first_ns) // TICK_NS)
    for _ in range(2):
        points = np.asarray(poses[tick].apply(edges.points_world), np.float64)
        uv, valid = model.project(camera.ego_from_sensor.inverse().apply(points))
        rows = np.clip(np.where(valid, uv[:, 1], 0.0), 0, model.height_px - 1)
        row_ns = camera.row_time_ns(exposure_ns, rows)
        tick = np.where(valid, np.rint((row_ns - first_ns) / TICK_NS).astype(np.int64), tick)
    aside = camera.ego_from_sensor.inverse().apply(poses[tick].apply(edges.across_world))
    uv_aside, valid_aside = model.project(aside)
    size = np.array([model.width_px, model.height_px])
    keep = valid & valid_aside & (uv > -MARGIN * size).all(axis=1)
    keep &= (uv < (1 + MARGIN) * size).all(axis=1)
    before, after = tick[keep] - 1, tick[keep] + 1
    seen = edges.select(keep)
    velocity = np.asarray(
        poses[after].apply(seen.points_world) - poses[before].apply(seen.points_world)
    ) / (2e-9 * TICK_NS)
    direction = direction_index((uv_aside - uv)[keep])
    return _Seen(points[keep], velocity, direction, seen, image)


def _row_poses(camera: Camera, trajectory: Trajectory, exposure_ns: int) -> tuple[SE3, int]:
    """``ego_from_world`` every ``TICK_NS`` over the readout and one beyond, and the first time."""
    half = -(-camera.readout_ns // (2 * TICK_NS)) + 2
    times = exposure_ns + np.arange(-half, half + 1, dtype=np.int64) * TICK_NS
    poses = trajectory.at(times, extrapolate_ns=MAX_EXTRAPOLATION_NS + 2 * TICK_NS)
    return poses.inverse(), int(times[0])


def _join(
    camera: Camera,
    frames: list[int],
    uris: list[str],
    parts: list[_Seen],
    levels: list[list[Int8]],
) -> Features:
    weight = np.concatenate([part.edges.weight for part in parts])
    world = np.concatenate([part.edges.points_world for part in parts])
    _, cell = np.unique(np.floor(world / CELL_M).astype(np.int64), axis=0, return_inverse=True)
    size = np.array([camera.model.width_px, camera.model.height_px])
    maps = []
    for k, blur_rad in enumerate(BLURS_RAD):
        values = np.stack([image[k] for image in levels])
        maps.append(EdgeMaps(values, np.array(values.shape[:1:-1]) / size, blur_rad))
    return Features(
        camera=camera,
        frame_idx=np.array(frames, np.int64),
        uris=uris,
        points_ego=np.concatenate([part.points_ego for part in parts]),
        velocity=np.concatenate([part.velocity for part in parts]),
        image=np.concatenate([np.full(len(p.points_ego), p.image, np.int64) for p in parts]),
        direction=np.concatenate([part.direction for part in parts]),
        kind=np.concatenate([part.edges.kind for part in parts]),
        weight=(weight / max(float(weight.sum()), 1e-12)).astype(np.float32),
        cell=cell.reshape(-1).astype(np.int64),
        levels=maps,
    )
