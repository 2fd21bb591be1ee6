"""Which tracks may be one object, and boxes that belong to none of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from avlabel.core.arrays import Float64, Int64
from avlabel.edits import compose
from avlabel.edits.model import Draft, Link, new_key
from avlabel.edits.resolved import Resolved

MAX_GAP_S = 5.0
MAX_SHARED = 3
"""Frames in which both may have a box: one ends a little late, or the other begins early."""
WINDOW = 6
"""Boxes at an end of a track that tell its motion."""
NOISE_M, NOISE_MPS, ACCELERATION_MPS2 = 0.5, 1.0, 1.5
SIZE_COST, CLASS_COST, MAX_COST = 4.0, 4.0, 40.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A track that may be the same object.

    Attributes:
        track_id: of it.
        side: whether it goes on ``after`` the other track's end or comes ``before`` its start.
        gap_s: seconds between them; negative if they overlap.
        distance_m: between where the two motions meet.
        cost: smaller is likelier; squared standard deviations.
    """

    track_id: int
    side: Literal["before", "after"]
    gap_s: float
    distance_m: float
    cost: float


@dataclass(frozen=True, slots=True, eq=False)
class _Tip:
    """One end of a track: its outermost box and the motion there."""

    time_s: float
    center: Float64
    velocity: Float64
    size_lwh: Float64
    parent: int


def merge_candidates(seen: Resolved, track_id: int, most: int = 5) -> list[Candidate]:
    """Tracks that may be the same object as one, likeliest first.

    Two motions, each fitted to the last or first half second, are carried on to the middle of the
    gap between them; sizes and classes are compared as well.

    Args:
        seen: what the person sees.
        track_id: the track.
        most: how many to give.
    """
    tracks = _rows_by_track(seen)
    mine = tracks.pop(track_id, None)
    if mine is None:
        return []
    number = seen.cuboids.frame_idx
    found = []
    for other, theirs in tracks.items():
        shared = int(np.isin(number[theirs], number[mine]).sum())
        if shared > min(MAX_SHARED, len(mine) // 2, len(theirs) // 2):
            continue
        later = bool(number[theirs].mean() > number[mine].mean())
        first, second = (mine, theirs) if later else (theirs, mine)
        found.append(_compared(seen, other, first, second, later=later))
    likely = [c for c in found if c.gap_s <= MAX_GAP_S and c.cost <= MAX_COST]
    return sorted(likely, key=lambda c: c.cost)[:most]


def _rows_by_track(seen: Resolved) -> dict[int, Int64]:
    """Rows of every track, by frame."""
    track_id, number = seen.cuboids.track_id, seen.cuboids.frame_idx
    order = np.lexsort((number, track_id))
    order = order[track_id[order] >= 0]
    ids, start = np.unique(track_id[order], return_index=True)
    return dict(zip(ids.tolist(), np.split(order, start[1:]), strict=True))


def unlink(seen: Resolved, row: int) -> Draft:
    """Take one box out of its track: it becomes an object of its own."""
    rows = compose.rows_of(seen, int(seen.cuboids.track_id[row]))
    rest = rows[rows != row]
    some = np.unique(np.linspace(0, len(rest) - 1, compose.EVIDENCE).round().astype(np.int64))
    context = compose.boxes_at(seen, rest[some] if len(rest) else rest)
    return Draft("unlink", Link(compose.boxes_at(seen, [row]), new_key(), context))


def _compared(seen: Resolved, other: int, first: Int64, second: Int64, *, later: bool) -> Candidate:
    tail, head = _tip(seen, first[-WINDOW:], -1), _tip(seen, second[:WINDOW], 0)
    gap = head.time_s - tail.time_s
    meet = tail.center + tail.velocity * gap / 2 - (head.center - head.velocity * gap / 2)
    distance = float(np.linalg.norm(meet[:2]))
    reach = NOISE_M + 0.1 * float(tail.size_lwh[0]) + ACCELERATION_MPS2 * gap * gap / 4
    change = float(np.linalg.norm(head.velocity - tail.velocity))
    size = float(np.abs(np.log(head.size_lwh / tail.size_lwh)).sum())
    cost = (distance / reach) ** 2
    cost += (change / (NOISE_MPS + ACCELERATION_MPS2 * abs(gap))) ** 2
    cost += SIZE_COST * size + CLASS_COST * (head.parent != tail.parent) + abs(gap)
    return Candidate(other, "after" if later else "before", gap, distance, cost)


def _tip(seen: Resolved, rows: Int64, at: int) -> _Tip:
    """Of rows in order of time, the one ``at``, 0 or -1, and a line through all of them."""
    cuboids = seen.cuboids
    seconds = (cuboids.timestamp_ns[rows] - seen.labels.frames.ref_ns[0]) * 1e-9
    return _Tip(
        float(seconds[at]),
        cuboids.center[rows[at]],
        _slope(seconds, cuboids.center[rows]),
        cuboids.size_lwh[rows[at]].astype(np.float64),
        int(seen.labels.taxonomy.parent_of[cuboids.category[rows[at]]]),
    )


def _slope(seconds: Float64, center: Float64) -> Float64:
    """(3,) metres a second, least squares; 0 of a lone box."""
    if len(seconds) < 2:
        return np.zeros(3)
    t = seconds - seconds.mean()
    return np.asarray(t @ (center - center.mean(axis=0)) / (t @ t))
