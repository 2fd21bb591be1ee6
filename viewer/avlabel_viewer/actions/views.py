"""Where a person looks from: at the street in perspective, and at one object from three sides."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from avlabel.core.arrays import Float64
from avlabel_viewer.editing.placement import Placement
from avlabel_viewer.viewpoints import around_box
from avlabel_viewer.viewpoints.orbit import Orbit
from avlabel_viewer.viewpoints.ortho import OrthoView
from avlabel_viewer.viewpoints.perspective import PerspectiveView

FOV_Y = float(np.radians(50.0))
PLANES = {"top": around_box.top, "side": around_box.side, "rear": around_box.rear}
DEFAULT_RECT = (0, 0, 320, 240)
LEAST_ZOOM, MOST_ZOOM = 0.05, 20.0


@dataclass(frozen=True, slots=True, eq=False)
class Lens:
    """How a view of an object differs from one in which it just fits.

    Attributes:
        zoom: times as large.
        right_m: its middle lies so far to the right of the object's.
        up_m: and so far above.
    """

    zoom: float = 1.0
    right_m: float = 0.0
    up_m: float = 0.0


@dataclass
class Views:
    """The eye, and a lens for each of the three planes.

    Attributes:
        orbit: the eye over the street.
        lenses: by plane.
        rects: x, y, width and height of each view in the window, pixels.
    """

    orbit: Orbit
    lenses: dict[str, Lens] = field(default_factory=lambda: {name: Lens() for name in PLANES})
    rects: dict[str, tuple[int, int, int, int]] = field(default_factory=dict)

    def size(self, name: str) -> tuple[int, int]:
        """Width and height of a view, pixels."""
        _x, _y, width, height = self.rects.get(name, DEFAULT_RECT)
        return max(width, 1), max(height, 1)

    def street(self) -> PerspectiveView:
        """The street as the eye sees it."""
        return self.orbit.view(FOV_Y, *self.size("street"))

    def plane(self, name: str, place: Placement) -> OrthoView:
        """``top``, ``side`` or ``rear`` of a box."""
        width, height = self.size(name)
        scale = around_box.fitting_scale(place.size_lwh, *self.size("top")) * self.lenses[name].zoom
        view = PLANES[name](place.center, place.rotation, scale, width, height)
        lens = self.lenses[name]
        middle = view.center + lens.right_m * view.right + lens.up_m * view.up
        return replace(view, center=middle)

    def show_plane(self, name: str, view: OrthoView, place: Placement) -> None:
        """Keep how a plane is zoomed and shifted, so that it follows the object like that."""
        fitting = around_box.fitting_scale(place.size_lwh, *self.size("top"))
        off: Float64 = view.center - place.center
        zoom = float(np.clip(view.px_per_m / fitting, LEAST_ZOOM, MOST_ZOOM))
        self.lenses[name] = Lens(zoom, float(off @ view.right), float(off @ view.up))

    def reset_planes(self) -> None:
        """Fit the object again."""
        self.lenses = {name: Lens() for name in PLANES}
