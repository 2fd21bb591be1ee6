"""Name tags that do not cover each other."""

from __future__ import annotations

from dataclasses import dataclass, field

from avlabel.core.arrays import UInt8
from avlabel.core.cuboids import NO_TRACK, Cuboids
from avlabel.core.taxonomy import Taxonomy
from avlabel.render.ink import draw_text, shade, text_size
from avlabel.render.palette import PANEL, TEXT, Rgb

Box = tuple[int, int, int, int]


def tag_names(cuboids: Cuboids, taxonomy: Taxonomy) -> list[str]:
    """Class and track of each box, such as ``other vehicle 12``."""
    return [
        name.replace("_", " ") + ("" if track == NO_TRACK else f" {track}")
        for name, track in zip(
            taxonomy.names(cuboids.category), cuboids.track_id.tolist(), strict=True
        )
    ]


@dataclass(slots=True)
class Tags:
    """Tags placed on one image so far; who comes first keeps the place.

    Attributes:
        size_px: height of the letters.
        taken: boxes u0, v0, u1, v1 that are occupied.
    """

    size_px: int
    taken: list[Box] = field(default_factory=list)

    def place(self, image: UInt8, text: str, anchor: tuple[float, float], color: Rgb) -> bool:
        """Draw a tag above ``anchor`` (u, v) unless another is there; whether it was drawn."""
        box = self._box(image, text, anchor)
        if any(_overlap(box, other) for other in self.taken):
            return False
        self.taken.append(box)
        pad = self.size_px // 3
        shade(image, box, PANEL, 0.78)
        shade(image, (box[0], box[1], box[0] + max(2, pad // 2), box[3]), color, 1.0)
        draw_text(image, text, (box[0] + 2 * pad, box[3] - pad), self.size_px, TEXT, 500)
        return True

    def _box(self, image: UInt8, text: str, anchor: tuple[float, float]) -> Box:
        pad = self.size_px // 3
        width = text_size(text, self.size_px, 500)[0] + 3 * pad
        height = self.size_px + pad
        u0 = min(max(0, round(anchor[0] - width / 2)), max(0, image.shape[1] - width))
        v1 = max(height, round(anchor[1]) - pad)
        return u0, v1 - height, u0 + width, v1


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
