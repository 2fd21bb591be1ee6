"""Cheap angles for sorting directions into cells: monotonic, and within 0.25 degrees."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True, error_model="numpy")
def azimuth(x, y):  # type: ignore[no-untyped-def]
    """Angle of (x, y) from +x, 0 to 2 pi."""
    if abs(y) <= abs(x):
        angle = _arc_tangent(y / x)
        if x < 0:
            angle += np.pi
    else:
        angle = (0.5 if y > 0 else 1.5) * np.pi - _arc_tangent(x / y)
    return angle + 2.0 * np.pi if angle < 0 else angle


@njit(cache=True, nogil=True, error_model="numpy")
def elevation(up, flat):  # type: ignore[no-untyped-def]
    """Angle of a direction over the plane, -pi/2 to pi/2; ``flat`` is its length in the plane."""
    if abs(up) <= flat:
        return _arc_tangent(up / flat)
    return (0.5 if up > 0 else -0.5) * np.pi - _arc_tangent(flat / up)


@njit(cache=True, nogil=True, error_model="numpy")
def _arc_tangent(slope):  # type: ignore[no-untyped-def]
    """Of -1 to 1 (S. Rajan et al., "Efficient approximations for the arctangent", 2006)."""
    return slope * (0.25 * np.pi + 0.273 * (1.0 - abs(slope)))
