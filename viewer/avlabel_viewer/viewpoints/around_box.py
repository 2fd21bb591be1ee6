"""The three views of a box, aligned to its own axes.

Seen from above and from the side it drives to the right, so that lengths stand below each other
as on a drawing; the third is from behind, as its driver's follower sees it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from avlabel.core.arrays import Float64, FloatArray
from avlabel_viewer.viewpoints.ortho import MOST_PX_PER_M, OrthoView

ViewOf = Callable[[Float64, Float64, float, int, int], OrthoView]
"""What ``top``, ``top_upright``, ``side`` and ``rear`` have in common."""

SHOWN_TIMES, SHOWN_MORE_M = 1.35, 1.2
"""A view shows so many times the box, and so much more."""

X, Y, Z = 0, 1, 2


def top(
    center: Float64, rotation: Float64, px_per_m: float, width_px: int, height_px: int
) -> OrthoView:
    """A box from above, its front to the right.

    Args:
        center: (3,) metres, world.
        rotation: (3, 3), columns are the box's own axes in the world.
        px_per_m: scale (``fitting_scale``).
        width_px: width of the view.
        height_px: height of the view.
    """
    return OrthoView(center, rotation[:, X], rotation[:, Y], px_per_m, width_px, height_px)


def top_upright(
    center: Float64, rotation: Float64, px_per_m: float, width_px: int, height_px: int
) -> OrthoView:
    """A box from above, its front upwards, for narrow pictures; arguments as ``top``."""
    return OrthoView(center, -rotation[:, Y], rotation[:, X], px_per_m, width_px, height_px)


def side(
    center: Float64, rotation: Float64, px_per_m: float, width_px: int, height_px: int
) -> OrthoView:
    """A box from its right side, its front to the right; arguments as ``top``."""
    return OrthoView(center, rotation[:, X], rotation[:, Z], px_per_m, width_px, height_px)


def rear(
    center: Float64, rotation: Float64, px_per_m: float, width_px: int, height_px: int
) -> OrthoView:
    """A box from behind, its left to the left; arguments as ``top``."""
    return OrthoView(center, -rotation[:, Y], rotation[:, Z], px_per_m, width_px, height_px)


def fitting_scale(size_lwh: FloatArray, width_px: int, height_px: int) -> float:
    """Pixels a metre at which ``top``, ``side`` and ``rear``, of that size, show all of a box.

    One scale for all three, so that they can be compared.

    Args:
        size_lwh: (3,) metres.
        width_px: width of each view.
        height_px: height of each view.
    """
    scales = (fitting_scale_of(view, size_lwh, width_px, height_px) for view in (top, side, rear))
    return min(scales)


def fitting_scale_of(
    view_of: ViewOf,
    size_lwh: FloatArray,
    width_px: int,
    height_px: int,
    more_m: float = SHOWN_MORE_M,
) -> float:
    """Pixels a metre at which one kind of view shows all of a box and ``more_m`` around it."""
    shown_m = SHOWN_TIMES * np.asarray(size_lwh, np.float64) + more_m
    view = view_of(np.zeros(3), np.eye(3), 1.0, width_px, height_px)
    across, down = np.abs(view.right) @ shown_m, np.abs(view.up) @ shown_m
    return min(float(width_px / across), float(height_px / down), MOST_PX_PER_M)
