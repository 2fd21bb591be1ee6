"""Points as small squares, the nearest in front."""

from __future__ import annotations

import numpy as np
from numba import njit

from avlabel.core.arrays import Float32, UInt8

FARTHEST = np.float32(np.inf)


def no_depth(image: UInt8) -> Float32:
    """(H, W) float32 depth buffer for ``splat``: nothing is there yet."""
    return np.full(image.shape[:2], FARTHEST, np.float32)


@njit(cache=True, nogil=True, inline="always")
def splat(image, nearest, u, v, depth, r, g, b, size_px):  # type: ignore[no-untyped-def]
    """Paint a square around pixel (u, v) wherever nothing nearer is.

    Args:
        image: (H, W, 3) uint8, changed.
        nearest: (H, W) float32 depth of what is painted, changed.
        u: column of the point, float; v its row.
        v: see ``u``.
        depth: smaller is nearer.
        r: red, g green, b blue, 0 to 255.
        g: see ``r``.
        b: see ``r``.
        size_px: side of the square.
    """
    left = int(np.floor(u - 0.5 * size_px + 1.0))
    top = int(np.floor(v - 0.5 * size_px + 1.0))
    for row in range(max(top, 0), min(top + size_px, image.shape[0])):
        for column in range(max(left, 0), min(left + size_px, image.shape[1])):
            if depth < nearest[row, column]:
                nearest[row, column] = depth
                image[row, column, 0] = r
                image[row, column, 1] = g
                image[row, column, 2] = b
