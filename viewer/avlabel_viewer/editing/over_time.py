"""Changes that reach over frames: a box put, flipped, copied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from avlabel.core.arrays import Float64, Int64
from avlabel.core.cuboids import Source
from avlabel.edits import compose
from avlabel.edits.model import NO_AUTO, Box, Draft, Scope, Vector
from avlabel.edits.resolved import Resolved
from avlabel_viewer.editing.placement import Placement


def put(
    seen: Resolved, row: int, placement: Placement, *, name: str, scope: Scope = "between"
) -> Draft:
    """Set a box to a placement, reaching as far as the scope says."""
    return compose.set_box(
        seen,
        row,
        center=placement.center,
        quat_wxyz=placement.quat_wxyz,
        size_lwh=placement.size_lwh,
        name=name,
        scope=scope,
    )


def flip(seen: Resolved, row: int, scope: Scope = "track") -> Draft:
    """Turn a box to face the other way: in this frame, from here onward, or on the whole track.

    Boxes that people set are flipped with the others: a keyframe that faced the old way would
    turn its neighbours back. ``onward`` leaves everything before this frame as it is.
    """
    rows = compose.rows_of(seen, int(seen.cuboids.track_id[row]))
    here = int(np.flatnonzero(rows == row)[0])
    set_by_people = seen.cuboids.source[rows] == Source.HUMAN
    first = {"track": 0, "onward": here, "between": here, "frame": here}[scope]
    last = len(rows) if scope in ("track", "onward") else here + 1
    chosen = np.zeros(len(rows), np.bool_)
    chosen[first:last] = set_by_people[first:last]
    chosen[here] = True
    flipped = [
        with_place(box, Placement.of(seen.cuboids, int(r)).flipped())
        for r, box in zip(rows[chosen], compose.boxes_at(seen, rows[chosen]), strict=True)
    ]
    held: list[Box] = []
    if scope == "onward" and here > 0 and set_by_people[:here].any():
        # The frame before is held, or the turn would be shared out up to the keyframe before it.
        held = [replace(box, source="human") for box in compose.boxes_at(seen, rows[[here - 1]])]
    return compose.set_boxes(seen, held + flipped, name="flip", scope=scope)


def copy(
    seen: Resolved, row: int, n_frames: int, *, moving: bool, scope: Scope = "between"
) -> Draft | None:
    """Copy a box to the next frames, or to those before.

    Where its track has boxes they are moved; where it has none, new ones are made.

    Args:
        seen: what the person sees.
        row: the box.
        n_frames: how many; negative for frames before.
        moving: with the track's velocity; else to the same place.
        scope: how far each copy reaches.

    Returns:
        The edit; None at the end of the scene.
    """
    frames, cuboids = seen.labels.frames, seen.cuboids
    here = int(frames.positions(cuboids.frame_idx[row : row + 1])[0])
    there = np.arange(1, abs(n_frames) + 1) * np.sign(n_frames) + here
    there = there[(there >= 0) & (there < len(frames))]
    if not len(there):
        return None
    placement = Placement.of(cuboids, row)
    velocity = velocity_of(seen, row) if moving else np.zeros(3)
    boxes = boxes_in(seen, row, frames.frame_idx[there])
    seconds = [(box.timestamp_ns - int(cuboids.timestamp_ns[row])) * 1e-9 for box in boxes]
    after = [
        with_place(box, placement.moved(dt * velocity))
        for box, dt in zip(boxes, seconds, strict=True)
    ]
    return compose.set_boxes(seen, after, name="copy", scope=scope)


def velocity_of(seen: Resolved, row: int) -> Float64:
    """(3,) metres a second of a box: from the boxes around it in time; 0 where it is alone."""
    cuboids = seen.cuboids
    rows = compose.rows_of(seen, int(cuboids.track_id[row]))
    here = int(np.flatnonzero(rows == row)[0])
    first, last = rows[max(here - 2, 0)], rows[min(here + 2, len(rows) - 1)]
    dt = int(cuboids.timestamp_ns[last] - cuboids.timestamp_ns[first]) * 1e-9
    if dt > 0:
        return np.asarray((cuboids.center[last] - cuboids.center[first]) / dt)
    return np.asarray(np.nan_to_num(cuboids.velocity[row].astype(np.float64)))


def boxes_in(seen: Resolved, row: int, frame_idx: Int64 | Sequence[int]) -> list[Box]:
    """A track's boxes in given frames; where it has none, that of ``row`` at that time."""
    cuboids, frames = seen.cuboids, seen.labels.frames
    rows = compose.rows_of(seen, int(cuboids.track_id[row]))
    there = {box.frame_idx: box for box in compose.boxes_at(seen, rows)}
    mine = there[int(cuboids.frame_idx[row])]
    ref_ns = dict(zip(frames.frame_idx.tolist(), frames.ref_ns.tolist(), strict=True))
    lag_ns = mine.timestamp_ns - ref_ns[mine.frame_idx]
    return [
        there.get(number)
        or replace(
            mine,
            frame_idx=number,
            timestamp_ns=ref_ns[number] + lag_ns,
            auto_track=NO_AUTO,
            auto_place=(),
        )
        for number in np.asarray(frame_idx).tolist()
    ]


def with_place(box: Box, placement: Placement) -> Box:
    """The same box somewhere else, set by a person."""
    return replace(
        box,
        center=vector(placement.center),
        quat_wxyz=vector(placement.quat_wxyz),
        size_lwh=vector(placement.size_lwh),
        source="human",
    )


def vector(values: Float64) -> Vector:
    """Plain numbers, as edits hold them."""
    return tuple(values.tolist())
