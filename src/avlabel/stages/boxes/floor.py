"""Where the road lies under far vehicles: as near ones showed it in the same place.

A detector places far boxes a little too high or too low. Over a whole log most places that are
seen from afar are also seen from near, under the same vehicle or under others, and the ego
vehicle itself stands on the road wherever it goes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import cKDTree

from avlabel.core.arrays import BoolArray, Float64
from avlabel.core.cuboids import Cuboids
from avlabel.core.frames import Frames
from avlabel.core.options import option


@dataclass(frozen=True, slots=True)
class FloorConfig:
    """Lowering and lifting far vehicles onto the road."""

    near_m: float = option(40.0, "vehicles up to here show where the road lies")
    far_m: float = option(30.0, "vehicles from here on are put onto it")
    radius_m: float = option(4.0, "the road is level over this distance")
    min_samples: int = option(3, "places within it that must be known")
    min_score: float = option(0.7, "only surer boxes count, and are moved")
    road_m: float = option(0.05, "standard deviation of the road's height, at least")
    box_m: float = option(0.03, "standard deviation of a box's height")
    box_per_m: float = option(0.001, "what each metre of distance adds to it")


def on_the_road(
    cuboids: Cuboids, is_vehicle: BoolArray, frames: Frames, config: FloorConfig
) -> Cuboids:
    """Move far vehicles up or down to where the road is known to lie.

    Args:
        cuboids: N boxes of a whole log, world frame.
        is_vehicle: (N,) bool.
        frames: every frame of the log, with poses over ground.
        config: options.
    """
    ego = frames.world_from_ego.translation
    range_m = np.hypot(*(cuboids.center - ego[frames.positions(cuboids.frame_idx)])[:, :2].T)
    bottom = cuboids.center[:, 2] - cuboids.size_lwh[:, 2].astype(np.float64) / 2
    sure = is_vehicle & (cuboids.score > config.min_score)
    near, far = sure & (range_m < config.near_m), np.flatnonzero(sure & (range_m > config.far_m))
    known = np.concatenate([np.column_stack([cuboids.center[near, :2], bottom[near]]), ego])
    height, sigma_m = road_heights(known, cuboids.center[far, :2], config)
    box_m = config.box_m + config.box_per_m * range_m[far]
    weight = box_m**2 / (box_m**2 + sigma_m**2)
    center = cuboids.center.copy()
    center[far, 2] += weight * (height - bottom[far])
    return replace(cuboids, center=center)


def road_heights(known: Float64, xy: Float64, config: FloorConfig) -> tuple[Float64, Float64]:
    """Height of the road and its standard deviation, infinite where too little is known.

    Args:
        known: (K, 3) places on the road.
        xy: (M, 2) where to tell it.
        config: options.

    Returns:
        (M,) medians of the known heights around each place, 0 where there are too few, and (M,)
        their spread.
    """
    height, sigma = np.zeros(len(xy)), np.full(len(xy), np.inf)
    around = cKDTree(xy).query_ball_tree(cKDTree(known[:, :2]), config.radius_m)
    for i, rows in enumerate(around):
        if len(rows) >= config.min_samples:
            z = known[rows, 2]
            height[i] = np.median(z)
            sigma[i] = config.road_m + 1.48 * np.median(np.abs(z - height[i]))
    return height, sigma
