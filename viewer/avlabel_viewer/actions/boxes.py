"""Fitting, making and deleting boxes."""

from __future__ import annotations

from collections.abc import Callable

from avlabel.edits import compose
from avlabel_viewer.actions.action import Table
from avlabel_viewer.actions.desk import Desk
from avlabel_viewer.editing import over_time
from avlabel_viewer.editing.fit import Sizing, fit_to_points
from avlabel_viewer.editing.floor import floor_under, snap_to_ground, tilted_to
from avlabel_viewer.editing.placement import Placement
from avlabel_viewer.frames.data import FrameData
from avlabel_viewer.session.prompts import Prompt

table = Table()

NO_GROUND = "no ground is seen around it"


def _by_points(
    desk: Desk, how: Callable[[Placement, FrameData], Placement | None], name: str, failed: str
) -> None:
    """Change the selected box by the points of its frame; say why if that cannot be."""
    place, data = desk.box.placement, desk.sensors.data
    if place is None or data is None:
        desk.session.say("no box in this frame is selected, or its points are still being read")
        return
    changed = how(place, data)
    if changed is None:
        desk.session.say(failed)
    else:
        desk.box.hold(changed, name)


@table("box.fit", "Alt+O")
def fit(desk: Desk) -> None:
    """Fit to the points."""
    sizing: Sizing = "kept" if desk.session.size_locked() else "grown"

    def fitted(place: Placement, data: FrameData) -> Placement | None:
        return fit_to_points(place, data.points, data.is_ground, desk.sensors.eye, sizing)

    _by_points(desk, fitted, "fit to points", "too few points in it to fit to")


@table("box.to-ground", "Alt+G")
def to_ground(desk: Desk) -> None:
    """Put it on the ground."""

    def down(place: Placement, data: FrameData) -> Placement | None:
        return snap_to_ground(place, data.points, data.is_ground)

    _by_points(desk, down, "put on the ground", NO_GROUND)


@table("box.stand", "Alt+Shift+G")
def stand(desk: Desk) -> None:
    """Stand it on the slope of the ground."""

    def tilted(place: Placement, data: FrameData) -> Placement | None:
        floor = floor_under(place, data.points, data.is_ground)
        return None if floor is None else tilted_to(place, floor)

    _by_points(desk, tilted, "stand on the slope", NO_GROUND)


@table("box.flip", "G")
def flip(desk: Desk) -> None:
    """Turn it round."""
    desk.box.change(lambda place: place.flipped(), "flip")


@table("box.copy-next", "Alt+Right", family="Copy it to the next, previous frame")
def copy_next(desk: Desk) -> None:
    """Copy it to the next frame, and go there."""
    _copy(desk, 1)


@table("box.copy-previous", "Alt+Left", family="Copy it to the next, previous frame")
def copy_previous(desk: Desk) -> None:
    """Copy it to the previous frame, and go there."""
    _copy(desk, -1)


@table("box.copy-on", "Alt+Shift+Right", family="Copy it to the next, previous ten")
def copy_on(desk: Desk) -> None:
    """Copy it to the next ten frames, and go there."""
    _copy(desk, 10)


@table("box.copy-back", "Alt+Shift+Left", family="Copy it to the next, previous ten")
def copy_back(desk: Desk) -> None:
    """Copy it to the previous ten frames, and go there."""
    _copy(desk, -10)


def _copy(desk: Desk, n_frames: int) -> None:
    desk.box.settle()
    session = desk.session
    if session.row is None:
        session.say("no object with a box in this frame is selected")
        return
    draft = over_time.copy(session.labels, session.row, n_frames, moving=True)
    if draft is None:
        session.say("there is no frame to copy it to")
    elif session.do(draft):
        session.step(n_frames)


@table("box.new", "F")
def new(desk: Desk) -> None:
    """New box: click or drag."""
    desk.set_mode("new box")


@table("box.tilt", "Alt+T")
def tilt(desk: Desk) -> None:
    """Knobs that pitch and roll it."""
    desk.tilt = not desk.tilt
    desk.session.show()


@table("box.delete", "Delete")
def delete(desk: Desk) -> None:
    """Delete it in this frame."""
    desk.box.put_back()
    session = desk.session
    if session.row is None:
        session.say("no object with a box in this frame is selected")
    else:
        session.do(compose.delete_boxes(session.labels, [session.row]))


@table("box.class", "K")
def choose_class(desk: Desk) -> None:
    """Choose its class."""
    session = desk.session
    if session.track_id < 0:
        session.say("no object is selected")
        return
    leaves = tuple(session.scene.taxonomy.leaves)
    session.ask(Prompt("choice", "What is it?", session.set_category, leaves))
