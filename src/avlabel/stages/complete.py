"""From what a cluster shows to the whole object: grow the unseen side.

The faces towards the sensor are where the points are; what lies behind them was not seen. A box
that is smaller than its class grows away from the sensor, so that its near faces stay put.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import Float64
from avlabel.core.options import option
from avlabel.core.taxonomy import Taxonomy
from avlabel.stages.classify import Classes
from avlabel.stages.shapes import Shapes


@dataclass(frozen=True, slots=True)
class CompleteConfig:
    """Settings of the completion of boxes."""

    trust_share: float = option(0.85, "an extent of at least this share of its class is kept")


def complete(
    shapes: Shapes,
    classes: Classes,
    sensor_xy: Float64,
    taxonomy: Taxonomy,
    config: CompleteConfig,
) -> tuple[Float64, Float64, Float64]:
    """Whole boxes of C classified clusters.

    Args:
        shapes: measured clusters, ego frame.
        classes: their classes.
        sensor_xy: (2,) float64 where the LiDAR stands, ego frame.
        taxonomy: size priors.
        config: when to grow.

    Returns:
        (C, 3) centres, (C, 3) sizes length, width, height, and (C,) yaw in [-pi/2, pi/2], all
        float64 in the ego frame. Front and back are not told apart.
    """
    swap = classes.length_across
    yaw = shapes.rect[:, 4] + np.where(swap, np.pi / 2, 0.0)
    yaw = np.where(yaw > np.pi / 2, yaw - np.pi, yaw)
    measured = np.where(swap[:, None], shapes.rect[:, [3, 2]], shapes.rect[:, [2, 3]])
    prior = taxonomy.size_m[classes.category, :2]
    known = taxonomy.parent_of[classes.category] != taxonomy.parents.index("object")
    grows = known[:, None] & (measured < config.trust_share * prior)
    size = np.where(grows, prior, np.maximum(measured, 0.1))

    axis = np.stack([np.cos(yaw), np.sin(yaw)], axis=1)
    axes = np.stack([axis, np.stack([-axis[:, 1], axis[:, 0]], axis=1)], axis=1)
    away = shapes.rect[:, None, :2] - sensor_xy
    depth = np.einsum("cij,cj->ci", axes, away[:, 0])
    # Beyond the face by more than half its extent the sensor sees one end only; abreast of it,
    # both: the growth is shared between the ends in proportion.
    side = np.clip(depth / np.maximum(size / 2, 0.1), -1.0, 1.0)
    shift = side * (size - measured) / 2
    center_xy = shapes.rect[:, :2] + np.einsum("ci,cij->cj", shift, axes)
    height = np.maximum(shapes.top_m, 0.1)
    center = np.column_stack([center_xy, shapes.ground_m + height / 2])
    return center, np.column_stack([size, height]), yaw
