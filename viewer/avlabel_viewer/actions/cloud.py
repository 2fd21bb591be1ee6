"""The points as they are shown."""

from __future__ import annotations

from dataclasses import dataclass

from avlabel.core.arrays import Float32, UInt8
from avlabel.core.cuboids import Cuboids
from avlabel.core.taxonomy import Taxonomy
from avlabel_viewer.drawing.point_colors import point_colors
from avlabel_viewer.editing.placement import Placement
from avlabel_viewer.frames.data import FrameData
from avlabel_viewer.frames.shown import shown
from avlabel_viewer.session.display import Display


@dataclass(frozen=True, slots=True, eq=False)
class Cloud:
    """Points and their colours.

    Attributes:
        points: (N, 3) float32 metres, world.
        colors: (N, 3) uint8 RGB.
    """

    points: Float32
    colors: UInt8


class CloudMaker:
    """Makes the cloud again only when something that it depends on has changed.

    Args:
        taxonomy: of the boxes' categories.
    """

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._taxonomy = taxonomy
        self._made_from: tuple[object, ...] = ()
        self._cloud = Cloud(FrameData.empty(0).points, FrameData.empty(0).points.astype("uint8"))

    def __call__(
        self, data: FrameData | None, display: Display, cuboids: Cuboids, vehicle: Placement
    ) -> Cloud:
        """The cloud of a frame; the last one while there are no data.

        Args:
            data: points of the frame, or of several.
            display: which are shown, and in which colours.
            cuboids: the frame's boxes, world, for colours by class and track.
            vehicle: where the vehicle is, for what is far.
        """
        by_box = cuboids if display.color_by in ("class", "track") else None
        # Kept alive here, so that an identity is never taken by something else.
        made_from = data and data.points, display.color_by, display.ground, display.far_m, by_box
        if data is not None and not _same(made_from, self._made_from):
            self._made_from = made_from
            keep = shown(data, ground=display.ground, far_m=display.far_m, around=vehicle.center)
            part = data.select(keep)
            colors = point_colors(part, display.color_by, cuboids, self._taxonomy)
            self._cloud = Cloud(part.points, colors)
        return self._cloud


def _same(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    return len(one) == len(other) and all(
        a is b or (isinstance(a, str | float | bool) and a == b)
        for a, b in zip(one, other, strict=True)
    )
