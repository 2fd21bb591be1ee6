"""Small registration of one cloud to another: point to plane, robust, with its uncertainty.

Chen and Medioni 1992 (point to plane); the weights are Geman and McClure's (1985), as KISS-ICP
(Vizzo et al. 2023) uses them. It looks only for small corrections of a good first guess.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from avlabel.core.arrays import BoolArray, Float64, FloatArray
from avlabel.core.se3 import SE3

NEIGHBOURS = 12
VOXEL_M = 0.3
FLATNESS = 0.05
"""A neighbourhood is a plane where its smallest variance is below this share of its middle one."""
REACH_M = 2.0
LAST_REACH_M = 0.3
STEPS = 25
SCALE_SHARE = 0.25
"""Of the reach: far starts need far pairs to count."""
ON_SURFACE_M = 0.1
CONVERGED = 1e-5
MIN_PAIRS = 200
CORRELATED = 10.0
"""Neighbouring points err together; about this many count as one."""


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """A cloud with the directions its surfaces face.

    Attributes:
        points: (N, 3) float64, thinned.
        normals: (N, 3) unit vectors.
        tree: over the points.
    """

    points: Float64
    normals: Float64
    tree: cKDTree


@dataclass(frozen=True, slots=True, eq=False)
class Registration:
    """How a cloud has to be moved to lie on another.

    Attributes:
        fixed_from_moving: correction on top of the first guess.
        turn_rad: (3,) float64 its rotation vector.
        shift_m: (3,) float64 displacement of the moved cloud's middle.
        turn_sigma_rad: (3,) standard deviations.
        shift_sigma_m: (3,) standard deviations.
        pairs: point pairs that count.
        fit: share of the moving points that lie on the surface, 0 to 1.
        rms_m: root mean square of their distances to the surface.
    """

    fixed_from_moving: SE3
    turn_rad: Float64
    shift_m: Float64
    turn_sigma_rad: Float64
    shift_sigma_m: Float64
    pairs: int
    fit: float
    rms_m: float


def surface(points: FloatArray, voxel_m: float = VOXEL_M) -> Surface:
    """Thin a cloud (N, 3) and find its normals; points on no plane are left out."""
    thin = thinned(points, voxel_m)
    tree = cKDTree(thin)
    count = min(NEIGHBOURS, len(thin))
    if count < 4:
        return Surface(np.zeros((0, 3)), np.zeros((0, 3)), cKDTree(np.zeros((0, 3))))
    _, index = tree.query(thin, k=count)
    around = thin[index] - thin[index].mean(axis=1, keepdims=True)
    values, vectors = np.linalg.eigh(np.einsum("nki,nkj->nij", around, around))
    flat = values[:, 0] < FLATNESS * values[:, 1]
    return Surface(thin[flat], vectors[flat, :, 0], cKDTree(thin[flat]))


def thinned(points: FloatArray, voxel_m: float) -> Float64:
    """(M, 3) float64 one point of each voxel, the first."""
    cell = np.floor(np.asarray(points, np.float64) / voxel_m).astype(np.int64)
    key = (cell - cell.min(axis=0)) @ np.array([1, 1 << 20, 1 << 40]) if len(cell) else cell[:, 0]
    _, first = np.unique(key, return_index=True)
    return np.asarray(points[np.sort(first)], np.float64)


def register(moving: FloatArray, fixed: Surface) -> Registration | None:
    """Move a cloud onto a surface.

    Args:
        moving: (N, 3) metres, in the surface's frame by the first guess.
        fixed: where it should come to lie.

    Returns:
        The correction, or None where too few points have a counterpart.
    """
    if len(fixed.points) < MIN_PAIRS or len(moving) < MIN_PAIRS:
        return None
    points = np.asarray(moving, np.float64)
    middle = points.mean(axis=0)
    arms = points - middle
    rotation, shift, reach = np.eye(3), np.zeros(3), REACH_M
    for _ in range(STEPS):
        at = arms @ rotation.T + middle + shift
        jacobian, residual, weight = _pairs(at, middle + shift, fixed, reach)
        if len(residual) < MIN_PAIRS:
            return None
        hessian = (jacobian * weight[:, None]).T @ jacobian
        step = -np.linalg.lstsq(hessian, jacobian.T @ (weight * residual), rcond=1e-9)[0]
        rotation = Rotation.from_rotvec(step[:3]).as_matrix() @ rotation
        shift = shift + step[3:]
        reach = max(0.8 * reach, LAST_REACH_M)
        if np.abs(step).max() < CONVERGED:
            break
    variance = float((weight * residual**2).sum() / weight.sum())
    sigma = np.sqrt(np.diag(np.linalg.pinv(hessian)) * variance * CORRELATED)
    return Registration(
        SE3(rotation, middle + shift - rotation @ middle),
        Rotation.from_matrix(rotation).as_rotvec(),
        shift,
        sigma[:3],
        sigma[3:],
        len(residual),
        float((np.abs(residual) < ON_SURFACE_M).sum() / len(points)),
        float(np.sqrt(variance)),
    )


def _pairs(
    points: Float64, middle: Float64, fixed: Surface, reach: float
) -> tuple[Float64, Float64, Float64]:
    """Jacobian (P, 6) by rotation about the middle and shift, residuals (P,), weights (P,)."""
    distance, index = fixed.tree.query(points, distance_upper_bound=reach)
    near: BoolArray = np.isfinite(distance)
    at, index = points[near], np.asarray(index)[near]
    normals = fixed.normals[index]
    residual = np.einsum("ij,ij->i", at - fixed.points[index], normals)
    jacobian = np.concatenate([np.cross(at - middle, normals), normals], axis=1)
    spread = 1.4826 * float(np.median(np.abs(residual))) if len(residual) else 0.0
    scale = max(spread, SCALE_SHARE * reach)
    return jacobian, residual, (scale**2 / (scale**2 + residual**2)) ** 2
