"""Points of many sweeps in little memory."""

from __future__ import annotations

from avlabel.core.arrays import Float64
from avlabel_viewer.frames.data import FrameData
from avlabel_viewer.frames.thinning import thin

FULL = 8
"""Times the budget, at which a pile is thinned: most points are then looked at once."""


class Pile:
    """Points that are thinned whenever they have become too many; those added first prevail.

    Args:
        focus: (3,) metres, world, where detail matters.
        budget: most points in the end.
    """

    def __init__(self, focus: Float64, budget: int) -> None:
        self._focus, self._budget = focus, budget
        self._parts: list[FrameData] = []

    def add(self, part: FrameData) -> None:
        """Lay a sweep on top."""
        self._parts.append(part)
        if sum(map(len, self._parts)) > FULL * self._budget:
            self._thin()

    def parts(self) -> list[FrameData]:
        """All points, within the budget; none or one frame."""
        self._thin()
        return self._parts

    def _thin(self) -> None:
        if self._parts:
            joined = FrameData.joined(self._parts[0].frame_idx, self._parts)
            self._parts = [joined.select(thin(joined.points, self._focus, self._budget))]
