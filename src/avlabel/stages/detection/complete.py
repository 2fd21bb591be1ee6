"""From what a cluster shows to the whole object: grow the unseen side.

The faces towards the sensor are where the points are; what lies behind them was not seen. A box
that is smaller than its object grows away from the sensor, so that its near faces stay put.
"""

from __future__ import annotations

import numpy as np

from avlabel.core.arrays import Float64
from avlabel.stages.detection.classify import Classes
from avlabel.stages.detection.shapes import Shapes

SMALLEST_M = 0.1


def complete(shapes: Shapes, classes: Classes, sensor_xy: Float64) -> tuple[Float64, Float64]:
    """Whole boxes of C classified clusters.

    Args:
        shapes: measured clusters, ego frame.
        classes: what they are taken for; where a yaw lies along the rectangle the rectangle's
            extents are kept, otherwise the object's size is centred on it.
        sensor_xy: (2,) float64 where the LiDAR stands, ego frame.

    Returns:
        (C, 3) centres and (C, 3) sizes length, width, height, float64, ego frame.
    """
    measured = _extents_along(shapes, classes.yaw)
    size = np.maximum(np.maximum(measured, classes.size_lwh[:, :2]), SMALLEST_M)
    cos, sin = np.cos(classes.yaw), np.sin(classes.yaw)
    axes = np.stack([np.stack([cos, sin], axis=1), np.stack([-sin, cos], axis=1)], axis=1)
    depth = np.einsum("cij,cj->ci", axes, shapes.rect[:, :2] - sensor_xy)
    # Beyond a face by more than half the extent the sensor sees one end only; abreast of it,
    # both: the growth is shared between the ends in proportion.
    side = np.clip(depth / (size / 2), -1.0, 1.0)
    center_xy = shapes.rect[:, :2] + np.einsum("ci,cij->cj", side * (size - measured) / 2, axes)
    height = np.maximum(classes.size_lwh[:, 2], SMALLEST_M)
    center = np.column_stack([center_xy, shapes.ground_m + height / 2])
    return center, np.column_stack([size, height])


def _extents_along(shapes: Shapes, yaw: Float64) -> Float64:
    """(C, 2) the rectangle's extents along and across the nearest of its axes to ``yaw``."""
    quarter_turns = np.round((yaw - shapes.rect[:, 4]) / (np.pi / 2)).astype(np.int64)
    swapped = (quarter_turns % 2 != 0)[:, None]
    return np.where(swapped, shapes.rect[:, [3, 2]], shapes.rect[:, [2, 3]])
