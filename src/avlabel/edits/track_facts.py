"""The table of tracks after people changed some of them."""

from __future__ import annotations

import numpy as np

from avlabel.core.cuboids import NO_TRACK, Cuboids, Source
from avlabel.core.tracks import Tracks
from avlabel.edits.assemble import Assembled
from avlabel.edits.index import AutoIndex

STANDS_M = 0.5
"""Centres of what stands still lie this near to each other."""


def retrack(made: Assembled, index: AutoIndex) -> tuple[Tracks, tuple[int, ...]]:
    """Tracks that gained, lost or changed a box, anew, and ids of those that have none left.

    Args:
        made: all boxes of the tracks concerned.
        index: automatic labels.
    """
    changed = _changed(made, index.labels.cuboids)
    present = changed & set(made.cuboids.track_id.tolist())
    return _facts(sorted(present), made.cuboids, index), tuple(sorted(changed - present))


def _changed(made: Assembled, auto: Cuboids) -> set[int]:
    cuboids, auto_row = made.cuboids, made.auto_row
    new = np.flatnonzero(auto_row[: made.n_touched] >= 0)
    old = auto_row[new]
    differs = np.zeros(len(new), np.bool_)
    for name in ("track_id", "category", "source", "center", "quat_wxyz", "size_lwh"):
        changed = getattr(auto, name)[old] != getattr(cuboids, name)[new]
        differs |= changed if changed.ndim == 1 else changed.any(axis=1)
    gone = made.rows[~np.isin(made.rows, auto_row)]
    ids = [
        cuboids.track_id[auto_row < 0],
        auto.track_id[old[differs]],
        cuboids.track_id[new[differs]],
    ]
    return set(np.concatenate([*ids, auto.track_id[gone]]).tolist()) - {NO_TRACK}


def _facts(track_ids: list[int], cuboids: Cuboids, index: AutoIndex) -> Tracks:
    """Rows of tracks, ids ascending; what a person set a box of is certain."""
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
    if not n:
        return out
    rows = np.flatnonzero(np.isin(cuboids.track_id, track_ids))
    rows = rows[np.argsort(cuboids.track_id[rows], kind="stable")]
    starts = np.searchsorted(cuboids.track_id[rows], track_ids)
    frames, human = cuboids.frame_idx[rows], cuboids.source[rows] == Source.HUMAN
    out.category[:] = cuboids.category[rows[starts]]
    out.score[:] = np.maximum.reduceat(cuboids.score[rows], starts)
    out.first_frame[:] = np.minimum.reduceat(frames, starts)
    out.last_frame[:] = np.maximum.reduceat(frames, starts)
    out.n_observed[:] = np.add.reduceat(cuboids.is_keyframe[rows].astype(np.int32), starts)
    by_person = np.logical_or.reduceat(human, starts)
    old = index.labels.tracks
    for i, own in enumerate(np.split(rows, starts[1:])):
        before = index.track_row.get(track_ids[i])
        if before is not None and not by_person[i]:
            for name in ("score", "size_lwh", "is_static"):
                getattr(out, name)[i] = getattr(old, name)[before]
            continue
        center = cuboids.center[own]
        out.size_lwh[i] = np.median(cuboids.size_lwh[own], axis=0)
        away = np.linalg.norm(center - np.median(center, axis=0), axis=1)
        out.is_static[i] = np.all(away < STANDS_M)
    out.score[by_person] = 1.0
    return out
