"""One turn of a spinning LiDAR through a moving world."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import Float32, Float64, Int16, Int32, Int64
from avlabel.core.rig import Lidar
from avlabel.core.se3 import SE3
from avlabel.core.trajectory import Trajectory
from avlabel.simulation.point_class import NOISE
from avlabel.simulation.raycast import Bundles, Hits, cast
from avlabel.simulation.returns import LidarSpec, measure
from avlabel.simulation.surface import look_up
from avlabel.simulation.world import World

POSE_MOMENTS = 5
"""Poses of moving bodies per turn; linear in between (below 1 mm off at 3 m/s2)."""

BEAMS_A_BUNDLE = 8
QUANTUM_M = 1 / 512
"""Stored coordinates are multiples of this (about 2 mm, as sensors' own packets)."""


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """The returns of one turn, ring by ring.

    Attributes:
        points_sensor: (N, 3) float32 metres, each in the sensor frame at its own time.
        intensity: (N,) int16, 0..255: square root of the returned share of light.
        ring: (N,) int16, 0 is the top beam.
        t_offset_ns: (N,) int32 from the start of the turn.
        point_class: (N,) int16: a leaf of the taxonomy, or a code of ``point_class.py``.
        object_id: (N,) int32 place of the actor hit, -1 for none.
        alone: (A,) int64 rays that would have met each actor if it stood alone.
        first: (A,) int64 rays whose first hit is each actor, lost returns included.
    """

    points_sensor: Float32
    intensity: Int16
    ring: Int16
    t_offset_ns: Int32
    point_class: Int16
    object_id: Int32
    alone: Int64
    first: Int64


def column_azimuths(columns: int) -> Float64:
    """(C,) azimuths of a turn: clockwise, starting behind, so that +x passes in the middle."""
    return np.pi - 2 * np.pi * np.arange(columns) / columns


def scan(
    world: World,
    lidar: Lidar,
    spec: LidarSpec,
    trajectory: Trajectory,
    start_ns: int,
    period_ns: int,
    epoch_ns: int,
    rng: np.random.Generator,
) -> Scan:
    """Scan one turn.

    Args:
        world: what is there; its time 0 is ``epoch_ns``.
        lidar: where the sensor sits on the vehicle.
        spec: how it measures.
        trajectory: of the ego vehicle.
        start_ns: of the turn.
        period_ns: of the turn.
        epoch_ns: the world's time 0.
        rng: of this sweep alone.
    """
    offset_ns = (np.arange(spec.columns) * period_ns) // spec.columns
    world_from_sensor = trajectory.at(start_ns + offset_ns) @ lidar.ego_from_sensor
    nominal = _directions(spec)
    bundles = _fire(nominal, spec, world_from_sensor, rng)
    times_s = (start_ns - epoch_ns + np.linspace(0, period_ns, POSE_MOMENTS)) / 1e9
    poses = world.poses(times_s)
    reach_m = spec.beams.max_range_m
    n_actors = len(world.actors)
    hits = cast(bundles, world.primitives, poses, world.ground, reach_m, n_actors)
    returns = measure(spec, bundles, hits, look_up(world, bundles, hits, poses), rng)
    owner = _owners(world, hits)
    first = np.bincount(owner[owner >= 0], minlength=n_actors).astype(np.int64)
    column, beam = np.divmod(np.arange(len(owner)), len(spec.beams))
    # Ring by ring, each in order of time, as stored sweeps are.
    order = np.lexsort((column, beam))
    order = order[returns.is_kept[order]]
    points = returns.range_m[order, None] * nominal.reshape(-1, 3)[order]
    return Scan(
        points_sensor=(np.round(points / QUANTUM_M) * QUANTUM_M).astype(np.float32),
        intensity=returns.intensity[order],
        ring=beam[order].astype(np.int16),
        t_offset_ns=offset_ns[column[order]].astype(np.int32),
        point_class=returns.point_class[order],
        object_id=np.where(returns.point_class == NOISE, -1, owner)[order].astype(np.int32),
        alone=hits.alone,
        first=first,
    )


def _directions(spec: LidarSpec) -> Float64:
    """(C, B, 3) unit directions in the sensor frame."""
    azimuth = column_azimuths(spec.columns)[:, None] + spec.beams.azimuth_offset_rad
    elevation = np.broadcast_to(spec.beams.elevation_rad, azimuth.shape)
    flat = np.cos(elevation)
    return np.stack([flat * np.cos(azimuth), flat * np.sin(azimuth), np.sin(elevation)], axis=-1)


def _fire(
    nominal: Float64, spec: LidarSpec, world_from_sensor: SE3, rng: np.random.Generator
) -> Bundles:
    """Rays in world, pointed a little off their nominal directions."""
    columns, beams, _ = nominal.shape
    pointed = nominal + rng.normal(0.0, spec.pointing_noise_rad, nominal.shape)
    pointed /= np.linalg.norm(pointed, axis=-1, keepdims=True)
    direction = np.einsum("cij,cbj->cbi", world_from_sensor.rotation, pointed).reshape(-1, 3)
    moments = (np.arange(columns) / columns) * (POSE_MOMENTS - 1)
    starts = np.arange(0, beams, BEAMS_A_BUNDLE)
    start = (np.arange(columns)[:, None] * beams + starts).ravel()
    return Bundles(
        np.append(start, columns * beams).astype(np.int64),
        np.repeat(world_from_sensor.translation, len(starts), axis=0),
        np.repeat(moments, len(starts)),
        direction,
        int(rng.integers(1 << 31)),
    )


def _owners(world: World, hits: Hits) -> Int64:
    """(R,) actor that each ray hit, -1 for none."""
    if not len(world.primitives.body_object):
        return np.full(len(hits.body), -1, np.int64)
    return np.where(hits.body >= 0, world.primitives.body_object[hits.body], -1)
