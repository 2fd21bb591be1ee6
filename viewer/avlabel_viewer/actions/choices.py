"""What a person chooses or types about the selected object."""

from __future__ import annotations

from avlabel.edits.model import Scope
from avlabel_viewer.actions.desk import Desk
from avlabel_viewer.editing.typed import with_number


def choose_queued(desk: Desk, place: int) -> None:
    """Go to an item of the queue."""
    items = desk.session.queue.items
    if place < len(items):
        desk.box.settle()
        desk.session.visit(items[place])
        desk.fly_to_object()


def choose_category(desk: Desk, category: str) -> None:
    """Give the selected object another class."""
    desk.box.settle()
    desk.session.set_category(category)


def type_number(desk: Desk, name: str, value: float) -> None:
    """Set one of the box's numbers, metres or degrees.

    Raises:
        InputError: for a size that is none.
    """
    place = desk.box.placement
    if place is not None:
        desk.box.hold(with_number(place, name, value), f"set {name}")


def choose_scope(desk: Desk, scope: Scope) -> None:
    """Choose how far edits reach."""
    desk.session.set_scope(scope)


def choose_lock(desk: Desk, locked: bool) -> None:
    """Choose whether the object keeps one size over its track."""
    desk.session.lock_size(locked)
