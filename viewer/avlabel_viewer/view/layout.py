"""Where everything is in the window, by its size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Rect = tuple[int, int, int, int]
"""x, y, width, height in pixels."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes in points; multiplied by the screen's scaling.

    Attributes:
        panel: width of the panel at the right.
        planes: width of the three views of the object, as a part of what is left.
        images: height of the camera images, as a part of the height.
        timeline: height of the timeline.
        status: height of the status line.
        gap: between them; what no widget covers is not wiped by Open3D.
    """

    panel: int = 290
    planes: float = 0.24
    images: float = 0.27
    timeline: int = 60
    status: int = 24
    gap: int = 0


def arrange(content: Rect, scaling: float, sizes: Sizes | None = None) -> Mapping[str, Rect]:
    """Rectangles of the street, the planes, the images, timeline, panel and status line.

    Args:
        content: what the window has to give, below its menu.
        scaling: pixels in a point.
        sizes: how it is shared.
    """
    s = sizes or Sizes()
    x, y, width, height = content
    panel, gap = round(s.panel * scaling), round(s.gap * scaling)
    timeline, status = round(s.timeline * scaling), round(s.status * scaling)
    left = max(width - panel - gap, 1)
    upper = max(height - timeline - status - 2 * gap, 1)
    planes_w = round(left * s.planes)
    main_w = left - planes_w - gap
    images_h = round(upper * s.images)
    main_h = upper - images_h - gap
    plane_h = (upper - 2 * gap) // 3
    rects = {
        "street": (x, y, main_w, main_h),
        "images": (x, y + main_h + gap, main_w, images_h),
        "film": (x, y, main_w, upper),
        "timeline": (x, y + upper + gap, left, timeline),
        "panel": (x + left + gap, y, panel, height - status - gap),
        "status": (x, y + height - status, width, status),
    }
    for i, name in enumerate(("top", "side", "rear")):
        rects[name] = (x + main_w + gap, y + i * (plane_h + gap), planes_w, plane_h)
    return rects
