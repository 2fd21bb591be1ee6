"""Faces that are being dragged catch where the points of an object end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from avlabel.core.arrays import BoolArray, Float32, Float64
from avlabel_viewer.editing.crop import inside
from avlabel_viewer.editing.placement import Placement, Signs

REACH_M = 6.0
"""How far from the box a face can still catch something."""
DEPTH_M = 0.15
"""A surface has points this far behind it, and hardly any this far before it."""
MIN_POINTS = 3
MAX_STRAY = 0.1
"""Points before a surface, a share of those behind it."""
FOOT_M = 0.15
"""The lowest of a box: what lies there may be the ground."""


@dataclass(frozen=True, slots=True, eq=False)
class Surfaces:
    """What faces of a box may catch, along the box's own axes from its centre.

    Attributes:
        local: (P, 3) float64 metres, points that are not ground.
        ground_m: (G,) float64 heights of the ground points under and around it.
    """

    local: Float64
    ground_m: Float64

    @classmethod
    def around(cls, placement: Placement, points: Float32, is_ground: BoolArray) -> Surfaces:
        """Look around a box once, before it is dragged.

        Args:
            placement: the box as it was.
            points: (N, 3) metres, world.
            is_ground: (N,) bool.
        """
        near = inside(points, placement, REACH_M)
        local, ground = placement.local(points[near]), is_ground[near]
        under = np.abs(local[ground, :2]) <= placement.size_lwh[:2] / 2 + 0.5
        heights = local[ground, 2][under.all(axis=1)]
        return cls(np.ascontiguousarray(local[~ground]), heights)

    def caught(self, signs: Signs, low: Float64, high: Float64, within_m: float) -> Float64:
        """(3,) corner of a box, moved to the surfaces that its dragged faces are near.

        Args:
            signs: the faces that are dragged.
            low: (3,) lower ends of the box along the axes.
            high: (3,) upper ends.
            within_m: farthest catch.

        Returns:
            (3,) coordinates of the dragged faces; 0 along axes that are not dragged.
        """
        low, high, out = low.copy(), high.copy(), np.zeros(3)
        for axis, sign in enumerate(signs):
            if sign == 0:
                continue
            end = high if sign > 0 else low
            end[axis] = out[axis] = self._along(axis, sign, low, high, within_m)
        return out

    def _along(self, axis: int, sign: int, low: Float64, high: Float64, within_m: float) -> float:
        face = float(high[axis] if sign > 0 else low[axis])
        if (axis, sign) == (2, -1):
            return self._floor(face, within_m)
        lowest = low + np.array([0.0, 0.0, FOOT_M])
        return float(_surface(self.local, axis, sign, lowest, high, face, within_m))

    def _floor(self, face: float, within_m: float) -> float:
        if len(self.ground_m) < MIN_POINTS:
            return face
        ground = float(np.median(self.ground_m))
        return ground if abs(ground - face) <= within_m else face


@njit(cache=True, nogil=True)
def _surface(local, axis, sign, low, high, face, within):  # type: ignore[no-untyped-def]
    """Nearest place to ``face`` with many points just behind and few just before; else ``face``.

    Behind is towards the inside of the box, against ``sign``.
    """
    depth = np.empty(len(local))
    n = 0
    for p in range(len(local)):
        out = sign * (local[p, axis] - face)
        beside = abs(out) <= within + DEPTH_M
        for other in range(3):
            if other != axis:
                beside &= low[other] <= local[p, other] <= high[other]
        if beside:
            depth[n] = out
            n += 1
    depth = np.sort(depth[:n])
    best, first, last = np.inf, 0, 0
    for k in range(n):
        while depth[first] < depth[k] - DEPTH_M:
            first += 1
        while last < n and depth[last] <= depth[k] + DEPTH_M:
            last += 1
        behind, before = k - first + 1, last - k - 1
        ends_here = behind >= MIN_POINTS and before <= MAX_STRAY * behind
        if ends_here and abs(depth[k]) <= min(within, abs(best)):
            best = depth[k]
    return face + sign * best if np.isfinite(best) else face
