"""Undo, redo, and leaving."""

from __future__ import annotations

from avlabel.checks.scene import check_labels
from avlabel.core.findings import Finding
from avlabel.scenes.paths import SCENE_PREFIX
from avlabel_viewer.actions.action import Table
from avlabel_viewer.actions.desk import Desk
from avlabel_viewer.session.prompts import Prompt

table = Table()


@table("scene.undo", "Ctrl+Z")
def undo(desk: Desk) -> None:
    """Undo."""
    desk.box.settle()
    desk.session.undo()


@table("scene.redo", "Ctrl+Shift+Z", "Ctrl+Y")
def redo(desk: Desk) -> None:
    """Redo."""
    desk.box.settle()
    desk.session.redo()


@table("scene.next", "Ctrl+PageDown", family="Next, previous scene")
def next_scene(desk: Desk) -> None:
    """Next scene of the folder."""
    _open_beside(desk, 1)


@table("scene.previous", "Ctrl+PageUp", family="Next, previous scene")
def previous_scene(desk: Desk) -> None:
    """Previous scene of the folder."""
    _open_beside(desk, -1)


@table("scene.open", "Ctrl+O")
def open_scene(desk: Desk) -> None:
    """Open another scene."""
    others = {_name(one): one for one in desk.scenes if one != desk.session.scene.path}
    if not others:
        desk.session.say("this is the only scene of its folder")
        return

    def choose(name: str) -> None:
        desk.open(others[name])

    desk.session.ask(Prompt("choice", "Open", choose, tuple(others)))


def _open_beside(desk: Desk, way: int) -> None:
    scenes = desk.scenes
    here = scenes.index(desk.session.scene.path) if desk.session.scene.path in scenes else 0
    if not 0 <= here + way < len(scenes):
        desk.session.say("there is no further scene in this folder")
    else:
        desk.open(scenes[here + way])


def _name(folder: str) -> str:
    return folder.rstrip("/").rpartition("/")[2].removeprefix(SCENE_PREFIX)


@table("scene.check", "Ctrl+K")
def check(desk: Desk) -> None:
    """Check the labels as they are now."""
    desk.box.settle()
    session, scene, cuboids = desk.session, desk.session.scene, desk.session.cuboids

    def done(findings: tuple[Finding, ...]) -> None:
        if session.scene is scene:
            session.take_findings(findings)
            session.say(f"{len(findings)} findings; N goes through them")

    session.run("checking the labels", lambda _job: check_labels(scene, cuboids), done)


@table("scene.newest", "Ctrl+R")
def newest(desk: Desk) -> None:
    """Open labels that were made anew."""
    desk.box.settle()
    if desk.session.newer_commit is None:
        desk.session.say("these are the newest labels")
    else:
        desk.session.rebase()


@table("scene.retry")
def retry(desk: Desk) -> None:
    """Try again what the disk refused."""
    if desk.session.retry():
        desk.session.say("everything is on the disk")


@table("scene.read-again")
def read_again(desk: Desk) -> None:
    """Read again what could not be read."""
    desk.sensors.frames.retry()


@table("scene.help", "?", "F1")
def show_keys(desk: Desk) -> None:
    """All keys."""
    desk.show_sheet("help")


@table("scene.guide")
def guide(desk: Desk) -> None:
    """How reviewing works here."""
    desk.show_sheet("guide")


@table("scene.leave", "Ctrl+Q")
def leave(desk: Desk) -> None:
    """Leave."""
    desk.box.settle()
    desk.leaving = True
    desk.session.say("")


@table("scene.save", "Ctrl+S")
def save(desk: Desk) -> None:
    """Save, though all is saved already."""
    desk.box.settle()
    n = sum(edit.author == desk.session.author for edit in desk.session.book.edits)
    desk.session.say(f"everything is on the disk: {n} edits of yours")
