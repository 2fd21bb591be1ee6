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
from avlabel.geometry.bounds import bound
from avlabel.geometry.boxes import EDGES
from avlabel.geometry.view import view_of

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
    """L lines in an image, bent where the lens bends them, torn where the image is.

    Attributes:
        uv: (P, 2) float64 pixels.
        offsets: (O + 1,) int64; piece j owns ``uv[offsets[j]:offsets[j + 1]]``.
        firsts: (L + 1,) int64; line i owns the pieces ``firsts[i]`` to ``firsts[i + 1]``, none
            if it is unseen.
    """

    uv: Float64
    offsets: Int64
    firsts: Int64

    def pieces(self, i: int) -> list[Float64]:
        """The (K, 2) pixels of each piece of line ``i``."""
        return [
            self.uv[self.offsets[j] : self.offsets[j + 1]]
            for j in range(self.firsts[i], self.firsts[i + 1])
        ]


def project_boxes(corners_cam: Float64, model: CameraModel) -> ImageBoxes:
    """Clipped 2D boxes, corners and truncation.

    A panorama's image ends at its seam, and a box that stands there is seen in two parts, left
    and right. Its 2D box is then that of the larger part (in pixels); both count as inside.

    Args:
        corners_cam: (N, 8, 3) metres in the camera frame, ordered as ``geometry.boxes.corners``.
        model: the camera's optics.
    """
    n, view = len(corners_cam), view_of(model)
    corners_px, _ = model.project(corners_cam.reshape(-1, 3))
    rays, offsets, owner, region, steradians, whole_sr = outlines.cut_far_faces(
        corners_cam, FACES, view.regions, view.border, bends(model)
    )
    uv, valid = model.project(rays)
    halves = 2 if model.panoramic else 1
    part = owner * halves + region * halves // len(view.regions)
    image = _image_planes(model)
    uv_box, area_px, inside_sr = bound(uv, valid, offsets, part, steradians, n * halves, image)
    if model.panoramic:
        halved, last_px = uv_box.reshape(n, 2, 4), model.width_px - 1.0
        uv_box = _joined(halved, area_px.reshape(n, 2), last_px)
        inside_sr = inside_sr.reshape(n, 2).sum(axis=1)
    seen = np.divide(inside_sr, whole_sr, out=np.zeros(n), where=whole_sr > 0)
    return ImageBoxes(uv_box, corners_px.reshape(n, 8, 2), np.clip(1.0 - seen, 0.0, 1.0))


def project_segments(segments_cam: Float64, model: CameraModel) -> Polylines:
    """Straight lines in space as they appear in the image.

    Args:
        segments_cam: (L, 2, 3) metres in the camera frame.
        model: the camera's optics.
    """
    view = view_of(model)
    rays, offsets, firsts = outlines.cut_segments(
        segments_cam, view.regions, view.border, bends(model)
    )
    return _projected(rays, offsets, firsts, model)


def project_edges(corners_cam: Float64, model: CameraModel) -> Polylines:
    """The 12 edges of each box (N, 8, 3), line ``12 i + e`` being edge ``e`` of box ``i``."""
    return project_segments(corners_cam[:, EDGES].reshape(-1, 2, 3), model)


def project_polygons(polygons_cam: Float64, model: CameraModel) -> Polylines:
    """Outlines in the image of convex polygons (L, K, 3) in the camera frame, cut to the view."""
    view = view_of(model)
    rays, offsets, firsts = outlines.cut_polygons(
        polygons_cam, view.regions, view.border, bends(model)
    )
    return _projected(rays, offsets, firsts, model)


def faces_away(corners_cam: Float64) -> BoolArray:
    """(N, 6) bool: whether each face of ``FACES`` is turned away from the camera."""
    return np.asarray(outlines.faces_away(corners_cam, FACES))


def bends(model: CameraModel) -> bool:
    """Whether straight lines in space are curved in the image."""
    return model.name != "pinhole" or bool(np.any(model.distortion))


def _projected(rays: Float64, offsets: Int64, firsts: Int64, model: CameraModel) -> Polylines:
    uv, valid = model.project(rays)
    kept_before = np.concatenate([[0], np.cumsum(valid)])
    return Polylines(uv[valid], kept_before[offsets], firsts)


def _joined(bounds: Float64, area_px: Float64, last_px: float) -> Float64:
    """(N, 4) from the bounds (N, 2, 4) of the parts in a panorama's left and right half.

    Their union; but the larger part where both end at the image's border, at column 0 and
    ``last_px``, and do not meet in its middle.
    """
    at_border = (bounds[:, 0, 0] < 1.0) & (bounds[:, 1, 2] > last_px - 1.0)
    torn = at_border & (bounds[:, 1, 0] - bounds[:, 0, 2] > 1.0)
    larger = bounds[np.arange(len(bounds)), np.argmax(area_px, axis=1)]
    # Either is NaN where there is no such part.
    low = np.fmin(bounds[:, 0, :2], bounds[:, 1, :2])
    high = np.fmax(bounds[:, 0, 2:], bounds[:, 1, 2:])
    joined = np.where(torn[:, None], larger, np.concatenate([low, high], axis=1))
    joined[:, ::2] = joined[:, ::2].clip(0.0, last_px)
    return joined


def _image_planes(model: CameraModel) -> Float64:
    """(4, 3) half planes of the image, out to the centres of its border pixels.

    A panorama's go on to the seam, which is half a pixel further.
    """
    beyond = 0.5 if model.panoramic else 0.0
    return np.array(
        [
            [1.0, 0.0, beyond],
            [-1.0, 0.0, model.width_px - 1.0 + beyond],
            [0.0, 1.0, 0.0],
            [0.0, -1.0, model.height_px - 1.0],
        ]
    )
