"""How things are shown."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

ColorBy = Literal["height", "intensity", "time", "class", "track"]
COLOR_BY: tuple[ColorBy, ...] = ("height", "intensity", "time", "class", "track")
ALL_SWEEPS = 0
SWEEPS = (1, 5, 20, ALL_SWEEPS)
"""Numbers of sweeps shown together; ``ALL_SWEEPS`` for the whole scene."""
MOST_PX = 100.0


@dataclass(frozen=True, slots=True)
class Display:
    """How things are shown.

    Attributes:
        color_by: what the colour of a point tells.
        ground: whether points of the ground are shown.
        sweeps: how many sweeps are shown together, one of ``SWEEPS``.
        moved_with_object: sweeps lie on the selected object, moved with it, instead of on the
            street.
        trails: ways of the objects.
        labels: class and number beside each box.
        far_m: what is farther from the vehicle is hidden; None shows everything.
        zoom_images: images are cut out around the selected object.
        points_on_image: points are shown on the cut-out.
        point_px: size of a point, 0 to ``MOST_PX``.

    Raises:
        ValueError: for a value that is none of these; bookmarks are files, and may hold anything.
    """

    color_by: ColorBy = "height"
    ground: bool = True
    sweeps: int = 1
    moved_with_object: bool = False
    trails: bool = False
    labels: bool = True
    far_m: float | None = None
    zoom_images: bool = False
    points_on_image: bool = False
    point_px: float = 2.0

    def __post_init__(self) -> None:
        for name, is_sound in (
            ("color_by", self.color_by in COLOR_BY),
            ("sweeps", self.sweeps in SWEEPS),
            ("far_m", self.far_m is None or 0 < self.far_m < math.inf),
            ("point_px", 0 < self.point_px <= MOST_PX),
        ):
            if not is_sound:
                raise ValueError(f"{name}: got {getattr(self, name)!r}")
