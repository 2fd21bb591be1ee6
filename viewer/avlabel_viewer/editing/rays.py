"""Where the rays of a view meet planes, axes and boxes."""

from __future__ import annotations

import numpy as np

from avlabel.core.arrays import Float64, FloatArray
from avlabel.core.cuboids import Cuboids
from avlabel.core.se3 import matrix_from_quat
from avlabel_viewer.viewpoints.viewpoint import Ray, Viewpoint

GRAZING = 0.01
"""Sine of the angle to a plane or an axis below which a ray says nothing of it."""
STEEP = 0.17
"""Sine of the angle to the ground, 10 degrees, from which on a view looks down onto it."""
UP = np.array([0.0, 0.0, 1.0])


def on_plane(ray: Ray, point: Float64, normal: Float64) -> Float64 | None:
    """(3,) where a ray meets the plane through ``point``; None if they are nearly parallel.

    The ray counts as a line: what lies before its origin is met as well.
    """
    slope = float(ray.direction @ normal)
    if abs(slope) < GRAZING:
        return None
    along = float((point - ray.origin) @ normal) / slope
    return np.asarray(ray.origin + along * ray.direction)


def along_axis(ray: Ray, point: Float64, axis: Float64) -> float | None:
    """Metres from ``point`` along a unit axis to where it comes closest to a ray.

    None if the ray runs along the axis.
    """
    slope = float(axis @ ray.direction)
    if 1 - slope * slope < GRAZING**2:
        return None
    to_point = point - ray.origin
    return float((slope * (ray.direction @ to_point) - axis @ to_point) / (1 - slope * slope))


def sight_of(view: Viewpoint, point: Float64) -> Float64 | None:
    """(3,) unit vector in which a view sees a world point (3,); None if it does not see it."""
    u, v = view.project(point[None])[0]
    return view.ray(float(u), float(v)).direction if np.isfinite(u + v) else None


def looks_down(sight: Float64) -> bool:
    """Whether a view looks onto the ground, or up at it, rather than along it."""
    return bool(abs(sight @ UP) > STEEP)


def entry_m(ray: Ray, center: Float64, rotation: Float64, size_lwh: FloatArray) -> Float64:
    """Metres along a ray to where it enters each of N boxes.

    The slab method: T. L. Kay, J. T. Kajiya, "Ray tracing complex scenes", SIGGRAPH 1986.

    Args:
        ray: world.
        center: (N, 3) metres, world.
        rotation: (N, 3, 3), columns are each box's own axes.
        size_lwh: (N, 3) metres.

    Returns:
        (N,) float64; inf where it misses the box.
    """
    origin = np.einsum("nij,ni->nj", rotation, ray.origin - center)
    direction = np.einsum("nij,i->nj", rotation, ray.direction)
    direction = np.where(np.abs(direction) < 1e-12, 1e-12, direction)
    half = size_lwh / 2
    ends = np.stack([(-half - origin) / direction, (half - origin) / direction])
    enter, leave = ends.min(axis=0).max(axis=1), ends.max(axis=0).min(axis=1)
    return np.where(enter <= leave, enter, np.inf)


def first_box(ray: Ray, cuboids: Cuboids, front: int | None = None) -> int | None:
    """Row of the box that a ray meets first; None if it meets none.

    Of boxes inside one another the smallest is taken: it could not be reached otherwise. The box
    of row ``front`` counts as before all others.
    """
    rotation = matrix_from_quat(cuboids.quat_wxyz)
    enter = entry_m(ray, cuboids.center, rotation, cuboids.size_lwh)
    met = np.flatnonzero(np.isfinite(enter))
    if not len(met):
        return None
    first = front if front in met else met[np.argmin(enter[met])]
    local = (cuboids.center[met] - cuboids.center[first]) @ rotation[first]
    inside = met[np.all(np.abs(local) <= cuboids.size_lwh[first] / 2, axis=1)]
    volume = np.prod(cuboids.size_lwh[inside].astype(np.float64), axis=1)
    return int(inside[np.argmin(volume)])
