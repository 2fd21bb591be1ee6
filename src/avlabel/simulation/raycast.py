"""Rays against a moving scene of primitives over the ground, compiled.

Rays come in bundles: rays that share origin and time and point much the same way, such as
eight neighbouring beams of a firing or a stretch of an image row. A bundle picks the bodies
whose bounding spheres its cone touches; each of its rays then visits those bodies only.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from avlabel.core.arrays import Float64, Int32, Int64
from avlabel.simulation.ground import Ground, ground_range, normal_at
from avlabel.simulation.intersect import Primitives, meet, reach_bounds

NO_HIT = -2
GROUND_HIT = -1


class BodyPoses(NamedTuple):
    """Where B bodies are at K equally spaced moments; linear in between.

    Attributes:
        rotation: (K, B, 3, 3) float64 world from body.
        translation: (K, B, 3) float64.
        center: (K, B, 3) float64 centre of each bounding sphere in world.
    """

    rotation: Float64
    translation: Float64
    center: Float64


class Bundles(NamedTuple):
    """M bundles of rays.

    Attributes:
        start: (M + 1,) int64 rays of each bundle.
        origin: (M, 3) float64 in world.
        moment: (M,) float64 place between the pose moments, 0..K - 1.
        direction: (R, 3) float64 unit, in world.
        salt: decides what passes glass and foliage, together with ray and primitive.
    """

    start: Int64
    origin: Float64
    moment: Float64
    direction: Float64
    salt: int


class Hits(NamedTuple):
    """What R rays met.

    Attributes:
        range_m: (R,) float64, infinite where nothing.
        primitive: (R,) int32, ``GROUND_HIT`` or ``NO_HIT``.
        body: (R,) int32, -1 for ground and nothing.
        normal: (R, 3) float64 unit, in world, towards the ray's origin.
        alone: (O,) int64 rays that would meet each object if it stood alone in the world.
    """

    range_m: Float64
    primitive: Int32
    body: Int32
    normal: Float64
    alone: Int64


@njit(cache=True, nogil=True, error_model="numpy")
def cast(
    bundles: Bundles,
    scene: Primitives,
    poses: BodyPoses,
    ground: Ground,
    max_range_m: float,
    n_objects: int,
) -> Hits:
    """First hit of every ray within ``max_range_m``.

    With ``n_objects`` of 0 nobody asks what each object would look like alone, and what lies
    behind a hit costs nothing.
    """
    n_rays = len(bundles.direction)
    range_m = np.full(n_rays, np.inf)
    primitive = np.full(n_rays, NO_HIT, np.int32)
    body = np.full(n_rays, -1, np.int32)
    normal = np.zeros((n_rays, 3))
    alone = np.zeros(n_objects, np.int64)
    last_ray = np.full(n_objects, -1, np.int64)
    n_bodies = len(scene.body_radius)
    near = np.empty(n_bodies, np.int64)
    offset = np.empty((n_bodies, 3))
    rotation = np.empty((n_bodies, 3, 3))
    origin_body = np.empty((n_bodies, 3))
    found = np.empty(5)
    best = np.empty(3)
    d_body = np.empty(3)
    for m in range(len(bundles.origin)):
        first, last = bundles.start[m], bundles.start[m + 1]
        origin = bundles.origin[m]
        n_near = _bodies_in_cone(
            bundles.direction[first:last], origin, bundles.moment[m], max_range_m, scene, poses,
            near, offset,
        )  # fmt: skip
        _enter_bodies(near[:n_near], origin, bundles.moment[m], poses, rotation, origin_body)
        for ray in range(first, last):
            direction = bundles.direction[ray]
            limit = max_range_m
            for c in range(n_near):
                b = near[c]
                along = _dot(offset[c], direction)
                square = _dot(offset[c], offset[c])
                radius2 = scene.body_radius[b] ** 2
                if square > radius2 and (along < 0.0 or square - along * along > radius2):
                    continue
                r = rotation[c]
                for i in range(3):
                    d_body[i] = (
                        r[0, i] * direction[0] + r[1, i] * direction[1] + r[2, i] * direction[2]
                    )
                entry = reach_bounds(scene.body_bounds[b], origin_body[c], d_body)
                owner = scene.body_object[b]
                # What lies behind is visited only to learn whether its object would be met.
                unmet = n_objects > 0 and owner >= 0 and last_ray[owner] != ray
                if entry > max_range_m or (entry > limit and not unmet):
                    continue
                for p in range(scene.body_start[b], scene.body_start[b + 1]):
                    if not meet(p, origin_body[c], d_body, scene, ray, bundles.salt, found):
                        continue
                    if unmet and found[0] < max_range_m:
                        unmet = False
                        last_ray[owner] = ray
                        alone[owner] += 1
                        if entry > limit:
                            break
                    if found[0] < limit:
                        limit = found[0]
                        best[:] = found[2:]
                        primitive[ray], body[ray] = p, b
                        for i in range(3):
                            normal[ray, i] = _dot(r[i], best)
            on_ground = ground_range(origin, direction, limit, ground)
            if on_ground < limit:
                limit = on_ground
                primitive[ray], body[ray] = GROUND_HIT, -1
                x = origin[0] + limit * direction[0]
                y = origin[1] + limit * direction[1]
                normal_at(x, y, ground, normal[ray])
            if primitive[ray] != NO_HIT:
                range_m[ray] = limit
    return Hits(range_m, primitive, body, normal, alone)


@njit(cache=True, nogil=True, error_model="numpy")
def _dot(a, b):  # type: ignore[no-untyped-def]
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


@njit(cache=True, nogil=True, error_model="numpy")
def _bodies_in_cone(  # type: ignore[no-untyped-def]
    directions, origin, moment, max_range_m, scene, poses, near, offset
):
    """Bodies whose spheres the bundle's cone touches, with their offsets, nearest first."""
    ax, ay, az = directions[:, 0].sum(), directions[:, 1].sum(), directions[:, 2].sum()
    norm = np.sqrt(ax * ax + ay * ay + az * az)
    ax, ay, az = ax / norm, ay / norm, az / norm
    cos = 1.0
    for i in range(len(directions)):
        cos = min(cos, ax * directions[i, 0] + ay * directions[i, 1] + az * directions[i, 2])
    sin = np.sqrt(max(1.0 - cos * cos, 0.0))
    before = min(int(moment), len(poses.center) - 2)
    part = moment - before
    c0, c1 = poses.center[before], poses.center[before + 1]
    n = 0
    for b in range(len(scene.body_radius)):
        x = c0[b, 0] + part * (c1[b, 0] - c0[b, 0]) - origin[0]
        y = c0[b, 1] + part * (c1[b, 1] - c0[b, 1]) - origin[1]
        z = c0[b, 2] + part * (c1[b, 2] - c0[b, 2]) - origin[2]
        radius = scene.body_radius[b]
        along = ax * x + ay * y + az * z
        if along < -radius or along > max_range_m + radius:
            continue
        across = np.sqrt(max(x * x + y * y + z * z - along * along, 0.0))
        if across * cos - along * sin > radius:
            continue
        # Nearest first, so that its hits spare the rays the rest.
        c = n
        square = x * x + y * y + z * z
        while c > 0 and _dot(offset[c - 1], offset[c - 1]) > square:
            near[c] = near[c - 1]
            for i in range(3):
                offset[c, i] = offset[c - 1, i]
            c -= 1
        near[c] = b
        offset[c, 0], offset[c, 1], offset[c, 2] = x, y, z
        n += 1
    return n


@njit(cache=True, nogil=True, error_model="numpy")
def _enter_bodies(near, origin, moment, poses, rotation, origin_body):  # type: ignore[no-untyped-def]
    """Pose of each near body at the bundle's moment, and the ray origin in its frame."""
    before = min(int(moment), len(poses.center) - 2)
    part = moment - before
    delta = np.empty(3)
    for c in range(len(near)):
        b = near[c]
        for i in range(3):
            t0, t1 = poses.translation[before, b, i], poses.translation[before + 1, b, i]
            delta[i] = origin[i] - (t0 + part * (t1 - t0))
            for j in range(3):
                r0, r1 = poses.rotation[before, b, i, j], poses.rotation[before + 1, b, i, j]
                rotation[c, i, j] = r0 + part * (r1 - r0)
        for i in range(3):
            column = rotation[c, :, i]
            origin_body[c, i] = _dot(column, delta)
