"""Where the ground is: a height grid grown outwards from the vehicle.

Every cell keeps its lowest point. Cells are visited from the vehicle outwards; each one predicts
its height by a plane through the neighbours already settled, and its lowest point counts as
ground only where it agrees. Slopes and crowns survive because the plane tilts with them; roofs
and bonnets do not become ground because a step up is refused; what nothing was seen of inherits
the prediction.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numba import njit

from avlabel.core.arrays import Float32, FloatArray, Int64
from avlabel.core.options import option

SLOPE_KEPT = 0.97
"""Share of a cell's slope that the next one expects: far from seen ground it levels out."""


@dataclass(frozen=True, slots=True)
class GroundConfig:
    """Settings of the ground grid."""

    cell_m: float = option(1.0, "side of a grid cell, metres")
    range_m: float = option(80.0, "half the side of the grid, metres")
    step_m: float = option(0.15, "largest disagreement with the prediction that is still ground")
    slope: float = option(0.08, "extra disagreement allowed for each metre without seen ground")


@dataclass(frozen=True, slots=True, eq=False)
class GroundGrid:
    """Ground height over a square around the vehicle.

    Attributes:
        height: (K, K) float32 metres, ego frame, row by x then column by y.
        cell_m: side of a cell.
        range_m: the grid spans -range_m .. range_m in x and y.
    """

    height: Float32
    cell_m: float
    range_m: float

    def at(self, xy: FloatArray) -> Float32:
        """(N,) float32 ground height under points (N, 2+), bilinear, clamped at the rim."""
        return np.asarray(_bilinear(self.height, xy, self.cell_m, self.range_m))


def estimate_ground(points_ego: Float32, config: GroundConfig) -> GroundGrid:
    """Ground under one sweep.

    Args:
        points_ego: (N, 3) float32 metres, ego frame (z up, about 0 on the road below the car).
        config: grid and tolerances.

    Returns:
        The height of the ground at every cell of the grid.
    """
    cells = int(np.ceil(2 * config.range_m / config.cell_m))
    order, around = _outward(cells)
    away = np.column_stack([around, np.sqrt((around**2).sum(axis=1))]) * config.cell_m
    low, at, seen = _lowest(points_ego, cells, config.cell_m, config.range_m)
    height = _grow(low, at, seen, order, around, away, config.cell_m, config.step_m, config.slope)
    return GroundGrid(height, config.cell_m, config.range_m)


@lru_cache(maxsize=4)
def _outward(cells: int) -> tuple[Int64, Int64]:
    """Cell indices by distance from the middle, and the neighbourhood's (dx, dy) rows."""
    axis = np.arange(cells) - (cells - 1) / 2
    order = np.argsort((axis[:, None] ** 2 + axis[None, :] ** 2).ravel(), kind="stable")
    reach = np.arange(-3, 4)
    dx, dy = (a.ravel() for a in np.meshgrid(reach, reach, indexing="ij"))
    inside = (dx * dx + dy * dy <= 10) & ((dx != 0) | (dy != 0))
    return order, np.column_stack([dx, dy])[inside]


@njit(cache=True, nogil=True)
def _lowest(points, cells, cell_m, range_m):  # type: ignore[no-untyped-def]
    """Each cell's lowest height, where in the cell it lies, and the number of its points.

    A lone point far below the rest is a reflection in a puddle or a window: the second lowest
    takes its place.
    """
    low = np.full((cells, cells), np.inf, np.float32)
    second = np.full((cells, cells), np.inf, np.float32)
    at = np.zeros((cells, cells, 2), np.float32)
    second_at = np.zeros((cells, cells, 2), np.float32)
    seen = np.zeros((cells, cells), np.int32)
    for p in range(len(points)):
        x, y, z = points[p, 0] + range_m, points[p, 1] + range_m, points[p, 2]
        i, j = int(x / cell_m), int(y / cell_m)
        if x < 0 or y < 0 or i >= cells or j >= cells:
            continue
        seen[i, j] += 1
        dx, dy = x - (i + 0.5) * cell_m, y - (j + 0.5) * cell_m
        if z < low[i, j]:
            second[i, j] = low[i, j]
            second_at[i, j] = at[i, j]
            low[i, j] = z
            at[i, j, 0], at[i, j, 1] = dx, dy
        elif z < second[i, j]:
            second[i, j] = z
            second_at[i, j, 0], second_at[i, j, 1] = dx, dy
    for i in range(cells):
        for j in range(cells):
            if seen[i, j] > 1 and second[i, j] - low[i, j] > 0.5:
                low[i, j] = second[i, j]
                at[i, j] = second_at[i, j]
    return low, at, seen


@njit(cache=True, nogil=True)
def _grow(low, at, seen, order, around, away, cell_m, step_m, slope):  # type: ignore[no-untyped-def]
    cells = low.shape[0]
    # Height, slope along x and along y of each settled cell; gap is metres since seen ground.
    plane = np.zeros((cells, cells, 3), np.float32)
    gap = np.full((cells, cells), -1.0, np.float32)
    start = _height_below(low, cells, cell_m)
    for k in range(len(order)):
        i, j = order[k] // cells, order[k] % cells
        predicted, gx, gy, nearest_gap = _predict(plane, gap, around, away, i, j, start, cell_m)
        tolerance = step_m + slope * min(nearest_gap, 6.0)
        # The lowest point of a sloping cell lies at its foot: carry it to the middle.
        middle = low[i, j] - gx * at[i, j, 0] - gy * at[i, j, 1]
        if seen[i, j] > 0 and -3 * tolerance < middle - predicted < tolerance:
            plane[i, j, 0] = middle
            gap[i, j] = 0.0
        else:
            plane[i, j, 0] = predicted
            gap[i, j] = nearest_gap + cell_m
        plane[i, j, 1], plane[i, j, 2] = SLOPE_KEPT * gx, SLOPE_KEPT * gy
    return plane[:, :, 0].copy()


@njit(cache=True, nogil=True)
def _height_below(low, cells, cell_m):  # type: ignore[no-untyped-def]
    """Median of the lowest points within 8 m of the vehicle that lie near its own zero."""
    reach = int(8.0 / cell_m)
    middle = cells // 2
    near = np.empty((2 * reach + 1) ** 2)
    n = 0
    for i in range(max(middle - reach, 0), min(middle + reach + 1, cells)):
        for j in range(max(middle - reach, 0), min(middle + reach + 1, cells)):
            if -0.7 < low[i, j] < 0.5:
                near[n] = low[i, j]
                n += 1
    return np.median(near[:n]) if n > 0 else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _predict(plane, gap, around, away, i, j, start, cell_m):  # type: ignore[no-untyped-def]
    """Plane through settled neighbours, its tilt held by a ridge to their own mean tilt.

    Neighbours lie ``around`` in cells and ``away`` in metres: x, y and distance. Returns the
    plane's height here, its slopes along x and y, and the neighbours' smallest gap.
    """
    cells = plane.shape[0]
    w = wx = wy = wz = wxx = wxy = wyy = wxz = wyz = wgx = wgy = 0.0
    nearest_gap = np.inf
    for k in range(len(around)):
        a, b = i + around[k, 0], j + around[k, 1]
        if a < 0 or b < 0 or a >= cells or b >= cells or gap[a, b] < 0:
            continue
        x, y, distance = away[k, 0], away[k, 1], away[k, 2]
        weight = 1.0 / (distance * (1.0 + gap[a, b]))
        z = plane[a, b, 0]
        w += weight
        wx += weight * x
        wy += weight * y
        wz += weight * z
        wxx += weight * x * x
        wxy += weight * x * y
        wyy += weight * y * y
        wxz += weight * x * z
        wyz += weight * y * z
        wgx += weight * plane[a, b, 1]
        wgy += weight * plane[a, b, 2]
        nearest_gap = min(nearest_gap, gap[a, b] + distance)
    if w == 0.0:
        return start, 0.0, 0.0, 0.0
    mx, my, mz = wx / w, wy / w, wz / w
    ridge = cell_m * cell_m
    sxx = wxx / w - mx * mx + ridge
    syy = wyy / w - my * my + ridge
    sxy = wxy / w - mx * my
    sxz = wxz / w - mx * mz + ridge * wgx / w
    syz = wyz / w - my * mz + ridge * wgy / w
    det = sxx * syy - sxy * sxy
    gx = (syy * sxz - sxy * syz) / det
    gy = (sxx * syz - sxy * sxz) / det
    return mz - gx * mx - gy * my, gx, gy, nearest_gap


@njit(cache=True, nogil=True)
def _bilinear(height, xy, cell_m, range_m):  # type: ignore[no-untyped-def]
    cells = height.shape[0]
    out = np.empty(len(xy), np.float32)
    for p in range(len(xy)):
        u = min(max((xy[p, 0] + range_m) / cell_m - 0.5, 0.0), cells - 1.001)
        v = min(max((xy[p, 1] + range_m) / cell_m - 0.5, 0.0), cells - 1.001)
        i, j = int(u), int(v)
        fu, fv = u - i, v - j
        near = height[i, j] * (1 - fv) + height[i, j + 1] * fv
        far = height[i + 1, j] * (1 - fv) + height[i + 1, j + 1] * fv
        out[p] = near * (1 - fu) + far * fu
    return out
