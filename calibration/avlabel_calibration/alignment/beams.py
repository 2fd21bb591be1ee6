"""A sweep as its LiDAR measured it: beam by beam, each in order of azimuth."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from avlabel.core.arrays import Float64, Int16, Int64
from avlabel.core.se3 import SE3
from avlabel.core.sweep import Sweep
from avlabel.core.trajectory import MAX_EXTRAPOLATION_NS, Trajectory

TICK_NS = 100_000
BIN_RAD = np.deg2rad(0.02)
FAR_M = 2.0
"""Nearer points are left out when beams are told apart: a small error of the sensor's place
shows in their elevation."""
MIN_BEAM_RAD = np.deg2rad(0.12)
TILTS_RAD = np.deg2rad([0.06, 0.02])
"""Steps of the search for the sensor's small lean, coarse then fine, four either way."""
TILT_SAMPLE = 20_000
MAX_BEAMS = 256
FULL_TURN = 2 * np.pi


@dataclass(frozen=True, slots=True, eq=False)
class Beams:
    """N points in the sensor's polar coordinates, sorted by beam, then by azimuth.

    Attributes:
        source: (N,) int64 row of each point in the sweep.
        azimuth: (N,) float64 radians, counter-clockwise from +x, -pi to pi.
        elevation: (N,) float64 radians, up from the xy plane.
        range_m: (N,) float64.
        offsets: (B + 1,) int64; beam b owns rows ``offsets[b]:offsets[b + 1]``, lowest first.
        step_rad: usual azimuth between neighbours of one beam.
    """

    source: Int64
    azimuth: Float64
    elevation: Float64
    range_m: Float64
    offsets: Int64
    step_rad: float


def moved_to_own_time(sweep: Sweep, trajectory: Trajectory) -> SE3 | None:
    """Stack of N transforms from the sweep's frame to the ego frame at each point's own time.

    None where points carry no times, or already are in the ego frame at their own times.
    """
    first, last = sweep.end_offset_ns
    if not sweep.compensated or first == last:
        return None
    tolerance = MAX_EXTRAPOLATION_NS + TICK_NS
    ticks = np.arange(first, last + TICK_NS, TICK_NS, dtype=np.int64)
    times = np.clip(
        sweep.ref_ns + ticks, trajectory.start_ns - tolerance, trajectory.end_ns + tolerance
    )
    world_from_ref = trajectory.at(sweep.ref_ns, extrapolate_ns=tolerance)
    moved = trajectory.at(times, extrapolate_ns=tolerance).inverse() @ world_from_ref
    return moved[(sweep.t_offset_ns.astype(np.int64) - first + TICK_NS // 2) // TICK_NS]


def split_beams(sweep: Sweep, ego_from_sensor: SE3, trajectory: Trajectory) -> Beams:
    """Sort a sweep's points as the sensor fired them.

    Where the ego motion has been taken out and points carry times, it is put back first: beams
    are cones around the sensor only as long as the sensor has not moved on. Where beams are
    unknown they are told apart by the gaps between their elevations.
    """
    points = sweep.points_ego.astype(np.float64)
    if (moved := moved_to_own_time(sweep, trajectory)) is not None:
        points = np.asarray(moved.apply(points))
    points = np.asarray(ego_from_sensor.inverse().apply(points))
    range_m = np.linalg.norm(points, axis=1)
    azimuth = np.arctan2(points[:, 1], points[:, 0])
    elevation = np.arctan2(points[:, 2], np.hypot(points[:, 0], points[:, 1]))
    ring = sweep.ring
    if not len(ring) or ring.min() < 0:
        ring = beams_by_elevation(azimuth, elevation, range_m)
    row = _ranks(ring, elevation)
    order = np.lexsort((azimuth, row))
    offsets = np.searchsorted(row[order], np.arange(row.max(initial=-1) + 2))
    steps = np.diff(azimuth[order])
    usual = float(np.median(steps[steps > 1e-6])) if np.any(steps > 1e-6) else FULL_TURN
    return Beams(
        order, azimuth[order], elevation[order], range_m[order], offsets.astype(np.int64), usual
    )


def beams_by_elevation(azimuth: Float64, elevation: Float64, range_m: Float64) -> Int16:
    """(N,) int16 beam of each point, cut at the valleys of the elevations' histogram.

    A sensor that leans a tenth of a degree from where it is said to stand smears its beams over
    each other; so the lean that makes the histogram sharpest is taken out first.
    """
    is_far = range_m > FAR_M
    if is_far.sum() < 100:
        return np.zeros(len(elevation), np.int16)
    thin = np.flatnonzero(is_far)[:: max(1, int(is_far.sum()) // TILT_SAMPLE)]
    lean = _lean(azimuth[thin], elevation[thin])
    elevation = elevation - lean[0] * np.cos(azimuth) - lean[1] * np.sin(azimuth)
    far = elevation[is_far]
    edges = np.arange(far.min() - 3 * BIN_RAD, far.max() + 4 * BIN_RAD, BIN_RAD)
    count = np.histogram(far, edges)[0].astype(np.float64)
    smooth = np.convolve(count, np.array([1, 2, 3, 2, 1]) / 9, "same")
    middle, left, right = smooth[1:-1], smooth[:-2], smooth[2:]
    peaks = 1 + np.flatnonzero((middle > left) & (middle >= right))
    peaks = _far_apart(peaks, smooth, int(MIN_BEAM_RAD / BIN_RAD))
    valleys = [a + int(np.argmin(smooth[a:b])) for a, b in pairwise(peaks)]
    cuts = edges[np.array(valleys, np.int64)] + BIN_RAD / 2
    return np.searchsorted(cuts, elevation).astype(np.int16)


def _lean(azimuth: Float64, elevation: Float64) -> Float64:
    """(2,) radians along +x and +y by which beams of a leaning sensor rise."""
    edges = np.arange(elevation.min() - 0.01, elevation.max() + 0.01, BIN_RAD)
    wave = np.stack([np.cos(azimuth), np.sin(azimuth)])

    def sharpness(lean: Float64) -> float:
        count = np.histogram(elevation - lean @ wave, edges)[0].astype(np.float64)
        return float(count @ count)

    best = np.zeros(2)
    for step in TILTS_RAD:
        offsets = step * np.arange(-4, 5)
        tried = best + np.stack(np.meshgrid(offsets, offsets), axis=-1).reshape(-1, 2)
        best = tried[np.argmax([sharpness(lean) for lean in tried])]
    return np.asarray(best)


def _far_apart(peaks: Int64, height: Float64, apart: int) -> Int64:
    """Highest peaks first, none within ``apart`` bins of a higher one."""
    kept: list[int] = []
    for peak in peaks[np.argsort(-height[peaks], kind="stable")].tolist():
        if len(kept) < MAX_BEAMS and all(abs(peak - other) >= apart for other in kept):
            kept.append(peak)
    return np.array(sorted(kept), np.int64)


def _ranks(ring: Int16, elevation: Float64) -> Int64:
    """(N,) int64 place of each point's beam by mean elevation, 0 the lowest."""
    beams, index = np.unique(ring, return_inverse=True)
    mean = np.bincount(index, elevation) / np.bincount(index)
    rank = np.empty(len(beams), np.int64)
    rank[np.argsort(mean, kind="stable")] = np.arange(len(beams))
    return rank[index]
