"""What every view has in common: world to pixels, and pixels to rays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from avlabel.core.arrays import Float64


@dataclass(frozen=True, slots=True, eq=False)
class Ray:
    """What lies under a pixel.

    Attributes:
        origin: (3,) float64 metres, world.
        direction: (3,) float64 unit vector into the scene, world.
    """

    origin: Float64
    direction: Float64


class Viewpoint(Protocol):
    """A view: from above, from the side, in perspective, or a camera's image.

    Pixel centres lie at integers, u to the right and v down, from the view's own upper left
    corner.
    """

    @property
    def width_px(self) -> int:
        """Width of the view."""

    @property
    def height_px(self) -> int:
        """Height of the view."""

    def project(self, points_world: Float64) -> Float64:
        """Pixels of points.

        Args:
            points_world: (N, 3) metres.

        Returns:
            (N, 2) float64 u, v; NaN for what cannot be seen, behind the eye.
        """

    def ray(self, u_px: float, v_px: float) -> Ray:
        """What lies under a pixel."""
