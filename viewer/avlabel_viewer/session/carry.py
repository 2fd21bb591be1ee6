"""Finding a frame and an object again on labels that were made anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from avlabel.core.cuboids import NO_TRACK
from avlabel.core.frames import Frames
from avlabel.edits.affinity import DEFAULTS, affinity
from avlabel.edits.compose import EVIDENCE, rows_of
from avlabel.edits.resolved import Resolved

NEAR_M = 1.5


def same_frame(old: Frames, new: Frames, frame_idx: int) -> int:
    """Number of the new frame at the old one's time, or nearest to it."""
    ref_ns = old.ref_ns[old.positions(np.array([frame_idx]))[0]]
    return int(new.frame_idx[np.argmin(np.abs(new.ref_ns - ref_ns))])


def same_object(old: Resolved, new: Resolved, track_id: int) -> int:
    """The new track of an old one: by its key if a person touched it, else by place.

    An automatic track that nobody touched has no key on other labels, but it is where it was: the
    track wins whose boxes match most of (at most ``EVIDENCE``) old ones. ``NO_TRACK`` if none
    matches a share of ``MatchConfig.track_share``.
    """
    by_key = new.track_of(old.key_of(track_id))
    if by_key != NO_TRACK:
        return by_key
    rows = rows_of(old, track_id)
    rows = rows[np.unique(np.linspace(0, len(rows) - 1, EVIDENCE).astype(np.int64))]
    votes = Counter(_match(old, new, int(row)) for row in rows)
    votes.pop(NO_TRACK, None)
    if not votes:
        return NO_TRACK
    track, n = min(votes.items(), key=lambda vote: (-vote[1], vote[0]))
    return track if n >= DEFAULTS.track_share * len(rows) else NO_TRACK


def object_at(labels: Resolved, frame_idx: int, place: Sequence[float]) -> int:
    """The track whose box in a frame is nearest to a place, within ``NEAR_M``; else ``NO_TRACK``.

    Args:
        labels: resolved.
        frame_idx: the frame.
        place: x, y, z metres in the recording's world.
    """
    cuboids = labels.cuboids
    rows = np.flatnonzero((cuboids.frame_idx == frame_idx) & (cuboids.track_id != NO_TRACK))
    if not len(rows) or len(place) != 3:
        return NO_TRACK
    there = np.array(place) - np.array(labels.labels.origin_m)
    away = np.linalg.norm(cuboids.center[rows] - there, axis=1)
    best = int(np.argmin(away))
    return int(cuboids.track_id[rows[best]]) if away[best] <= NEAR_M else NO_TRACK


def _match(old: Resolved, new: Resolved, row: int) -> int:
    """Track of the new box that fits an old one best in its frame."""
    box, there = old.cuboids.select(np.array([row])), new.cuboids
    frame = same_frame(old.labels.frames, new.labels.frames, int(box.frame_idx[0]))
    rows = np.flatnonzero((there.frame_idx == frame) & (there.track_id != NO_TRACK))
    if not len(rows):
        return NO_TRACK
    moved = np.array(old.labels.origin_m) - np.array(new.labels.origin_m)
    bev = box.bev + np.append(moved[:2], np.zeros(3))
    others = there.select(rows)
    mine = bev, box.center[:, 2] + moved[2], old.labels.taxonomy.coarse(box.category)
    theirs = others.bev, others.center[:, 2], new.labels.taxonomy.coarse(others.category)
    fits = affinity(mine, theirs)[0]
    best = int(np.argmax(fits))
    return int(others.track_id[best]) if fits[best] > 0 else NO_TRACK
