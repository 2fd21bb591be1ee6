"""The window: widgets, and who hears what."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

from open3d.visualization import gui

from avlabel.edits.model import SCOPES
from avlabel_viewer.actions.action import Action
from avlabel_viewer.actions.bindings import bind
from avlabel_viewer.actions.choices import (
    choose_category,
    choose_lock,
    choose_queued,
    choose_scope,
    type_number,
)
from avlabel_viewer.actions.desk import Desk
from avlabel_viewer.actions.hand import Hand
from avlabel_viewer.actions.pointer import Pointer
from avlabel_viewer.session.changed import Changed
from avlabel_viewer.view.dialogs import Dialogs
from avlabel_viewer.view.guarded import guarded
from avlabel_viewer.view.keys import Keyboard
from avlabel_viewer.view.layout import arrange
from avlabel_viewer.view.menu import Menu
from avlabel_viewer.view.panel import Hears, Panel
from avlabel_viewer.view.perspective import Perspective
from avlabel_viewer.view.picture import Picture, hear
from avlabel_viewer.view.screens import Screens
from avlabel_viewer.view.trace import Trace

LOG = logging.getLogger(__name__)
NAME, SIZE = "avlabel review", (1600, 950)
PICTURES = ("top", "side", "rear", "images", "timeline", "film")
ESCAPE_S = 0.3
"""A wish to close this near to the Esc key came from it."""
NEVER_S = float("inf")
AWAITED = frozenset({"drag", "hover", "wheel"})
"""They, and keys that are held, come faster than they are drawn: the next tick draws the last."""
NO_REPEAT = frozenset({"scene", "decide", "track"})
"""Groups whose actions a held key does once."""


class Window:
    """Everything on the screen; built once, then only told what has changed.

    Attributes:
        desk: what is shown and changed.

    Args:
        open_desk: opens a scene by its folder.
        scene: the one to begin with.
        actions: what keys and menu do.
        size: of the window, points.
        trace: is told what is shown.

    Raises:
        SceneError: if the scene cannot be opened.
    """

    def __init__(
        self,
        open_desk: Callable[[str], Desk],
        scene: str,
        actions: Sequence[Action],
        size: tuple[int, int] = SIZE,
        trace: Trace | None = None,
    ) -> None:
        self._open_desk, self.desk = open_desk, open_desk(scene)
        self._actions = {action.name: action for action in actions}
        self._bound, self._trace, self._keyboard = bind(actions), trace, Keyboard()
        self._asked_s, self._escaped_s = NEVER_S, -NEVER_S
        self._app = gui.Application.instance
        self.window = self._app.create_window(NAME, *size)
        em = self.window.theme.font_size
        self.street = Perspective(self.window.renderer)
        self.pictures = {name: Picture() for name in PICTURES}
        self.panel = self._make_panel(em)
        self.status = gui.Label("")
        self._dialogs = Dialogs(self.window, actions, lambda call: self._safe(call, None))
        self._menu = Menu(actions)
        self._add_widgets()
        self._listen()
        self._sit_at(self.desk)

    # -- building -----------------------------------------------------------------------------

    def _sit_at(self, desk: Desk) -> None:
        """Show a desk, at first or in another's place."""
        desk.views.rects = self.desk.views.rects
        self.desk, self._hand = desk, Hand(desk)
        self._screens = Screens(desk, self.street, self.pictures, self.panel, self.status)
        scene = desk.session.scene
        self.panel.offer_classes(scene.taxonomy.leaves)
        self.window.title = f"{NAME} - {scene.scene_id}"
        desk.session.note(Changed.SCENE)

    def _open_wanted(self) -> None:
        """Open the scene that the desk wants; if that fails, stay."""
        wanted, self.desk.wanted = self.desk.wanted, ""
        desk = self._open_desk(wanted)
        self.desk.close()
        self._sit_at(desk)

    def _make_panel(self, em: int) -> Panel:
        def told(choose: Callable[..., None]) -> Callable[..., None]:
            return self._safe(lambda *chosen: choose(self.desk, *chosen), None)

        hears = Hears(
            act=self._safe(self.act, None),
            queued=told(choose_queued),
            category=told(choose_category),
            number=told(type_number),
            scope=told(choose_scope),
            locked=told(choose_lock),
        )
        return Panel(em, SCOPES, hears)

    def _add_widgets(self) -> None:
        self._menu.show()
        for picture in self.pictures.values():
            self.window.add_child(picture.widget)
        for widget in (self.street.widget, self.panel.widget, self.status):
            self.window.add_child(widget)

    def _listen(self) -> None:
        window = self.window
        window.set_on_layout(self._safe(self._on_layout, None))
        window.set_on_key(self._safe(self._on_key, True))
        window.set_on_tick_event(self._safe(self._on_tick, False))
        window.set_on_close(self._safe(self._on_close, True))
        for number, action in self._menu.by_number.items():
            window.set_on_menu_item_activated(number, self._safe(self._doer(action), None))
        views: dict[str, Any] = {**self.pictures, "street": self.street}
        for name, view in views.items():
            heard = self._safe(self._mouse_in(name), None)
            view.widget.set_on_mouse(hear(view.widget, heard))

    def _safe(self, call: Callable[..., Any], otherwise: Any) -> Callable[..., Any]:
        return guarded(call, otherwise, lambda words: self.desk.session.say(words), LOG.error)

    # -- hearing ------------------------------------------------------------------------------

    def act(self, name: str) -> None:
        """Do an action, and show what it did."""
        self._actions[name].run(self.desk)
        self._refresh()

    def _doer(self, action: Action) -> Callable[[], None]:
        return lambda: self.act(action.name)

    def _mouse_in(self, name: str) -> Callable[[Pointer], None]:
        def heard(pointer: Pointer) -> None:
            self._hand.hear(name, pointer)
            if self._trace is not None:
                self._trace.hear(self.desk, name, pointer)
            if pointer.kind not in AWAITED:
                self._refresh()

        return heard

    def _on_key(self, event: gui.KeyEvent) -> bool:
        keys = self._keyboard.press(event)
        if keys is None:
            return False
        if keys == "Escape":
            self._escaped_s = time.monotonic()
        if self._dialogs.is_open:
            # Open3D hands keys on below a dialog.
            self._dialogs.hear_key(keys)
            self._refresh()
            return True
        action = self._bound.get(keys)
        if action is None or (event.is_repeat and action.group in NO_REPEAT):
            return False
        action.run(self.desk)
        if not event.is_repeat:
            self._refresh()
        return True

    def _on_tick(self) -> bool:
        if time.monotonic() - self._asked_s > ESCAPE_S and not self.desk.leaving:
            if abs(self._asked_s - self._escaped_s) > ESCAPE_S:
                self.act("scene.leave")
            self._asked_s = NEVER_S
        if self.desk.wanted:
            self._open_wanted()
        self.desk.tick()
        return self._refresh()

    def _on_layout(self, _context: gui.LayoutContext) -> None:
        content = self.window.content_rect
        place = arrange((content.x, content.y, content.width, content.height), self.window.scaling)
        views: dict[str, Any] = {**self.pictures, "street": self.street, "panel": self.panel}
        widgets = {name: view.widget for name, view in views.items()}
        for name, widget in {**widgets, "status": self.status}.items():
            widget.frame = gui.Rect(*place[name])
            self.desk.views.rects[name] = place[name]
        self.desk.session.note(Changed.SCENE)

    def _on_close(self) -> bool:
        # Open3D closes windows on Esc as well, before or after it hands on the key: a little later
        # it is known which of the two it was.
        self._asked_s = time.monotonic()
        return self.desk.leaving

    def _refresh(self) -> bool:
        """Show what has changed; whether anything had."""
        # The eye goes along before a frame is drawn, or clicks would miss what is seen.
        self.desk.follow()
        changed = self.desk.session.take_changes()
        if changed is Changed.NOTHING:
            return False
        if self.desk.leaving:
            # Not from within: Open3D is walking through its windows now.
            self._app.post_to_main_thread(self.window, self.window.close)
            return False
        self._dialogs.follow(self.desk)
        start = time.perf_counter()
        self._screens.show(changed)
        if self._trace is not None:
            self._trace.note(self.desk, changed, time.perf_counter() - start)
        self.window.post_redraw()
        return True


def run(
    open_desk: Callable[[str], Desk],
    scene: str,
    actions: Sequence[Action],
    size: tuple[int, int] = SIZE,
    trace: Trace | None = None,
) -> None:
    """Show the window until it is closed; arguments as ``Window``.

    Raises:
        SceneError: if the scene cannot be opened.
    """
    app = gui.Application.instance
    app.initialize()
    window = Window(open_desk, scene, actions, size, trace)
    try:
        app.run()
    finally:
        window.desk.close()
