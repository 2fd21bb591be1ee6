"""Verdicts, comments and attributes on the tracks that they are about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from avlabel.core.cuboids import NO_TRACK
from avlabel.edits.assemble import Assembled
from avlabel.edits.model import Box, Edit, Target, Value
from avlabel.edits.replay import Wishes
from avlabel.edits.wishes import Note


@dataclass(frozen=True, slots=True)
class Pinned:
    """A note, and the resolved track that it is about.

    Attributes:
        track_id: of the resolved labels; ``NO_TRACK`` if it is about a frame or the scene, or
            its track is gone.
        target: what it was pinned to.
        edit: that made it.
        boxes: that were judged, or of the track.
        verdict: ``accept``, ``reject`` or ``flag`` of a decision, else "".
        text: why, or the comment.
        values: attributes.
        on_these_labels: whether it was made on this very commit.
    """

    track_id: int
    target: Target
    edit: Edit
    boxes: tuple[Box, ...]
    verdict: str
    text: str
    values: Mapping[str, Value]
    on_these_labels: bool

    @property
    def frame_idx(self) -> int | None:
        """The frame it is about, None for all."""
        return self.target.frame_idx


def pin(
    notes: Iterable[Note], wishes: Wishes, one: Mapping[str, str], made: Assembled, commit: int
) -> tuple[Pinned, ...]:
    """Find the track of each note.

    Args:
        notes: verdicts, comments or attributes.
        wishes: tells what was merged into what.
        one: the object that each key belongs to.
        made: the resolved labels.
        commit: number of the labels' commit.
    """

    def track_of(note: Note) -> int:
        if not note.target.track:
            return NO_TRACK
        # A track that was merged away is where its boxes went.
        went = [wishes.current_key((note.target.track, box.frame_idx)) for box in note.boxes]
        for key in (note.target.track, *went):
            track = made.track_of_key.get(one.get(key, key))
            if track is not None:
                return track
        return NO_TRACK

    return tuple(
        Pinned(
            track_of(note),
            note.target,
            note.edit,
            note.boxes,
            note.verdict,
            note.text,
            note.values,
            note.edit.base == commit,
        )
        for note in notes
    )
