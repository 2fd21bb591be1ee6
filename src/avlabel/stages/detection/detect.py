"""The detector: ground, clusters, what each is, and the whole box, sweep by sweep."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numba import njit

from avlabel.core.arrays import Float32, Float64, Int64
from avlabel.core.cuboids import Cuboids
from avlabel.core.detections import Detections
from avlabel.core.options import option
from avlabel.core.se3 import quat_from_yaw
from avlabel.core.sweep import Sweep
from avlabel.core.taxonomy import Taxonomy
from avlabel.stages.detection.absorb import absorbed
from avlabel.stages.detection.classify import ClassifyConfig, classify
from avlabel.stages.detection.cluster_net import default_net
from avlabel.stages.detection.complete import complete
from avlabel.stages.detection.ground import GroundConfig, estimate_ground
from avlabel.stages.detection.patches import extract_patches
from avlabel.stages.detection.recognise import RecogniseConfig, recognise
from avlabel.stages.detection.segment import SegmentConfig, segment


@dataclass(frozen=True, slots=True)
class DetectConfig:
    """Settings of the detector."""

    ego_box_m: tuple[float, float, float, float] = option(
        (-1.5, 4.2, -1.2, 1.2), "the vehicle itself: x from, x to, y from, y to, ego frame"
    )
    network: bool = option(True, "clusters are recognised by the network, not by size alone")
    min_score: float = option(0.05, "weaker detections are dropped")
    max_inside: float = option(
        0.5, "a detection with a larger share of its footprint in a larger one is part of that"
    )
    sample_points: int = option(200, "points kept with each detection for later stages")
    ground: GroundConfig = field(default_factory=GroundConfig)
    segment: SegmentConfig = field(default_factory=SegmentConfig)
    classify: ClassifyConfig = field(default_factory=ClassifyConfig)
    recognise: RecogniseConfig = field(default_factory=RecogniseConfig)


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
        Detections in the ego frame, upright on the ground, facing the likelier way. Clusters
        that are no road user are left out.
    """
    sweep = sweep.select(_off_the_vehicle(sweep.points_ego, config.ego_box_m))
    points = sweep.points_ego
    ground = estimate_ground(points, config.ground)
    above_ground_m = points[:, 2] - ground.at(points)
    segments = segment(sweep, above_ground_m, sensor_xy, taxonomy, config.segment, config.classify)
    order, offsets, shapes = segments.order, segments.offsets, segments.shapes
    if config.network:
        patches = extract_patches(
            points, above_ground_m, segments.labels, order, offsets, shapes.rect, sensor_xy
        )
        classes = recognise(shapes, patches, default_net(), taxonomy, config.recognise)
    else:
        classes = classify(shapes, sensor_xy, taxonomy, config.classify)
    center, size = complete(shapes, classes, sensor_xy)

    cuboids = Cuboids.build(
        "ego",
        frame_idx=np.full(len(shapes), sweep.frame_idx),
        timestamp_ns=sweep.ref_ns + shapes.mean_offset_ns,
        category=classes.category,
        center=center,
        quat_wxyz=quat_from_yaw(classes.yaw),
        size_lwh=size,
        score=classes.score,
        num_points=shapes.num_points,
    )
    sample, bounds = _sample(points, order, offsets, center, config.sample_points)
    keep = np.flatnonzero(classes.score >= config.min_score)
    keep = keep[~absorbed(cuboids.select(keep), config.max_inside)]
    return Detections(cuboids, sample, bounds).select(keep)


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
