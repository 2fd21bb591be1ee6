"""A new box around a point that a person clicks on, by the automatic labeler's own steps."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from avlabel.core.arrays import BoolArray, Float32, Float64
from avlabel.core.sweep import Sweep
from avlabel.core.taxonomy import Taxonomy
from avlabel.stages.detection.classify import Classes, classify
from avlabel.stages.detection.cluster_net import default_net
from avlabel.stages.detection.complete import complete
from avlabel.stages.detection.detect import DetectConfig
from avlabel.stages.detection.patches import extract_patches
from avlabel.stages.detection.recognise import recognise
from avlabel.stages.detection.segment import Segments, segment
from avlabel_viewer.editing.crop import around
from avlabel_viewer.editing.fit import fit_to_points
from avlabel_viewer.editing.floor import floor_under
from avlabel_viewer.editing.placement import Placement

AROUND_M = 12.0
"""What stands around the point is looked at as well: half a bus, and what may hide it."""
NEAR_M = 0.6
"""A click this far beside an object still means it."""
ASSUMED_M = 0.8
"""Height of a click above the ground where no ground is seen."""
SENSOR_XY = np.zeros(2)
"""Points are taken relative to the sensor, along the world's axes."""


@dataclass(frozen=True, slots=True, eq=False)
class Proposal:
    """A box that the labeler proposes.

    Attributes:
        placement: the whole object.
        category: leaf of the taxonomy.
        score: 0..1 that it is a road user at all.
    """

    placement: Placement
    category: str
    score: float


def box_at(
    clicked: Float64,
    points: Float32,
    is_ground: BoolArray,
    eye: Float64,
    taxonomy: Taxonomy,
    config: DetectConfig | None = None,
) -> Proposal | None:
    """The object that a point belongs to: clustered, recognised, completed and fitted.

    Args:
        clicked: (3,) metres, world, on the object or just beside it.
        points: (N, 3) metres, world.
        is_ground: (N,) bool.
        eye: (3,) metres, world: where the LiDAR stands.
        taxonomy: of the scene.
        config: of the detector.

    Returns:
        The whole box; None if nothing that could be an object is there.
    """
    config = config or DetectConfig()
    near = around(points, clicked, AROUND_M)
    points, is_ground = points[near], is_ground[near]
    floor = floor_under(_spot(clicked), points, is_ground)
    level = clicked[2] - ASSUMED_M if floor is None else float(floor.at(clicked))
    origin = np.array([eye[0], eye[1], level])
    local = (points - origin).astype(np.float32)
    above = local[:, 2] if floor is None else points[:, 2] - floor.at(points).astype(np.float32)
    segments = _segmented(local, above, taxonomy, config)
    chosen = _cluster_at(segments, local, clicked - origin)
    if chosen is None:
        return None
    classes = _recognised(local, above, segments, taxonomy, config)
    center, size = complete(segments.shapes, classes, SENSOR_XY)
    box = Placement.upright(center[chosen] + origin, float(classes.yaw[chosen]), size[chosen])
    return Proposal(
        fit_to_points(box, points, is_ground, eye) or box,
        taxonomy.leaves[classes.category[chosen]],
        float(classes.score[chosen]),
    )


def _spot(clicked: Float64) -> Placement:
    """Where the ground is asked for."""
    return Placement.upright(clicked, 0.0, np.array([2.0, 2.0, 2.0]))


def _segmented(
    local: Float32, above_m: Float32, taxonomy: Taxonomy, config: DetectConfig
) -> Segments:
    """Clusters of what is around, as in a sweep of which nothing else is left."""
    none = np.zeros(len(local), np.int16)
    sweep = Sweep(0, "", 0, local, none, none, none.astype(np.int32), compensated=True)
    range_m = max(config.segment.loose.range_m, float(np.abs(local[:, :2]).max(initial=0.0)) + 1)
    wide = replace(
        config.segment,
        loose=replace(config.segment.loose, range_m=range_m),
        tight=replace(config.segment.tight, range_m=range_m),
    )
    return segment(sweep, above_m, SENSOR_XY, taxonomy, wide, config.classify)


def _cluster_at(segments: Segments, local: Float32, clicked: Float64) -> int | None:
    """The cluster whose nearest point is closest to the click."""
    if not len(segments.order):
        return None
    away = np.linalg.norm(local[segments.order] - clicked, axis=1)
    nearest = int(np.argmin(away))
    return int(segments.labels[segments.order[nearest]]) if away[nearest] <= NEAR_M else None


def _recognised(
    local: Float32,
    above_m: Float32,
    segments: Segments,
    taxonomy: Taxonomy,
    config: DetectConfig,
) -> Classes:
    """By the network, if it knows the scene's classes; else by size."""
    shapes, net = segments.shapes, default_net()
    if not config.network or net.classes != taxonomy.leaves:
        return classify(shapes, SENSOR_XY, taxonomy, config.classify)
    patches = extract_patches(
        local, above_m, segments.labels, segments.order, segments.offsets, shapes.rect, SENSOR_XY
    )
    return recognise(shapes, patches, net, taxonomy, config.recognise)
