"""All that lies before a person: session, sensor data, views, and the box in the hand."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from avlabel.core.arrays import Float64
from avlabel.edits import compose
from avlabel.scenes.scene import Scene
from avlabel_viewer.actions.cloud import Cloud
from avlabel_viewer.actions.film_roll import FilmRoll
from avlabel_viewer.actions.held_box import HeldBox
from avlabel_viewer.actions.photos import Wall
from avlabel_viewer.actions.picking import box_at_pixel
from avlabel_viewer.actions.sensors import Sensors
from avlabel_viewer.actions.views import PLANES, Views
from avlabel_viewer.drawing.film_layout import Film
from avlabel_viewer.drawing.timeline import Timeline
from avlabel_viewer.editing.handles import Handle
from avlabel_viewer.editing.placement import Placement
from avlabel_viewer.frames.cache import FrameCache
from avlabel_viewer.session.changed import Changed
from avlabel_viewer.session.session import Session
from avlabel_viewer.viewpoints.orbit import Orbit
from avlabel_viewer.viewpoints.viewpoint import Viewpoint

Mode = Literal["", "new box", "merge", "relink"]
"""What the next click does besides selecting."""
Sheet = Literal["help", "guide"]
ONWARD = ("onward", "track")
NO_BOX_M = 20.0
"""How near one looks at a place where a box is missing."""


class Desk:
    """Session, data and views together. Not for several threads.

    Attributes:
        mode: what the next click does.
        tilt: handles pitch and roll the box.
        hot: view and handle that the mouse is over.
        sheet: shown over everything.
        film: the object in many frames takes the place of the street.
        rectangle: (4, 3) metres, world, that is being drawn.
        leaving: the window is to close.
        wanted: folder of another scene that is to be opened instead, "" for none.

    Args:
        session: one person at work on one scene.
        open_frames: reads sensor data of a scene.
        clock: seconds, never going back.
        scenes: folders of all scenes that lie together, this one among them.
    """

    def __init__(
        self,
        session: Session,
        open_frames: Callable[[Scene], FrameCache] = FrameCache,
        clock: Callable[[], float] = time.monotonic,
        scenes: Sequence[str] = (),
    ) -> None:
        self.session, self.scenes, self.wanted = session, tuple(scenes), ""
        self.box = HeldBox(session, clock)
        self.sensors = Sensors(session, open_frames)
        self.roll = FilmRoll(session, self.sensors)
        self.views = Views(Orbit.behind(np.zeros(3), 0.0, 40.0))
        self.mode: Mode = ""
        self.sheet: Sheet | None = None
        self.hot: tuple[str, Handle | None] = ("", None)
        self.tilt = self.film = self.leaving = False
        self.rectangle: Float64 | None = None
        self._anchored: tuple[tuple[str, int], Placement] | None = None
        self.look_along_street()

    # -- time goes on -------------------------------------------------------------------------

    def tick(self) -> None:
        """Called many times a second: record what has rested, take in what has been read."""
        self.session.tick()
        self.box.settle_if_rested()
        self.follow()
        self.sensors.take_arrivals()

    def follow(self) -> None:
        """After another frame became current: settle, read ahead, move the eye along."""
        way = self.sensors.follow()
        if way is not None:
            self.box.settle()
            self.views.orbit = self.views.orbit.looking_at(self.views.orbit.target + way)

    def close(self) -> None:
        """Record what is in the hand, and leave."""
        self.box.settle()
        self.sensors.close()
        self.session.close()

    def open(self, scene: str) -> None:
        """Have another scene opened in this one's place."""
        self.box.settle()
        self.wanted = scene
        self.session.say(f"opening {scene}")

    # -- what the next click does -------------------------------------------------------------

    def set_mode(self, mode: Mode) -> None:
        """Choose what the next click does; the same again chooses nothing."""
        self.mode = "" if mode == self.mode else mode
        self.session.note(Changed.MESSAGE)

    def give_to(self, track_id: int) -> None:
        """Give the selected track to another, or, to relink, as many boxes as edits reach."""
        session, seen, mine = self.session, self.session.labels, self.session.track_id
        draft = compose.merge(seen, mine, track_id)
        if self.mode == "relink":
            scope = session.reach.scope
            first = None if scope == "track" else session.frame_idx
            rows = compose.rows_of(seen, mine, first)
            draft = compose.relink(seen, rows if scope in ONWARD else rows[:1], track_id)
        self.set_mode("")
        if session.do(draft):
            session.select(track_id)

    def point_at(self, view: str, handle: Handle | None) -> None:
        """Remember what the mouse is over."""
        (old_view, old), self.hot = self.hot, (view, handle)
        same = (old and (old.kind, old.signs)) == (handle and (handle.kind, handle.signs))
        if old_view != view or not same:
            self.session.note(Changed.HOVER)

    # -- where one looks from -----------------------------------------------------------------

    def look(self, orbit: Orbit) -> None:
        """Look at the street from somewhere else."""
        self.views.orbit = orbit
        self.session.note(Changed.EYE)

    def look_along_street(self) -> None:
        """Look at the street from behind and above the vehicle."""
        vehicle = self.sensors.vehicle
        ahead = vehicle.center + 12.0 * vehicle.rotation[:, 0]
        self.look(Orbit.behind(ahead, vehicle.yaw, 38.0, np.radians(28.0)))

    def fly_to_object(self) -> None:
        """Look at the selected object, or where the queue says that one lacks its box."""
        self.follow()
        place, self._anchored = self.box.placement, None
        item = self.session.item
        if place is not None:
            distance = float(np.clip(4.0 * place.size_lwh.max(), 8.0, 40.0))
            self.look(self.views.orbit.looking_at(place.center, distance))
            self.views.reset_planes()
        elif item is not None and item.center is not None:
            self.look(self.views.orbit.looking_at(np.array(item.center), NO_BOX_M))

    def next_in_queue(self, way: int) -> None:
        """Go to the next of what most needs eyes, or the one before."""
        self.box.settle()
        if self.session.next_item(way):
            self.fly_to_object()

    def zoom(self, name: str, factor: float, u_px: float, v_px: float) -> None:
        """Nearer or farther, around a pixel."""
        if name == "street":
            ray = self.views.street().ray(u_px, v_px)
            self.look(self.views.orbit.zoomed(factor, ray))
        elif name in PLANES:
            view = self.views.plane(name, self.anchor).zoomed(factor, u_px, v_px)
            self.views.show_plane(name, view, self.anchor)
            self.session.note(Changed.HOVER)

    @property
    def anchor(self) -> Placement:
        """What the views of the object are aligned to: where it was when it came into view.

        They stay while it is changed, so that it moves in them and not they around it, until it
        leaves their middle.
        """
        slot, place = (self.session.key, self.session.frame_idx), self.box.placement
        if place is None:
            self._anchored = None
            return self.sensors.vehicle
        if self._anchored is None or self._anchored[0] != slot or self._has_left(place):
            self._anchored = slot, place
        return self._anchored[1]

    def _has_left(self, place: Placement) -> bool:
        if self.box.by_mouse or self._anchored is None:
            return False
        was = self._anchored[1]
        return bool((np.abs(was.local(place.center[None])[0]) > was.size_lwh / 2).any())

    # -- what is shown ------------------------------------------------------------------------

    def show_sheet(self, sheet: Sheet | None) -> None:
        """Show a sheet over everything, or none."""
        self.sheet = sheet
        self.session.note(Changed.MESSAGE)

    def show_film(self, shown: bool) -> None:
        """Show the selected object in many frames, or the street again."""
        self.film = shown
        self.session.note(Changed.DISPLAY)

    def show_rectangle(self, corners: Float64 | None) -> None:
        """Show a rectangle (4, 3) in the world that is being drawn, or none."""
        self.rectangle = corners
        self.session.note(Changed.HOVER)

    @property
    def cloud(self) -> Cloud:
        """The points as they are shown."""
        return self.sensors.cloud(self.box.boxes()[0])

    def wall(self) -> Wall:
        """The images of the current frame."""
        session, sensors = self.session, self.sensors
        return sensors.photos.wall(
            sensors.data,
            session.frame_idx,
            session.cuboids,
            *self.box.boxes(),
            self.views.size("images"),
            zoom=session.display.zoom_images,
        )

    def film_strip(self) -> Film:
        """The selected object in many frames."""
        return self.roll.film(*self.views.size("film"))

    def timeline(self) -> Timeline:
        """Where each frame is in the timeline."""
        return Timeline(self.session.scene.frames.frame_idx, *self.views.size("timeline"))

    # -- what is under the mouse --------------------------------------------------------------

    def view_under(self, name: str, u_px: float = 0, v_px: float = 0) -> Viewpoint | None:
        """The view that a pixel of a widget belongs to; None where there is none."""
        if name == "street":
            return self.views.street()
        if name in PLANES:
            return self.views.plane(name, self.anchor)
        return self.wall().view(u_px, v_px) if name == "images" else None

    def box_under(self, name: str, u_px: float, v_px: float) -> int | None:
        """Row of the frame's box under a pixel of a widget; None if there is none."""
        if name == "images":
            return self.wall().box_under(u_px, v_px)
        view = self.view_under(name)
        return None if view is None else box_at_pixel(view, *self.box.boxes(), u_px, v_px)
