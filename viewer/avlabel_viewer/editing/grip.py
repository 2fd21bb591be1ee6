"""How a handle is held, and where the box goes as the ray under the cursor moves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import Float64
from avlabel_viewer.editing.handles import Handle, Kind
from avlabel_viewer.editing.placement import Placement
from avlabel_viewer.editing.rays import UP, along_axis, entry_m, looks_down, on_plane
from avlabel_viewer.viewpoints.viewpoint import Ray, Viewpoint

FARTHEST_M = 300.0
"""Nothing is dragged farther: near the horizon a pixel is a kilometre."""


@dataclass(frozen=True, slots=True, eq=False)
class Grip:
    """How a handle was grabbed.

    Attributes:
        start: the box then.
        handle: what was grabbed.
        view: in which; it must not change while dragging.
        ray: under the cursor then.
        point: (3,) world, what the cursor holds.
        normal: (3,) of the plane that it moves in.
    """

    start: Placement
    handle: Handle
    view: Viewpoint
    ray: Ray
    point: Float64
    normal: Float64


def grip(start: Placement, handle: Handle, view: Viewpoint, ray: Ray) -> Grip:
    """Grab a handle where a ray points at it."""
    normal = _plane_of(start, handle, ray.direction)
    point = start.point(handle.at)
    if handle.kind is Kind.BODY:
        point = _surface_point(start, ray)
    return Grip(start, handle, view, ray, point, normal)


def _plane_of(start: Placement, handle: Handle, sight: Float64) -> Float64:
    """Normal of the plane to move in: level ground, or upright facing a view that looks along it.

    A knob moves in the plane across its axis.
    """
    if handle.kind is Kind.KNOB:
        return np.asarray(start.rotation[:, handle.axis])
    if looks_down(sight):
        return UP
    level = sight - (sight @ UP) * UP
    return np.asarray(level / np.linalg.norm(level))


def _surface_point(start: Placement, ray: Ray) -> Float64:
    """Where a ray meets the box; its centre if it passes by."""
    enter = float(
        entry_m(ray, start.center[None], start.rotation[None], start.size_lwh[None])[0],
    )
    return np.asarray(ray.origin + enter * ray.direction) if np.isfinite(enter) else start.center


def in_plane(held: Grip, ray: Ray) -> Float64 | None:
    """(3,) way of what the cursor holds; None beyond the horizon."""
    if (ray.direction @ held.normal) * (held.ray.direction @ held.normal) <= 0:
        return None
    now = on_plane(ray, held.point, held.normal)
    then = on_plane(held.ray, held.point, held.normal)
    if now is None or then is None or np.linalg.norm(now - then) > FARTHEST_M:
        return None
    return np.asarray(now - then)


def along_normal(held: Grip, ray: Ray) -> Float64 | None:
    """(3,) way of a face along its normal."""
    normal = held.start.rotation @ np.array(held.handle.signs, np.float64)
    now, then = along_axis(ray, held.point, normal), along_axis(held.ray, held.point, normal)
    if now is None or then is None or abs(now - then) > FARTHEST_M:
        return None
    return np.asarray((now - then) * normal)


def turned(held: Grip, ray: Ray) -> Placement | None:
    """The box turned as the cursor went around its axis."""
    now = on_plane(ray, held.point, held.normal)
    then = on_plane(held.ray, held.point, held.normal)
    if now is None or then is None:
        return None
    return held.start.turned(_angle(held, now) - _angle(held, then), held.handle.axis)


def _angle(held: Grip, point: Float64) -> float:
    """Of a world point around the knob's axis, radians."""
    local = held.start.rotation.T @ (point - held.start.center)
    first, second = (held.handle.axis + 1) % 3, (held.handle.axis + 2) % 3
    return float(np.arctan2(local[second], local[first]))
