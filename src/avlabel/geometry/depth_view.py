"""A sweep's returns as one camera would see them, sorted by direction."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from avlabel.core.arrays import Float32, Float64, Int32
from avlabel.core.cameras import CameraModel
from avlabel.core.se3 import SE3
from avlabel.geometry.angles import azimuth, elevation
from avlabel.geometry.sweep_depth import CM, SweepDepth

CLOSE_RAD = np.deg2rad(0.5)
"""A return decides for directions this near to it, unless another is nearer."""
REACH_RAD = np.deg2rad(1.0)
"""One up to here tells that a box is clear, unless another box stands before it."""
SHADOW_RAD = 0.005
"""A return that stands before a box hides this much around it, whatever is seen beyond: the
LiDAR looks past edges that hide things from the camera."""
MIN_RANGE_M = 1.5
"""Nearer returns are the vehicle itself, or seen from a quite different side."""
MARGIN_M, MARGIN_SHARE = 0.5, 0.02
"""A return stands before a box if it is nearer by this much, and by this share of the range:
labels are not exact, and mirrors stick out."""

UNKNOWN, HIDDEN, CLEAR, FAINTLY_CLEAR = 0, 1, 2, 3
REACH_COSINE, CLOSE_COSINE, SHADOW_COSINE = np.cos([REACH_RAD, CLOSE_RAD, SHADOW_RAD])
ROWS, COLUMNS = 180, 360
CELL_RAD = np.pi / ROWS


class DepthView(NamedTuple):
    """M returns around a camera, in cells of a degree.

    Attributes:
        direction: (M, 3) float32 unit vectors, camera frame.
        range_m: (M,) float32.
        first: (ROWS * COLUMNS,) int32 a return of each cell, -1 for none.
        following: (M,) int32 the next return of the same cell, -1 for none.
    """

    direction: Float32
    range_m: Float32
    first: Int32
    following: Int32


def depth_view(depth: SweepDepth, cam_from_ego: SE3, model: CameraModel) -> DepthView:
    """Sort a sweep's returns around a camera.

    Args:
        depth: of the sweep.
        cam_from_ego: from the ego frame at ``depth.ref_ns`` to the camera at its exposure.
        model: the camera's optics; returns well outside its view are left out.
    """
    hashable: Any = model
    rotation = cam_from_ego.rotation / CM
    return DepthView(
        *_sort(depth.points_cm, rotation, cam_from_ego.translation, _view_cosine(hashable))
    )


@lru_cache(maxsize=64)
def _view_cosine(model: CameraModel) -> float:
    """Cosine of the widest angle off the optical axis within the image, and some more."""
    u, v = np.meshgrid(
        np.linspace(0, model.width_px - 1, 17), np.linspace(0, model.height_px - 1, 17)
    )
    rays: Float64 = model.unproject(np.column_stack([u.ravel(), v.ravel()]))
    widest = np.arccos(np.clip(rays[:, 2], -1.0, 1.0))
    return float(np.cos(min(np.pi, np.nanmax(widest) + 3 * REACH_RAD)))


@njit(cache=True, nogil=True, error_model="numpy")
def _sort(points, rotation, translation, cosine):  # type: ignore[no-untyped-def]
    kept = 0
    direction = np.empty((len(points), 3), np.float32)
    range_m = np.empty(len(points), np.float32)
    first = np.full(ROWS * COLUMNS, -1, np.int32)
    following = np.empty(len(points), np.int32)
    r, t = rotation, translation
    for p in range(len(points)):
        a, b, c = float(points[p, 0]), float(points[p, 1]), float(points[p, 2])
        z = r[2, 0] * a + r[2, 1] * b + r[2, 2] * c + t[2]
        if cosine >= 0.0 and z <= 0.0:
            continue
        x = r[0, 0] * a + r[0, 1] * b + r[0, 2] * c + t[0]
        y = r[1, 0] * a + r[1, 1] * b + r[1, 2] * c + t[1]
        away = np.sqrt(x * x + y * y + z * z)
        if away < MIN_RANGE_M or z < cosine * away:
            continue
        direction[kept, 0], direction[kept, 1], direction[kept, 2] = x / away, y / away, z / away
        range_m[kept] = away
        cell = _row(x, y, z) * COLUMNS + _column(x, z)
        following[kept] = first[cell]
        first[cell] = kept
        kept += 1
    return direction[:kept], range_m[:kept], first, following[:kept]


@njit(cache=True, nogil=True, error_model="numpy")
def _row(x, y, z):  # type: ignore[no-untyped-def]
    return min(ROWS - 1, int((elevation(y, np.sqrt(x * x + z * z)) + 0.5 * np.pi) / CELL_RAD))


@njit(cache=True, nogil=True, error_model="numpy")
def _column(x, z):  # type: ignore[no-untyped-def]
    return int(azimuth(x, z) / CELL_RAD) % COLUMNS


@njit(cache=True, nogil=True, error_model="numpy")
def look(view, x, y, z):  # type: ignore[no-untyped-def]
    """Whether a point of a box, camera frame, is HIDDEN by returns, CLEAR of them, or UNKNOWN.

    The return nearest in direction decides, except that one well before the box hides all within
    ``SHADOW_RAD``. FAINTLY_CLEAR is what no return is close to but one at the box or beyond is
    near. Where none is within ``REACH_RAD`` nothing is known: sky behind, glass, or beyond the
    LiDAR's view.
    """
    away = np.sqrt(x * x + y * y + z * z)
    before = away - MARGIN_M - MARGIN_SHARE * away
    up = (elevation(y, np.sqrt(x * x + z * z)) + 0.5 * np.pi) / CELL_RAD
    across = azimuth(x, z) / CELL_RAD
    # Whatever is close lies in this cell or the next ones on the nearer sides.
    row, column = int(up - 0.5), int(across + COLUMNS - 0.5)
    state, nearest = _search(view, row, row + 2, column, column + 2, x, y, z, away, before)
    if nearest >= CLOSE_COSINE:
        return state
    row, column = int(up), int(across) + COLUMNS
    state, nearest = _search(view, row - 1, row + 2, column - 1, column + 2, x, y, z, away, before)
    if nearest >= CLOSE_COSINE:
        return state
    return FAINTLY_CLEAR if state == CLEAR else UNKNOWN


@njit(cache=True, nogil=True, error_model="numpy")
def _search(view, top, bottom, left, right, x, y, z, away, before):  # type: ignore[no-untyped-def]
    """State and cosine of the return nearest in direction, in some cells; shadows go first."""
    nearest = REACH_COSINE
    state = UNKNOWN
    for i in range(max(0, top), min(ROWS, bottom)):
        for j in range(left, right):
            k = view.first[i * COLUMNS + j % COLUMNS]
            while k >= 0:
                cosine = (
                    view.direction[k, 0] * x + view.direction[k, 1] * y + view.direction[k, 2] * z
                ) / away
                hides = view.range_m[k] < before
                if hides and cosine > SHADOW_COSINE:
                    return HIDDEN, 1.0
                if cosine > nearest:
                    nearest = cosine
                    state = HIDDEN if hides else CLEAR
                k = view.following[k]
    return state, nearest
