"""What a person should look at again, because labels changed or people disagree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from avlabel.edits.model import Edit, Vector

Rule = Literal[
    "no-match",
    "no-frame",
    "no-track",
    "contradiction",
    "box-taken",
    "class-differs",
    "cuts-track",
    "accepted-changed",
    "unknown-class",
]


@dataclass(frozen=True, slots=True)
class Conflict:
    """An edit that does not fit, and what was done about it.

    Attributes:
        rule: stable id.
        edit_id: the edit.
        name: of its action.
        author: whose it is.
        time_ns: when it was made.
        message: what the person did, why it does not fit, and what the result holds.
        frame_idx: where, -1 for no single frame.
        center: x, y, z metres in the scene's world; None where it is about no box.
        track_id: of the resolved track concerned, -1 for none.
        nearest_track: nearest automatic track in that frame, -1 for none.
        nearest_m: how far it is, None for none.
    """

    rule: Rule
    edit_id: str
    name: str
    author: str
    time_ns: int
    message: str
    frame_idx: int = -1
    center: Vector | None = None
    track_id: int = -1
    nearest_track: int = -1
    nearest_m: float | None = None

    @classmethod
    def of(
        cls, rule: Rule, edit: Edit, message: str, frame_idx: int = -1, center: Vector | None = None
    ) -> Conflict:
        """A conflict of an edit, still without its tracks."""
        return cls(
            rule, edit.edit_id, edit.name, edit.author, edit.time_ns, message, frame_idx, center
        )
