"""The table of tracks after people changed some of them."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from avlabel.core.arrays import Int64
from avlabel.core.cuboids import NO_TRACK, Cuboids, Source
from avlabel.core.tracks import Tracks
from avlabel.edits.labels import AutoLabels

STANDS_M = 0.5
"""Centres of what stands still lie this near to each other."""


def retrack(cuboids: Cuboids, auto_row: Int64, labels: AutoLabels) -> Tracks:
    """Tracks of resolved boxes: those that nobody changed as they were, the others anew.

    Args:
        cuboids: N resolved boxes.
        auto_row: (N,) row of each in the automatic labels, -1 for others.
        labels: the automatic labels.
    """
    changed = _changed(cuboids, auto_row, labels.cuboids)
    if not changed:
        return labels.tracks
    tracks = labels.tracks
    present = sorted(changed & set(np.unique(cuboids.track_id).tolist()))
    same = tracks.select(~np.isin(tracks.track_id, list(changed)))
    joined = _concatenated(same, _facts(present, cuboids, tracks))
    place = {track: i for i, track in enumerate(tracks.track_id.tolist())}
    rank = np.array([place.get(track, len(place)) for track in joined.track_id.tolist()], int)
    return joined.select(np.lexsort((joined.track_id, rank)))


def _changed(cuboids: Cuboids, auto_row: Int64, auto: Cuboids) -> set[int]:
    """Ids of the tracks that gained, lost or changed a box."""
    kept = auto_row >= 0
    old, new = auto.select(auto_row[kept]), cuboids.select(kept)
    differs = (old.track_id != new.track_id) | (old.category != new.category)
    differs |= old.source != new.source
    for name in ("center", "quat_wxyz", "size_lwh"):
        differs |= np.any(getattr(old, name) != getattr(new, name), axis=1)
    gone = np.setdiff1d(np.arange(len(auto)), auto_row)
    ids = [cuboids.track_id[~kept], old.track_id[differs], new.track_id[differs]]
    return set(np.concatenate([*ids, auto.track_id[gone]]).tolist()) - {NO_TRACK}


def _facts(track_ids: list[int], cuboids: Cuboids, old: Tracks) -> Tracks:
    """Rows of tracks; what a person set a box of is certain."""
    n = len(track_ids)
    out = Tracks(
        track_id=np.array(track_ids, np.int64),
        category=np.zeros(n, np.int16),
        score=np.zeros(n, np.float32),
        first_frame=np.zeros(n, np.int32),
        last_frame=np.zeros(n, np.int32),
        n_observed=np.zeros(n, np.int32),
        size_lwh=np.zeros((n, 3), np.float32),
        is_static=np.zeros(n, np.bool_),
    )
    for i, track in enumerate(track_ids):
        mine = cuboids.select(cuboids.track_id == track)
        human = bool(np.any(mine.source == Source.HUMAN))
        before = np.flatnonzero(old.track_id == track)
        out.category[i] = mine.category[0]
        out.first_frame[i], out.last_frame[i] = mine.frame_idx.min(), mine.frame_idx.max()
        out.n_observed[i] = np.count_nonzero(mine.is_keyframe)
        if len(before) and not human:
            for name in ("score", "size_lwh", "is_static"):
                getattr(out, name)[i] = getattr(old, name)[before[0]]
            continue
        out.score[i] = 1.0 if human else mine.score.max()
        out.size_lwh[i] = np.median(mine.size_lwh, axis=0)
        spread = mine.center - np.median(mine.center, axis=0)
        out.is_static[i] = np.all(np.linalg.norm(spread, axis=1) < STANDS_M)
    return out


def _concatenated(a: Tracks, b: Tracks) -> Tracks:
    columns = (f.name for f in fields(Tracks))
    return Tracks(
        **{name: np.concatenate([getattr(a, name), getattr(b, name)]) for name in columns}
    )
