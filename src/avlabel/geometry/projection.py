"""Boxes in the camera frame to shapes in the image, cut in space before they are projected.

A box's silhouette is tiled exactly once by the faces turned away from the camera: a ray that
meets the box leaves it through one of them. That holds where the near plane cuts the box and
where the camera is inside it, so these faces, and not the ones in view, are cut and projected.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import BoolArray, Float64, Int64
from avlabel.core.cameras import CameraModel
from avlabel.geometry import outlines
from avlabel.geometry.boxes import EDGES
from avlabel.geometry.view import view_planes

FACES = np.array(
    [[0, 1, 5, 4], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7], [4, 5, 6, 7], [3, 2, 1, 0]]
)
"""(6, 4) corner indices of the faces front, right, rear, left, top, bottom; seen from outside
they run clockwise."""

FRONT = 0


@dataclass(frozen=True, slots=True, eq=False)
class ImageBoxes:
    """What N boxes look like in one image.

    Attributes:
        uv_box: (N, 4) float64 pixels u0, v0, u1, v1 around the part of the box inside the
            image; NaN where nothing of it is.
        corners_px: (N, 8, 2) float64 corners, unclipped; NaN outside the model's field of view.
        truncation: (N,) float64 in 0..1, the share outside the image of the solid angle that
            the box takes up around the camera. Unlike an area in pixels it stays finite
            for a box that passes beside the camera; for narrow views both agree.
    """

    uv_box: Float64
    corners_px: Float64
    truncation: Float64

    @property
    def visible(self) -> BoolArray:
        """(N,) bool: something of the box is inside the image."""
        return np.isfinite(self.uv_box[:, 0])


@dataclass(frozen=True, slots=True, eq=False)
class Polylines:
    """L lines in an image, bent where the lens bends them.

    Attributes:
        uv: (P, 2) float64 pixels.
        offsets: (L + 1,) int64; line i owns ``uv[offsets[i]:offsets[i + 1]]``, empty if unseen.
    """

    uv: Float64
    offsets: Int64

    def line(self, i: int) -> Float64:
        """(K, 2) pixels of line ``i``."""
        return self.uv[self.offsets[i] : self.offsets[i + 1]]


def project_boxes(corners_cam: Float64, model: CameraModel) -> ImageBoxes:
    """Clipped 2D boxes, corners and truncation.

    Args:
        corners_cam: (N, 8, 3) metres in the camera frame, ordered as ``geometry.boxes.corners``.
        model: the camera's optics.
    """
    n = len(corners_cam)
    corners_px, valid = model.project(corners_cam.reshape(-1, 3))
    corners_px[~valid] = np.nan
    points, offsets, owner, in_view = outlines.cut_far_faces(
        corners_cam, FACES, view_planes(model), bends(model)
    )
    uv, valid = model.project(points)
    uv_box, inside, cut = outlines.bound(uv, valid, offsets, owner, n, _image_planes(model))
    in_image = np.divide(inside, cut, out=np.zeros(n), where=cut > 0)
    return ImageBoxes(
        uv_box, corners_px.reshape(n, 8, 2), np.clip(1.0 - in_view * in_image, 0.0, 1.0)
    )


def project_segments(segments_cam: Float64, model: CameraModel) -> Polylines:
    """Straight lines in space as they appear in the image.

    Args:
        segments_cam: (L, 2, 3) metres in the camera frame.
        model: the camera's optics.
    """
    points, offsets = outlines.cut_segments(segments_cam, view_planes(model), bends(model))
    return _valid_only(points, offsets, model)


def project_edges(corners_cam: Float64, model: CameraModel) -> Polylines:
    """The 12 edges of each box (N, 8, 3), line ``12 i + e`` being edge ``e`` of box ``i``."""
    return project_segments(corners_cam[:, EDGES].reshape(-1, 2, 3), model)


def project_polygons(polygons_cam: Float64, model: CameraModel) -> Polylines:
    """Outlines in the image of convex polygons (L, K, 3) in the camera frame, cut to the view."""
    points, offsets = outlines.cut_polygons(polygons_cam, view_planes(model), bends(model))
    return _valid_only(points, offsets, model)


def faces_away(corners_cam: Float64) -> BoolArray:
    """(N, 6) bool: whether each face of ``FACES`` is turned away from the camera."""
    return np.asarray(outlines.faces_away(corners_cam, FACES))


def bends(model: CameraModel) -> bool:
    """Whether straight lines in space are curved in the image."""
    return model.name != "pinhole" or bool(np.any(model.distortion))


def _valid_only(points: Float64, offsets: Int64, model: CameraModel) -> Polylines:
    uv, valid = model.project(points)
    kept_before = np.concatenate([[0], np.cumsum(valid)])
    return Polylines(uv[valid], kept_before[offsets])


def _image_planes(model: CameraModel) -> Float64:
    """(4, 3) half planes of the image, out to the centres of its border pixels."""
    return np.array(
        [
            [1.0, 0.0, 0.0],
            [-1.0, 0.0, model.width_px - 1.0],
            [0.0, 1.0, 0.0],
            [0.0, -1.0, model.height_px - 1.0],
        ]
    )
