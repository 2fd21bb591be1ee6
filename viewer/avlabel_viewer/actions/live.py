"""A box in a person's hand: changed, seen, and not yet recorded."""

from __future__ import annotations

from dataclasses import dataclass

from avlabel_viewer.editing.placement import Placement

SETTLE_S = 0.4
"""A box that is nudged by keys is recorded when the keys have rested so long."""


@dataclass(frozen=True, slots=True, eq=False)
class Live:
    """A box that is being changed.

    Attributes:
        key: of its track.
        frame_idx: its frame.
        now: where it is.
        name: of the edit that it will be.
        touched_s: when it was last changed.
        held: whether the mouse holds it.
    """

    key: str
    frame_idx: int
    now: Placement
    name: str
    touched_s: float
    held: bool = False

    @property
    def slot(self) -> tuple[str, int]:
        """Track and frame."""
        return self.key, self.frame_idx

    def has_rested(self, now_s: float) -> bool:
        """Whether it is time to record it."""
        return not self.held and now_s - self.touched_s >= SETTLE_S
