"""Which boxes of an image something stands before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from avlabel.core.arrays import BoolArray, Float64, Int64
from avlabel.core.cameras import CameraModel
from avlabel.core.cuboids import Cuboids, Source
from avlabel.core.projections import Projections
from avlabel.geometry.occlusion import occlusion_by_boxes

HIDDEN_SHARE = 0.7
"""A box is hidden if something stands before more of it than that."""


class Hiding(NamedTuple):
    """What the pipeline found in one image, from returns of the LiDAR and from boxes.

    Attributes:
        cuboid_id: (K,) int64, ascending, of the boxes that it could tell something of.
        hidden: (K,) bool.
    """

    cuboid_id: Int64 = np.zeros(0, np.int64)
    hidden: BoolArray = np.zeros(0, np.bool_)

    def of(self, cuboids: Cuboids, corners_cam: Float64, model: CameraModel) -> BoolArray:
        """(N,) bool: which boxes are hidden.

        Those that the pipeline did not see, and those that a person has set since, are judged by
        the other boxes alone.

        Args:
            cuboids: N boxes.
            corners_cam: (N, 8, 3) metres in the camera frame.
            model: the camera's optics.
        """
        hidden = occlusion_by_boxes(corners_cam, model) > HIDDEN_SHARE
        found = np.isin(cuboids.cuboid_id, self.cuboid_id) & (cuboids.source != Source.HUMAN)
        at = np.searchsorted(self.cuboid_id, cuboids.cuboid_id[found])
        hidden[found] = self.hidden[at]
        return np.asarray(hidden)


def hiding_by_image(projections: Projections) -> Mapping[tuple[int, str], Hiding]:
    """What is known of each image, by frame number and camera."""
    known = np.flatnonzero(np.isfinite(projections.occlusion))
    keys = projections.cuboid_id[known], projections.camera[known], projections.frame_idx[known]
    order = known[np.lexsort(keys)]
    frame_idx, camera = projections.frame_idx[order], projections.camera[order]
    changes = np.flatnonzero((np.diff(frame_idx) != 0) | (np.diff(camera) != 0)) + 1
    return {
        (int(projections.frame_idx[rows[0]]), projections.cameras[projections.camera[rows[0]]]): (
            Hiding(projections.cuboid_id[rows], projections.occlusion[rows] > HIDDEN_SHARE)
        )
        for rows in np.split(order, changes)
        if len(rows)
    }
