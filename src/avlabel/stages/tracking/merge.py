"""Merging tracks that live side by side and are parts of one object.

Clusters of one object fall apart where glass, a shadow or an occluder leaves a gap. The parts
stay together: in nearly every frame that both are seen, one box of a plausible size holds both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from avlabel.core.arrays import Int64
from avlabel.core.options import option
from avlabel.stages.tracking.observations import Observations


@dataclass(frozen=True, slots=True)
class MergeConfig:
    """Joining fragments that live side by side."""

    max_gap_m: float = option(0.6, "farthest apart that parts of one object may be")
    min_share: float = option(0.7, "share of the frames with both in which one box must do")


def merge_fragments(observed: Observations, tracklet: Int64, config: MergeConfig) -> Int64:
    """(N,) int64 tracklet numbers after merging; one may now own several detections a frame."""
    bounds = np.searchsorted(observed.frame, np.arange(observed.frame[-1] + 2))
    a, b, fits = fragment_pairs(observed.records, tracklet, bounds, config.max_gap_m)
    if not len(a):
        return tracklet
    n = int(tracklet.max()) + 1
    pair, inverse = np.unique(a * n + b, return_inverse=True)
    fitting = np.bincount(inverse, weights=fits)
    together = _frames_together(observed, tracklet, pair // n, pair % n)
    merged = pair[fitting >= np.maximum(config.min_share * together, 1)]
    graph = coo_array((np.ones(len(merged)), (merged // n, merged % n)), shape=(n, n))
    return connected_components(graph, directed=False)[1].astype(np.int64)[tracklet]


def _frames_together(observed: Observations, tracklet: Int64, a: Int64, b: Int64) -> Int64:
    """(P,) int64 number of frames that tracklets ``a`` and ``b`` share."""
    ones = np.ones(len(tracklet), np.int64)
    present = coo_array((ones, (observed.frame, tracklet))).tocsr()
    shared = (present.T @ present).tocsr()
    return np.asarray(shared[a, b]).ravel().astype(np.int64)


@njit(cache=True, nogil=True)
def fragment_pairs(records, tracklet, bounds, max_gap):  # type: ignore[no-untyped-def]
    """Lists (a, b, fits) of tracklets, a < b, whose boxes come close in some frame."""
    lower, upper, fits = [0][:0], [0][:0], [0.0][:0]
    for f in range(len(bounds) - 1):
        for i in range(bounds[f], bounds[f + 1]):
            for j in range(i + 1, bounds[f + 1]):
                a, b = records[i], records[j]
                reach = 0.5 * (np.hypot(a.length, a.width) + np.hypot(b.length, b.width))
                if np.hypot(a.x - b.x, a.y - b.y) > reach + max_gap:
                    continue
                lower.append(min(tracklet[i], tracklet[j]))
                upper.append(max(tracklet[i], tracklet[j]))
                fits.append(1.0 if share_a_box(a, b, max_gap) else 0.0)
    return np.array(lower, np.int64), np.array(upper, np.int64), np.array(fits)


@njit(cache=True, nogil=True)
def share_a_box(a, b, max_gap):  # type: ignore[no-untyped-def]
    """Whether one box along the larger one's axes, of a typical size, holds both."""
    if b.length * b.width > a.length * a.width:
        a, b = b, a
    c, s = np.cos(a.yaw), np.sin(a.yaw)
    dx, dy = b.x - a.x, b.y - a.y
    along, across = abs(c * dx + s * dy), abs(-s * dx + c * dy)
    ct, st = abs(np.cos(a.yaw - b.yaw)), abs(np.sin(a.yaw - b.yaw))
    length, width = ct * b.length + st * b.width, st * b.length + ct * b.width
    if along - (a.length + length) / 2 > max_gap or across - (a.width + width) / 2 > max_gap:
        return False
    union_along = max(a.length, along + (a.length + length) / 2, length)
    union_across = max(a.width, across + (a.width + width) / 2, width)
    longest, widest = max(union_along, union_across), min(union_along, union_across)
    return longest <= max(a.typical_length, a.length * 1.05) and widest <= max(
        a.typical_width, a.width * 1.05
    )
