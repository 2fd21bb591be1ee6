"""A view that is a part of a larger picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import Float64
from avlabel_viewer.viewpoints.viewpoint import Ray, Viewpoint


@dataclass(frozen=True, slots=True, eq=False)
class ShiftedView:
    """A view whose pixels are counted from the corner of the picture that it lies in.

    Attributes:
        view: the part.
        left_px: its first column in the picture.
        top_px: its first row.
    """

    view: Viewpoint
    left_px: int
    top_px: int

    @property
    def width_px(self) -> int:
        """Width of the part."""
        return self.view.width_px

    @property
    def height_px(self) -> int:
        """Height of the part."""
        return self.view.height_px

    def project(self, points_world: Float64) -> Float64:
        """(N, 2) pixels of the picture."""
        return np.asarray(self.view.project(points_world) + np.array([self.left_px, self.top_px]))

    def ray(self, u_px: float, v_px: float) -> Ray:
        """What lies under a pixel of the picture."""
        return self.view.ray(u_px - self.left_px, v_px - self.top_px)
