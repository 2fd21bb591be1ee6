"""The mouse over the views: what a press takes hold of."""

from __future__ import annotations

from avlabel_viewer.actions.desk import Desk
from avlabel_viewer.actions.grips import (
    BoxGrip,
    ClickGrip,
    FilmGrip,
    Grip,
    PlaneGrip,
    StreetGrip,
    TimeGrip,
)
from avlabel_viewer.actions.new_box import NewBoxGrip
from avlabel_viewer.actions.pointer import Pointer
from avlabel_viewer.editing.handles import Handle, handles_of, pick
from avlabel_viewer.viewpoints.ortho import OrthoView
from avlabel_viewer.viewpoints.viewpoint import Viewpoint

ZOOM = 1.2


class Hand:
    """Hears the mouse, and lets what it holds follow it.

    Args:
        desk: what is shown and changed.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._grip: Grip | None = None

    def hear(self, name: str, pointer: Pointer) -> None:
        """An event over the view called ``name``."""
        self._desk.session.touch()
        if pointer.kind == "press":
            self._desk.box.settle()
            self._grip = self._taken(name, pointer)
        elif pointer.kind == "drag" and self._grip is not None:
            self._grip.drag(pointer)
        elif pointer.kind == "release" and self._grip is not None:
            self._grip.release(pointer)
            self._grip = None
        elif pointer.kind == "wheel":
            self._zoom(name, pointer)
        elif pointer.kind == "hover":
            self._hover(name, pointer)

    def _taken(self, name: str, pointer: Pointer) -> Grip | None:
        desk = self._desk
        if name == "timeline":
            return TimeGrip(desk, pointer)
        if name == "film":
            return FilmGrip(desk, pointer)
        view = desk.view_under(name, pointer.u_px, pointer.v_px)
        if view is None:
            return None
        handle = self._handle(view, pointer)
        if pointer.button == "left" and desk.mode == "new box":
            return NewBoxGrip(desk, view, pointer)
        if pointer.button == "left" and handle is not None:
            return BoxGrip(desk, name, view, handle, pointer)
        if isinstance(view, OrthoView):
            return PlaneGrip(desk, name, view, pointer)
        return (
            StreetGrip(desk, view, pointer) if name == "street" else ClickGrip(desk, name, pointer)
        )

    def _handle(self, view: Viewpoint, pointer: Pointer) -> Handle | None:
        place = self._desk.box.placement
        if place is None:
            return None
        return pick(handles_of(place, view, tilt=self._desk.tilt), pointer.u_px, pointer.v_px)

    def _hover(self, name: str, pointer: Pointer) -> None:
        desk = self._desk
        view = desk.view_under(name, pointer.u_px, pointer.v_px)
        handle = None if view is None else self._handle(view, pointer)
        desk.point_at(name, handle)

    def _zoom(self, name: str, pointer: Pointer) -> None:
        self._desk.zoom(name, ZOOM**pointer.wheel, pointer.u_px, pointer.v_px)
