"""Views along straight parallel rays: an object from above, from its side, from behind."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from avlabel.core.arrays import Float64
from avlabel_viewer.viewpoints.viewpoint import Ray

BACK_M = 500.0
"""Rays begin this far before the middle of the view, so that what is shown lies ahead."""

LEAST_PX_PER_M, MOST_PX_PER_M = 0.5, 2000.0


@dataclass(frozen=True, slots=True, eq=False)
class OrthoView:
    """A view without perspective.

    Attributes:
        center: (3,) float64 metres, world; what is in the middle of the view.
        right: (3,) float64 unit vector, world, to the right in the view.
        up: (3,) float64 unit vector, world, upwards in the view; at right angles to ``right``.
        px_per_m: scale.
        width_px: width of the view.
        height_px: height of the view.
    """

    center: Float64
    right: Float64
    up: Float64
    px_per_m: float
    width_px: int
    height_px: int

    @property
    def into(self) -> Float64:
        """(3,) unit vector, world, away from the eye."""
        (a, b, c), (d, e, f) = self.up, self.right
        return np.array([b * f - c * e, c * d - a * f, a * e - b * d])

    @property
    def middle_px(self) -> Float64:
        """(2,) u, v of ``center``."""
        return np.array([self.width_px - 1, self.height_px - 1]) / 2

    def project(self, points_world: Float64) -> Float64:
        """(N, 2) pixels of points (N, 3); nothing is behind the eye."""
        offset = points_world - self.center
        uv = np.column_stack([offset @ self.right, -(offset @ self.up)])
        return np.asarray(uv * self.px_per_m + self.middle_px)

    def ray(self, u_px: float, v_px: float) -> Ray:
        """What lies under a pixel."""
        return Ray(self.point(u_px, v_px) - BACK_M * self.into, self.into)

    def point(self, u_px: float, v_px: float) -> Float64:
        """(3,) metres, world: the point under a pixel at the depth of ``center``."""
        along, down = (np.array([u_px, v_px]) - self.middle_px) / self.px_per_m
        return np.asarray(self.center + along * self.right - down * self.up)

    def panned(self, du_px: float, dv_px: float) -> OrthoView:
        """Its content moved by pixels, as when dragged by the mouse."""
        moved = dv_px * self.up - du_px * self.right
        return replace(self, center=self.center + moved / self.px_per_m)

    def zoomed(self, factor: float, u_px: float, v_px: float) -> OrthoView:
        """``factor`` times as large; what is under the pixel stays there."""
        px_per_m = float(np.clip(self.px_per_m * factor, LEAST_PX_PER_M, MOST_PX_PER_M))
        fixed = self.point(u_px, v_px)
        center = fixed + (self.center - fixed) * (self.px_per_m / px_per_m)
        return replace(self, center=center, px_per_m=px_per_m)

    def resized(self, width_px: int, height_px: int) -> OrthoView:
        """The same middle and scale in a view of another size."""
        return replace(self, width_px=width_px, height_px=height_px)
