"""What people said of boxes, tracks and frames, as arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from avlabel.core.arrays import BoolArray, Int64, IntArray, UInt8
from avlabel.edits.notes import Pinned
from avlabel.edits.resolved import Resolved

NEVER = -1


class Said(IntEnum):
    """A verdict as a number."""

    NOTHING = 0
    ACCEPT = 1
    REJECT = 2
    FLAG = 3


@dataclass(frozen=True, slots=True, eq=False)
class Verdicts:
    """Verdicts that hold; of several on one box the latest, whatever they were pinned to.

    Attributes:
        row: (N,) uint8 ``Said`` of each box. Accepting a frame or the scene accepts its boxes;
            rejecting or flagging them does not.
        track: (T,) uint8 of each row of ``tracks``, as a whole.
        frame: (F,) uint8 of each frame, as a whole.
        scene: of the scene.
        reviewed: (F,) bool: the frame was accepted, or each of its boxes accepted or rejected.
        n_boxes: (F,) int64 boxes of each frame.
    """

    row: UInt8
    track: UInt8
    frame: UInt8
    scene: Said
    reviewed: BoolArray
    n_boxes: Int64

    @classmethod
    def of(cls, labels: Resolved) -> Verdicts:
        """Read them off the labels.

        An acceptance that new labels have outdated (conflict ``accepted-changed``) counts no
        more: what was accepted is not what is there.
        """
        outdated = {c.edit_id for c in labels.conflicts if c.rule == "accepted-changed"}
        notes = [note for note in labels.decisions if note.edit.edit_id not in outdated]
        said = np.array([*(Said[note.verdict.upper()] for note in notes), 0], np.uint8)
        last = _last(labels, notes)
        frames = labels.labels.frames
        position = frames.positions(labels.cuboids.frame_idx)
        accepting = np.append(last.frame, NEVER)
        accepting[said[accepting] != Said.ACCEPT] = NEVER
        whole = last.scene if said[last.scene] == Said.ACCEPT else NEVER
        row = said[
            np.maximum.reduce([last.row, accepting[position], np.full(len(position), whole)])
        ]
        n_boxes = np.bincount(position, minlength=len(frames))
        settled = position[(row == Said.ACCEPT) | (row == Said.REJECT)]
        n_settled = np.bincount(settled, minlength=len(frames))
        accepted = said[np.maximum(last.frame, whole)] == Said.ACCEPT
        return cls(
            row=row,
            track=said[last.track],
            frame=said[last.frame],
            scene=Said(said[last.scene]),
            reviewed=accepted | ((n_boxes > 0) & (n_settled == n_boxes)),
            n_boxes=n_boxes,
        )


@dataclass(slots=True, eq=False)
class _Last:
    """Place in time of the last verdict on each thing; ``NEVER`` for none."""

    row: Int64
    track: Int64
    frame: Int64
    scene: int = NEVER


def _last(labels: Resolved, notes: Sequence[Pinned]) -> _Last:
    frames, tracks = labels.labels.frames.frame_idx, labels.tracks.track_id
    frame_at = {frame: i for i, frame in enumerate(frames.tolist())}
    track_at = {track: i for i, track in enumerate(tracks.tolist())}
    never = np.full(len(labels.cuboids), NEVER, np.int64)
    last = _Last(never, np.full(len(tracks), NEVER), np.full(len(frames), NEVER))
    slots: dict[tuple[int, int], int] = {}
    for rank, note in enumerate(notes):
        if not note.target.track:
            if note.frame_idx is None:
                last.scene = rank
            elif note.frame_idx in frame_at:
                last.frame[frame_at[note.frame_idx]] = rank
        elif note.track_id in track_at:
            if note.frame_idx is None:
                last.track[track_at[note.track_id]] = rank
            else:
                slots[note.track_id, note.frame_idx] = rank
    by_track = _looked_up(labels.cuboids.track_id, tracks, last.track)
    last.row = np.maximum(by_track, _of_boxes(labels, slots))
    return last


def _of_boxes(labels: Resolved, slots: Mapping[tuple[int, int], int]) -> Int64:
    """(N,) rank of the verdict on each single box."""
    out = np.full(len(labels.cuboids), NEVER, np.int64)
    mine = np.isin(labels.cuboids.track_id, [track for track, _ in slots])
    for row in np.flatnonzero(mine).tolist():
        slot = int(labels.cuboids.track_id[row]), int(labels.cuboids.frame_idx[row])
        out[row] = slots.get(slot, NEVER)
    return out


def _looked_up(keys: IntArray, known: IntArray, values: Int64) -> Int64:
    """(N,) values of keys by a table (T,) of known ones; ``NEVER`` for others."""
    if not len(known):
        return np.full(len(keys), NEVER, np.int64)
    order = np.argsort(known, kind="stable")
    at = order[np.minimum(np.searchsorted(known[order], keys), len(known) - 1)]
    return np.where(known[at] == keys, values[at], NEVER)
