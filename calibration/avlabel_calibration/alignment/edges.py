"""Where a LiDAR sees one thing end in front of another, or its echo change.

Jumps of range along a beam as in J. Levinson, S. Thrun, "Automatic online calibration of cameras
and lasers", RSS 2013; here between beams as well, and placed half way between the two rays.
"""

from __future__ import annotations

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
    change = _echo_change(beams.azimuth, beams.range_m, echo, beams.offsets, beams.step_rad)
    limit = max(float(np.quantile(change, 1 - ECHO_SHARE)), 1e-6) if len(change) else np.inf
    columns = _find(
        beams.azimuth, beams.elevation, beams.range_m, change, beams.offsets, beams.step_rad, limit
    )
    azimuth, elevation, range_m, near, kind, weight = columns
    flat = range_m * np.cos(elevation)
    points = np.column_stack(
        [flat * np.cos(azimuth), flat * np.sin(azimuth), range_m * np.sin(elevation)]
    )
    return LidarEdges(points, beams.source[near], kind, weight)


@njit(cache=True, nogil=True)
def _echo_change(azimuth, range_m, echo, offsets, step_rad):  # type: ignore[no-untyped-def]
    """(N,) change of the mean echo from the points before to those behind, 0 at jumps."""
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
                change[i] = abs(after - before) / ECHO_WINDOW
    return change


@njit(cache=True, nogil=True)
def _find(azimuth, elevation, range_m, change, offsets, step_rad, echo_limit):  # type: ignore[no-untyped-def]
    n = len(azimuth)
    capacity = 4 * n
    out_az, out_el, out_r = np.empty(capacity), np.empty(capacity), np.empty(capacity)
    out_near = np.empty(capacity, np.int64)
    out_kind, out_weight = np.empty(capacity, np.int16), np.empty(capacity, np.float32)
    count = 0
    for b in range(len(offsets) - 1):
        first, last = offsets[b], offsets[b + 1]
        size = last - first
        if size < 8:
            continue
        for i in range(first, last):
            j = first + (i - first + 1) % size
            gap = azimuth[j] - azimuth[i]
            if gap < 0:
                gap += FULL_TURN
            if gap < MAX_STEPS * step_rad:
                near, far = (i, j) if range_m[i] < range_m[j] else (j, i)
                behind = near - (far - near) if abs(far - near) == 1 else near
                weight = 0.0
                if first <= behind < last:
                    weight = _jump(range_m[near], range_m[far], range_m[behind], 1.0)
                if weight > 0:
                    out_az[count] = azimuth[i] + gap / 2
                    out_el[count] = (elevation[i] + elevation[j]) / 2
                    out_r[count], out_near[count] = range_m[near], near
                    out_kind[count], out_weight[count] = UPRIGHT, weight
                    count += 1
                elif change[i] > echo_limit and _is_peak(change, i):
                    out_az[count] = azimuth[i] + gap / 2
                    out_el[count] = (elevation[i] + elevation[j]) / 2
                    out_r[count], out_near[count] = (range_m[i] + range_m[j]) / 2, i
                    out_kind[count] = ECHO
                    out_weight[count] = min(change[i] / (3 * echo_limit), 1.0)
                    count += 1
        if b + 1 < len(offsets) - 1:
            count = _between(
                azimuth, elevation, range_m, offsets, b, step_rad,
                out_az, out_el, out_r, out_near, out_kind, out_weight, count,
            )  # fmt: skip
    return (
        out_az[:count].copy(), out_el[:count].copy(), out_r[:count].copy(),
        out_near[:count].copy(), out_kind[:count].copy(), out_weight[:count].copy(),
    )  # fmt: skip


@njit(cache=True, nogil=True)
def _between(  # type: ignore[no-untyped-def]
    azimuth, elevation, range_m, offsets, b, step_rad,
    out_az, out_el, out_r, out_near, out_kind, out_weight, count,
):  # fmt: skip
    """Jumps between beam ``b`` and the next above it."""
    for i in range(offsets[b], offsets[b + 1]):
        j = _nearest(azimuth, offsets[b + 1], offsets[b + 2], azimuth[i], step_rad)
        if j < 0:
            continue
        gap = elevation[j] - elevation[i]
        if not 0.0 < gap < MAX_BEAM_GAP_RAD:
            continue
        if range_m[i] < range_m[j]:
            near, far, k = i, j, b - 1
        else:
            near, far, k = j, i, b + 2
        behind = -1
        if 0 <= k < len(offsets) - 1:
            behind = _nearest(azimuth, offsets[k], offsets[k + 1], azimuth[i], step_rad)
        if behind < 0:
            continue
        if not _is_steep(range_m[near], elevation[near], range_m[behind], elevation[behind]):
            continue
        ratio = gap / max(abs(elevation[near] - elevation[behind]), 1e-4)
        weight = _jump(range_m[near], range_m[far], range_m[behind], ratio)
        if weight > 0:
            out_az[count] = azimuth[i]
            out_el[count] = (elevation[i] + elevation[j]) / 2
            out_r[count], out_near[count] = range_m[near], near
            out_kind[count], out_weight[count] = LEVEL, weight
            count += 1
    return count


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


@njit(cache=True, nogil=True)
def _is_peak(change, i):  # type: ignore[no-untyped-def]
    return change[i] >= change[i - 1] and change[i] > change[i + 1]
