"""What the mouse may hold: a box, a plane, the street, a rectangle that becomes a box."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from avlabel_viewer.actions.desk import Desk
from avlabel_viewer.actions.pointer import Pointer
from avlabel_viewer.actions.views import FOV_Y
from avlabel_viewer.editing.drag import NAMES, Drag
from avlabel_viewer.editing.handles import Handle
from avlabel_viewer.editing.placement import Placement
from avlabel_viewer.editing.snap import Surfaces
from avlabel_viewer.session.changed import Changed
from avlabel_viewer.viewpoints.ortho import OrthoView
from avlabel_viewer.viewpoints.viewpoint import Viewpoint

CLICK_PX = 4.0
"""A press that is released nearer than this is a click."""
SNAP_PX, LEAST_SNAP_M, MOST_SNAP_M = 8.0, 0.04, 0.3


class Grip(Protocol):
    """From a button's press to its release."""

    def drag(self, pointer: Pointer) -> None:
        """The mouse has moved."""

    def release(self, pointer: Pointer) -> None:
        """The button is up."""


class BoxGrip:
    """A handle of the selected box. Shift: finely. Ctrl: past the points. Alt: size kept."""

    def __init__(
        self, desk: Desk, name: str, view: Viewpoint, handle: Handle, pointer: Pointer
    ) -> None:
        self._desk, self._name, self._handle, self._at = desk, name, handle, pointer
        self._moved = False
        start = desk.box.placement
        assert start is not None  # noqa: S101 - there is a handle, hence a box
        self._drag = Drag(
            start, handle, view, pointer.u_px, pointer.v_px,
            surfaces=_surfaces(desk, start), locked="Alt" in pointer.held,
        )  # fmt: skip
        self._snap_m = _snap_m(view, start)

    def drag(self, pointer: Pointer) -> None:
        """The box follows, until it is let go by a key."""
        if self._moved and not self._desk.box.is_held:
            self._drag.abort()
            return
        self._moved = True
        now = self._drag.move(
            pointer.u_px,
            pointer.v_px,
            fine="Shift" in pointer.held,
            snap_m=0.0 if "Ctrl" in pointer.held else self._snap_m,
        )
        self._desk.box.hold(now, NAMES[self._handle.kind], by_mouse=True)

    def release(self, pointer: Pointer) -> None:
        """The box is recorded; without a way, what lies under the click is selected."""
        if not self._moved or _is_click(self._at, pointer):
            self._desk.box.put_back()
            select_under(self._desk, self._name, pointer)
        else:
            self._desk.box.settle()


class TimeGrip:
    """The timeline: the frame under the mouse is shown."""

    def __init__(self, desk: Desk, pointer: Pointer) -> None:
        self._desk = desk
        self.drag(pointer)

    def drag(self, pointer: Pointer) -> None:
        """Another frame."""
        self._desk.session.go_to(self._desk.timeline().frame_at(pointer.u_px))

    def release(self, pointer: Pointer) -> None:
        """It stays at the last one."""


class FilmGrip:
    """The object in many frames: a click goes to a frame."""

    def __init__(self, desk: Desk, pointer: Pointer) -> None:
        tile = desk.film_strip().at(pointer.u_px, pointer.v_px)
        if tile is not None:
            desk.session.go_to(tile.frame.frame_idx)

    def drag(self, pointer: Pointer) -> None:
        """Nothing follows."""

    def release(self, pointer: Pointer) -> None:
        """The frame stays."""


class ClickGrip:
    """A view that cannot be moved: a click selects."""

    def __init__(self, desk: Desk, name: str, pointer: Pointer) -> None:
        self._desk, self._name, self._at = desk, name, pointer

    def drag(self, pointer: Pointer) -> None:
        """Nothing follows."""

    def release(self, pointer: Pointer) -> None:
        """A click selects."""
        if self._at.button == "left" and _is_click(self._at, pointer):
            select_under(self._desk, self._name, pointer)


class PlaneGrip:
    """One of the object's views: moved along, or a click that selects."""

    def __init__(self, desk: Desk, name: str, view: OrthoView, pointer: Pointer) -> None:
        self._desk, self._name, self._view, self._at = desk, name, view, pointer

    def drag(self, pointer: Pointer) -> None:
        """What is seen follows."""
        du, dv = pointer.u_px - self._at.u_px, pointer.v_px - self._at.v_px
        desk = self._desk
        desk.views.show_plane(self._name, self._view.panned(du, dv), desk.anchor)
        self._desk.session.note(Changed.DISPLAY)

    def release(self, pointer: Pointer) -> None:
        """A click selects."""
        if self._at.button == "left" and _is_click(self._at, pointer):
            select_under(self._desk, self._name, pointer)


class StreetGrip:
    """The street: the left button turns it, another moves it, a click selects."""

    def __init__(self, desk: Desk, view: Viewpoint, pointer: Pointer) -> None:
        self._desk, self._name, self._view, self._at = desk, "street", view, pointer
        self._orbit = desk.views.orbit

    def drag(self, pointer: Pointer) -> None:
        """The street follows."""
        du, dv = pointer.u_px - self._at.u_px, pointer.v_px - self._at.v_px
        height = self._view.height_px
        if self._at.button == "left":
            self._desk.views.orbit = self._orbit.dragged(du, dv, height)
        else:
            focal_px = height / 2 / np.tan(FOV_Y / 2)
            self._desk.views.orbit = self._orbit.panned(du, dv, float(focal_px))
        self._desk.session.note(Changed.EYE)

    def release(self, pointer: Pointer) -> None:
        """A click selects."""
        if self._at.button == "left" and _is_click(self._at, pointer):
            select_under(self._desk, self._name, pointer)


def select_under(desk: Desk, name: str, pointer: Pointer) -> None:
    """Select the box under a pixel of a view; none where there is none."""
    row = desk.box_under(name, pointer.u_px, pointer.v_px)
    if desk.mode in ("merge", "relink") and row is not None:
        desk.give_to(int(desk.box.boxes()[0].track_id[row]))
        return
    desk.session.select(None if row is None else int(desk.box.boxes()[0].track_id[row]))


def _is_click(down: Pointer, up: Pointer) -> bool:
    return float(np.hypot(up.u_px - down.u_px, up.v_px - down.v_px)) < CLICK_PX


def _surfaces(desk: Desk, place: Placement) -> Surfaces | None:
    data = desk.sensors.data
    return None if data is None else Surfaces.around(place, data.points, data.is_ground)


def _snap_m(view: Viewpoint, place: Placement) -> float:
    """Metres that are as wide as ``SNAP_PX`` at the box."""
    half = 0.5 * place.size_lwh[:, None] * place.rotation.T
    uv = view.project(np.concatenate([place.center + half, place.center - half]))
    px_per_m = np.nanmax(np.hypot(*(uv[:3] - uv[3:]).T) / place.size_lwh)
    return float(np.clip(SNAP_PX / max(px_per_m, 1e-3), LEAST_SNAP_M, MOST_SNAP_M))
