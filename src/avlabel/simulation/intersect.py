"""One ray against one primitive, compiled."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from avlabel.core.arrays import Float64, Int64
from avlabel.simulation.shapes import CUBE, HULL, SPHERE


class Primitives(NamedTuple):
    """All primitives of a scene, by body; bodies of one object are neighbours.

    Attributes:
        kind: (P,) int64 CUBE, SPHERE, CYLINDER or HULL.
        unit_from_body: (P, 3, 4) float64.
        opacity: (P,) float64 chance to stop a ray.
        density: (P,) float64 returns per metre inside, 0 for solids.
        plane_start: (P + 1,) int64 rows of ``planes`` that belong to each hull.
        planes: (Q, 4) float64.
        body_start: (B + 1,) int64 primitives of each body.
        body_object: (B,) int64 object of each body, -1 for scenery.
        body_radius: (B,) float64 of the bounding sphere.
        body_bounds: (B, 2, 3) float64 bounding box in the body frame.
    """

    kind: Int64
    unit_from_body: Float64
    opacity: Float64
    density: Float64
    plane_start: Int64
    planes: Float64
    body_start: Int64
    body_object: Int64
    body_radius: Float64
    body_bounds: Float64


@njit(cache=True, nogil=True, error_model="numpy")
def reach_bounds(bounds, origin, direction):  # type: ignore[no-untyped-def]
    """Range at which a ray enters a (2, 3) bounding box: 0 from inside, infinity if never."""
    enter, leave = 0.0, np.inf
    for i in range(3):
        if abs(direction[i]) < 1e-12:
            if origin[i] < bounds[0, i] or origin[i] > bounds[1, i]:
                return np.inf
            continue
        a = (bounds[0, i] - origin[i]) / direction[i]
        b = (bounds[1, i] - origin[i]) / direction[i]
        enter = max(enter, min(a, b))
        leave = min(leave, max(a, b))
    return enter if enter <= leave else np.inf


@njit(cache=True, nogil=True, error_model="numpy")
def meet(p, origin, direction, scene, ray, salt, found):  # type: ignore[no-untyped-def]
    """Whether a ray, in the body frame, returns from primitive ``p``.

    Writes range, range of exit and the normal (body frame) to ``found`` (5,). A solid around
    the origin is not seen; a porous volume returns from a depth drawn from the exponential
    distribution (Beer and Lambert).
    """
    if not _span(p, origin, direction, scene, found) or found[1] <= 0.0:
        return False
    density = scene.density[p]
    if density > 0.0:
        found[0] = max(found[0], 0.0) - np.log(1.0 - uniform(ray, p, salt, 0)) / density
        for i in range(3):
            found[2 + i] = -direction[i]
        return found[0] < found[1]
    if found[0] <= 0.0:
        return False
    return scene.opacity[p] >= 1.0 or uniform(ray, p, salt, 1) < scene.opacity[p]


@njit(cache=True, nogil=True, error_model="numpy")
def uniform(ray, primitive, salt, draw):  # type: ignore[no-untyped-def]
    """A number in 0..1 that depends on nothing but its arguments (SplitMix64's finaliser)."""
    x = np.uint64(salt) * np.uint64(0x9E3779B97F4A7C15)
    x ^= np.uint64(ray + 1) * np.uint64(0xD1B54A32D192ED03)
    x ^= np.uint64(primitive * 4 + draw + 1) * np.uint64(0x8CB92BA72F3D8DD7)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    x ^= x >> np.uint64(31)
    return np.float64(x >> np.uint64(11)) / 9007199254740992.0


@njit(cache=True, nogil=True, error_model="numpy")
def _span(p, origin, direction, scene, found):  # type: ignore[no-untyped-def]
    """Where the line enters and leaves a primitive, and the outward normal at the entry."""
    kind = scene.kind[p]
    if kind == HULL:
        return _span_hull(p, origin, direction, scene, found)
    a = scene.unit_from_body[p]
    ox = a[0, 0] * origin[0] + a[0, 1] * origin[1] + a[0, 2] * origin[2] + a[0, 3]
    oy = a[1, 0] * origin[0] + a[1, 1] * origin[1] + a[1, 2] * origin[2] + a[1, 3]
    oz = a[2, 0] * origin[0] + a[2, 1] * origin[1] + a[2, 2] * origin[2] + a[2, 3]
    dx = a[0, 0] * direction[0] + a[0, 1] * direction[1] + a[0, 2] * direction[2]
    dy = a[1, 0] * direction[0] + a[1, 1] * direction[1] + a[1, 2] * direction[2]
    dz = a[2, 0] * direction[0] + a[2, 1] * direction[1] + a[2, 2] * direction[2]
    found[0], found[1] = -np.inf, np.inf
    if kind == SPHERE:
        hit = _clip_round(ox, oy, oz, dx, dy, dz, found)
    elif kind == CUBE:
        hit = (
            _clip_slab(ox, dx, 0, found)
            and _clip_slab(oy, dy, 1, found)
            and _clip_slab(oz, dz, 2, found)
        )
    else:
        hit = _clip_round(ox, oy, 0.0, dx, dy, 0.0, found) and _clip_slab(oz, dz, 2, found)
    if not hit:
        return False
    nx, ny, nz = found[2], found[3], found[4]
    for i in range(3):
        found[2 + i] = a[0, i] * nx + a[1, i] * ny + a[2, i] * nz
    norm = np.sqrt(found[2] ** 2 + found[3] ** 2 + found[4] ** 2)
    for i in range(3):
        found[2 + i] /= norm
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def _clip_slab(o, d, axis, found):  # type: ignore[no-untyped-def]
    """Cut the span by -1 <= coordinate <= 1."""
    if abs(d) < 1e-12:
        return abs(o) <= 1.0
    enter, leave = (-1.0 - o) / d, (1.0 - o) / d
    side = -1.0
    if enter > leave:
        enter, leave = leave, enter
        side = 1.0
    if enter > found[0]:
        found[0] = enter
        found[2], found[3], found[4] = 0.0, 0.0, 0.0
        found[2 + axis] = side
    found[1] = min(found[1], leave)
    return found[0] <= found[1]


@njit(cache=True, nogil=True, error_model="numpy")
def _clip_round(ox, oy, oz, dx, dy, dz, found):  # type: ignore[no-untyped-def]
    """Cut the span by the unit sphere, or by the unit circle where all z are 0."""
    a = dx * dx + dy * dy + dz * dz
    b = ox * dx + oy * dy + oz * dz
    c = ox * ox + oy * oy + oz * oz - 1.0
    if a < 1e-18:
        found[2], found[3], found[4] = ox, oy, oz + 1e-9
        return c <= 0.0
    root = b * b - a * c
    if root < 0.0:
        return False
    root = np.sqrt(root)
    found[0], found[1] = (-b - root) / a, (-b + root) / a
    found[2], found[3] = ox + found[0] * dx, oy + found[0] * dy
    found[4] = oz + found[0] * dz
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def _span_hull(p, origin, direction, scene, found):  # type: ignore[no-untyped-def]
    """Cut the line by each face's half space (Cyrus and Beck 1978)."""
    found[0], found[1] = -np.inf, np.inf
    for k in range(scene.plane_start[p], scene.plane_start[p + 1]):
        n = scene.planes[k]
        toward = n[0] * direction[0] + n[1] * direction[1] + n[2] * direction[2]
        outside = n[0] * origin[0] + n[1] * origin[1] + n[2] * origin[2] - n[3]
        if abs(toward) < 1e-12:
            if outside > 0.0:
                return False
            continue
        t = -outside / toward
        if toward > 0.0:
            found[1] = min(found[1], t)
        elif t > found[0]:
            found[0] = t
            found[2], found[3], found[4] = n[0], n[1], n[2]
        if found[0] > found[1]:
            return False
    return True
