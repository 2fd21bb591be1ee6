"""The geometric detector: ground, clusters, boxes, classes, sweep by sweep."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numba import njit

from avlabel.core.arrays import Float32, Float64, Int32, Int64
from avlabel.core.cuboids import Cuboids
from avlabel.core.detections import Detections
from avlabel.core.options import option
from avlabel.core.se3 import quat_from_yaw
from avlabel.core.sweep import Sweep
from avlabel.core.taxonomy import Taxonomy
from avlabel.stages.absorb import absorbed
from avlabel.stages.classify import ClassifyConfig, classify
from avlabel.stages.cluster import ClusterConfig, cluster, members
from avlabel.stages.complete import CompleteConfig, complete
from avlabel.stages.ground import GroundConfig, estimate_ground
from avlabel.stages.shapes import measure


@dataclass(frozen=True, slots=True)
class DetectConfig:
    """Settings of the geometric detector."""

    ego_box_m: tuple[float, float, float, float] = option(
        (-1.5, 4.2, -1.2, 1.2), "the vehicle itself: x from, x to, y from, y to, ego frame"
    )
    sample_points: int = option(200, "points kept with each detection for later stages")
    min_score: float = option(0.05, "weaker detections are dropped")
    max_inside: float = option(
        0.5, "a detection with a larger share of its footprint in a larger one is part of that"
    )
    split_gain: float = option(0.1, "how much likelier the parts must be than the whole")
    split: ClusterConfig = option(
        ClusterConfig(reach_m=0.22, reach_per_m=0.002, max_reach_m=0.5), "the tighter clustering"
    )
    ground: GroundConfig = field(default_factory=GroundConfig)
    cluster: ClusterConfig = field(default_factory=ClusterConfig)
    classify: ClassifyConfig = field(default_factory=ClassifyConfig)
    complete: CompleteConfig = field(default_factory=CompleteConfig)


def detect(
    sweep: Sweep, sensor_xy: Float64, taxonomy: Taxonomy, config: DetectConfig
) -> Detections:
    """Boxes of one sweep.

    Args:
        sweep: motion-compensated points, ego frame at ``ref_ns``.
        sensor_xy: (2,) float64 where the LiDAR stands, ego frame.
        taxonomy: classes and size priors.
        config: settings of every step.

    Returns:
        Detections in the ego frame. Their quaternions turn about z only; front and back are not
        told apart. Clusters that are no road user are left out.
    """
    sweep = sweep.select(_off_the_vehicle(sweep.points_ego, config.ego_box_m))
    ground = estimate_ground(sweep.points_ego, config.ground)
    above_ground_m = sweep.points_ego[:, 2] - ground.at(sweep.points_ego)
    labels = segment(sweep, above_ground_m, sensor_xy, taxonomy, config)
    order, offsets = members(labels)
    shapes = measure(sweep, above_ground_m, sensor_xy, order, offsets)
    classes = classify(shapes, sensor_xy, taxonomy, config.classify)
    center, size, yaw = complete(shapes, classes, sensor_xy, taxonomy, config.complete)

    n = len(shapes)
    cuboids = Cuboids.build(
        "ego",
        frame_idx=np.full(n, sweep.frame_idx),
        timestamp_ns=sweep.ref_ns + shapes.mean_offset_ns,
        category=classes.category,
        center=center,
        quat_wxyz=quat_from_yaw(yaw),
        size_lwh=size,
        score=classes.score,
        num_points=shapes.num_points,
    )
    points, bounds = _sample(sweep.points_ego, order, offsets, center, config.sample_points)
    road_user = taxonomy.coarse(classes.category) != taxonomy.parents.index("object")
    keep = np.flatnonzero(road_user & (classes.score >= config.min_score))
    keep = keep[~absorbed(cuboids.select(keep), config.max_inside)]
    return Detections(cuboids, points, bounds).select(keep)


def segment(
    sweep: Sweep,
    above_ground_m: Float32,
    sensor_xy: Float64,
    taxonomy: Taxonomy,
    config: DetectConfig,
) -> Int32:
    """(N,) int32 cluster of each point: coarse clusters, split where the parts say more.

    A coarse cluster may hold a car and the hedge beside it. Its points are clustered again more
    tightly, and the parts replace it if, weighted by points, they look more like road users.
    """
    value, labels = [], []
    for level in (config.cluster, config.split):
        label = cluster(sweep.points_ego, above_ground_m, level)
        order, offsets = members(label)
        shapes = measure(sweep, above_ground_m, sensor_xy, order, offsets)
        classes = classify(shapes, sensor_xy, taxonomy, config.classify)
        road_user = taxonomy.coarse(classes.category) != taxonomy.parents.index("object")
        likely = np.append(np.where(road_user, classes.score, 0.0), 0.0)
        value.append(likely[label])
        labels.append(label)
    coarse, fine = labels
    whole = np.bincount(coarse + 1, weights=value[0])
    parts = np.bincount(coarse + 1, weights=value[1])
    split = (parts > whole * (1 + config.split_gain))[coarse + 1]
    joint = np.where(split & (fine >= 0), fine + coarse.max(initial=-1) + 1, coarse)
    joint[split & (fine < 0)] = -1
    # A first entry of -1 keeps it code 0, whether or not any point is left out.
    compact = np.unique(np.append(-1, joint), return_inverse=True)[1]
    return (compact[1:] - 1).astype(np.int32)


def _off_the_vehicle(points: Float32, box: tuple[float, float, float, float]) -> Int64:
    x, y = points[:, 0], points[:, 1]
    on = (x > box[0]) & (x < box[1]) & (y > box[2]) & (y < box[3])
    return np.flatnonzero(~on)


@njit(cache=True, nogil=True)
def _sample(points, order, offsets, center, most):  # type: ignore[no-untyped-def]
    """At most ``most`` points a cluster, evenly thinned, relative to the box's centre."""
    bounds = np.zeros(len(offsets), np.int64)
    for c in range(len(offsets) - 1):
        bounds[c + 1] = bounds[c] + min(offsets[c + 1] - offsets[c], most)
    out = np.empty((bounds[-1], 3), np.float32)
    for c in range(len(offsets) - 1):
        held, kept = offsets[c + 1] - offsets[c], bounds[c + 1] - bounds[c]
        for k in range(kept):
            p = order[offsets[c] + (k * held) // kept]
            for axis in range(3):
                out[bounds[c] + k, axis] = points[p, axis] - center[c, axis]
    return out, bounds
