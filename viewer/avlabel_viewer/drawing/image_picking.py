"""Which box is under a pixel of a camera's image."""

from __future__ import annotations

import numpy as np

from avlabel.core.arrays import Float64, Int64
from avlabel.geometry.projection import project_boxes
from avlabel_viewer.drawing.images import FrameBoxes, Photo
from avlabel_viewer.viewpoints.image import ImageView

NEAR_PX = 4.0
"""A click so close beside a box that looks small still means it."""


def boxes_under(
    photo: Photo, view: ImageView, boxes: FrameBoxes, u_px: float, v_px: float
) -> Int64:
    """Rows of the boxes under a pixel: those in plain sight before hidden ones, the nearest first.

    The pixel's ray through the lens is met with each box as the image shows it. Where it meets
    none, boxes a few pixels beside it count.

    Args:
        photo: the camera's image.
        view: in which the pixel lies.
        boxes: of the frame.
        u_px: column in the view; ``v_px`` its row.
        v_px: see ``u_px``.
    """
    seen = boxes.seen(photo)
    if seen is None or not len(seen.rows):
        return np.zeros(0, np.int64)
    uv = view.to_image(np.array([[u_px, v_px]]))
    depth = _entries(seen.corners_cam, photo.model.unproject(uv)[0])
    if not np.isfinite(depth).any():
        depth = _beside(seen.corners_cam, photo, uv[0], NEAR_PX / view.scale)
    order = np.lexsort([depth, seen.hidden])
    return np.asarray(seen.rows[order[np.isfinite(depth[order])]])


def _entries(corners: Float64, ray: Float64) -> Float64:
    """(N,) distance at which a ray (3,) from the camera enters boxes (N, 8, 3); NaN if it misses.

    Slabs in the box's own, maybe sheared, coordinates, in which it is a unit cube.
    """
    edges = np.stack(
        [
            corners[:, 0] - corners[:, 3],
            corners[:, 0] - corners[:, 1],
            corners[:, 4] - corners[:, 0],
        ],
        axis=2,
    )
    start = np.linalg.solve(edges, -corners.mean(axis=1)[:, :, None])[:, :, 0]
    way = np.linalg.solve(edges, np.broadcast_to(ray[:, None], (len(edges), 3, 1)))[:, :, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = (np.array([-0.5, 0.5])[:, None, None] - start) / way
    entry, leave = ends.min(axis=0).max(axis=1), ends.max(axis=0).min(axis=1)
    return np.where((entry <= leave) & (leave > 0), np.maximum(entry, 0.0), np.nan)


def _beside(corners: Float64, photo: Photo, uv: Float64, near_px: float) -> Float64:
    """(N,) distance of boxes whose bounds in the image lie within ``near_px``; NaN of others."""
    bounds = project_boxes(corners, photo.model).uv_box
    off = np.maximum(bounds[:, :2] - uv, uv - bounds[:, 2:]).max(axis=1)
    distance = np.linalg.norm(corners.mean(axis=1), axis=1)
    # NaN of boxes out of view compares as False.
    return np.where(off <= near_px, distance, np.nan)
