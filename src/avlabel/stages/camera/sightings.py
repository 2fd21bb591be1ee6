"""Which object of an image shows which cluster, and which cluster the image should have shown."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from avlabel.core.arrays import BoolArray, Float32, Float64, Int64
from avlabel.core.cuboids import Cuboids
from avlabel.core.detections import Detections
from avlabel.core.options import option
from avlabel.core.rig import Camera
from avlabel.core.se3 import SE3
from avlabel.geometry.exposure import expose, in_reach
from avlabel.geometry.occlusion import occlusion_by_boxes
from avlabel.geometry.projection import ImageBoxes, project_boxes
from avlabel.stages.camera.objects import ImageObjects, area_px, intersection_px, iou_px

NOTHING = -1
MIN_EXTENT_M = 0.1


@dataclass(frozen=True, slots=True)
class SightingConfig:
    """How clusters and image objects are paired."""

    min_match: float = option(
        0.3, "least IoU in the image, times the share of the cluster that nothing hides"
    )
    min_inside: float = option(0.6, "least share of a cluster inside the object that shows it")
    max_truncation: float = option(0.2, "a cluster further outside the image cannot be missed")
    max_hidden: float = option(
        0.3, "a cluster of which nearer ones hide more cannot be missed, unless ..."
    )
    min_visible: float = option(0.5, "... its points fill this share of its box in the image")
    max_covered: float = option(
        0.3, "a cluster further inside an image object cannot be missed: part of it, or behind it"
    )
    min_contained: float = option(
        0.2, "nor can one that holds objects that nothing claims, filling this share of it"
    )


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One image, and what a 2D detector found in it.

    Attributes:
        camera: that took it.
        exposure_ns: of its middle row.
        world_from_ego: at its first and last row.
        objects: what was found.
    """

    camera: Camera
    exposure_ns: int
    world_from_ego: tuple[SE3, SE3]
    objects: ImageObjects


@dataclass(frozen=True, slots=True, eq=False)
class Sightings:
    """What one view says of N clusters.

    Attributes:
        shown_by: (N,) int64 row of the object that shows each cluster, -1 for none.
        missed_px: (N,) float64 square root of the area, in pixels of the detector's input, over
            which a cluster stands in full view and nothing was found; 0 where nothing follows.
    """

    shown_by: Int64
    missed_px: Float64


def measured_boxes(detections: Detections) -> Cuboids:
    """The boxes shrunk to what the points fill: what was certainly seen.

    Args:
        detections: N boxes that turn about z; one without points keeps its size.
    """
    cuboids = detections.cuboids
    if not len(detections):
        return cuboids
    c, s = np.cos(cuboids.yaw), np.sin(cuboids.yaw)
    of = np.repeat(np.arange(len(cuboids)), np.diff(detections.offsets))
    x, y, z = detections.points.T.astype(np.float64)
    local = np.column_stack([x * c[of] + y * s[of], -x * s[of] + y * c[of], z])
    low, high = _bounds(local, detections.offsets, cuboids.size_lwh)
    middle, size = (low + high) / 2, np.maximum(high - low, MIN_EXTENT_M)
    turned = np.column_stack(
        [middle[:, 0] * c - middle[:, 1] * s, middle[:, 0] * s + middle[:, 1] * c, middle[:, 2]]
    )
    return replace(cuboids, center=cuboids.center + turned, size_lwh=size.astype(np.float32))


def sight(
    detections: Detections, measured: Cuboids, view: View, config: SightingConfig
) -> Sightings:
    """Pair clusters with the objects of one image.

    Every cluster is moved from its own time to the exposure by the ego motion. An object's 2D
    box is drawn around what is seen of it; so a cluster fits by its whole box or by its points,
    whichever agrees better. Pairs are taken from the best on; the share of a cluster that nearer
    ones hide counts against it, so that nothing inherits the object in front.

    Args:
        detections: N boxes of one frame, world frame; one without points counts as full of them.
        measured: the boxes shrunk to their points, world frame.
        view: the image.
        config: thresholds.
    """
    boxes, objects = detections.cuboids, view.objects.uv_box
    given = Sightings(np.full(len(boxes), NOTHING), np.zeros(len(boxes)))
    rows = np.flatnonzero(in_reach(boxes, view.camera, view.exposure_ns, view.world_from_ego))
    if not len(rows):
        return given
    whole, _ = _project(boxes.select(rows), view)
    _, corners_cam = _project(measured.select(rows), view)
    points = _bound_points(detections.select(rows), view)
    without = np.diff(detections.offsets)[rows] == 0
    points[without] = whole.uv_box[without]
    hidden = np.nan_to_num(occlusion_by_boxes(corners_cam, view.camera.model), nan=1.0)
    fit = np.maximum(iou_px(whole.uv_box, objects), iou_px(points, objects))
    fit *= (1 - hidden)[:, None]
    inside = _share_inside(points, objects)
    fit[inside < config.min_inside] = 0.0
    range_m = np.linalg.norm(corners_cam.mean(axis=1), axis=1)
    shown_by = assign(fit, range_m, config.min_match)
    visible = np.diagonal(_share_inside(whole.uv_box, points))
    missed = (shown_by == NOTHING) & (inside.max(axis=1, initial=0.0) <= config.max_covered)
    missed &= ~_holds_unclaimed(whole.uv_box, objects, shown_by, config.min_contained)
    missed &= (hidden <= config.max_hidden) | (visible >= config.min_visible)
    missed &= whole.truncation <= config.max_truncation
    size_px = np.sqrt(area_px(whole.uv_box)) * view.objects.scale
    given.shown_by[rows] = shown_by
    given.missed_px[rows] = np.where(missed, size_px, 0.0)
    return given


def assign(fit: Float64, range_m: Float64, min_fit: float) -> Int64:
    """(N,) int64 column given to each row of ``fit`` (N, M), best pairs first, -1 for none.

    Of equal fits the nearer row comes first.
    """
    given = np.full(len(fit), NOTHING)
    row, column = np.nonzero(fit >= min_fit)
    taken = np.zeros(fit.shape[1], np.bool_)
    for k in np.lexsort((column, row, range_m[row], -fit[row, column])):
        if given[row[k]] == NOTHING and not taken[column[k]]:
            given[row[k]] = column[k]
            taken[column[k]] = True
    return given


def _project(cuboids: Cuboids, view: View) -> tuple[ImageBoxes, Float64]:
    exposed = expose(cuboids, view.camera, view.exposure_ns, view.world_from_ego)
    return project_boxes(exposed.corners_cam, view.camera.model), exposed.corners_cam


def _bound_points(detections: Detections, view: View) -> Float64:
    """(N, 4) pixels around each box's points in the image; NaN where none is in it.

    Points stand for what is visible: the LiDAR is near the cameras and sees what they see. A
    rolling shutter is taken at its middle row, which is near enough for a bound.
    """
    of = np.repeat(np.arange(len(detections)), np.diff(detections.offsets))
    points = detections.cuboids.center[of] + detections.points
    ends = [(pose @ view.camera.ego_from_sensor).inverse() for pose in view.world_from_ego]
    uv, valid = view.camera.model.project((ends[0].apply(points) + ends[1].apply(points)) / 2)
    last = np.array([view.camera.model.width_px - 1.0, view.camera.model.height_px - 1.0])
    valid &= ((uv >= 0) & (uv <= last)).all(axis=1)
    bound = np.tile([np.inf, np.inf, -np.inf, -np.inf], (len(detections), 1))
    np.minimum.at(bound[:, :2], of[valid], uv[valid])
    np.maximum.at(bound[:, 2:], of[valid], uv[valid])
    bound[np.isinf(bound[:, 0])] = np.nan
    return bound


def _holds_unclaimed(
    boxes: Float64, objects: Float64, shown_by: Int64, min_share: float
) -> BoolArray:
    """(N,) bool: boxes that may be road users grown together, with each other or with clutter."""
    free = objects[~np.isin(np.arange(len(objects)), shown_by)]
    held = _share_inside(free, boxes).T > 0.5
    return np.asarray(held @ area_px(free) >= min_share * area_px(boxes))


def _share_inside(boxes: Float64, objects: Float64) -> Float64:
    """(N, M) share of each box inside each object; 0 for boxes out of the image."""
    area = np.nan_to_num(area_px(boxes), nan=1.0)[:, None]
    return np.asarray(intersection_px(boxes, objects) / np.maximum(area, 1e-9))


def _bounds(local: Float64, offsets: Int64, size_lwh: Float32) -> tuple[Float64, Float64]:
    """(N, 3) least and greatest coordinates of each box's points."""
    high = size_lwh.astype(np.float64) / 2
    low = -high
    filled: BoolArray = np.diff(offsets) > 0
    if filled.any():
        first = offsets[:-1][filled]
        low[filled] = np.minimum.reduceat(local, first, axis=0)
        high[filled] = np.maximum.reduceat(local, first, axis=0)
    return low, high
