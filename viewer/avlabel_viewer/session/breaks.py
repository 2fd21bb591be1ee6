"""Tracks that end where the object can still be seen, and what may be their other half."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from avlabel.core.arrays import BoolArray, Float64, Int64
from avlabel_viewer.session.items import Item, spread
from avlabel_viewer.session.needs import item, name
from avlabel_viewer.session.track_facts import TrackFacts

MAX_GAP_S = 3.0
NEAR_M, NEAR_SHARE, NEAR_MPS = 0.8, 0.25, 1.0
"""A track goes on in another that begins this near to where it would be: a little, a share of
its length, and something for each second in between."""
IN_VIEW_M, IN_VIEW_POINTS = 40.0, 25


def broken_tracks(facts: TrackFacts) -> Iterator[Item]:
    """Ends of tracks near which another track begins, or that are in plain view."""
    cuboids, frames = facts.labels.cuboids, facts.labels.labels.frames
    ends = cuboids.frame_idx[facts.last] < frames.frame_idx[-1]
    other, away_m, gap_s = _continuations(facts)
    found = np.isfinite(away_m)
    distance_m, points = _view(facts)
    in_view = ends & ~found & (distance_m < IN_VIEW_M) & (points >= IN_VIEW_POINTS)
    for t in np.flatnonzero(ends & found).tolist():
        reason = (
            f"ends here; track {facts.track_id[other[t]]} begins {gap_s[t]:.1f} s later, "
            f"{away_m[t]:.1f} m from where this {name(facts, t)} would be"
        )
        yield item(facts, t, "broken-track", reason, 0.67, int(facts.last[t]))
    for t in np.flatnonzero(in_view).tolist():
        reason = f"ends {distance_m[t]:.0f} m away, with {points[t]} points on it"
        priority = spread(1 - distance_m[t] / IN_VIEW_M, 0.77, 0.87)
        yield item(facts, t, "ends-in-view", reason, priority, int(facts.last[t]))


def _continuations(facts: TrackFacts) -> tuple[Int64, Float64, Float64]:
    """(T,) track that goes on where each one ends, how far off (inf for none), and how late."""
    cuboids, n = facts.labels.cuboids, len(facts)
    if not n:
        return np.zeros(0, np.int64), np.zeros(0), np.zeros(0)
    end, begin = facts.last, facts.first
    gap_s = (cuboids.timestamp_ns[begin] - cuboids.timestamp_ns[end][:, None]) * 1e-9
    velocity = np.nan_to_num(cuboids.velocity[end].astype(np.float64))
    may: BoolArray = cuboids.frame_idx[begin] > cuboids.frame_idx[end][:, None]
    may &= (gap_s > 0) & (gap_s <= MAX_GAP_S)
    may &= facts.parent == facts.parent[:, None]
    i, j = np.nonzero(may)
    expected = cuboids.center[end[i]] + velocity[i] * gap_s[i, j, None]
    away = np.linalg.norm((expected - cuboids.center[begin[j]])[:, :2], axis=1)
    length = np.maximum(cuboids.size_lwh[end[i], 0], cuboids.size_lwh[begin[j], 0])
    near = away <= NEAR_M + NEAR_SHARE * length + NEAR_MPS * gap_s[i, j]
    away_m = np.full((n, n), np.inf)
    away_m[i[near], j[near]] = away[near]
    best = np.argmin(away_m, axis=1)
    rows = np.arange(n)
    return best, away_m[rows, best], gap_s[rows, best]


def _view(facts: TrackFacts) -> tuple[Float64, Int64]:
    """(T,) distance of each last box from the vehicle, metres, and points on it."""
    cuboids, frames = facts.labels.cuboids, facts.labels.labels.frames
    last = facts.last
    ego = frames.world_from_ego.translation[frames.positions(cuboids.frame_idx[last])]
    away = np.linalg.norm((cuboids.center[last] - ego)[:, :2], axis=1)
    return away, cuboids.num_points[last].astype(np.int64)
