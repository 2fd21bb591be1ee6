"""Which points of a frame are shown."""

from __future__ import annotations

import numpy as np
from numba import njit

from avlabel.core.arrays import BoolArray, Float64
from avlabel_viewer.frames.data import FrameData


def shown(
    data: FrameData, *, ground: bool = True, far_m: float | None = None, around: Float64
) -> BoolArray:
    """Which points are shown.

    Args:
        data: N points.
        ground: whether points of the ground are.
        far_m: points farther away, seen from above, are hidden; None hides none.
        around: (2+,) metres, world: where the vehicle is.

    Returns:
        (N,) bool.
    """
    reach = np.inf if far_m is None else far_m
    mask: BoolArray = _shown(data.points, data.is_ground, ground, reach, around[:2])
    return mask


@njit(cache=True, nogil=True)
def _shown(points, is_ground, ground, far_m, around):  # type: ignore[no-untyped-def]
    out = np.empty(len(points), np.bool_)
    for p in range(len(points)):
        x, y = points[p, 0] - around[0], points[p, 1] - around[1]
        out[p] = (ground or not is_ground[p]) and x * x + y * y <= far_m * far_m
    return out
