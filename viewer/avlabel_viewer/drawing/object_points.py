"""The points of one object and around it, in a view without perspective."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from avlabel.core.arrays import Float64, FloatArray, UInt8
from avlabel.core.cuboids import Cuboids
from avlabel.core.se3 import matrix_from_quat
from avlabel.geometry.boxes import UNIT_CORNERS
from avlabel.render.splat import no_depth, splat
from avlabel_viewer.viewpoints.ortho import OrthoView

AROUND_M = 3.0
"""Points so far before and behind the box are shown; what is farther would hide it."""

NO_BOX_M = 6.0
"""Where no object is selected, points so far before and behind the view's middle are shown."""

SLACK_M = 0.02
"""Points so little outside the box are drawn as inside it."""

IN_FRONT_M = 1e6
"""Points inside the box are drawn as if they were so much nearer."""

_LEVELS = np.arange(256)
PLAIN = _LEVELS.astype(np.uint8)
LIFTED = np.rint(_LEVELS + 0.4 * (255 - _LEVELS)).astype(np.uint8)
DIMMED = np.rint(0.8 * _LEVELS).astype(np.uint8)
"""What becomes of each level of a colour: as it is, nearer to white inside the box, dim around."""


class OneBox(NamedTuple):
    """Where one box is.

    Attributes:
        center: (3,) float64 metres, world.
        rotation: (3, 3) float64, columns are its own axes in the world.
        size_lwh: (3,) float64 metres.
    """

    center: Float64
    rotation: Float64
    size_lwh: Float64

    @classmethod
    def of(cls, cuboids: Cuboids, row: int) -> OneBox:
        """One row; much faster than a selection of all its columns."""
        rotation = matrix_from_quat(cuboids.quat_wxyz[row])
        return cls(cuboids.center[row], rotation, cuboids.size_lwh[row].astype(np.float64))

    @property
    def corners(self) -> Float64:
        """(8, 3) metres, world, ordered as ``UNIT_CORNERS``."""
        return np.asarray((UNIT_CORNERS * self.size_lwh) @ self.rotation.T + self.center)

    def reach_m(self, way: Float64) -> float:
        """How far it reaches from its centre along a unit vector (3,)."""
        return float(np.abs(way @ self.rotation) @ self.size_lwh) / 2


def draw_points(
    image: UInt8,
    view: OrthoView,
    points: FloatArray,
    colors: UInt8,
    box: OneBox | None,
    point_px: int,
) -> None:
    """Draw points into ``image``, those inside the box bright and in front.

    Args:
        image: (H, W, 3) uint8 RGB, changed.
        view: its viewpoint.
        points: (N, 3) metres, world.
        colors: (N, 3) uint8 RGB.
        box: of the object; None draws points alike, up to ``NO_BOX_M`` before and behind the
            view's middle.
        point_px: size of a point; inside the box one more.
    """
    eye = np.stack([view.right, -view.up, view.into]), view.center, view.px_per_m, view.middle_px
    depth = NO_BOX_M if box is None else AROUND_M + box.reach_m(view.into)
    tones = PLAIN if box is None else DIMMED
    center, rotation, size_lwh = box or OneBox(view.center, np.eye(3), np.full(3, -1.0))
    placed = center, np.ascontiguousarray(rotation.T), size_lwh / 2 + SLACK_M
    middle = float((center - view.center) @ view.into)
    _draw(image, no_depth(image), points, colors, *eye, middle, depth, *placed, tones, point_px)


@njit(cache=True, nogil=True, error_model="numpy")
def _draw(  # type: ignore[no-untyped-def]
    image, nearest, points, colors, axes, origin, scale, middle_px, middle, depth, center, rows,
    half, tones, size_px,
):  # fmt: skip
    for i in range(len(points)):
        x, y = points[i, 0] - origin[0], points[i, 1] - origin[1]
        z = points[i, 2] - origin[2]
        u = (axes[0, 0] * x + axes[0, 1] * y + axes[0, 2] * z) * scale + middle_px[0]
        if not -size_px <= u < image.shape[1] + size_px:
            continue
        v = (axes[1, 0] * x + axes[1, 1] * y + axes[1, 2] * z) * scale + middle_px[1]
        if not -size_px <= v < image.shape[0] + size_px:
            continue
        w = axes[2, 0] * x + axes[2, 1] * y + axes[2, 2] * z - middle
        if not abs(w) <= depth:
            continue
        r, g, b = colors[i, 0], colors[i, 1], colors[i, 2]
        if _is_inside(points[i], center, rows, half):
            r, g, b = LIFTED[r], LIFTED[g], LIFTED[b]
            splat(image, nearest, u, v, w - IN_FRONT_M, r, g, b, size_px + 1)
        else:
            splat(image, nearest, u, v, w, tones[r], tones[g], tones[b], size_px)


@njit(cache=True, nogil=True, inline="always")
def _is_inside(point, center, rows, half):  # type: ignore[no-untyped-def]
    x, y, z = point[0] - center[0], point[1] - center[1], point[2] - center[2]
    inside = True
    for a in range(3):
        inside &= abs(rows[a, 0] * x + rows[a, 1] * y + rows[a, 2] * z) <= half[a]
    return inside
