"""What the images show of every box."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from avlabel.checks.sensors import Said, Sensors
from avlabel.core.arrays import BoolArray, Float64, FloatArray, IntArray
from avlabel.core.cuboids import Cuboids
from avlabel.core.frames import Frames
from avlabel.core.se3 import SE3
from avlabel.stages.project import ProjectConfig, project

MARGIN_M, NEIGHBOURS, FAR_M = 0.5, 3, 8.0
BETWEEN_FRAMES_M = 1e4


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """N boxes as the images of their frames show them.

    Attributes:
        in_view: (N,) bool: some image shows where it is.
        says: (N, P) float64 log likelihood of each coarse class, 0 where images say nothing.
    """

    in_view: BoolArray
    says: Float64

    @classmethod
    def unseen(cls, n: int, n_parents: int) -> Shown:
        """Boxes that no image shows."""
        return cls(np.zeros(n, np.bool_), np.zeros((n, n_parents)))


def in_view(cuboids: Cuboids, frames: Frames, sensors: Sensors) -> BoolArray:
    """(N,) bool: whether any image shows where each box is, hidden or not."""
    plain = ProjectConfig(occlusion=False)
    given = sensors.rig, sensors.trajectory, frames.frame_idx, sensors.exposures_ns
    projections, _ = project(cuboids, *given, plain)
    return np.isin(cuboids.cuboid_id, projections.cuboid_id)


def places_said(cuboids: Cuboids, frames: Frames, said: Said) -> Float64:
    """(N, P) what images say of each box: of the place inside of it, in its frame.

    Args:
        cuboids: N boxes, world frame.
        frames: every frame of the log.
        said: of places that a detector proposed.
    """
    out = np.zeros((len(cuboids), said.likelihood.shape[1]))
    if not len(said.frame_idx) or not len(cuboids):
        return out
    at = frames.positions(said.frame_idx)
    place = frames.world_from_ego[at].apply(said.place_ego)
    tree = cKDTree(_keyed(cuboids.center, cuboids.frame_idx))
    k = min(NEIGHBOURS, len(cuboids))
    found = tree.query(_keyed(place, said.frame_idx), k=k, distance_upper_bound=FAR_M)[1].reshape(
        -1, k
    )
    # The nearest comes last, and has the last word.
    for near in found.T[::-1]:
        hit = np.flatnonzero(near < len(cuboids))
        inside = _inside(cuboids.select(near[hit]), place[hit])
        out[near[hit][inside]] = said.likelihood[hit[inside]]
    return out


def _inside(cuboids: Cuboids, place: FloatArray) -> BoolArray:
    local = SE3.from_quat(cuboids.quat_wxyz, cuboids.center).inverse().apply(place)
    half = cuboids.size_lwh[:, :2] / 2 + MARGIN_M
    return np.asarray((np.abs(local[:, :2]) <= half).all(axis=1))


def _keyed(center: FloatArray, frame: IntArray) -> Float64:
    """Places (N, 3) in which boxes of different frames are far apart."""
    return np.column_stack([center[:, :2], frame * BETWEEN_FRAMES_M])
