"""The part of space that a camera can see, as planes to clip against."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from avlabel.core.arrays import Float64
from avlabel.core.cameras import NEAR_M, CameraModel
from avlabel.errors import CalibrationError

CLIP_NEAR_M = 1.01 * NEAR_M
"""Shapes are cut here, a hair beyond where ``CameraModel.project`` begins to answer."""

WIDEST_RAD = np.deg2rad(85.0)
BORDER_SAMPLES = 33
MAX_ROUND_TRIP_PX = 0.5


def view_planes(model: CameraModel) -> Float64:
    """Planes around everything that falls into a camera's image.

    Under distortion the image border is curved in space; the planes then form the smallest
    upright pyramid around it, and what they let through still needs a cut at the image.

    Args:
        model: optics narrower than a half space.

    Returns:
        (5, 4) float64 rows a, b, c, d: a point of the camera frame is seen only if
        ``a x + b y + c z + d >= 0`` for all. Near plane, then left, right, top, bottom.

    Raises:
        CalibrationError: if nothing in front of the camera falls into its image.
    """
    hashable: Any = model
    return _view_planes(hashable)


@lru_cache(maxsize=64)
def _view_planes(model: CameraModel) -> Float64:
    left, top, right, bottom = _border_on_unit_plane(model)
    return np.array(
        [
            [0.0, 0.0, 1.0, -CLIP_NEAR_M],
            [1.0, 0.0, -left, 0.0],
            [-1.0, 0.0, right, 0.0],
            [0.0, 1.0, -top, 0.0],
            [0.0, -1.0, bottom, 0.0],
        ]
    )


def _border_on_unit_plane(model: CameraModel) -> Float64:
    """(4,) smallest x and y, largest x and y of the image border's rays where z = 1."""
    border = _border_pixels(model)
    rays = model.unproject(border)
    back, valid = model.project(rays)
    invertible = valid & (np.abs(back - border).max(axis=1) < MAX_ROUND_TRIP_PX)
    if not invertible.all():
        return _valid_on_unit_plane(model)
    xy = rays[:, :2] / rays[:, 2:]
    # The extreme of a curved side may lie between two samples.
    margin = 1e-3 if np.any(model.distortion) else 0.0
    return np.concatenate([xy.min(axis=0) - margin, xy.max(axis=0) + margin])


def _valid_on_unit_plane(model: CameraModel) -> Float64:
    """The same for optics whose valid field of view ends inside the image: by trying rays."""
    angle, turn = np.meshgrid(np.linspace(0, WIDEST_RAD, 512), np.linspace(0, 2 * np.pi, 361))
    radius = np.tan(angle.ravel())
    x, y = radius * np.cos(turn.ravel()), radius * np.sin(turn.ravel())
    uv, valid = model.project(np.column_stack([x, y, np.ones_like(x)]))
    last = np.array([model.width_px - 1.0, model.height_px - 1.0])
    seen = valid & (uv >= 0).all(axis=1) & (uv <= last).all(axis=1)
    if not seen.any():
        raise CalibrationError(
            f"camera model '{model.name}': no ray in front of it is in the image"
        )
    return np.array([x[seen].min(), y[seen].min(), x[seen].max(), y[seen].max()])


def _border_pixels(model: CameraModel) -> Float64:
    u = np.linspace(0.0, model.width_px - 1.0, BORDER_SAMPLES)
    v = np.linspace(0.0, model.height_px - 1.0, BORDER_SAMPLES)
    horizontal = [np.column_stack([u, np.full_like(u, row)]) for row in (v[0], v[-1])]
    vertical = [np.column_stack([np.full_like(v, column), v]) for column in (u[0], u[-1])]
    return np.concatenate(horizontal + vertical)
