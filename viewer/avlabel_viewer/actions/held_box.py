"""The box in a person's hand: changed, seen, and not yet recorded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from avlabel.core.cuboids import Cuboids
from avlabel.edits import compose
from avlabel_viewer.editing import over_time, track_size
from avlabel_viewer.editing.placement import Placement
from avlabel_viewer.session.changed import Changed
from avlabel_viewer.session.session import Session

SETTLE_S = 0.4
"""A box that is nudged by keys is recorded when the keys have rested so long."""


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    """A change that is not recorded.

    Attributes:
        slot: track's key and frame.
        now: where the box is.
        name: of the edit that it will be.
        touched_s: when it was last changed.
        by_mouse: whether the mouse holds it.
    """

    slot: tuple[str, int]
    now: Placement
    name: str
    touched_s: float
    by_mouse: bool


class HeldBox:
    """The selected box as it is now; several changes in a row become one edit.

    Args:
        session: whose selection, and where edits go.
        clock: seconds, never going back.
    """

    def __init__(self, session: Session, clock: Callable[[], float]) -> None:
        self._session, self._clock = session, clock
        self._held: _Held | None = None

    @property
    def is_held(self) -> bool:
        """Whether something is not recorded yet."""
        return self._held is not None

    @property
    def by_mouse(self) -> bool:
        """Whether the mouse holds it."""
        return self._held is not None and self._held.by_mouse

    @property
    def placement(self) -> Placement | None:
        """Where the selected box is, recorded or not; None if it has none in this frame."""
        session = self._session
        if self._held is not None and self._held.slot == (session.key, session.frame_idx):
            return self._held.now
        return None if session.row is None else Placement.of(session.cuboids, session.row)

    def boxes(self) -> tuple[Cuboids, int | None]:
        """The frame's boxes as they are now, and the selected one's row among them."""
        session, place = self._session, self.placement
        rows = session.rows_in(session.frame_idx)
        # Picked by index, hence arrays of their own.
        cuboids = session.cuboids.select(rows)
        if session.row is None or place is None:
            return cuboids, None
        at = int(np.flatnonzero(rows == session.row)[0])
        cuboids.center[at], cuboids.quat_wxyz[at] = place.center, place.quat_wxyz
        cuboids.size_lwh[at] = place.size_lwh
        return cuboids, at

    def change(self, how: Callable[[Placement], Placement], name: str) -> None:
        """Change the selected box by a key."""
        here = self.placement
        if here is None:
            self._session.say("select an object that has a box in this frame first")
        else:
            self.hold(how(here), name)

    def hold(self, now: Placement, name: str, *, by_mouse: bool = False) -> None:
        """Have the selected box somewhere, not recorded yet."""
        slot = self._session.key, self._session.frame_idx
        if self._held is not None and self._held.slot != slot:
            self.settle()
        self._held = _Held(slot, now, name, self._clock(), by_mouse)
        self._session.note(Changed.LABELS)

    def put_back(self) -> None:
        """Let go: the box is where it was."""
        if self._held is not None:
            self._held = None
            self._session.note(Changed.LABELS)

    def settle(self) -> None:
        """Record it; if the disk refuses, it stays in the hand."""
        held, labels = self._held, self._session.labels
        if held is None:
            return
        key, frame_idx = held.slot
        rows = compose.rows_of(labels, labels.track_of(key))
        row = rows[labels.cuboids.frame_idx[rows] == frame_idx]
        if not len(row) or self._record(int(row[0]), held):
            self._held = None
            self._session.note(Changed.LABELS)

    def settle_if_rested(self) -> None:
        """Record it if nobody has touched it for a while."""
        held = self._held
        if held and not held.by_mouse and self._clock() - held.touched_s >= SETTLE_S:
            self.settle()
            if self._held is held:
                # The disk refused: not again at every tick.
                self._held = replace(held, touched_s=self._clock())

    def _record(self, row: int, held: _Held) -> bool:
        session, now = self._session, held.now
        was = Placement.of(session.cuboids, row).size_lwh
        if session.size_locked() and not np.allclose(now.size_lwh, was, atol=1e-4):
            return session.do(track_size.put_sized(session.labels, row, now, name=held.name))
        scope = session.reach.scope
        return session.do(over_time.put(session.labels, row, now, name=held.name, scope=scope))
