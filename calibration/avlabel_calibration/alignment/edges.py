"""Where a LiDAR sees one thing end in front of another, or its echo change.

Jumps of range along a beam as in J. Levinson, S. Thrun, "Automatic online calibration of cameras
and lasers", RSS 2013; here between beams as well, and placed half way between the two rays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numba import njit

from avlabel.core.arrays import Float32, Float64, Int16, Int64
from avlabel_calibration.alignment.beams import FULL_TURN, Beams

UPRIGHT, LEVEL, ECHO = 0, 1, 2
"""Kinds of edges: jump of range along a beam, jump between beams, change of echo along a beam."""

MAX_STEPS = 3.5
"""Neighbours on a beam are further apart where something between did not answer."""
MAX_BEAM_GAP_RAD = np.deg2rad(0.8)
MAX_LEAN = 0.7
"""Metres back per metre up. Flatter things (roofs, bonnets) end elsewhere for a camera that sits
lower than the LiDAR."""
MIN_JUMP_M = 0.3
MIN_JUMP_SHARE = 0.04
FULL_JUMP_M = 2.0
MAX_RANGE_M = 90.0
CROWD = 6
"""Points along a beam, either way, among which edges of the same side make a crowd."""
TRUST = (0.2, 0.6, 1.0)
"""Of an edge that goes on neither way, one way, both ways."""
ECHO_WINDOW = 3
ECHO_SHARE = 0.04
"""Share of neighbours on a beam whose change of echo is taken as an edge."""


@dataclass(frozen=True, slots=True, eq=False)
class LidarEdges:
    """E edge points, on the near side of each jump, half way to the neighbouring ray.

    Attributes:
        points_sensor: (E, 3) float64 metres in the sensor frame at the source point's time.
        source: (E,) int64 row of the near point in the sweep.
        kind: (E,) int16 ``UPRIGHT``, ``LEVEL`` or ``ECHO``.
        weight: (E,) float32 in 0..1, how sure an edge is.
    """

    points_sensor: Float64
    source: Int64
    kind: Int16
    weight: Float32


def lidar_edges(beams: Beams, intensity: Int16) -> LidarEdges:
    """Find the edges of a sweep.

    Args:
        beams: the sweep in polar coordinates.
        intensity: (N,) of the sweep, in the sweep's own order.
    """
    echo = np.sqrt(np.maximum(intensity[beams.source].astype(np.float64), 0.0))
    azimuth, range_m, offsets, step = beams.azimuth, beams.range_m, beams.offsets, beams.step_rad
    following = _following(offsets)
    gap = (azimuth[following] - azimuth) % FULL_TURN
    upright, side = _along(range_m, following, gap < MAX_STEPS * step)
    upright *= _trust(azimuth, range_m, offsets, step, upright, side)
    level, above = _between(azimuth, beams.elevation, range_m, offsets, step)
    level *= _trust_level(azimuth, offsets, step, level, above, range_m)
    echo, change_side = _echoes(beams, intensity)
    echo[upright > 0] = 0.0
    echo *= _trust(azimuth, range_m, offsets, step, echo, change_side)
    return _gather(beams, following, above, {UPRIGHT: upright, LEVEL: level, ECHO: echo})


def _following(offsets: Int64) -> Int64:
    """(N,) the next point on the same beam, the first again after the last."""
    following = np.arange(1, offsets[-1] + 1)
    filled = np.diff(offsets) > 0
    following[offsets[1:][filled] - 1] = offsets[:-1][filled]
    return following


def _gather(
    beams: Beams, following: Int64, above: Int64, weights: Mapping[int, Float64]
) -> LidarEdges:
    points, source, kinds, weight = [], [], [], []
    for kind, of_point in weights.items():
        i = np.flatnonzero(of_point > 0)
        j = above[i] if kind == LEVEL else following[i]
        near = np.where(beams.range_m[i] <= beams.range_m[j], i, j)
        turn = (beams.azimuth[j] - beams.azimuth[i] + np.pi) % FULL_TURN - np.pi
        azimuth = beams.azimuth[i] + (0.0 if kind == LEVEL else 0.5) * turn
        elevation = (beams.elevation[i] + beams.elevation[j]) / 2
        flat = beams.range_m[near] * np.cos(elevation)
        up = beams.range_m[near] * np.sin(elevation)
        points.append(np.column_stack([flat * np.cos(azimuth), flat * np.sin(azimuth), up]))
        source.append(beams.source[near])
        kinds.append(np.full(len(i), kind, np.int16))
        weight.append(of_point[i].astype(np.float32))
    return LidarEdges(
        np.concatenate(points),
        np.concatenate(source),
        np.concatenate(kinds),
        np.concatenate(weight),
    )


def _echoes(beams: Beams, intensity: Int16) -> tuple[Float64, Int16]:
    """(N,) weight of the change of echo behind each point, and its sign."""
    echo = np.sqrt(np.maximum(intensity[beams.source].astype(np.float64), 0.0))
    change = _echo_change(beams.azimuth, beams.range_m, echo, beams.offsets, beams.step_rad)
    size = np.abs(change)
    limit = max(float(np.quantile(size, 1 - ECHO_SHARE)), 1e-6) if len(size) else np.inf
    before, after = np.roll(size, 1), np.roll(size, -1)
    is_edge = (size > limit) & (size >= before) & (size > after)
    weight = np.where(is_edge, np.minimum(size / (3 * limit), 1.0), 0.0)
    return weight, np.sign(change).astype(np.int16)


@njit(cache=True, nogil=True)
def _echo_change(azimuth, range_m, echo, offsets, step_rad):  # type: ignore[no-untyped-def]
    """(N,) change of the mean echo from the points before to those after, 0 at jumps."""
    change = np.zeros(len(azimuth))
    for b in range(len(offsets) - 1):
        for i in range(offsets[b] + ECHO_WINDOW - 1, offsets[b + 1] - ECHO_WINDOW):
            smooth = True
            for k in range(i - ECHO_WINDOW + 1, i + ECHO_WINDOW):
                smooth &= azimuth[k + 1] - azimuth[k] < 2 * step_rad
                smooth &= abs(range_m[k + 1] - range_m[k]) < 0.02 * range_m[k] + 0.05
            if smooth:
                before = after = 0.0
                for k in range(ECHO_WINDOW):
                    before += echo[i - k]
                    after += echo[i + 1 + k]
                change[i] = (after - before) / ECHO_WINDOW
    return change


@njit(cache=True, nogil=True)
def _along(range_m, following, is_neighbour):  # type: ignore[no-untyped-def]
    """(N,) weight of the jump from each point to the next, and 1 if the far side comes next."""
    n = len(range_m)
    weight, side = np.zeros(n), np.zeros(n, np.int16)
    for i in range(1, n):
        j = following[i]
        if not is_neighbour[i] or following[i - 1] != i:
            continue
        if range_m[i] < range_m[j]:
            weight[i], side[i] = _jump(range_m[i], range_m[j], range_m[i - 1], 1.0), 1
        else:
            weight[i], side[i] = _jump(range_m[j], range_m[i], range_m[following[j]], 1.0), -1
    return weight, side


@njit(cache=True, nogil=True)
def _between(azimuth, elevation, range_m, offsets, step_rad):  # type: ignore[no-untyped-def]
    """(N,) weight of the jump from each point to the nearest on the beam above, and that point."""
    weight, above = np.zeros(len(azimuth)), np.full(len(azimuth), -1)
    beams = len(offsets) - 1
    for b in range(beams - 1):
        for i in range(offsets[b], offsets[b + 1]):
            j = _nearest(azimuth, offsets[b + 1], offsets[b + 2], azimuth[i], step_rad)
            if j < 0 or not 0.0 < elevation[j] - elevation[i] < MAX_BEAM_GAP_RAD:
                continue
            near, far, k = (i, j, b - 1) if range_m[i] < range_m[j] else (j, i, b + 2)
            behind = -1
            if 0 <= k < beams:
                behind = _nearest(azimuth, offsets[k], offsets[k + 1], azimuth[i], step_rad)
            if behind < 0:
                continue
            if _is_steep(range_m[near], elevation[near], range_m[behind], elevation[behind]):
                step = max(abs(elevation[near] - elevation[behind]), 1e-4)
                ratio = (elevation[j] - elevation[i]) / step
                weight[i] = _jump(range_m[near], range_m[far], range_m[behind], ratio)
                above[i] = j
    return weight, above


@njit(cache=True, nogil=True)
def _trust(azimuth, range_m, offsets, step_rad, weight, side):  # type: ignore[no-untyped-def]
    """(N,) factor by which edges along beams are believed.

    One that goes on in the beams above and below is an outline; one of many on its own beam
    belongs to a fence or a bush.
    """
    trust = np.zeros(len(weight))
    for b in range(len(offsets) - 1):
        for i in range(offsets[b], offsets[b + 1]):
            if weight[i] <= 0:
                continue
            crowd = 0
            for k in range(max(offsets[b], i - CROWD), min(offsets[b + 1], i + CROWD + 1)):
                crowd += k != i and weight[k] > 0 and side[k] == side[i]
            goes_on = 0
            for other in (b - 1, b + 1):
                if 0 <= other < len(offsets) - 1:
                    first, last = offsets[other], offsets[other + 1]
                    k = first + np.searchsorted(azimuth[first:last], azimuth[i] - 2.5 * step_rad)
                    while k < last and azimuth[k] < azimuth[i] + 2.5 * step_rad:
                        same = weight[k] > 0 and side[k] == side[i]
                        if same and abs(range_m[k] - range_m[i]) < 0.3 + 0.05 * range_m[i]:
                            goes_on += 1
                            break
                        k += 1
            trust[i] = TRUST[goes_on] / (1 + crowd)
    return trust


@njit(cache=True, nogil=True)
def _trust_level(azimuth, offsets, step_rad, weight, above, range_m):  # type: ignore[no-untyped-def]
    """(N,) the same for edges between beams, which go on to the left and right."""
    trust = np.zeros(len(weight))
    for b in range(len(offsets) - 1):
        for i in range(offsets[b], offsets[b + 1]):
            if weight[i] <= 0:
                continue
            near = min(range_m[i], range_m[above[i]])
            goes_on = 0
            for k in (i - 1, i + 1):
                if offsets[b] <= k < offsets[b + 1] and weight[k] > 0:
                    other = min(range_m[k], range_m[above[k]])
                    same = (range_m[k] < range_m[above[k]]) == (range_m[i] < range_m[above[i]])
                    if same and abs(azimuth[k] - azimuth[i]) < 2.5 * step_rad:
                        goes_on += abs(other - near) < 0.3 + 0.05 * near
            trust[i] = TRUST[goes_on]
    return trust


@njit(cache=True, nogil=True)
def _jump(near_m, far_m, behind_m, ratio):  # type: ignore[no-untyped-def]
    """Weight of a jump from ``near_m`` to ``far_m``, 0 if one surface explains both.

    On a plane the inverse range is linear in the direction; so the near surface is continued
    from the point behind the near one, and only what lies beyond it is a jump.
    """
    if near_m > MAX_RANGE_M or abs(behind_m - near_m) > 0.1 * near_m + 0.3:
        return 0.0
    inverse = 1 / near_m + ratio * (1 / near_m - 1 / behind_m)
    expected_m = near_m if inverse >= 1 / near_m else (1 / inverse if inverse > 1e-3 else np.inf)
    jump_m = far_m - expected_m
    if jump_m < MIN_JUMP_M + MIN_JUMP_SHARE * near_m:
        return 0.0
    return np.sqrt(min(jump_m / FULL_JUMP_M, 1.0))


@njit(cache=True, nogil=True)
def _is_steep(near_m, near_rad, behind_m, behind_rad):  # type: ignore[no-untyped-def]
    back = abs(near_m * np.cos(near_rad) - behind_m * np.cos(behind_rad))
    return back < MAX_LEAN * abs(near_m * np.sin(near_rad) - behind_m * np.sin(behind_rad))


@njit(cache=True, nogil=True)
def _nearest(azimuth, first, last, wanted, step_rad):  # type: ignore[no-untyped-def]
    """Row in ``first:last`` nearest in azimuth, -1 if none is within 0.75 steps."""
    at = first + np.searchsorted(azimuth[first:last], wanted)
    best, row = 0.75 * step_rad, -1
    for k in (at - 1, at):
        if first <= k < last and abs(azimuth[k] - wanted) <= best:
            best, row = abs(azimuth[k] - wanted), k
    return row
