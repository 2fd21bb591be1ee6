"""The part of space that a camera can see, as convex regions to clip against.

A lens narrower than a half space sees within one pyramid. What sees sideways and behind sees no
convex part of space, so its view is laid out in wedges around an axis, each of them convex:
around the optical axis for fisheyes, around the vertical for panoramas. Shapes are cut to each
region on its own and their pieces united in the image. No piece then holds a direction in which
a model is torn: straight behind a fisheye, the poles and the seam of a panorama.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from avlabel.core.arrays import BoolArray, Float64
from avlabel.core.cameras import NEAR_M, CameraModel
from avlabel.errors import CalibrationError

CLIP_NEAR_M = 1.01 * NEAR_M
"""Pyramids begin here, a hair beyond where a pinhole begins to answer."""

FAR_M = 10.0
"""Where directions are projected: far enough for every model, as they have no distance."""

WIDEST_PYRAMID_RAD = np.deg2rad(85.0)
LENS_WEDGE_RAD, PANORAMA_WEDGE_RAD = np.pi / 2, np.pi / 4
SAMPLES = 33
"""Rows and columns of pixels that are looked at to find out how far an image reaches."""

AZIMUTHS = 180
HAIR_RAD = 1e-7
"""Wedges keep this far from the seam and the poles of a panorama, a ten-thousandth of a pixel."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What a camera may see.

    The regions hold everything that falls into the image. They may hold a little more (under
    distortion its border is curved), so that shapes need another cut in the image.

    Attributes:
        regions: (R, P, 4) float64, each region as rows a, b, c, d of unit normals: a point of the
            camera frame is in it if ``a x + b y + c z + d >= 0`` for all. A pyramid's are the near
            plane, left, right, top, bottom.
        border: (K,) float64 radians off the optical axis where the valid field of view ends, at K
            equally spaced azimuths from x towards y; empty where the image ends before.
    """

    regions: Float64
    border: Float64 = field(default_factory=lambda: np.zeros(0))


def view_of(model: CameraModel) -> View:
    """The view of a camera, computed once for each model.

    Raises:
        CalibrationError: if nothing falls into the camera's image.
    """
    hashable: Any = model
    return _view_of(hashable)


def reaches(view: View, center: Float64, radius_m: Float64) -> BoolArray:
    """(N,) bool: whether spheres may be seen, centres (N, 3) in the camera frame, radii (N,)."""
    height = center @ view.regions[:, :, :3].swapaxes(1, 2) + view.regions[:, None, :, 3]
    return np.asarray((height >= -radius_m[:, None]).all(axis=2).any(axis=0))


@lru_cache(maxsize=64)
def _view_of(model: CameraModel) -> View:
    rays, on_border = _sampled_rays(model)
    seen = np.isfinite(rays[:, 0])
    if not seen.any():
        raise CalibrationError(f"camera model '{model.name}': no ray leads into the image")
    if model.panoramic:
        return View(_around_the_vertical(model, rays[seen]))
    angle = np.arccos(np.clip(rays[:, 2], -1.0, 1.0))
    if seen[on_border].all() and angle[on_border].max() < WIDEST_PYRAMID_RAD:
        return View(_pyramid(rays[on_border], 1e-3 if np.any(model.distortion) else 0.0)[None])
    # The outermost pixel may lie between two samples.
    widest = angle.max() + np.deg2rad(2.0) if seen[on_border].all() else np.pi
    border = _border(model)
    return View(_around_the_axis(min(widest, border.max())), border)


def _sampled_rays(model: CameraModel) -> tuple[Float64, BoolArray]:
    """Rays (N, 3) through a grid of pixels, and which of them are on the image's border (N,)."""
    u, v = np.meshgrid(
        np.linspace(0.0, model.width_px - 1.0, SAMPLES),
        np.linspace(0.0, model.height_px - 1.0, SAMPLES),
    )
    rays = model.unproject(np.column_stack([u.ravel(), v.ravel()]))
    on_border = np.ones((SAMPLES, SAMPLES), np.bool_)
    on_border[1:-1, 1:-1] = False
    return rays, on_border.ravel()


def _pyramid(rays: Float64, margin: float) -> Float64:
    """(5, 4) planes of the smallest upright pyramid around rays (N, 3), and the near plane."""
    xy = rays[:, :2] / rays[:, 2:]
    left, top = xy.min(axis=0) - margin
    right, bottom = xy.max(axis=0) + margin
    sides = [[1.0, 0.0, -left], [-1.0, 0.0, right], [0.0, 1.0, -top], [0.0, -1.0, bottom]]
    return np.concatenate([[[0.0, 0.0, 1.0, -CLIP_NEAR_M]], _through_origin(np.array(sides))])


def _around_the_axis(widest: float) -> Float64:
    """Wedges that hold all directions up to an angle off the optical axis."""
    x, y, z = np.eye(3)
    # From one diagonal to the next: along the horizon, where most boxes are, nothing is cut.
    starts = np.arange(-np.pi / 4, 7 / 4 * np.pi - 1e-6, LENS_WEDGE_RAD)
    slope = -1.0 / np.tan(widest)
    return np.stack([_wedge(x, y, start, LENS_WEDGE_RAD, [(z, slope)]) for start in starts])


def _around_the_vertical(model: CameraModel, rays: Float64) -> Float64:
    """Wedges between the image's columns, from left to right, and its highest and lowest rays."""
    x, y, z = np.eye(3)
    (middle,) = model.unproject(np.array([[(model.width_px - 1) / 2, model.intrinsics[3]]]))
    half = min(model.width_px / 2 / model.intrinsics[0], np.pi) - HAIR_RAD
    left = np.arctan2(middle[0], middle[2]) - half
    # An even number, so that the image's middle is between two of them.
    wedges = 2 * int(np.ceil(half / PANORAMA_WEDGE_RAD))
    width = 2 * half / wedges
    starts = left + width * np.arange(wedges)
    down = np.arcsin(np.clip(rays[:, 1], -1.0, 1.0))
    pole = np.pi / 2 - HAIR_RAD
    above, below = np.tan(np.clip([-down.min(), down.max()], -pole, pole))
    bounds = [(y, float(above)), (-y, float(below))]
    return np.stack([_wedge(z, x, start, width, bounds) for start in starts])


def _wedge(
    first: Float64, second: Float64, start: float, width: float, bounds: list[tuple[Float64, float]]
) -> Float64:
    """(P, 4) planes of a wedge, cut by planes around cones.

    Args:
        first: (3,) direction of azimuth 0.
        second: (3,) direction of a quarter turn.
        start: azimuth where the wedge begins.
        width: its width, less than half a turn.
        bounds: (3,) axis and slope s of each cone ``axis . p >= -s r``, r the distance from it.
    """
    end, middle = start + width, start + width / 2
    sides = [
        np.cos(start) * second - np.sin(start) * first,
        np.sin(end) * first - np.cos(end) * second,
    ]
    outwards = np.cos(middle) * first + np.sin(middle) * second
    # Within the wedge, r cos(width / 2) <= outwards . p <= r.
    loosest = [s / np.cos(width / 2) if s > 0 else s for _, s in bounds]
    cones = [axis + s * outwards for (axis, _), s in zip(bounds, loosest, strict=True)]
    return _through_origin(np.array([*sides, *cones]))


def _through_origin(normals: Float64) -> Float64:
    """Planes (N, 4) with unit normals."""
    unit = normals / np.linalg.norm(normals, axis=1, keepdims=True)
    return np.concatenate([unit, np.zeros((len(unit), 1))], axis=1)


def _border(model: CameraModel) -> Float64:
    """Angles off axis at which the valid field of view ends, by halving intervals."""
    azimuth = np.arange(AZIMUTHS) * (2 * np.pi / AZIMUTHS)
    # Straight behind there is no azimuth.
    last = min(model.max_angle, np.pi - 1e-3)
    good, bad = np.zeros(AZIMUTHS), np.full(AZIMUTHS, last)
    for step in range(45):
        middle = bad if step == 0 else (good + bad) / 2
        aside = np.sin(middle)[:, None] * np.column_stack([np.cos(azimuth), np.sin(azimuth)])
        _, valid = model.project(FAR_M * np.column_stack([aside, np.cos(middle)]))
        good, bad = np.where(valid, middle, good), np.where(valid, bad, middle)
    if np.ptp(good) < 1e-8:
        return good[:1] - 1e-9
    # Between samples the model's border may lie a little further in.
    return good - 1e-4
