"""What a camera-limited truth can judge: boxes seen in its image, outside ignored regions."""

from __future__ import annotations

import numpy as np

from avlabel.core.arrays import BoolArray, Float64, Int64
from avlabel.core.cuboids import Cuboids
from avlabel.core.rig import Camera
from avlabel.geometry.boxes import corners


def centers_in_image(boxes_ego: Cuboids, camera: Camera) -> BoolArray:
    """(N,) bool: whether the centre of each box projects into the image."""
    pixels, valid = camera.model.project(camera.ego_from_sensor.inverse().apply(boxes_ego.center))
    limit = np.array([camera.model.width_px, camera.model.height_px]) - 0.5
    return np.asarray(valid & np.all((pixels >= -0.5) & (pixels <= limit), axis=1))


def share_in_regions(
    boxes_ego: Cuboids,
    box_frame: Int64,
    camera: Camera,
    region_uv: Float64,
    region_frame: Int64,
) -> Float64:
    """How much of each projected box the best covering image region of its frame covers.

    Args:
        boxes_ego: N boxes.
        box_frame: (N,) frame of each box.
        camera: whose image the regions are drawn in.
        region_uv: (M, 4) u0, v0, u1, v1 pixels.
        region_frame: (M,) frame of each region.

    Returns:
        (N,) float64 in 0..1: area of the overlap over the area of the box's bounding
        rectangle in the image; 0 where the box is not seen.
    """
    share = np.zeros(len(boxes_ego))
    boxes_uv = _bounding_rectangles(boxes_ego, camera)
    box_area = _areas(boxes_uv)
    for frame in np.unique(region_frame):
        regions = region_uv[region_frame == frame]
        rows = np.flatnonzero((box_frame == frame) & (box_area > 0))
        if not rows.size:
            continue
        low = np.maximum(boxes_uv[rows, None, :2], regions[None, :, :2])
        high = np.minimum(boxes_uv[rows, None, 2:], regions[None, :, 2:])
        overlap = _areas(np.concatenate([low, high], axis=-1))
        share[rows] = overlap.max(axis=1) / box_area[rows]
    return share


def _bounding_rectangles(boxes_ego: Cuboids, camera: Camera) -> Float64:
    """(N, 4) u0, v0, u1, v1 around the visible corners, clipped; zero where none is seen."""
    points_cam = camera.ego_from_sensor.inverse().apply(corners(boxes_ego).reshape(-1, 3))
    pixels, valid = camera.model.project(points_cam)
    pixels, seen = pixels.reshape(-1, 8, 2), valid.reshape(-1, 8, 1)
    limit = np.array([camera.model.width_px, camera.model.height_px]) - 0.5
    low = np.where(seen, pixels, np.inf).min(axis=1).clip(-0.5, limit)
    high = np.where(seen, pixels, -np.inf).max(axis=1).clip(-0.5, limit)
    return np.concatenate([low, high], axis=1)


def _areas(rectangles: Float64) -> Float64:
    return np.asarray(np.prod((rectangles[..., 2:] - rectangles[..., :2]).clip(min=0), axis=-1))
