"""Tracks that go on in another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.checks.subject import Subject
from avlabel.core.arrays import Float64, Int64

SIZE_SHARE = 0.3
"""Fragments of one object differ in length and width by no more."""


@dataclass(frozen=True, slots=True, eq=False)
class Continuations:
    """M ends of tracks, each with the one beginning that it fits, which fits no other end better.

    Attributes:
        end: (M,) int64 last row of a track.
        begin: (M,) int64 first row of another.
        away_m: (M,) float64 from where the first would be, to where the other begins.
        seconds: (M,) float64 in between.
    """

    end: Int64
    begin: Int64
    away_m: Float64
    seconds: Float64


def continuations(subject: Subject) -> Continuations:
    """Ends of tracks that go on in another track, of about the same size and kind.

    The way on is straight at the speed of the end; the object may have braked or steered in
    between. Nothing is said of ends in the last frame.
    """
    c, config = subject.cuboids, subject.config
    first, last = subject.order[subject.starts], subject.order[subject.ends]
    seconds = (c.timestamp_ns[first] - c.timestamp_ns[last][:, None]) * 1e-9
    later = c.frame_idx[first] > c.frame_idx[last][:, None]
    i, j = np.nonzero(later & (seconds > 0) & (seconds <= config.max_break_s))
    gap_s = seconds[i, j]
    expected = c.center[last[i], :2] + _end_velocity(subject, last)[i] * gap_s[:, None]
    away = np.hypot(*(expected - c.center[first[j], :2]).T)
    near = away <= config.break_m + 0.5 * config.break_mps2 * gap_s**2
    near &= _alike(subject, last[i], first[j])
    i, j, away, gap_s = i[near], j[near], away[near], gap_s[near]
    cost = np.full((len(last), len(first)), np.inf)
    cost[i, j] = away
    best = (away == cost.min(axis=1, initial=np.inf)[i]) & (
        away == cost.min(axis=0, initial=np.inf)[j]
    )
    return Continuations(last[i][best], first[j][best], away[best], gap_s[best])


def _end_velocity(subject: Subject, last: Int64) -> Float64:
    """(T, 2) metres a second at the ends of tracks; 0 for those that are too short to tell."""
    strides = subject.strides(subject.config.window_s)
    velocity = np.zeros((len(subject.cuboids), 2))
    velocity[strides.after] = strides.velocity
    return np.asarray(velocity[last])


def _alike(subject: Subject, a: Int64, b: Int64) -> np.ndarray:
    c = subject.cuboids
    size = c.size_lwh[:, :2].astype(np.float64)
    alike = np.abs(size[a] - size[b]) <= SIZE_SHARE * np.maximum(size[a], size[b])
    parent = subject.taxonomy.coarse(c.category)
    return np.asarray(alike.all(axis=1) & (parent[a] == parent[b]))
