"""Boxes in the camera frame, and dense points on them."""

from __future__ import annotations

import numpy as np

from avlabel.core.arrays import Float64
from avlabel.core.cameras import CameraModel
from avlabel.geometry.boxes import UNIT_CORNERS
from avlabel.geometry.projection import FACES

# A box's x (length) to the camera's right, y (width) ahead, z (height) up.
CAM_FROM_BOX = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])


def box(center, size=(1.0, 1.0, 1.0), yaw=0.0) -> Float64:
    """Corners (1, 8, 3) in the camera frame; yaw about the vertical."""
    c, s = np.cos(yaw), np.sin(yaw)
    turned = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
    return (UNIT_CORNERS * size @ turned.T @ CAM_FROM_BOX.T + center)[None]


def surface(corners: Float64, n: int) -> Float64:
    """Points in an n x n grid on each face."""
    a, b = (g.ravel()[:, None] for g in np.meshgrid(*[np.linspace(0, 1, n)] * 2))
    rings = corners[0][FACES]
    return np.concatenate([r[0] + a * (r[1] - r[0]) + b * (r[3] - r[0]) for r in rings])


def in_image(points: Float64, model: CameraModel) -> tuple[Float64, np.ndarray]:
    """Pixels of points, and which of them are inside the image."""
    uv, valid = model.project(points)
    return uv, valid & (uv >= 0).all(1) & (uv <= [model.width_px - 1, model.height_px - 1]).all(1)


def seen_bounds(points: Float64, model: CameraModel) -> Float64 | None:
    """Bounds of the points inside the image."""
    uv, inside = in_image(points, model)
    if not inside.any():
        return None
    return np.concatenate([uv[inside].min(0), uv[inside].max(0)])
