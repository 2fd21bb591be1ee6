"""Going through frames and objects."""

from __future__ import annotations

from avlabel_viewer.actions.action import Run, Table
from avlabel_viewer.actions.desk import Desk
from avlabel_viewer.session.playback import SPEEDS

table = Table()


def _stepper(n_frames: int) -> Run:
    return lambda desk: desk.session.step(n_frames)


table.add("frame.next", ("Right",), "Next frame", _stepper(1), "One frame on, back")
table.add("frame.previous", ("Left",), "Previous frame", _stepper(-1), "One frame on, back")
table.add("frame.far-next", ("Shift+Right",), "Ten frames on", _stepper(10), "Ten frames on, back")
table.add(
    "frame.far-previous", ("Shift+Left",), "Ten frames back", _stepper(-10), "Ten frames on, back"
)


@table("frame.first", "Home", family="First, last frame")
def first(desk: Desk) -> None:
    """First frame."""
    desk.session.go_to(int(desk.session.scene.frames.frame_idx[0]))


@table("frame.last", "End", family="First, last frame")
def last(desk: Desk) -> None:
    """Last frame."""
    desk.session.go_to(int(desk.session.scene.frames.frame_idx[-1]))


@table("frame.play", "Space")
def play(desk: Desk) -> None:
    """Play, or stop."""
    desk.session.play()


@table("frame.faster", "Shift+.", family="Play faster, slower")
def faster(desk: Desk) -> None:
    """Play faster."""
    _speed(desk, 1)


@table("frame.slower", "Shift+,", family="Play faster, slower")
def slower(desk: Desk) -> None:
    """Play slower."""
    _speed(desk, -1)


def _speed(desk: Desk, way: int) -> None:
    session = desk.session
    at = SPEEDS.index(session.player.speed) + way
    session.set_speed(SPEEDS[min(max(at, 0), len(SPEEDS) - 1)])
