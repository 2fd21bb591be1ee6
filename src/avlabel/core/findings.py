"""What a stage noticed and a person should know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["info", "warning", "error"]
NOWHERE = -1


@dataclass(frozen=True, slots=True)
class Finding:
    """One observation.

    Attributes:
        rule: stable id, kebab-case, such as ``sweep-unreadable``.
        severity: "info", "warning" or "error".
        message: what, where, expected, got.
        frame_idx: the frame concerned, -1 if none.
        track_id: the track concerned, -1 if none.
    """

    rule: str
    severity: Severity
    message: str
    frame_idx: int = NOWHERE
    track_id: int = NOWHERE
