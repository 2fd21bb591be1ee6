"""The ground: one curved main street, straight cross streets, kerbs, slope and relief.

Everything is a closed-form function of x and y, so that a ray meets the very kerb that traffic
and scenery were placed along. The main street's centre line is ``y = sway sin(k x + phase)``;
``offset`` is the distance left of it. A cross street is a straight line square to the main one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from avlabel.core.arrays import Float64

RELIEF_M = 0.22
"""Kerb and roughness never rise further than this above the smooth ground."""

CLOSE_M = 5e-5
"""A ray this close to the ground has met it."""


class Ground(NamedTuple):
    """Parameters of the height field (a named tuple, since compiled code takes those).

    Attributes:
        sway_m: amplitude of the centre line.
        sway_k: its wave number, radians a metre.
        sway_phase: its phase.
        left_m: from the main centre line to the left kerb.
        right_m: from the main centre line to the right kerb.
        lane_m: lane width.
        lanes: lanes in each direction.
        cross: (C, 5) float64 cross streets: centre x, y, cosine and sine of the main heading
            there, half the carriageway's width.
        corner_m: radius of kerbs at corners.
        kerb_m: height of kerbs.
        sidewalk_m: width of sidewalks.
        crown: cross fall of the carriageway.
        grade_x: rise along x.
        grade_y: rise along y.
        wave_m: amplitude of long undulation.
        wave_k: its wave number along x.
        wave_phase: its phase.
        rough_m: amplitude of short bumps.
    """

    sway_m: float
    sway_k: float
    sway_phase: float
    left_m: float
    right_m: float
    lane_m: float
    lanes: float
    cross: Float64
    corner_m: float
    kerb_m: float
    sidewalk_m: float
    crown: float
    grade_x: float
    grade_y: float
    wave_m: float
    wave_k: float
    wave_phase: float
    rough_m: float


@njit(cache=True, nogil=True, error_model="numpy")
def main_offset(x, y, g):  # type: ignore[no-untyped-def]
    """Metres left of the main centre line (to first order of its curvature)."""
    angle = g.sway_k * x + g.sway_phase
    slope = g.sway_m * g.sway_k * np.cos(angle)
    return (y - g.sway_m * np.sin(angle)) / np.sqrt(1.0 + slope * slope)


@njit(cache=True, nogil=True, error_model="numpy")
def kerb_distance(x, y, g):  # type: ignore[no-untyped-def]
    """Metres outside the nearest kerb, negative on a carriageway; corners are rounded."""
    offset = main_offset(x, y, g)
    edge = max(offset - g.left_m, -offset - g.right_m)
    for c in range(len(g.cross)):
        along = (x - g.cross[c, 0]) * g.cross[c, 2] + (y - g.cross[c, 1]) * g.cross[c, 3]
        other = abs(along) - g.cross[c, 4]
        if edge > 0.0 and other > 0.0 and edge < g.corner_m and other < g.corner_m:
            edge = g.corner_m - np.hypot(g.corner_m - edge, g.corner_m - other)
        else:
            edge = min(edge, other)
    return edge


@njit(cache=True, nogil=True, error_model="numpy")
def smooth_height(x, y, g):  # type: ignore[no-untyped-def]
    """Grade and long undulation, without crown, kerb and bumps."""
    wave = np.sin(g.wave_k * x + g.wave_phase) + 0.5 * np.sin(0.7 * g.wave_k * y)
    return g.grade_x * x + g.grade_y * y + g.wave_m * wave


@njit(cache=True, nogil=True, error_model="numpy")
def height(x, y, g):  # type: ignore[no-untyped-def]
    """Height of the ground, metres in world."""
    edge = kerb_distance(x, y, g)
    z = smooth_height(x, y, g)
    # The kerb's face leans over 3 cm.
    rise = min(max(edge / 0.03, 0.0), 1.0)
    if edge < 0.0:
        z += g.crown * min(-edge, 8.0)
    else:
        z += g.kerb_m * rise + 0.015 * min(edge, g.sidewalk_m)
    bumps = np.sin(1.9 * x + 0.6 * y) * np.sin(1.3 * y - 0.4 * x)
    rough = g.rough_m if edge < g.sidewalk_m else 6.0 * g.rough_m
    return z + rough * bumps


@njit(cache=True, nogil=True, error_model="numpy")
def heights(xy, g):  # type: ignore[no-untyped-def]
    """(N,) float64 heights at (N, 2) points."""
    out = np.empty(len(xy))
    for i in range(len(xy)):
        out[i] = height(xy[i, 0], xy[i, 1], g)
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def steepest(g):  # type: ignore[no-untyped-def]
    """Upper bound of the slope of everything but kerbs and bumps."""
    return np.hypot(g.grade_x, g.grade_y) + 1.4 * g.wave_m * g.wave_k + g.crown + 0.02


@njit(cache=True, nogil=True, error_model="numpy")
def ground_range(origin, direction, limit_m, g):  # type: ignore[no-untyped-def]
    """Range at which a ray meets the ground, infinity if not before ``limit_m``.

    Far above the relief a step is as long as the steepest ground allows; within it, short
    enough that no kerb is jumped; the crossing is then bisected.
    """
    ox, oy, oz = origin[0], origin[1], origin[2]
    dx, dy, dz = direction[0], direction[1], direction[2]
    approach = steepest(g) * np.hypot(dx, dy) - dz
    if approach <= 0.0:
        return np.inf
    near, above = 0.0, oz - height(ox, oy, g)
    while near < limit_m:
        step = max((above - RELIEF_M) / approach, 0.1 + 0.003 * near)
        far = min(near + step, limit_m)
        below = oz + far * dz - height(ox + far * dx, oy + far * dy, g)
        if below < 0.0:
            return _crossing(near, above, far, below, ox, oy, oz, dx, dy, dz, g)
        near, above = far, below
    return np.inf


@njit(cache=True, nogil=True, error_model="numpy")
def _crossing(near, above, far, below, ox, oy, oz, dx, dy, dz, g):  # type: ignore[no-untyped-def]
    """Root between a point above and one below the ground (false position, Illinois variant)."""
    middle = far
    side = 0
    for _ in range(24):
        middle = (near * below - far * above) / (below - above)
        f = oz + middle * dz - height(ox + middle * dx, oy + middle * dy, g)
        if abs(f) < CLOSE_M:
            break
        if f > 0.0:
            near, above = middle, f
            if side > 0:
                below *= 0.5
            side = 1
        else:
            far, below = middle, f
            if side < 0:
                above *= 0.5
            side = -1
    return middle


@njit(cache=True, nogil=True, error_model="numpy")
def normal_at(x, y, g, out):  # type: ignore[no-untyped-def]
    """Write the unit normal of the ground at (x, y) to ``out`` (3,)."""
    h = 0.01
    out[0] = (height(x - h, y, g) - height(x + h, y, g)) / (2 * h)
    out[1] = (height(x, y - h, g) - height(x, y + h, g)) / (2 * h)
    out[2] = 1.0
    out /= np.sqrt(out[0] ** 2 + out[1] ** 2 + 1.0)
