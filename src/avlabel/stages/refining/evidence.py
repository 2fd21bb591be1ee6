"""All that a log shows of one track, view by view."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numba import njit

from avlabel.core.arrays import Float64, Int64
from avlabel.core.detections import Detections
from avlabel.core.frames import Frames
from avlabel.core.taxonomy import Taxonomy
from avlabel.geometry.boxes import corners

RICH_VIEW = 60
"""Views with more points than this do without the outermost one at each end, often a mirror."""
DIRECTIONS = 24
"""Of the half turn, in which the ends of every view are known."""
MIN_SAMPLE = 5
"""Detections with fewer points speak through the corners of their boxes."""


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """K views of one track, one a frame; fragments seen in one frame are one view.

    Positions are relative to ``origin``, with world axes.

    Attributes:
        track_id: the track.
        origin: (3,) float64 metres, world: the centre of the first box.
        frame: (K,) int64 position of each view's frame, ascending.
        timestamp_ns: (K,) int64 when the points were seen.
        box: (K, 7) float64 the largest box of each view: x, y, z, length, width, height, yaw.
        bottom: (K,) float64 metres, lowest face of the view's boxes.
        top: (K,) float64 metres, highest face.
        sensor: (K, 2) float64 metres, where the view was taken from.
        num_points: (K,) int64 points of the view, before thinning; -1 where not counted.
        score: (K,) float64 best score of the view's detections.
        votes: (L,) float64 what the views say for each leaf class.
        points: (P, 3) float64 metres, view after view.
        offsets: (K + 1,) int64 bounds of each view in ``points``.
    """

    track_id: int
    origin: Float64
    frame: Int64
    timestamp_ns: Int64
    box: Float64
    bottom: Float64
    top: Float64
    sensor: Float64
    num_points: Int64
    score: Float64
    votes: Float64
    points: Float64
    offsets: Int64

    def __len__(self) -> int:
        """Number of views."""
        return len(self.frame)

    def ends(self) -> Float64:
        """(K, DIRECTIONS, 2) low and high end of each view in directions of the half turn."""
        ends: Float64 = _ends(self.points, self.offsets)
        return ends

    def extents(self, yaw: Float64) -> Float64:
        """(K, 4) low and high end along, low and high end across headings (K,) of each view.

        Metres from ``origin``, along axes that are turned by each view's own heading.
        """
        ends: Float64 = _extents(self.points, self.offsets, yaw)
        return ends


def gather(
    detections: Detections, track_id: Int64, frames: Frames, min_views: int, taxonomy: Taxonomy
) -> Iterator[Evidence]:
    """Evidence of each track that has at least ``min_views`` views, in order of track ids."""
    frame = frames.positions(detections.cuboids.frame_idx)
    order = np.lexsort((np.arange(len(frame)), frame, track_id))
    order = order[_views(track_id[order], frame[order]) >= min_views]
    if not len(order):
        return
    detections = _with_corners(detections.select(order))
    track_id, frame = track_id[order], frame[order]
    ids, start = np.unique(track_id, return_index=True)
    boxes = detections.cuboids.boxes
    for i, (first, stop) in enumerate(zip(start, np.append(start[1:], len(order)), strict=True)):
        rows = slice(first, stop)
        part = _stretch(detections, int(first), int(stop))
        yield _evidence(int(ids[i]), part, boxes[rows], frame[rows], frames, taxonomy)


def _stretch(detections: Detections, first: int, stop: int) -> Detections:
    """The boxes from ``first`` to before ``stop``: what ``select`` gives, but nothing is copied."""
    offsets = detections.offsets[first : stop + 1]
    points = detections.points[offsets[0] : offsets[-1]]
    cuboids = detections.cuboids.select(slice(first, stop))
    return Detections(cuboids, points, offsets - offsets[0])


def _views(track_id: Int64, frame: Int64) -> Int64:
    """(N,) int64 number of views of each row's track; rows are ordered by track, then frame."""
    new_track = np.diff(track_id, prepend=-2) != 0
    new_view = new_track | (np.diff(frame, prepend=-1) != 0)
    track = np.cumsum(new_track) - 1
    return np.asarray(np.bincount(track, new_view)[track].astype(np.int64))


def _evidence(
    track_id: int,
    part: Detections,
    boxes: Float64,
    frame: Int64,
    frames: Frames,
    taxonomy: Taxonomy,
) -> Evidence:
    cuboids = part.cuboids
    origin = cuboids.center[0]
    seen, first, view = np.unique(frame, return_index=True, return_inverse=True)
    boxes = boxes - [*origin, 0.0, 0.0, 0.0, 0.0]
    half = boxes[:, 5] / 2
    weight = np.maximum(cuboids.num_points, 1)
    lag_ns = cuboids.timestamp_ns - cuboids.timestamp_ns[first][view]
    mean_lag = np.bincount(view, weight * lag_ns) / np.bincount(view, weight)
    vote = cuboids.score * np.log1p(weight)
    largest = np.lexsort((-boxes[:, 3] * boxes[:, 4], view))[first]
    lengths = np.diff(part.offsets)
    points = part.points + np.repeat(boxes[:, :3], lengths, axis=0)
    return Evidence(
        track_id=track_id,
        origin=origin,
        frame=seen,
        timestamp_ns=cuboids.timestamp_ns[first] + np.rint(mean_lag).astype(np.int64),
        box=boxes[largest],
        bottom=np.minimum.reduceat(boxes[:, 2] - half, first),
        top=np.maximum.reduceat(boxes[:, 2] + half, first),
        sensor=frames.world_from_ego.translation[seen, :2] - origin[:2],
        num_points=np.maximum(np.bincount(view, cuboids.num_points), -1).astype(np.int64),
        score=np.maximum.reduceat(cuboids.score.astype(np.float64), first),
        votes=np.bincount(cuboids.category, vote, len(taxonomy.leaves)).astype(np.float64),
        points=points.astype(np.float64),
        offsets=part.offsets[np.append(first, len(cuboids))],
    )


def _with_corners(detections: Detections) -> Detections:
    """Let detections that carry (nearly) no points speak through the corners of their boxes."""
    lengths = np.diff(detections.offsets)
    poor = np.flatnonzero(lengths < MIN_SAMPLE)
    if not len(poor):
        return detections
    cuboids = detections.cuboids.select(poor)
    instead = (corners(cuboids) - cuboids.center[:, None]).astype(np.float32)
    filled = Detections(cuboids, instead.reshape(-1, 3), 8 * np.arange(len(poor) + 1))
    rich = np.flatnonzero(lengths >= MIN_SAMPLE)
    both = Detections.concatenate([detections.select(rich), filled])
    return both.select(np.argsort(np.append(rich, poor)))


@njit(cache=True, nogil=True)
def _extents(points, offsets, yaw):  # type: ignore[no-untyped-def]
    out = np.empty((len(yaw), 4))
    for k in range(len(yaw)):
        xy = points[offsets[k] : offsets[k + 1]]
        out[k, 0], out[k, 1] = _ends_along(xy, np.cos(yaw[k]), np.sin(yaw[k]))
        out[k, 2], out[k, 3] = _ends_along(xy, -np.sin(yaw[k]), np.cos(yaw[k]))
    return out


@njit(cache=True, nogil=True)
def _ends(points, offsets):  # type: ignore[no-untyped-def]
    out = np.empty((len(offsets) - 1, DIRECTIONS, 2))
    for k in range(len(out)):
        xy = points[offsets[k] : offsets[k + 1]]
        for d in range(DIRECTIONS):
            angle = d * np.pi / DIRECTIONS
            out[k, d, 0], out[k, d, 1] = _ends_along(xy, np.cos(angle), np.sin(angle))
    return out


@njit(cache=True, nogil=True)
def _ends_along(xy, c, s):  # type: ignore[no-untyped-def]
    low, next_low, high, next_high = np.inf, np.inf, -np.inf, -np.inf
    for p in range(len(xy)):
        a = xy[p, 0] * c + xy[p, 1] * s
        if a < next_low:
            low, next_low = min(a, low), max(a, low)
        if a > next_high:
            high, next_high = max(a, high), min(a, high)
    return (next_low, next_high) if len(xy) > RICH_VIEW else (low, high)
