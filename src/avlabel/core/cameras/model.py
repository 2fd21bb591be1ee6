"""What projection needs of a camera, whatever its optics."""

from __future__ import annotations

from typing import Protocol

from avlabel.core.arrays import BoolArray, Float64, FloatArray

NEAR_M = 0.1


class CameraModel(Protocol):
    """What projection needs of a camera, whatever its optics."""

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
        """(4,) float64 fx, fy, cx, cy in pixels."""
        ...

    @property
    def distortion(self) -> Float64:
        """(K,) float64 coefficients in the model's own order."""
        ...

    def project(self, points_cam: FloatArray) -> tuple[Float64, BoolArray]:
        """Pixels (N, 2) and whether each lies in the model's valid field of view (N,)."""
        ...

    def unproject(self, pixels: FloatArray) -> Float64:
        """Unit rays (N, 3) in the camera frame through pixels (N, 2)."""
        ...
