"""Clusters at two tightnesses, whichever explains the points better."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from avlabel.core.arrays import Float32, Float64, Int32, Int64
from avlabel.core.options import option
from avlabel.core.sweep import Sweep
from avlabel.core.taxonomy import Taxonomy
from avlabel.errors import ConfigError
from avlabel.stages.detection.classify import ClassifyConfig, classify
from avlabel.stages.detection.cluster import (
    NO_CLUSTER,
    ClusterConfig,
    fill_columns,
    join,
)
from avlabel.stages.detection.members import members, members_of
from avlabel.stages.detection.shapes import Shapes, measure
from avlabel.stages.detection.sight import sight_from

REACH = ("reach_m", "reach_per_m", "max_reach_m")


def _tight() -> ClusterConfig:
    return ClusterConfig(reach_m=0.22, reach_per_m=0.002, max_reach_m=0.5)


@dataclass(frozen=True, slots=True)
class SegmentConfig:
    """Settings of the two clusterings.

    Raises:
        ConfigError: if they differ in more than their reach, or the tight one reaches further.
    """

    split_gain: float = option(0.1, "how much likelier the parts must be than the whole")
    loose: ClusterConfig = field(default_factory=ClusterConfig)
    tight: ClusterConfig = field(default_factory=_tight)

    def __post_init__(self) -> None:
        reaches = {name: getattr(self.tight, name) for name in REACH}
        if replace(self.loose, **reaches) != self.tight:
            raise ConfigError("segment: loose and tight may differ in their reach only")
        if any(reaches[name] > getattr(self.loose, name) for name in REACH):
            raise ConfigError("segment: tight reaches further than loose")


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """C clusters of N points.

    Attributes:
        labels: (N,) int32 cluster of each point, ``NO_CLUSTER`` for none.
        order: (M,) int64 point indices ordered by cluster.
        offsets: (C + 1,) int64 bounds of each cluster in ``order``.
        shapes: of each cluster.
    """

    labels: Int32
    order: Int64
    offsets: Int64
    shapes: Shapes


def segment(
    sweep: Sweep,
    above_ground_m: Float32,
    sensor_xy: Float64,
    taxonomy: Taxonomy,
    config: SegmentConfig,
    by_size: ClassifyConfig,
) -> Segments:
    """Loose clusters, split where the parts say more.

    A loose cluster may hold a car and the hedge beside it. Its points are clustered again more
    tightly, and the parts replace it if, weighted by points, they look more like road users.
    """
    columns = fill_columns(sweep.points_ego, above_ground_m, config.loose)
    whole_of = join(columns, above_ground_m, config.loose)
    wholes = members(whole_of)
    sight = sight_from(sensor_xy, sweep.points_ego, wholes[0])
    whole_shapes = measure(sweep, above_ground_m, sight, *wholes)
    parts = members(join(columns, above_ground_m, config.tight))
    sight = sight.among(parts[0])
    parent = whole_of[parts[0][parts[1][:-1]]]
    smaller = np.diff(parts[1]) < whole_shapes.num_points[parent]
    parts, parent = members_of(smaller, *parts), parent[smaller]
    part_shapes = measure(sweep, above_ground_m, sight, *parts)

    of_whole = classify(whole_shapes, sensor_xy, taxonomy, by_size).score * whole_shapes.num_points
    of_part = classify(part_shapes, sensor_xy, taxonomy, by_size).score * part_shapes.num_points
    of_parts = np.bincount(parent, of_part, minlength=len(whole_shapes))
    split = of_parts > of_whole * (1 + config.split_gain)
    kept = members_of(~split, *wholes), members_of(split[parent], *parts)
    order = np.concatenate([kept[0][0], kept[1][0]])
    offsets = np.concatenate([kept[0][1], kept[0][1][-1] + kept[1][1][1:]])
    labels = np.full(len(sweep), NO_CLUSTER, np.int32)
    labels[order] = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    shapes = [whole_shapes.select(~split), part_shapes.select(split[parent])]
    return Segments(labels, order, offsets, Shapes.concatenate(shapes))
