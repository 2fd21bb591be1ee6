"""Tracks that go on in another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.checks.subject import Steps, Subject
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
    last, first = subject.order[subject.ends], subject.order[subject.starts]
    i, j = _soon_after(c.timestamp_ns[last], c.timestamp_ns[first], config.max_break_s)
    gap_s = (c.timestamp_ns[first[j]] - c.timestamp_ns[last[i]]) * 1e-9
    expected = c.center[last[i], :2] + _end_velocity(subject, last)[i] * gap_s[:, None]
    away = np.hypot(*(expected - c.center[first[j], :2]).T)
    near = away <= config.break_m + 0.5 * config.break_mps2 * gap_s**2
    near &= _alike(subject, last[i], first[j]) & (c.frame_idx[first[j]] > c.frame_idx[last[i]])
    i, j, away, gap_s = i[near], j[near], away[near], gap_s[near]
    nearest_end, nearest_begin = (np.full(len(last), np.inf) for _ in range(2))
    np.minimum.at(nearest_begin, i, away)
    np.minimum.at(nearest_end, j, away)
    best = (away == nearest_begin[i]) & (away == nearest_end[j])
    return Continuations(last[i][best], first[j][best], away[best], gap_s[best])


def _soon_after(end_ns: Int64, begin_ns: Int64, seconds: float) -> tuple[Int64, Int64]:
    """Positions of every pair of an end and a beginning that follows within some seconds."""
    order = np.argsort(begin_ns, kind="stable")
    low = np.searchsorted(begin_ns[order], end_ns, side="right")
    high = np.searchsorted(begin_ns[order], end_ns + round(seconds * 1e9), side="right")
    end = np.repeat(np.arange(len(end_ns)), high - low)
    nth = np.arange(len(end)) - np.repeat(np.cumsum(high - low) - (high - low), high - low)
    return end, order[low[end] + nth]


def _end_velocity(subject: Subject, last: Int64) -> Float64:
    """(T, 2) metres a second at the ends of tracks; over all of those that are short."""
    velocity = np.zeros((len(subject.cuboids), 2))
    whole = Steps.between(subject.cuboids, subject.order[subject.starts], last)
    velocity[last] = whole.velocity
    strides = subject.strides(subject.config.window_s)
    velocity[strides.after] = strides.velocity
    return np.asarray(velocity[last])


def _alike(subject: Subject, a: Int64, b: Int64) -> np.ndarray:
    c = subject.cuboids
    size = c.size_lwh[:, :2].astype(np.float64)
    alike = np.abs(size[a] - size[b]) <= SIZE_SHARE * np.maximum(size[a], size[b])
    parent = subject.taxonomy.coarse(c.category)
    return np.asarray(alike.all(axis=1) & (parent[a] == parent[b]))
