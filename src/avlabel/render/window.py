"""The part of the ground that a bird's-eye view shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import Float64, FloatArray


@dataclass(frozen=True, slots=True)
class BevWindow:
    """A view from above with the ego vehicle driving to the right.

    Attributes:
        width_px: along the ego vehicle's x.
        height_px: along its y.
        px_per_m: scale.
        center_x_m: ego x in the middle of the window; positive shows more of what is ahead.
        center_y_m: ego y there.
    """

    width_px: int = 1280
    height_px: int = 560
    px_per_m: float = 11.0
    center_x_m: float = 8.0
    center_y_m: float = 0.0

    def pixels(self, points: FloatArray) -> Float64:
        """(..., 2) metres in the ego frame to (..., 2) pixels."""
        u = (points[..., 0] - self.center_x_m) * self.px_per_m + (self.width_px - 1) / 2
        v = (self.center_y_m - points[..., 1]) * self.px_per_m + (self.height_px - 1) / 2
        return np.stack([u, v], axis=-1).astype(np.float64)

    def shows(self, uv: FloatArray) -> bool:
        """Whether a pixel (2,) is inside."""
        return bool(0 <= uv[0] < self.width_px and 0 <= uv[1] < self.height_px)
