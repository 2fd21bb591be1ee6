"""Bodies made of primitives: cubes, spheres, cylinders under any affine map, convex hulls.

A body is rigid. Its primitives are given in the body's own frame (metres); the ray caster
meets them there.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial import ConvexHull

from avlabel.core.arrays import Float64
from avlabel.core.se3 import SE3
from avlabel.simulation.materials import Material

CUBE, SPHERE, CYLINDER, HULL = range(4)


@dataclass(frozen=True, slots=True, eq=False)
class Primitive:
    """One solid or porous shape in its body's frame.

    Attributes:
        kind: CUBE, SPHERE and CYLINDER are the unit shapes in -1..1 (a cylinder along z).
        unit_from_body: (3, 4) float64 affine map onto the unit shape; identity for a hull.
        planes: (K, 4) float64 outward unit normals and distances of a hull's faces.
        bounds: (2, 3) float64 corners of its bounding box in the body frame.
        material: its surface.
    """

    kind: int
    unit_from_body: Float64
    planes: Float64
    bounds: Float64
    material: Material


@dataclass(frozen=True, slots=True)
class Body:
    """A growing list of primitives that move together."""

    primitives: list[Primitive] = field(default_factory=list)

    def box(self, center: ArrayLike, size: ArrayLike, material: Material, yaw: float = 0.0) -> None:
        """Add a box of edge lengths ``size``, turned about z."""
        self._affine(CUBE, center, np.asarray(size, float) / 2, _yaw_rotation(yaw), material)

    def ellipsoid(
        self, center: ArrayLike, size: ArrayLike, material: Material, yaw: float = 0.0
    ) -> None:
        """Add an ellipsoid of diameters ``size``, turned about z."""
        self._affine(SPHERE, center, np.asarray(size, float) / 2, _yaw_rotation(yaw), material)

    def rod(self, start: ArrayLike, end: ArrayLike, radius_m: float, material: Material) -> None:
        """Add a cylinder between the centres of its end faces."""
        p, q = np.asarray(start, float), np.asarray(end, float)
        length = float(np.linalg.norm(q - p))
        axis = (q - p) / length
        helper = np.eye(3)[int(np.argmin(np.abs(axis)))]
        side = np.cross(axis, helper)
        side /= np.linalg.norm(side)
        rotation = np.stack([side, np.cross(axis, side), axis], axis=1)
        half = np.array([radius_m, radius_m, length / 2])
        self._affine(CYLINDER, (p + q) / 2, half, rotation, material)

    def hull(self, points: ArrayLike, material: Material) -> None:
        """Add the convex hull of (N, 3) points."""
        vertices = np.asarray(points, float)
        faces = ConvexHull(vertices).equations
        planes = np.unique(np.round(faces, 9), axis=0) * np.array([1.0, 1.0, 1.0, -1.0])
        bounds = np.stack([vertices.min(axis=0), vertices.max(axis=0)])
        self.primitives.append(Primitive(HULL, np.eye(3, 4), planes, bounds, material))

    def _affine(
        self, kind: int, center: ArrayLike, half: Float64, rotation: Float64, material: Material
    ) -> None:
        middle = np.asarray(center, float)
        linear = rotation.T / half[:, None]
        affine = np.column_stack([linear, -linear @ middle])
        reach = np.abs(rotation) @ half if kind != SPHERE else np.hypot.reduce(rotation * half, 1)
        bounds = np.stack([middle - reach, middle + reach])
        self.primitives.append(Primitive(kind, affine, np.zeros((0, 4)), bounds, material))

    @property
    def bounds(self) -> Float64:
        """(2, 3) float64 corners of the bounding box in the body frame."""
        every = np.stack([p.bounds for p in self.primitives])
        return np.stack([every[:, 0].min(axis=0), every[:, 1].max(axis=0)])

    @property
    def sphere(self) -> tuple[Float64, float]:
        """Centre (3,) and radius of a bounding sphere in the body frame."""
        low, high = self.bounds
        return (low + high) / 2, float(np.linalg.norm(high - low) / 2)


def _yaw_rotation(yaw: float) -> Float64:
    return SE3.from_yaw(yaw, np.zeros(3)).rotation


def mirrored(points: ArrayLike) -> Float64:
    """(2N, 3) points with their mirror images across the xz plane."""
    one_side = np.asarray(points, float).reshape(-1, 3)
    return np.concatenate([one_side, one_side * np.array([1.0, -1.0, 1.0])])
