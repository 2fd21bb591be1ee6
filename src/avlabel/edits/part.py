"""What one island of edits adds to the resolved labels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import Int64
from avlabel.core.cuboids import Cuboids
from avlabel.core.tracks import Tracks
from avlabel.edits.assemble import Assembled, assemble
from avlabel.edits.canvas import Patch, T
from avlabel.edits.complaints import complaints, note_complaints, with_nearest
from avlabel.edits.conflicts import Conflict
from avlabel.edits.index import AutoIndex
from avlabel.edits.notes import Pinned, pin
from avlabel.edits.path import NO_ROW
from avlabel.edits.replay import Wishes
from avlabel.edits.settle import Settled
from avlabel.edits.track_facts import retrack
from avlabel.edits.wishes import Note


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Boxes, tracks and notes of one island.

    Attributes:
        numbers: ids of its tracks that people made.
        cuboids: boxes of objects that were touched, and those that were deleted.
        tracks: those that gained, lost or changed a box.
        keys: key of each track that a person touched.
        conflicts: in no order, as are the others.
        decisions: verdicts that hold.
        comments: remarks.
        attributes: of tracks and boxes.
    """

    numbers: tuple[int, ...]
    cuboids: Patch[Cuboids]
    tracks: Patch[Tracks]
    keys: Mapping[int, str]
    conflicts: tuple[Conflict, ...]
    decisions: tuple[Pinned, ...]
    comments: tuple[Pinned, ...]
    attributes: tuple[Pinned, ...]


def finish(settled: Settled, numbers: Mapping[str, int], index: AutoIndex) -> Part:
    """Number an island's tracks, and say of its notes and conflicts which they are about.

    Args:
        settled: what its edits come to.
        numbers: of tracks that people made, by key.
        index: automatic labels.
    """
    made = assemble(settled, numbers, index)

    def pinned(notes: Callable[[Wishes], Iterable[Note]]) -> tuple[Pinned, ...]:
        told = [(story.wishes, notes(story.wishes)) for story in settled.stories]
        commit = index.labels.commit
        return tuple(one for w, own in told for one in pin(own, w, settled.one, made, commit))

    decisions = pinned(lambda wishes: wishes.decisions.values())
    comments = pinned(lambda wishes: wishes.comments)
    attributes = pinned(lambda wishes: wishes.attributes.values())
    conflicts = [one for story in settled.stories for one in story.wishes.conflicts]
    conflicts += settled.conflicts
    conflicts += complaints(settled.objects, settled.found, made, index)
    conflicts += note_complaints([*decisions, *comments, *attributes], made, index.labels)
    return Part(
        numbers=settled.own(numbers),
        cuboids=_patch(made.auto_row[: made.n_touched], made.touched, settled.removed),
        tracks=_tracks(made, index),
        keys={track: key for key, track in made.track_of_key.items()},
        conflicts=with_nearest(conflicts, index),
        decisions=decisions,
        comments=comments,
        attributes=attributes,
    )


def _tracks(made: Assembled, index: AutoIndex) -> Patch[Tracks]:
    tracks, lost = retrack(made, index)
    row = np.array([index.track_row.get(track, NO_ROW) for track in tracks.track_id.tolist()], int)
    return _patch(
        row, tracks, (index.track_row[track] for track in lost if track in index.track_row)
    )


def _patch(row: Int64, values: T, hidden: Iterable[int]) -> Patch[T]:
    """Values in the place of rows, ``NO_ROW`` for those that come in addition."""
    gone, there = np.array(sorted(hidden), np.int64), row != NO_ROW
    if there.all():
        return Patch(row, values, gone, values.select(slice(0)))
    return Patch(row[there], values.select(there), gone, values.select(~there))
