"""What covers the ground: carriageway and its markings, kerbs, pavements, yards."""

from __future__ import annotations

import numpy as np
from numba import njit

from avlabel.core.arrays import FloatArray, UInt8
from avlabel.simulation.ground import Ground, kerb_distance, main_offset

ASPHALT, PAINT, KERB, SIDEWALK, YARD = range(5)
"""What covers the ground; see ``cover_at``."""


def cover_at(xy: FloatArray, ground: Ground) -> UInt8:
    """(N,) uint8 what covers the ground at (N, 2) points: asphalt, paint, kerb, ..."""
    out: UInt8 = _cover(np.ascontiguousarray(xy, np.float64), ground)
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def _cover(xy, g):  # type: ignore[no-untyped-def]
    out = np.empty(len(xy), np.uint8)
    for i in range(len(xy)):
        edge = kerb_distance(xy[i, 0], xy[i, 1], g)
        if edge < 0.0:
            out[i] = PAINT if _painted(xy[i, 0], xy[i, 1], g) else ASPHALT
        elif edge < 0.15:
            out[i] = KERB
        else:
            out[i] = SIDEWALK if edge < g.sidewalk_m else YARD
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def _painted(x, y, g):  # type: ignore[no-untyped-def]
    """Lane lines, and zebra crossings on the main street before each cross street."""
    offset = main_offset(x, y, g)
    for c in range(len(g.cross)):
        along = (x - g.cross[c, 0]) * g.cross[c, 2] + (y - g.cross[c, 1]) * g.cross[c, 3]
        gap = abs(along) - g.cross[c, 4]
        if gap < 0.0:
            return False
        if gap < 7.0:
            zebra = 1.0 < gap < 4.0 and -g.right_m < offset < g.left_m
            stop = 5.0 < gap < 5.4 and 0.0 < offset * np.sign(along) < g.lanes * g.lane_m
            return (zebra and offset % 1.0 < 0.5) or stop
    if offset > g.left_m or offset < -g.right_m:
        return False
    if abs(offset) < 0.08:
        return True
    across = abs(offset) / g.lane_m
    line = abs(across - np.round(across)) * g.lane_m < 0.06
    if not line or np.round(across) > g.lanes:
        return False
    return np.round(across) == g.lanes or x % 9.0 < 3.0
