"""The road around the car as one plane (RANSAC: Fischler and Bolles 1981)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import Float64, FloatArray

NEAREST_M, FURTHEST_M = 3.0, 15.0
"""Nearer is the car itself; further, roads bend away from the plane below the car."""
CELL_M = 1.5
TRIALS = 300
TOLERANCE_M = 0.08
ROUNDS = 3


@dataclass(frozen=True, slots=True, eq=False)
class RoadPlane:
    """A plane ``normal @ p = height_m`` in the frame of the points it was fitted to.

    Attributes:
        normal: (3,) float64 unit vector, pointing to +z.
        height_m: its distance from the origin along the normal.
        share: of the cells around the car whose lowest point lies on it.
        cells: how many cells there are.
    """

    normal: Float64
    height_m: float
    share: float
    cells: int

    @property
    def tilt_deg(self) -> float:
        """Degrees between the normal and z."""
        return float(np.rad2deg(np.arccos(np.clip(self.normal[2], -1.0, 1.0))))


def road_plane(points: FloatArray) -> RoadPlane | None:
    """Fit the road below a car to a sweep.

    Args:
        points: (N, 3) metres, ego frame.

    Returns:
        The plane that most cells' lowest points lie on, or None where fewer than three are.
    """
    low = lowest_points(points)
    if len(low) < 3:
        return None
    rng = np.random.default_rng(0)
    corners = low[rng.integers(0, len(low), (TRIALS, 3))]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.linalg.norm(normals, axis=1)
    # Thin triangles and walls say nothing about a road.
    keep = (length > 1.0) & (np.abs(normals[:, 2]) > 0.5 * length)
    if not keep.any():
        return None
    normals = normals[keep] / length[keep, None] * np.sign(normals[keep, 2:])
    heights = np.einsum("ij,ij->i", normals, corners[keep, 0])
    near = np.abs(low @ normals.T - heights) < TOLERANCE_M
    inliers = near[:, near.sum(axis=0).argmax()]
    for _ in range(ROUNDS):
        normal, height = _least_squares(low[inliers])
        inliers = np.abs(low @ normal - height) < TOLERANCE_M
        if inliers.sum() < 3:
            return None
    return RoadPlane(normal, float(height), float(inliers.mean()), len(low))


def lowest_points(points: FloatArray) -> Float64:
    """(M, 3) the lowest point of each cell of a grid around the car."""
    distance = np.hypot(points[:, 0], points[:, 1])
    near = points[(distance > NEAREST_M) & (distance < FURTHEST_M)].astype(np.float64)
    cell = np.floor(near[:, :2] / CELL_M).astype(np.int64) @ np.array([1, 1000])
    order = np.lexsort((near[:, 2], cell))
    first = np.ones(len(order), np.bool_)
    first[1:] = cell[order][1:] != cell[order][:-1]
    return np.asarray(near[order][first])


def _least_squares(points: Float64) -> tuple[Float64, float]:
    center = points.mean(axis=0)
    normal = np.linalg.svd(points - center, full_matrices=False)[2][2]
    normal = normal * (1.0 if normal[2] >= 0 else -1.0)
    return normal, float(normal @ center)
