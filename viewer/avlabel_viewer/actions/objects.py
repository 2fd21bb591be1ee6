"""Choosing an object."""

from __future__ import annotations

from collections.abc import Callable

from avlabel_viewer.actions.action import Run, Table
from avlabel_viewer.actions.desk import Desk
from avlabel_viewer.session import navigation
from avlabel_viewer.session.session import Session

table = Table()


def _goer(find: Callable[[Session, int], bool], way: int) -> Run:
    def go(desk: Desk) -> None:
        desk.box.settle()
        if find(desk.session, way):
            desk.fly_to_object()

    return go


def _next_item(session: Session, way: int) -> bool:
    return session.next_item(way)


WAYS: tuple[tuple[str, Callable[[Session, int], bool], str, str, str], ...] = (
    ("queue", _next_item, "Tab", "Shift+Tab", "of what needs eyes"),
    ("in-frame", navigation.next_in_frame, "Down", "Up", "object of this frame"),
    ("in-scene", navigation.next_object, "PageDown", "PageUp", "object of the scene"),
    ("finding", navigation.next_finding, "N", "Shift+N", "finding"),
    ("conflict", navigation.next_conflict, "Alt+N", "Alt+Shift+N", "conflict of edits"),
    ("keyframe", navigation.next_keyframe, ".", ",", "keyframe of the object"),
    ("unreviewed", navigation.next_unreviewed, "U", "Shift+U", "unreviewed frame"),
)
for _name, _find, _key, _back, _what in WAYS:
    table.add(
        f"object.next-{_name}", (_key,), f"Next {_what}", _goer(_find, 1), f"Next, previous {_what}"
    )
    table.add(
        f"object.previous-{_name}",
        (_back,),
        f"Previous {_what}",
        _goer(_find, -1),
        f"Next, previous {_what}",
    )


@table("object.no-trouble", "Shift+Backspace")
def no_trouble(desk: Desk) -> None:
    """No trouble here, go on."""
    if desk.session.dismiss_item():
        desk.fly_to_object()


@table("object.none", "Escape")
def none(desk: Desk) -> None:
    """Let go of box, mode, or object."""
    if desk.film:
        desk.show_film(False)
    elif desk.box.is_held:
        desk.box.put_back()
    elif desk.mode:
        desk.set_mode("")
    else:
        desk.session.select(None)
