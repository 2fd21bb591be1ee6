"""How well LiDAR edges lie on image edges, for extrinsics a little off the given ones."""

from __future__ import annotations

import numpy as np
from numba import njit
from scipy.spatial.transform import Rotation

from avlabel.core.arrays import Float32, Float64, FloatArray
from avlabel.core.se3 import SE3
from avlabel_calibration.alignment.features import Features
from avlabel_calibration.alignment.images import QUANTUM

AXES = ("pitch", "yaw", "roll", "right", "down", "forward", "time")
"""What a delta (7,) holds: rotation vector about the camera's x, y, z axes in radians, movement
along them in metres, and seconds by which images were exposed later than said."""


def moved_camera(ego_from_camera: SE3, delta: FloatArray) -> SE3:
    """``ego_from_camera`` turned and moved by a delta (7,) in the camera's own axes."""
    turn = SE3(Rotation.from_rotvec(delta[:3]).as_matrix(), np.asarray(delta[3:6], np.float64))
    return ego_from_camera @ turn


def point_scores(features: Features, delta: FloatArray, level: int = -1) -> Float32:
    """(N,) float32 what each edge point meets in the edge map, in standard deviations.

    Args:
        features: N edge points.
        delta: (7,) as ``AXES``.
        level: of the edge maps, 0 the coarsest.
    """
    delta = np.asarray(delta, np.float64)
    maps = features.levels[level]
    points = features.points_ego
    if delta[6]:
        points = points + delta[6] * features.velocity
    camera_from_ego = moved_camera(features.camera.ego_from_sensor, delta).inverse()
    uv, valid = features.camera.model.project(camera_from_ego.apply(points))
    # Pixel centres lie at integers at either resolution.
    uv = (uv + 0.5) * maps.scale - 0.5
    return np.asarray(_sample(maps.values, features.image, features.direction, uv, valid))


def score(features: Features, deltas: FloatArray, level: int = -1) -> Float64:
    """(K,) float64 weighted mean over the edge points, for K deltas (K, 7).

    0 is what points at random would meet; edges that lie on edges give 0.3 to 1.
    """
    deltas = np.atleast_2d(deltas)
    return np.array([point_scores(features, d, level) @ features.weight for d in deltas])


def curve(features: Features, axis: str, values: FloatArray, level: int = -1) -> Float64:
    """(K,) float64 score with one parameter of ``AXES`` moved to each of K values."""
    deltas = np.zeros((len(values), len(AXES)))
    deltas[:, AXES.index(axis)] = values
    return score(features, deltas, level)


@njit(cache=True, nogil=True)
def _sample(maps, image, direction, uv, valid):  # type: ignore[no-untyped-def]
    height, width = maps.shape[2], maps.shape[3]
    out = np.zeros(len(uv), np.float32)
    for p in range(len(uv)):
        u, v = uv[p, 0], uv[p, 1]
        if not (valid[p] and 0 <= u < width - 1 and 0 <= v < height - 1):
            continue
        u0, v0 = int(u), int(v)
        du, dv = u - u0, v - v0
        layer = maps[image[p], direction[p]]
        top = (1 - du) * layer[v0, u0] + du * layer[v0, u0 + 1]
        bottom = (1 - du) * layer[v0 + 1, u0] + du * layer[v0 + 1, u0 + 1]
        out[p] = QUANTUM * ((1 - dv) * top + dv * bottom)
    return out
