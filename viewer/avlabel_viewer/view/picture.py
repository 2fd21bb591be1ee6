"""A picture in the window, drawn by us pixel for pixel, that hears the mouse."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import open3d as o3d
from open3d.visualization import gui

from avlabel.core.arrays import UInt8
from avlabel_viewer.actions.pointer import Kind, Pointer

CONSUMED = gui.Widget.EventCallbackResult.CONSUMED


KINDS: dict[gui.MouseEvent.Type, Kind] = {
    gui.MouseEvent.Type.BUTTON_DOWN: "press",
    gui.MouseEvent.Type.DRAG: "drag",
    gui.MouseEvent.Type.BUTTON_UP: "release",
    gui.MouseEvent.Type.MOVE: "hover",
    gui.MouseEvent.Type.WHEEL: "wheel",
}
BUTTONS = {
    int(gui.MouseButton.LEFT): "left",
    int(gui.MouseButton.MIDDLE): "middle",
    int(gui.MouseButton.RIGHT): "right",
}
MODIFIERS = {
    "Ctrl": int(gui.KeyModifier.CTRL),
    "Shift": int(gui.KeyModifier.SHIFT),
    "Alt": int(gui.KeyModifier.ALT),
}

FRESH_S = 1.0
"""A move that was heard so long ago says nothing of a click: a dialog may have come between."""


def hear(
    widget: gui.Widget, tell: Callable[[Pointer], None]
) -> Callable[[gui.MouseEvent], gui.Widget.EventCallbackResult]:
    """A mouse callback that tells events in the widget's own pixels."""
    pressed, way = [""], _Way()

    def on_mouse(event: gui.MouseEvent) -> gui.Widget.EventCallbackResult:
        kind = KINDS[event.type]
        button, wheel = pressed[0], 0.0
        x, y = way.place(kind, event.x, event.y)
        if kind == "wheel":
            wheel = float(event.wheel_dy)
        elif kind in ("press", "release"):
            button = next((name for flag, name in BUTTONS.items() if event.buttons & flag), "")
        if kind == "press":
            pressed[0] = button
        frame = widget.frame
        held = frozenset(name for name, flag in MODIFIERS.items() if event.modifiers & flag)
        tell(Pointer(kind, x - frame.x, y - frame.y, button, held, wheel))
        if kind == "release":
            pressed[0] = ""
        # What is not consumed on the way down is not followed as a drag.
        return CONSUMED

    return on_mouse


class _Way:
    """Where the mouse was when a button went down or up.

    Open3D says where it is when the event is read. After a redraw that took long it has gone on,
    and a quick click would hit something else; it was where it had moved to last.
    """

    def __init__(self) -> None:
        self._place, self._moved_s = (0, 0), -FRESH_S

    def place(self, kind: Kind, x: int, y: int) -> tuple[int, int]:
        """Pixel of an event, given the one that Open3D says."""
        if kind in ("hover", "drag"):
            self._place, self._moved_s = (x, y), time.monotonic()
        elif kind in ("press", "release") and time.monotonic() - self._moved_s < FRESH_S:
            return self._place
        return x, y


class Picture:
    """Shows arrays in their own size."""

    def __init__(self) -> None:
        self.widget = gui.ImageWidget(_image(np.zeros((8, 8, 3), np.uint8)))

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height there are; at least 1."""
        frame = self.widget.frame
        return max(int(frame.width), 1), max(int(frame.height), 1)

    def show(self, image: UInt8) -> None:
        """Show an (H, W, 3) uint8 RGB image."""
        self.widget.update_image(_image(image))


def _image(image: UInt8) -> o3d.geometry.Image:
    # The stubs know no arrays.
    return o3d.geometry.Image(np.ascontiguousarray(image))  # type: ignore[call-overload,no-any-return]
