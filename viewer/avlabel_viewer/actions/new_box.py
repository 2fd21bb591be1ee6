"""A new box: by a click on an object, or by a rectangle on the ground."""

from __future__ import annotations

import numpy as np

from avlabel.core.arrays import Float64
from avlabel.edits import compose
from avlabel.edits.model import PutBoxes
from avlabel_viewer.actions.desk import Desk
from avlabel_viewer.actions.picking import point_at_pixel
from avlabel_viewer.actions.pointer import Pointer
from avlabel_viewer.editing.lane import along_lane
from avlabel_viewer.editing.one_click import box_at
from avlabel_viewer.editing.placement import Placement
from avlabel_viewer.editing.rays import UP, on_plane
from avlabel_viewer.editing.rectangle import box_in_rectangle, likely_class
from avlabel_viewer.session.session import Session
from avlabel_viewer.viewpoints.ortho import OrthoView
from avlabel_viewer.viewpoints.viewpoint import Viewpoint

LEAST_SIDE_PX = 6.0
"""A drag shorter than this is a click."""


class NewBoxGrip:
    """From the press to the release that makes a box."""

    def __init__(self, desk: Desk, view: Viewpoint, pointer: Pointer) -> None:
        self._desk, self._view, self._at = desk, view, pointer
        self._start = _on_ground(desk, view, pointer)

    def drag(self, pointer: Pointer) -> None:
        """A rectangle is drawn on the ground."""
        end = _on_ground(self._desk, self._view, pointer)
        if self._start is not None and end is not None:
            along = _direction(self._desk, self._view)
            self._desk.show_rectangle(_corners(self._start, end, along))

    def release(self, pointer: Pointer) -> None:
        """The box is made, recorded and selected."""
        desk = self._desk
        desk.show_rectangle(None)
        desk.set_mode("")
        way = np.hypot(pointer.u_px - self._at.u_px, pointer.v_px - self._at.v_px)
        if way < LEAST_SIDE_PX:
            self._from_click(pointer)
        else:
            self._from_rectangle(pointer)

    def _from_click(self, pointer: Pointer) -> None:
        desk, data = self._desk, self._desk.sensors.data
        if data is None:
            desk.session.say("the points are still being read")
            return
        # What is on the ground is no object; a click between the points of one means it.
        index = point_at_pixel(
            self._view, data.points, desk.box.placement, pointer.u_px, pointer.v_px
        )
        clicked = None if index is None else data.points[index].astype(np.float64)
        taxonomy = desk.session.scene.taxonomy
        found = clicked is not None and box_at(
            clicked, data.points, data.is_ground, desk.sensors.eye, taxonomy
        )
        if not found:
            desk.session.say("nothing there that could be an object; drag a rectangle instead")
            return
        _add(desk, found.placement, found.category)

    def _from_rectangle(self, pointer: Pointer) -> None:
        desk, data = self._desk, self._desk.sensors.data
        end = _on_ground(desk, self._view, pointer)
        if self._start is None or end is None or data is None:
            desk.session.say("no ground under the mouse")
            return
        along = _direction(desk, self._view)
        place = box_in_rectangle(
            self._start, end, along, data.points, data.is_ground, desk.sensors.vehicle.yaw
        )
        _add(desk, place, likely_class(place.size_lwh, desk.session.scene.taxonomy))


def _add(desk: Desk, place: Placement, category: str) -> None:
    session = desk.session
    place = _facing(session, place, category)
    draft = compose.add_box(
        session.labels,
        frame_idx=session.frame_idx,
        category=category,
        center=place.center,
        quat_wxyz=place.quat_wxyz,
        size_lwh=place.size_lwh,
    )
    if session.do(draft) and isinstance(draft.change, PutBoxes):
        session.select(session.labels.track_of(draft.change.after[0].track))


def _facing(session: Session, place: Placement, category: str) -> Placement:
    """A vehicle faces like those in its lane."""
    taxonomy = session.scene.taxonomy
    parent = taxonomy.parent_of[taxonomy.code(category)]
    if taxonomy.parents[parent] != "vehicle":
        return place
    here = session.cuboids.select(session.rows_in(session.frame_idx))
    return along_lane(place, here.select(taxonomy.coarse(here.category) == parent))


def _on_ground(desk: Desk, view: Viewpoint, pointer: Pointer) -> Float64 | None:
    """(3,) where a pixel's ray meets the level that the vehicle, or the object, stands on."""
    stands = desk.box.placement or desk.sensors.vehicle
    return on_plane(view.ray(pointer.u_px, pointer.v_px), stands.point((0, 0, -1)), UP)


def _direction(desk: Desk, view: Viewpoint) -> float:
    """Radians, world, of a rectangle's side: to the right in a plane, along the vehicle else."""
    if isinstance(view, OrthoView):
        return float(np.arctan2(view.right[1], view.right[0]))
    return desk.sensors.vehicle.yaw


def _corners(start: Float64, end: Float64, along: float) -> Float64:
    """(4, 3) corners of a rectangle with one diagonal and the direction of its sides given."""
    side = np.array([np.cos(along), np.sin(along), 0.0])
    first = start + ((end - start) @ side) * side
    return np.stack([start, first, end, start + end - first])
