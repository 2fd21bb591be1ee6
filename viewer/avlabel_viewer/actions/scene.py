"""Undo, redo, and leaving."""

from __future__ import annotations

from avlabel_viewer.actions.action import Table
from avlabel_viewer.actions.desk import Desk

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
