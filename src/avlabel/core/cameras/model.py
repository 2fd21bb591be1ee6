"""What projection needs of a camera, whatever its optics."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

import numpy as np

from avlabel.core.arrays import BoolArray, Float64, FloatArray
from avlabel.errors import CalibrationError

NEAR_M = 0.1
"""Nothing nearer is projected: in depth for a pinhole, in distance for what sees sideways."""


class CameraModel(Protocol):
    """What projection needs of a camera, whatever its optics.

    Of the directions around a camera a model projects those in its *valid field of view*. It is
    a star around the optical axis: if a direction is valid, so are those between it and the axis.
    There the model is one to one.
    """

    @property
    def name(self) -> str:
        """Name under which a rig file and a scene store the model."""
        ...

    @property
    def width_px(self) -> int:
        """Image width."""
        ...

    @property
    def height_px(self) -> int:
        """Image height."""
        ...

    @property
    def intrinsics(self) -> Float64:
        """(4,) float64 fx, fy, cx, cy in pixels (a radian, where columns or rows are angles)."""
        ...

    @property
    def distortion(self) -> Float64:
        """(K,) float64 coefficients in the model's own order."""
        ...

    @property
    def max_angle(self) -> float:
        """Radians off the optical axis beyond which no direction is valid; pi if none is barred.

        A bound over all sides: where the field of view is no circle, it ends before this on some.
        """
        ...

    @property
    def panoramic(self) -> bool:
        """Whether columns are angles around the vertical, so that the image may close on itself.

        Such an image ends left and right half a turn from its middle column at the latest.
        """
        ...

    def project(self, points_cam: FloatArray) -> tuple[Float64, BoolArray]:
        """Pixels (N, 2), not cut at the image, and whether each point is in the valid view (N,).

        Pixels of points that are not are NaN.
        """
        ...

    def unproject(self, pixels: FloatArray) -> Float64:
        """Unit rays (N, 3) in the camera frame through pixels (N, 2); NaN where no ray goes."""
        ...


def check_optics(
    width_px: int,
    height_px: int,
    intrinsics: Float64,
    distortion: Float64,
    counts: Collection[int],
) -> None:
    """Refuse what no camera can be.

    Raises:
        CalibrationError: for sizes, focal lengths or numbers of coefficients (one of ``counts``)
            that cannot be.
    """
    if width_px <= 0 or height_px <= 0:
        raise CalibrationError(f"image size: got {width_px} x {height_px} px")
    if intrinsics.shape != (4,) or not np.all(np.isfinite(intrinsics)):
        raise CalibrationError(f"intrinsics: expected fx, fy, cx, cy, got {intrinsics}")
    if np.any(intrinsics[:2] <= 0):
        raise CalibrationError(f"focal length: expected positive, got {intrinsics[:2]}")
    if len(distortion) not in counts:
        *others, last = map(str, counts)
        expected = f"{', '.join(others)} or {last}" if others else last
        raise CalibrationError(f"distortion has {len(distortion)} values; expected {expected}")
    if not np.all(np.isfinite(distortion)):
        raise CalibrationError(f"distortion: expected finite values, got {distortion}")
