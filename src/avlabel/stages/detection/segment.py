"""Clusters at two tightnesses, whichever explains the points better."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from avlabel.core.arrays import Float32, Float64, Int32
from avlabel.core.options import option
from avlabel.core.sweep import Sweep
from avlabel.core.taxonomy import Taxonomy
from avlabel.stages.detection.classify import ClassifyConfig, classify
from avlabel.stages.detection.cluster import NO_CLUSTER, ClusterConfig, cluster, members
from avlabel.stages.detection.shapes import measure


def _tight() -> ClusterConfig:
    return ClusterConfig(reach_m=0.22, reach_per_m=0.002, max_reach_m=0.5)


@dataclass(frozen=True, slots=True)
class SegmentConfig:
    """Settings of the two clusterings."""

    split_gain: float = option(0.1, "how much likelier the parts must be than the whole")
    loose: ClusterConfig = field(default_factory=ClusterConfig)
    tight: ClusterConfig = field(default_factory=_tight)


def segment(
    sweep: Sweep,
    above_ground_m: Float32,
    sensor_xy: Float64,
    taxonomy: Taxonomy,
    config: SegmentConfig,
    by_size: ClassifyConfig,
) -> Int32:
    """(N,) int32 cluster of each point: loose clusters, split where the parts say more.

    A loose cluster may hold a car and the hedge beside it. Its points are clustered again more
    tightly, and the parts replace it if, weighted by points, they look more like road users.
    """
    labels, likely = [], []
    for level in (config.loose, config.tight):
        label = cluster(sweep.points_ego, above_ground_m, level)
        order, offsets = members(label)
        shapes = measure(sweep, above_ground_m, sensor_xy, order, offsets)
        score = classify(shapes, sensor_xy, taxonomy, by_size).score
        labels.append(label)
        likely.append(np.append(score, 0.0)[label])
    loose, tight = labels
    whole = np.bincount(loose + 1, weights=likely[0])
    parts = np.bincount(loose + 1, weights=likely[1])
    split = (parts > whole * (1 + config.split_gain))[loose + 1]
    joint = np.where(split & (tight >= 0), tight + loose.max(initial=-1) + 1, loose)
    joint[split & (tight < 0)] = NO_CLUSTER
    # A first entry of -1 keeps it code 0, whether or not any point is left out.
    compact = np.unique(np.append(NO_CLUSTER, joint), return_inverse=True)[1]
    return (compact[1:] - 1).astype(np.int32)
