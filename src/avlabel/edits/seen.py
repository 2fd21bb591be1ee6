"""Boxes of what a person sees, as edits mention them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from avlabel.core.arrays import Int64, IntArray
from avlabel.core.cuboids import NO_TRACK, Cuboids, Source
from avlabel.edits.affinity import bev_of
from avlabel.edits.model import NO_AUTO, Box, Vector
from avlabel.edits.resolved import Resolved
from avlabel.geometry.iou import bev_iou_of_pairs

BESIDE_IOU = 0.05
"""Boxes that overlap a deleted or new one this much are noted, so that they will stay."""
SOURCES = {source.value: source.name.lower() for source in Source}


def boxes_at(seen: Resolved, rows: IntArray | Sequence[int]) -> tuple[Box, ...]:
    """Boxes of what a person sees, by row of ``seen.cuboids``."""
    rows = np.asarray(rows, np.int64)
    cuboids, auto, leaves = seen.cuboids, seen.labels.cuboids, seen.labels.taxonomy.leaves
    auto_row = seen.auto_row[rows]
    has = auto_row >= 0
    auto_track = np.full(len(rows), NO_AUTO)
    auto_track[has] = auto.track_id[auto_row[has]]
    was = iter(_places(auto, auto_row[has]))
    auto_place = [next(was) if one else () for one in has.tolist()]
    return tuple(
        Box(
            track=seen.key_of(track),
            frame_idx=frame,
            timestamp_ns=time,
            category=leaves[category],
            center=place[:3],
            quat_wxyz=place[3:7],
            size_lwh=place[7:],
            source=SOURCES[source],
            auto_track=auto_track,
            auto_place=() if auto_place == place else auto_place,
        )
        for track, frame, time, category, place, source, auto_track, auto_place in zip(
            cuboids.track_id[rows].tolist(),
            cuboids.frame_idx[rows].tolist(),
            cuboids.timestamp_ns[rows].tolist(),
            cuboids.category[rows].tolist(),
            _places(cuboids, rows),
            cuboids.source[rows].tolist(),
            auto_track.tolist(),
            auto_place,
            strict=True,
        )
    )


def rows_of(seen: Resolved, track_id: int, first: int | None = None) -> Int64:
    """Rows of a track, by frame, from frame ``first`` on; none of ``NO_TRACK``."""
    rows = np.flatnonzero((seen.cuboids.track_id == track_id) & (track_id != NO_TRACK))
    rows = rows[np.argsort(seen.cuboids.frame_idx[rows], kind="stable")]
    return rows if first is None else rows[seen.cuboids.frame_idx[rows] >= first]


def beside(seen: Resolved, boxes: Sequence[Box], rows: IntArray | Sequence[int]) -> tuple[Box, ...]:
    """What overlaps given boxes in their frames; ``rows`` are what they are or replace."""
    if not boxes:
        return ()
    cuboids = seen.cuboids
    frames = np.array([box.frame_idx for box in boxes], np.int64)
    stays = (cuboids.track_id >= 0) & np.isin(cuboids.frame_idx, frames)
    stays[np.asarray(rows, np.int64)] = False
    others = np.flatnonzero(stays)
    mine, nth = _same_frame(frames, cuboids.frame_idx[others])
    theirs, here = others[nth], bev_of(boxes)[0]
    x, y = (cuboids.center[theirs, axis] - here[mine, axis] for axis in (0, 1))
    length, width = (cuboids.size_lwh[theirs, k] + here[mine, 2 + k] for k in (0, 1))
    # Most boxes of a frame are too far away to be worth a closer look.
    near = np.flatnonzero(np.abs(x) + np.abs(y) <= length + width)
    mine, theirs = mine[near], theirs[near]
    iou = bev_iou_of_pairs(here[mine], cuboids.select(theirs).bev)
    return boxes_at(seen, np.unique(theirs[iou >= BESIDE_IOU]))


def _same_frame(a: IntArray, b: IntArray) -> tuple[Int64, Int64]:
    """Positions in ``a`` and ``b`` of every pair of one frame."""
    order = np.argsort(b, kind="stable")
    begin, end = (np.searchsorted(b, a, side=side, sorter=order) for side in ("left", "right"))
    mine = np.repeat(np.arange(len(a)), end - begin)
    nth = np.arange(len(mine)) - np.repeat(np.cumsum(end - begin) - (end - begin), end - begin)
    return mine, order[begin[mine] + nth]


def _places(cuboids: Cuboids, rows: IntArray) -> list[Vector]:
    """Centre, quaternion and size of each."""
    size = cuboids.size_lwh[rows].astype(np.float64)
    place = np.concatenate([cuboids.center[rows], cuboids.quat_wxyz[rows], size], axis=1)
    return [tuple(values) for values in place.tolist()]
