"""What people noted of an object."""

from __future__ import annotations

from avlabel.edits.model import Value
from avlabel.edits.notes import Pinned
from avlabel.edits.resolved import Resolved


def comments_of(labels: Resolved, track_id: int) -> tuple[Pinned, ...]:
    """Comments on a track and its boxes, oldest first."""
    return tuple(note for note in labels.comments if note.track_id == track_id)


def attributes_of(
    labels: Resolved, track_id: int, frame_idx: int | None = None
) -> dict[str, Value]:
    """Attributes of a track; with a frame, of its box there, which may say otherwise."""
    held: dict[str, Value] = {}
    for frame in dict.fromkeys((None, frame_idx)):
        for note in labels.attributes:
            if (note.track_id, note.frame_idx) == (track_id, frame):
                held.update(note.values)
    return held
