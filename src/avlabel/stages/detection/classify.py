"""Class and score of a cluster, by what its size says.

A cluster shows at most the faces that look at the sensor. A measured extent is therefore a lower
bound: being larger than a class allows speaks against it at once, being smaller only gently. Each
leaf is tried with its length along either axis of the rectangle, and competes with "unknown".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import BoolArray, Float32, Float64, Int16, IntArray
from avlabel.core.options import option
from avlabel.core.taxonomy import Taxonomy
from avlabel.stages.detection.shapes import Shapes


@dataclass(frozen=True, slots=True)
class ClassifyConfig:
    """Settings of the classification of clusters."""

    unknown_cost: float = option(6.0, "cost at which a cluster is as likely unknown as anything")
    always_hidden: float = option(0.1, "share of any extent that may be unseen")
    self_hidden: float = option(0.45, "further share of an extent seen end-on")
    side_hidden: float = option(0.45, "further share when something nearer stands beside it")
    height_hidden: float = option(0.2, "share of the height that may be unseen")
    floating_m: float = option(0.7, "clusters whose lowest point is higher float")
    min_height_m: float = option(0.5, "clusters lower than this above ground are unknown")
    trust_share: float = option(0.85, "an extent of at least this share of its class is kept")
    wall_cost: float = option(8.0, "cost of being as flat as a wall")


@dataclass(frozen=True, slots=True, eq=False)
class Classes:
    """What each of C clusters is taken for.

    Attributes:
        category: (C,) int16 leaf code; never "unknown".
        score: (C,) float32 in 0..1 that it is a road user at all.
        yaw: (C,) float64 radians of the object's length, ego frame.
        size_lwh: (C, 3) float64 metres of the whole object.
    """

    category: Int16
    score: Float32
    yaw: Float64
    size_lwh: Float64


def classify(
    shapes: Shapes, sensor_xy: Float64, taxonomy: Taxonomy, config: ClassifyConfig
) -> Classes:
    """Class, orientation and score of each cluster by what it measures.

    Args:
        shapes: C clusters, ego frame.
        sensor_xy: (2,) float64 where the LiDAR stands, ego frame.
        taxonomy: leaves and their sizes.
        config: costs.
    """
    unknown = taxonomy.code("unknown")
    cost = _size_cost(shapes, sensor_xy, taxonomy, config)
    cost += (np.clip((shapes.bottom_m - config.floating_m) / 0.3, 0, None) ** 2)[:, None, None]
    cost += _wall_cost(shapes, config)[:, None, None]
    cost -= 2 * np.log(taxonomy.frequency / taxonomy.frequency[:-1].max())[:, None]
    cost[:, unknown] = config.unknown_cost
    low = shapes.top_m < config.min_height_m
    cost[low] += config.unknown_cost
    cost[low, unknown] = 0.0

    likelihood = np.exp(-0.5 * cost)
    per_leaf = likelihood.max(axis=2)
    known = np.where(np.arange(len(taxonomy.leaves)) == unknown, 0.0, per_leaf)
    category = known.argmax(axis=1)
    same = taxonomy.parent_of == taxonomy.parent_of[category][:, None]
    best = (per_leaf * same).max(axis=1)
    share = best / (best + (per_leaf * ~same).max(axis=1))
    evidence = 1.0 - np.exp(-shapes.num_points / 25.0)
    across = likelihood[np.arange(len(shapes)), category].argmax(axis=1).astype(bool)
    return Classes(
        category=category.astype(np.int16),
        score=(share * (0.3 + 0.7 * evidence)).astype(np.float32),
        yaw=shapes.rect[:, 4] + np.where(across, np.pi / 2, 0.0),
        size_lwh=_whole_size(shapes, category, across, taxonomy, config),
    )


def _whole_size(
    shapes: Shapes,
    category: IntArray,
    across: BoolArray,
    taxonomy: Taxonomy,
    config: ClassifyConfig,
) -> Float64:
    """(C, 3) the class's own length and width where much less was measured; height as seen."""
    measured = np.where(across[:, None], shapes.rect[:, [3, 2]], shapes.rect[:, [2, 3]])
    usual = taxonomy.size_m[category, :2]
    size = np.where(measured < config.trust_share * usual, usual, measured)
    return np.column_stack([size, shapes.top_m])


def _size_cost(
    shapes: Shapes, sensor_xy: Float64, taxonomy: Taxonomy, config: ClassifyConfig
) -> Float64:
    """(C, L, 2) float64 squared one-sided deviations from each leaf's size.

    The last axis tries the length along the rectangle's first axis, then along its second.
    """
    extent = shapes.rect[:, 2:4]
    hidden = _hidden_share(shapes, sensor_xy, config)
    first = [0, 1], [1, 0]
    return np.stack(
        [
            _deviation(
                np.column_stack([extent[:, axes], shapes.top_m]),
                np.column_stack([hidden[:, axes], np.full(len(shapes), config.height_hidden)]),
                taxonomy,
            )
            for axes in first
        ],
        axis=2,
    )


def _deviation(measured: Float64, hidden: Float64, taxonomy: Taxonomy) -> Float64:
    """(C, L) cost of (C, 3) measured extents, of which a share (C, 3) may be unseen."""
    gap = (measured[:, None, :] - taxonomy.size_m) / taxonomy.size_std_m
    loose = taxonomy.size_std_m + hidden[:, None, :] * taxonomy.size_m
    under = (taxonomy.size_m - measured[:, None, :]) / loose
    return np.asarray(np.where(gap > 0, gap**2, under**2).sum(axis=2))


def _hidden_share(shapes: Shapes, sensor_xy: Float64, config: ClassifyConfig) -> Float64:
    """(C, 2) share of each rectangle axis that the view may not show."""
    sight = np.arctan2(shapes.rect[:, 1] - sensor_xy[1], shapes.rect[:, 0] - sensor_xy[0])
    angle = sight - shapes.rect[:, 4]
    along = np.abs(np.stack([np.cos(angle), np.sin(angle)], axis=1))
    # An edge seen at less than 15 degrees is lost, one at 35 degrees is well seen.
    end_on = np.clip((along - np.cos(np.deg2rad(35))) / 0.15, 0, 1)
    covered = shapes.beside_nearer[:, None] * (1 - end_on)
    few = 0.3 * np.exp(-shapes.num_points / 30.0)[:, None]
    return np.asarray(
        config.always_hidden + config.self_hidden * end_on + config.side_hidden * covered + few
    )


def _wall_cost(shapes: Shapes, config: ClassifyConfig) -> Float64:
    """(C,) cost of long, thin, flat clusters: a vehicle's side curves inwards to its roof."""
    length = shapes.rect[:, 2:4].max(axis=1)
    thickness = shapes.rect[:, 2:4].min(axis=1)
    flat = np.clip((shapes.flatness - 0.6) / 0.3, 0, 1) * np.clip((0.5 - thickness) / 0.2, 0, 1)
    return np.asarray(config.wall_cost * flat * (length > 2.5))
