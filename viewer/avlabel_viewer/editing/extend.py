"""Going on with a track where it has no boxes: the machine follows, a person looks it over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import BoolArray, Float32
from avlabel.core.cuboids import NO_TRACK
from avlabel.edits import compose
from avlabel.edits.model import Draft
from avlabel.edits.resolved import Resolved
from avlabel.geometry.iou import bev_iou
from avlabel_viewer.editing.follow import Follower, View
from avlabel_viewer.editing.keyframes import sparse
from avlabel_viewer.editing.over_time import boxes_in, with_place
from avlabel_viewer.editing.placement import Placement
from avlabel_viewer.editing.smooth_path import in_metres, smooth_path

PointsOf = Callable[[int], tuple[Float32, BoolArray]]
"""Frame number to (N, 3) points in the world and which of them are ground."""

LEARNED = 6
"""Boxes of the track before the gap that tell its motion."""
MISSED = 5
"""Frames in a row without the object after which it is lost."""
MET_IOU = 0.3
SENSOR_M = 1.7
"""Height of the sensor above the vehicle's origin: it matters only which faces look at it."""
TOLERANCE_M = 0.08
SCENE_ENDS = ("the beginning of the scene", "the end of the scene")


@dataclass(frozen=True, slots=True, eq=False)
class Extension:
    """How far an object was followed.

    Attributes:
        draft: the edit; None if it was not seen in any further frame.
        frame_idx: frames that it was seen in, in the order they were looked at.
        why: it ended there, in words.
        met: another track whose box it ran into: perhaps the same object; else ``NO_TRACK``.
    """

    draft: Draft | None
    frame_idx: tuple[int, ...]
    why: str
    met: int = NO_TRACK


@dataclass(frozen=True, slots=True, eq=False)
class _Way:
    """Where it was seen: K frames in the order they were looked at, the first known already."""

    frame_idx: list[int]
    placements: list[Placement]
    why: str
    met: int = NO_TRACK


def extend(
    seen: Resolved,
    row: int,
    points_of: PointsOf,
    *,
    forward: bool = True,
    most: int | None = None,
    progress: Callable[[float], object] = lambda _: None,
) -> Extension:
    """Follow an object from one of its boxes through the frames in which it has none.

    The result sets as few boxes as it takes, the one it began with among them; those between
    follow by themselves and count as made by the machine.

    Args:
        seen: what the person sees.
        row: the box to begin with.
        points_of: points of a frame, read as they are needed.
        forward: in time; else back.
        most: frames to follow it at most; None for all.
        progress: is told the share that is done; may raise, to end the work.
    """
    ahead = _frames_ahead(seen, row, forward=forward)
    numbers = ahead[:most]
    way = _follow(seen, row, numbers, points_of, progress, forward=forward)
    if len(way.frame_idx) < 2:
        return Extension(None, (), way.why, way.met)
    why = "as far as asked" if way.why in SCENE_ENDS and len(numbers) < len(ahead) else way.why
    return Extension(_draft(seen, row, way), tuple(way.frame_idx[1:]), why, way.met)


def _frames_ahead(seen: Resolved, row: int, *, forward: bool) -> list[int]:
    """Frame numbers after a box, or before it, nearest first."""
    number = seen.labels.frames.frame_idx
    here = int(seen.cuboids.frame_idx[row])
    ahead = number[number > here] if forward else number[number < here][::-1]
    return [int(n) for n in ahead]


def _follow(
    seen: Resolved,
    row: int,
    numbers: list[int],
    points_of: PointsOf,
    progress: Callable[[float], object],
    *,
    forward: bool,
) -> _Way:
    cuboids = seen.cuboids
    track_id = int(cuboids.track_id[row])
    taken = set(cuboids.frame_idx[cuboids.track_id == track_id].tolist())
    follower = _taught(seen, row, points_of, forward=forward)
    found, where = [int(cuboids.frame_idx[row])], [Placement.of(cuboids, row)]
    missed = 0
    for k, number in enumerate(numbers):
        progress(k / len(numbers))
        if number in taken:
            return _Way(found, where, f"it has a box in frame {number}")
        placement = follower.step(_view(seen, number, points_of, forward=forward))
        if placement is None:
            missed += 1
            if missed >= MISSED:
                return _Way(found, where, f"lost after frame {found[-1]}: too few points of it")
            continue
        if (met := _met(seen, number, track_id, placement)) != NO_TRACK:
            return _Way(found, where, f"track {met} is there in frame {number}", met)
        missed = 0
        found.append(number)
        where.append(placement)
    if missed:
        return _Way(found, where, f"not seen after frame {found[-1]}")
    return _Way(found, where, SCENE_ENDS[forward])


def _taught(seen: Resolved, row: int, points_of: PointsOf, *, forward: bool) -> Follower:
    """A follower that knows the box, and how it moved in the frames before."""
    cuboids, taxonomy = seen.cuboids, seen.labels.taxonomy
    rows = compose.rows_of(seen, int(cuboids.track_id[row]))
    here = int(np.flatnonzero(rows == row)[0])
    known = rows[max(here - LEARNED + 1, 0) : here + 1]
    known = known if forward else rows[here : here + LEARNED][::-1]
    views = [
        _view(seen, int(number), points_of, forward=forward) for number in cuboids.frame_idx[known]
    ]
    places = [Placement.of(cuboids, int(r)) for r in known]
    max_speed_mps = float(taxonomy.max_speed_mps[cuboids.category[row]])
    follower = Follower(places[0], views[0], max_speed_mps)
    for placement, view in zip(places[1:], views[1:], strict=True):
        follower.know(placement, view)
    return follower


def _view(seen: Resolved, number: int, points_of: PointsOf, *, forward: bool) -> View:
    frames = seen.labels.frames
    at = int(frames.positions(np.array([number]))[0])
    seconds = float(frames.ref_ns[at] - frames.ref_ns[0]) * 1e-9
    points, is_ground = points_of(number)
    eye = frames.world_from_ego.translation[at] + np.array([0.0, 0.0, SENSOR_M])
    return View(seconds if forward else -seconds, points, is_ground, eye)


def _met(seen: Resolved, number: int, track_id: int, placement: Placement) -> int:
    """Another track whose box is where the object is now."""
    cuboids = seen.cuboids
    others = np.flatnonzero((cuboids.frame_idx == number) & (cuboids.track_id != track_id))
    if not len(others):
        return NO_TRACK
    iou = bev_iou(placement.bev[None], cuboids.select(others).bev)[0]
    best = int(np.argmax(iou))
    return int(cuboids.track_id[others[best]]) if iou[best] >= MET_IOU else NO_TRACK


def _draft(seen: Resolved, row: int, way: _Way) -> Draft:
    boxes = boxes_in(seen, row, way.frame_idx)
    time_ns = np.array([box.timestamp_ns for box in boxes])
    order = np.argsort(time_ns)
    path = smooth_path([way.placements[k] for k in order], time_ns[order], int(order.argmin()))
    values = np.array([in_metres(placement) for placement in path])
    kept = sparse(time_ns[order], values, np.zeros(len(order), np.bool_), TOLERANCE_M)
    after = [with_place(boxes[order[k]], path[k]) for k in np.flatnonzero(kept).tolist()]
    return compose.set_boxes(seen, after, name="extend")
