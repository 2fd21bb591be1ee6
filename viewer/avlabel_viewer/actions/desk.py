"""All that lies before a person: session, sensor data, views, and the box in the hand."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

import numpy as np

from avlabel.core.arrays import Float64
from avlabel.core.cuboids import Cuboids
from avlabel.edits import compose
from avlabel.scenes.scene import Scene
from avlabel_viewer.actions.cloud import Cloud, CloudMaker
from avlabel_viewer.actions.live import Live
from avlabel_viewer.actions.photos import Photos, Wall
from avlabel_viewer.actions.views import PLANES, Views
from avlabel_viewer.drawing.timeline import Timeline
from avlabel_viewer.editing import over_time
from avlabel_viewer.editing.handles import Handle, Kind
from avlabel_viewer.editing.placement import Placement
from avlabel_viewer.editing.rays import first_box
from avlabel_viewer.frames.cache import FrameCache
from avlabel_viewer.frames.data import FrameData
from avlabel_viewer.session.changed import Changed
from avlabel_viewer.session.session import Session
from avlabel_viewer.viewpoints.orbit import Orbit
from avlabel_viewer.viewpoints.viewpoint import Viewpoint

Mode = Literal["", "new box", "merge"]
"""What the next click does besides selecting."""
Sheet = Literal["help", "guide"]
MODES = {
    "new box": "click an object, or drag a rectangle in the top view: a new box · Esc: none",
    "merge": "click the object that this one belongs to · Esc: none",
}
HELD = " · Shift: finely · Ctrl: past the points · Alt: keep the size"
STREET = "click: select · drag: turn · right drag: move · wheel: nearer"
CLICKS = {
    Kind.BODY: "drag: move the box · Shift: finely",
    Kind.FACE: "drag: move this face" + HELD,
    Kind.CORNER: "drag: move this corner" + HELD,
    Kind.KNOB: "drag: turn the box · Shift: finely",
}
VEHICLE_LWH = np.array([4.5, 2.0, 1.6])
"""Metres: what the object's views show where nothing is selected."""


class Desk:
    """Session, data and views together. Not for several threads.

    Attributes:
        mode: what the next click does.
        tilt: handles pitch and roll the box.
        hot: view and handle that the mouse is over.
        leaving: the window is to close.

    Args:
        session: one person at work on one scene.
        open_frames: reads sensor data of a scene.
        clock: seconds, never going back.
    """

    def __init__(
        self,
        session: Session,
        open_frames: Callable[[Scene], FrameCache] = FrameCache,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.session, self._open_frames, self._clock = session, open_frames, clock
        self._scene, self.frames = session.scene, open_frames(session.scene)
        self.mode: Mode = ""
        self.tilt = self.leaving = False
        self.live: Live | None = None
        self.hot: tuple[str, Handle | None] = ("", None)
        self.views = Views(Orbit.behind(np.zeros(3), 0.0, 40.0))
        self.sheet: Sheet | None = None
        self.film = False
        self.rectangle: Float64 | None = None
        self._anchored: tuple[tuple[str, int], Placement] | None = None
        self._make_cloud = CloudMaker(session.scene.taxonomy)
        self.photos = Photos(session.scene)
        self._shown = session.frame_idx
        self.look_along_street()
        self.frames.want(session.frame_idx)

    # -- what is there ------------------------------------------------------------------------

    @property
    def data(self) -> FrameData | None:
        """Points and images of the current frame; None while they are being read."""
        return self.frames.peek(self.session.frame_idx)

    @property
    def cloud(self) -> Cloud:
        """The points as they are shown."""
        return self._make_cloud(self.data, self.session.display, self.boxes()[0], self.vehicle)

    @property
    def vehicle(self) -> Placement:
        """Where the recording vehicle is, as a box of a car's size."""
        frames = self.session.scene.frames
        pose = frames.world_from_ego[int(frames.positions(np.array([self.session.frame_idx]))[0])]
        middle = pose.apply(np.array([[1.4, 0.0, VEHICLE_LWH[2] / 2]]))[0]
        return Placement(middle, pose.quat_wxyz, VEHICLE_LWH)

    @property
    def eye(self) -> Float64:
        """(3,) metres, world: where the main LiDAR is, else the vehicle."""
        scene = self.session.scene
        at = int(scene.frames.positions(np.array([self.session.frame_idx]))[0])
        world_from_ego = scene.frames.world_from_ego[at]
        if not scene.lidars:
            return world_from_ego.translation
        ego_from_lidar = scene.rig.lidars[scene.lidars[0]].ego_from_sensor
        return (world_from_ego @ ego_from_lidar).translation

    @property
    def placement(self) -> Placement | None:
        """Where the selected box is, recorded or not; None if it has none in this frame."""
        live, session = self.live, self.session
        if live is not None and live.slot == (session.key, session.frame_idx):
            return live.now
        return None if session.row is None else Placement.of(session.cuboids, session.row)

    def boxes(self) -> tuple[Cuboids, int | None]:
        """The frame's boxes as they look now, and the selected one's row among them."""
        session, place = self.session, self.placement
        rows = session.rows_in(session.frame_idx)
        cuboids = session.cuboids.select(rows)
        if session.row is None or place is None:
            return cuboids, None
        at = int(np.flatnonzero(rows == session.row)[0])
        if self.live is not None:
            cuboids.center[at], cuboids.quat_wxyz[at] = place.center, place.quat_wxyz
            cuboids.size_lwh[at] = place.size_lwh
        return cuboids, at

    # -- the box in the hand ------------------------------------------------------------------

    def change(self, how: Callable[[Placement], Placement], name: str) -> None:
        """Change the selected box; several changes in a row become one edit."""
        here = self.placement
        if here is None:
            self.session.say("select an object that has a box in this frame first")
        else:
            self.hold(how(here), name, held=False)

    def hold(self, now: Placement, name: str, *, held: bool) -> None:
        """Have the selected box somewhere, not recorded yet."""
        slot = self.session.key, self.session.frame_idx
        if self.live is not None and self.live.slot != slot:
            self.settle()
        self.live = Live(*slot, now, name, self._clock(), held)
        self.session.note(Changed.LABELS)

    def settle(self) -> None:
        """Record the box in the hand; if the disk refuses, it stays there."""
        live = self.live
        if live is None:
            return
        labels = self.session.labels
        rows = compose.rows_of(labels, labels.track_of(live.key))
        row = rows[labels.cuboids.frame_idx[rows] == live.frame_idx]
        if not len(row) or self._record(int(row[0]), live):
            self.live = None
            self.session.note(Changed.LABELS)

    def put_back(self) -> None:
        """Let go of the box in the hand: it is where it was."""
        if self.live is not None:
            self.live = None
            self.session.note(Changed.LABELS)

    def _record(self, row: int, live: Live) -> bool:
        session = self.session
        drafts = []
        was = Placement.of(session.cuboids, row).size_lwh
        resized = not np.allclose(live.now.size_lwh, was, atol=1e-4)
        if resized and session.size_locked():
            drafts.append(over_time.resize_track(session.labels, row, live.now.size_lwh))
        scope = session.reach.scope
        drafts.append(over_time.put(session.labels, row, live.now, name=live.name, scope=scope))
        return session.do(*drafts)

    def merge_into(self, track_id: int) -> None:
        """Give the selected track's boxes to another, and select that."""
        session = self.session
        self.mode = ""
        if session.do(compose.merge(session.labels, session.track_id, track_id)):
            session.select(track_id)

    # -- time goes on -------------------------------------------------------------------------

    def tick(self) -> None:
        """Called many times a second: record what has rested, take in what has been read."""
        session = self.session
        session.tick()
        if self.live is not None and self.live.has_rested(self._clock()):
            self.settle()
        self.follow()
        if session.frame_idx in self.frames.arrivals():
            session.note(Changed.FRAME)

    def follow(self) -> None:
        """After another frame became current: settle, read ahead, move the eye along."""
        session = self.session
        if session.scene is not self._scene:
            self._open_again()
        if session.frame_idx == self._shown:
            return
        before, after = self._shown, session.frame_idx
        self.settle()
        self.frames.want(after, 1 if after > before else -1)
        orbit = self.views.orbit
        self.views.orbit = orbit.looking_at(orbit.target + self._way(before, after))
        self._shown = after

    def _open_again(self) -> None:
        """The session is at another commit, whose frames may be others."""
        self.live = None
        self.frames.close()
        self._scene, self.frames = self.session.scene, self._open_frames(self.session.scene)
        self.photos = Photos(self._scene)
        self._shown = self.session.frame_idx
        self.frames.want(self._shown)

    def close(self) -> None:
        """Record what is in the hand, and leave."""
        self.settle()
        self.frames.close()
        self.session.close()

    def _way(self, before: int, after: int) -> np.ndarray:
        """(3,) how far the vehicle went between two frames."""
        frames = self.session.scene.frames
        rows = frames.positions(np.array([before, after]))
        places = frames.world_from_ego.translation[rows]
        return np.asarray(places[1] - places[0])

    # -- where one looks from -----------------------------------------------------------------

    def look_along_street(self) -> None:
        """Look at the street from behind and above the vehicle."""
        vehicle = self.vehicle
        ahead = vehicle.center + 12.0 * vehicle.rotation[:, 0]
        self.views.orbit = Orbit.behind(ahead, vehicle.yaw, 38.0, np.radians(28.0))
        self.session.note(Changed.EYE)

    def fly_to_object(self) -> None:
        """Look at the selected object."""
        self.follow()
        place, self._anchored = self.placement, None
        if place is not None:
            distance = float(np.clip(4.0 * place.size_lwh.max(), 8.0, 40.0))
            self.views.orbit = self.views.orbit.looking_at(place.center, distance)
            self.views.reset_planes()
            self.session.note(Changed.DISPLAY)

    def point_at(self, view: str, handle: Handle | None) -> None:
        """Remember what the mouse is over."""
        (old_view, old), self.hot = self.hot, (view, handle)
        same = (old and (old.kind, old.signs)) == (handle and (handle.kind, handle.signs))
        if old_view != view or not same:
            self.session.note(Changed.HOVER)

    @property
    def next_click(self) -> str:
        """What the next click does, in words."""
        handle = self.hot[1]
        if self.mode:
            return MODES[self.mode]
        return CLICKS[handle.kind] if handle else STREET

    def look(self, orbit: Orbit) -> None:
        """Look from somewhere else."""
        self.views.orbit = orbit
        self.session.note(Changed.EYE)

    def show_sheet(self, sheet: Sheet | None) -> None:
        """Show a sheet over everything, or none."""
        self.sheet = sheet
        self.session.note(Changed.MESSAGE)

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
        return None if view is None else first_box(view.ray(u_px, v_px), self.boxes()[0])

    def timeline(self) -> Timeline:
        """Where each frame is in the timeline."""
        return Timeline(self.session.scene.frames.frame_idx, *self.views.size("timeline"))

    @property
    def anchor(self) -> Placement:
        """What the views of the object are aligned to: where it was when it came into view.

        They stay while it is changed, so that it moves in them and not they around it, until it
        leaves their middle.
        """
        session = self.session
        slot, place = (session.key, session.frame_idx), self.placement
        if place is None:
            self._anchored = None
            return self.vehicle
        if self._anchored is None or self._anchored[0] != slot or self._has_left(place):
            self._anchored = slot, place
        return self._anchored[1]

    def _has_left(self, place: Placement) -> bool:
        held = self.live is not None and self.live.held
        if held or self._anchored is None:
            return False
        was = self._anchored[1]
        return bool((np.abs(was.local(place.center[None])[0]) > was.size_lwh / 2).any())

    def wall(self) -> Wall:
        """The images of the current frame."""
        session = self.session
        return self.photos.wall(
            self.data,
            session.frame_idx,
            session.cuboids,
            *self.boxes(),
            self.views.size("images"),
            zoom=session.display.zoom_images,
        )

    def zoom(self, name: str, factor: float, u_px: float, v_px: float) -> None:
        """Nearer or farther, around a pixel."""
        if name == "street":
            self.look(self.views.orbit.dollied(factor))
        elif name in PLANES:
            view = self.views.plane(name, self.anchor).zoomed(factor, u_px, v_px)
            self.views.show_plane(name, view, self.anchor)
            self.session.note(Changed.HOVER)

    def show_film(self, shown: bool) -> None:
        """Show the selected object in many frames, or the street again."""
        self.film = shown
        self.session.note(Changed.DISPLAY)

    def next_in_queue(self, way: int) -> None:
        """Go to the next of what most needs eyes, or the one before."""
        if self.session.next_item(way):
            self.fly_to_object()

    def show_rectangle(self, corners: Float64 | None) -> None:
        """Show a rectangle (4, 3) in the world that is being drawn, or none."""
        self.rectangle = corners
        self.session.note(Changed.HOVER)

    def set_mode(self, mode: Mode) -> None:
        """Choose what the next click does; the same again chooses nothing."""
        self.mode = "" if mode == self.mode else mode
        self.session.note(Changed.MESSAGE)
