"""What panoramas share: columns are angles around the camera's vertical axis."""

from __future__ import annotations

import numpy as np
from numba import njit

from avlabel.core.arrays import Float64
from avlabel.errors import CalibrationError

MAX_EXCESS_PX = 1.0
"""A full turn's width comes from rounded focal lengths."""


def check_turn(width_px: int, intrinsics: Float64) -> None:
    """Refuse images that show more than one turn.

    Raises:
        CalibrationError: if the image is wider than a turn.
    """
    turn_px = 2 * np.pi * float(intrinsics[0])
    if width_px > turn_px + MAX_EXCESS_PX:
        raise CalibrationError(
            f"intrinsics: {width_px} px are more than the full turn of {turn_px:.1f} px that "
            f"fx = {intrinsics[0]:.6g} px a radian makes"
        )


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def column_of(azimuth, fx, cx, seam_px):  # type: ignore[no-untyped-def]
    """Column of an azimuth, in the turn that begins at ``seam_px``."""
    turn_px = 2.0 * np.pi * fx
    u = cx + fx * azimuth
    return u - turn_px * np.floor((u - seam_px) / turn_px)


@njit(cache=True, nogil=True, error_model="numpy")
def azimuth_of(u, fx, cx, seam_px):  # type: ignore[no-untyped-def]
    """Inverse of ``column_of``; NaN outside that one turn."""
    if seam_px - 1e-9 <= u <= seam_px + 2.0 * np.pi * fx + 1e-9:
        return (u - cx) / fx
    return np.nan


def seam_px(width_px: int, intrinsics: Float64) -> float:
    """Column half a turn to the left of the image's middle."""
    return (width_px - 1) / 2 - np.pi * float(intrinsics[0])
