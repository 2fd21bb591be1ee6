"""What the mouse did over one of the window's views."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["press", "drag", "release", "hover", "wheel"]


@dataclass(frozen=True, slots=True)
class Pointer:
    """What the mouse did.

    Attributes:
        kind: what.
        u_px: where, from the left side of the view.
        v_px: where, from its upper side.
        button: ``left``, ``middle``, ``right`` or "".
        held: ``Ctrl``, ``Shift``, ``Alt``.
        wheel: steps away from the person.
    """

    kind: Kind
    u_px: float
    v_px: float
    button: str = ""
    held: frozenset[str] = frozenset()
    wheel: float = 0.0
