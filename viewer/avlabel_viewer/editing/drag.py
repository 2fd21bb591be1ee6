"""Dragging a box with the mouse, in any view, by the rays under the cursor.

Every position follows from where the box was when it was grabbed and where the cursor is now, so
that nothing adds up on the way. A drag becomes one edit.
"""

from __future__ import annotations

import numpy as np

from avlabel.core.arrays import Float64
from avlabel.edits.model import Draft, Scope
from avlabel.edits.resolved import Resolved
from avlabel_viewer.editing.grip import along_normal, grip, in_plane, turned
from avlabel_viewer.editing.handles import Handle, Kind
from avlabel_viewer.editing.over_time import put
from avlabel_viewer.editing.placement import Placement
from avlabel_viewer.editing.snap import Surfaces
from avlabel_viewer.viewpoints.viewpoint import Ray, Viewpoint

FINE = 0.2
"""Of the cursor's way that a box goes in fine mode."""
NAMES = {Kind.BODY: "move", Kind.FACE: "resize", Kind.CORNER: "resize", Kind.KNOB: "turn"}


class Drag:
    """One drag, from the button's press to its release.

    Args:
        start: the box as it is.
        handle: that was picked.
        view: in which.
        u_px: cursor.
        v_px: cursor.
        surfaces: what faces and corners may catch; None for nothing.
        locked: faces and corners move the box instead of changing its size.
    """

    def __init__(
        self,
        start: Placement,
        handle: Handle,
        view: Viewpoint,
        u_px: float,
        v_px: float,
        *,
        surfaces: Surfaces | None = None,
        locked: bool = False,
    ) -> None:
        self.grip = grip(start, handle, view, view.ray(u_px, v_px))
        self.placement = start
        self.locked, self.surfaces = locked, surfaces
        self._fine = False
        self._cursor = self._effective = self._pivot = np.array([u_px, v_px])

    def move(
        self, u_px: float, v_px: float, *, fine: bool = False, snap_m: float = 0.0
    ) -> Placement:
        """Where the box is with the cursor here.

        Args:
            u_px: cursor.
            v_px: cursor.
            fine: the box goes a fifth of the cursor's way, from where this was switched on.
            snap_m: faces and corners catch surfaces this near.
        """
        if fine != self._fine:
            self._fine, self._pivot, self._effective = fine, self._cursor, self._at(self._cursor)
        self._cursor = np.array([u_px, v_px])
        u, v = self._at(self._cursor)
        moved = self._follow(self.grip.view.ray(float(u), float(v)), snap_m)
        if moved is not None:
            self.placement = moved
        return self.placement

    def abort(self) -> Placement:
        """Let go without changing anything."""
        self.placement = self.grip.start
        return self.placement

    def commit(self, seen: Resolved, row: int, scope: Scope = "between") -> Draft | None:
        """The edit of row ``row``; None if the box is where it was."""
        now, start = self.placement, self.grip.start
        if _places(now) == _places(start):
            return None
        kind = self.handle.kind
        name = "align" if self.locked and kind in (Kind.FACE, Kind.CORNER) else NAMES[kind]
        return put(seen, row, now, name=name, scope=scope)

    @property
    def handle(self) -> Handle:
        """What was grabbed."""
        return self.grip.handle

    def _at(self, cursor: Float64) -> Float64:
        """Where the cursor would be without fine mode."""
        return np.asarray(self._effective + (cursor - self._pivot) * (FINE if self._fine else 1.0))

    def _follow(self, ray: Ray, snap_m: float) -> Placement | None:
        kind = self.handle.kind
        if not np.isfinite(ray.direction).all():
            return None
        if kind is Kind.KNOB:
            return turned(self.grip, ray)
        way = along_normal(self.grip, ray) if kind is Kind.FACE else in_plane(self.grip, ray)
        if way is None:
            return None
        if kind is Kind.BODY:
            return self.grip.start.moved(way)
        return self._pulled(way, snap_m)

    def _pulled(self, way: Float64, snap_m: float) -> Placement:
        """The dragged face or corner after a way (3,) in the world."""
        start, signs = self.grip.start, self.handle.signs
        sides, half = np.array(signs), start.size_lwh / 2
        corner = np.where(sides == 0, 0.0, sides * half + way @ start.rotation)
        if self.surfaces is not None and snap_m > 0:
            shift = np.where(sides == 0, 0.0, corner - sides * half)
            low = np.where((sides < 0) | self.locked, -half + shift, -half)
            high = np.where((sides > 0) | self.locked, half + shift, half)
            corner = self.surfaces.caught(signs, low, high, snap_m)
        point = start.center + start.rotation @ corner
        return start.slid(signs, point) if self.locked else start.resized(signs, point)


def _places(placement: Placement) -> tuple[float, ...]:
    parts = placement.center, placement.quat_wxyz, placement.size_lwh
    return tuple(np.concatenate(parts).tolist())
