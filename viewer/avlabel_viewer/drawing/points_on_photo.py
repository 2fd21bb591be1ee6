"""A sweep's points on a camera's image: whether both agree on where things are."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from avlabel.core.arrays import Float32, UInt8
from avlabel.render.splat import no_depth, splat
from avlabel_viewer.viewpoints.image import ImageView

POINT_PX, SMALL_PX = 2, 1
SMALL_BELOW_PX = 500
"""In narrower pictures points are smaller."""


class CloudOnPhoto(NamedTuple):
    """Points that are drawn onto images.

    Attributes:
        points: (N, 3) float32 metres, world.
        colors: (N, 3) uint8 RGB.
    """

    points: Float32
    colors: UInt8


def draw_cloud(picture: UInt8, view: ImageView, cloud: CloudOnPhoto) -> None:
    """Draw points into the picture that a view shows, the nearer before the farther.

    Points are where the sweep saw them, seen from where the camera was at its own exposure: on
    what moves they lag behind it.
    """
    points_cam = view.cam_from_world.apply(cloud.points)
    uv, valid = view.model.project(points_cam)
    distance = np.linalg.norm(points_cam, axis=1)
    size_px = POINT_PX if view.width_px >= SMALL_BELOW_PX else SMALL_PX
    u0, v0 = view.crop[:2]
    _draw(
        picture, no_depth(picture), uv, valid, distance, cloud.colors, u0, v0, view.scale, size_px
    )


@njit(cache=True, nogil=True)
def _draw(picture, nearest, uv, valid, distance, colors, u0, v0, scale, size_px):  # type: ignore[no-untyped-def]
    for i in range(len(uv)):
        if not valid[i]:
            continue
        u, v = (uv[i, 0] - u0) * scale - 0.5, (uv[i, 1] - v0) * scale - 0.5
        if not (-size_px < u < picture.shape[1] + size_px):
            continue
        if not (-size_px < v < picture.shape[0] + size_px):
            continue
        r, g, b = colors[i, 0], colors[i, 1], colors[i, 2]
        splat(picture, nearest, u, v, distance[i], r, g, b, size_px)
