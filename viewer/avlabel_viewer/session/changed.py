"""What of a session has changed since the window last drew it."""

from __future__ import annotations

from enum import Flag, auto


class Changed(Flag):
    """Reasons to draw something again."""

    NOTHING = 0
    FRAME = auto()
    """Another frame is current, or its data have arrived."""
    LABELS = auto()
    """Boxes, tracks, verdicts or comments."""
    SELECTION = auto()
    """Another object, or none."""
    DISPLAY = auto()
    """How things are shown."""
    EYE = auto()
    """Where the street is looked at from."""
    HOVER = auto()
    """What the mouse is over."""
    MESSAGE = auto()
    """The status line, a prompt, progress."""
    SCENE = auto()
    """Everything: the scene itself is another."""
