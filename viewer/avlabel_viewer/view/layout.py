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
    """

    panel: int = 290
    planes: float = 0.24
    images: float = 0.27
    timeline: int = 60
    status: int = 24


def arrange(content: Rect, scaling: float, sizes: Sizes | None = None) -> Mapping[str, Rect]:
    """Rectangles of the street, the planes, the images, timeline, panel and status line.

    There are no gaps: Open3D wipes only what a widget covers.

    Args:
        content: what the window has to give, below its menu.
        scaling: pixels in a point.
        sizes: how it is shared.
    """
    s = sizes or Sizes()
    x, y, width, height = content
    panel, timeline, status = (round(n * scaling) for n in (s.panel, s.timeline, s.status))
    left = max(width - panel, 1)
    upper = max(height - timeline - status, 1)
    planes_w, images_h, plane_h = round(left * s.planes), round(upper * s.images), upper // 3
    main_w, main_h = left - planes_w, upper - images_h
    rects = {
        "street": (x, y, main_w, main_h),
        "images": (x, y + main_h, main_w, images_h),
        "film": (x, y, main_w, upper),
        "timeline": (x, y + upper, left, timeline),
        "panel": (x + left, y, panel, height - status),
        "status": (x, y + height - status, width, status),
    }
    for i, name in enumerate(("top", "side", "rear")):
        rects[name] = (x + main_w, y + i * plane_h, planes_w, plane_h)
    return rects
