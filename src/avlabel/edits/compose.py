"""Edits made from what a person sees, ready to be signed by an ``EditLog``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from avlabel.core.arrays import Float64, Int64, IntArray
from avlabel.edits.model import (
    CATEGORY,
    Box,
    Comment,
    Decide,
    Draft,
    Edit,
    Link,
    PutBoxes,
    Redo,
    Scope,
    SetValues,
    Target,
    Undo,
    Value,
    Verdict,
    new_key,
)
from avlabel.edits.resolved import Resolved
from avlabel.edits.seen import beside
from avlabel.edits.seen import boxes_at as boxes_at
from avlabel.edits.seen import rows_of as rows_of

EVIDENCE = 16
"""Boxes by which a whole track is found again."""


def set_box(
    seen: Resolved,
    row: int,
    *,
    center: Sequence[float] | Float64 | None = None,
    quat_wxyz: Sequence[float] | Float64 | None = None,
    size_lwh: Sequence[float] | Float64 | None = None,
    name: str = "move",
    scope: Scope = "between",
) -> Draft:
    """Move, turn or resize a box; what is not given stays. With nothing given, confirm it."""
    (old,) = boxes_at(seen, [row])
    new = replace(
        old,
        center=old.center if center is None else _floats(center),
        quat_wxyz=old.quat_wxyz if quat_wxyz is None else _floats(quat_wxyz),
        size_lwh=old.size_lwh if size_lwh is None else _floats(size_lwh),
        source="human",
    )
    return set_boxes(seen, [new], name=name, scope=scope)


def set_boxes(
    seen: Resolved, after: Sequence[Box], *, name: str = "move", scope: Scope = "between"
) -> Draft:
    """Set boxes of tracks that are there, several at once; what was in their place is noted."""
    before, new = [], []
    for box in after:
        rows = rows_of(seen, seen.track_of(box.track))
        there = rows[seen.cuboids.frame_idx[rows] == box.frame_idx].tolist()
        before += there
        new += [] if there else [box]
    context = beside(seen, new, before)
    return Draft(name, PutBoxes(boxes_at(seen, before), tuple(after), context, scope))


def add_box(
    seen: Resolved,
    *,
    frame_idx: int,
    category: str,
    center: Sequence[float] | Float64,
    quat_wxyz: Sequence[float] | Float64,
    size_lwh: Sequence[float] | Float64,
    timestamp_ns: int | None = None,
    track: str | None = None,
    name: str = "new box",
    scope: Scope = "between",
) -> Draft:
    """A box where there was none.

    Args:
        seen: what the person sees.
        frame_idx: a frame of the scene.
        category: leaf of the taxonomy.
        center: (3,) metres, world.
        quat_wxyz: (4,) unit quaternion.
        size_lwh: (3,) metres.
        timestamp_ns: when it was there; the frame's reference time if not given.
        track: key of the track that it extends; a new object if not given.
        name: of the action.
        scope: how far it reaches.

    Raises:
        ValueError: if the scene has no such frame.
    """
    frames = seen.labels.frames
    if timestamp_ns is None:
        timestamp_ns = int(frames.ref_ns[frames.positions(np.array([frame_idx]))[0]])
    box = Box(
        track=track or new_key(),
        frame_idx=frame_idx,
        timestamp_ns=timestamp_ns,
        category=category,
        center=_floats(center),
        quat_wxyz=_floats(quat_wxyz),
        size_lwh=_floats(size_lwh),
        source="human",
    )
    return set_boxes(seen, [box], name=name, scope=scope)


def delete_boxes(seen: Resolved, rows: IntArray | Sequence[int], name: str = "delete") -> Draft:
    """Delete single boxes."""
    boxes = boxes_at(seen, rows)
    return Draft(name, PutBoxes(boxes, context=beside(seen, boxes, rows), scope="frame"))


def delete_track(seen: Resolved, track_id: int, name: str = "delete track") -> Draft:
    """Delete a whole track."""
    rows = rows_of(seen, track_id)
    boxes = boxes_at(seen, rows)
    return Draft(name, PutBoxes(boxes, context=beside(seen, boxes, rows), scope="track"))


def split(seen: Resolved, track_id: int, first: int, name: str = "split") -> Draft:
    """Make the boxes of a track from frame ``first`` on a track of their own."""
    rows, rest = rows_of(seen, track_id), rows_of(seen, track_id, first)
    stay = rows[: len(rows) - len(rest)]
    change = Link(boxes_at(seen, rest), new_key(), boxes_at(seen, _sampled(stay)))
    return Draft(name, change)


def merge(seen: Resolved, track_id: int, into: int, name: str = "merge") -> Draft:
    """Give all boxes of a track to another; where both have one, the other's stays."""
    rows, theirs = rows_of(seen, track_id), rows_of(seen, into)
    if track_id == into:
        return relink(seen, rows, into, name)
    double = np.isin(seen.cuboids.frame_idx[rows], seen.cuboids.frame_idx[theirs])
    context = boxes_at(seen, _sampled(theirs))
    given, dropped = boxes_at(seen, rows[~double]), boxes_at(seen, rows[double])
    return Draft(name, Link(given, seen.key_of(into), context, dropped))


def relink(
    seen: Resolved, rows: IntArray | Sequence[int], into: int, name: str = "relink"
) -> Draft:
    """Give boxes to another track."""
    context = boxes_at(seen, _sampled(rows_of(seen, into)))
    return Draft(name, Link(boxes_at(seen, rows), seen.key_of(into), context))


def set_category(seen: Resolved, track_id: int, category: str, name: str = "set class") -> Draft:
    """Change the class of a track."""
    rows = rows_of(seen, track_id)
    old = seen.labels.taxonomy.leaves[seen.cuboids.category[rows[0]]] if len(rows) else None
    return _set(seen, Target(seen.key_of(track_id)), {CATEGORY: old}, {CATEGORY: category}, name)


def set_attributes(
    seen: Resolved,
    track_id: int,
    values: Mapping[str, Value],
    frame_idx: int | None = None,
    name: str = "set attributes",
) -> Draft:
    """Set attributes of a track, or of its box in a frame; None removes one."""
    held: dict[str, Value] = {}
    for note in seen.attributes:
        if (note.track_id, note.frame_idx) == (track_id, frame_idx):
            held.update(note.values)
    old = {key: held.get(key) for key in values}
    return _set(seen, Target(seen.key_of(track_id), frame_idx), old, values, name)


def decide(
    seen: Resolved,
    verdict: Verdict,
    track_id: int | None = None,
    frame_idx: int | None = None,
    text: str = "",
) -> Draft:
    """Accept, reject or flag a box, a track, a frame, or, with neither given, the scene."""
    target, before = _target(seen, track_id, frame_idx)
    return Draft(verdict, Decide(target, verdict, text, before))


def comment(
    seen: Resolved, text: str, track_id: int | None = None, frame_idx: int | None = None
) -> Draft:
    """A remark on a box, a track, a frame, or the scene."""
    target, before = _target(seen, track_id, frame_idx)
    return Draft("comment", Comment(target, text, before))


def undo(edit: Edit) -> Draft:
    """Take an edit back."""
    return Draft(f"undo {edit.name}", Undo(edit.edit_id))


def redo(edit: Edit) -> Draft:
    """Bring an edit back."""
    return Draft(f"redo {edit.name}", Redo(edit.edit_id))


def _set(
    seen: Resolved, target: Target, old: Mapping[str, Value], new: Mapping[str, Value], name: str
) -> Draft:
    before = _evidence(seen, seen.track_of(target.track), target.frame_idx)
    return Draft(name, SetValues(target, old, dict(new), before))


def _target(
    seen: Resolved, track_id: int | None, frame_idx: int | None
) -> tuple[Target, tuple[Box, ...]]:
    if track_id is None:
        return Target(frame_idx=frame_idx), ()
    target = Target(seen.key_of(track_id), frame_idx)
    return target, _evidence(seen, track_id, frame_idx)


def _evidence(seen: Resolved, track_id: int, frame_idx: int | None) -> tuple[Box, ...]:
    rows = rows_of(seen, track_id)
    if frame_idx is not None:
        return boxes_at(seen, rows[seen.cuboids.frame_idx[rows] == frame_idx])
    return boxes_at(seen, _sampled(rows))


def _sampled(rows: Int64) -> Int64:
    """At most ``EVIDENCE`` rows, evenly, first and last among them."""
    if len(rows) <= EVIDENCE:
        return rows
    return rows[np.unique(np.linspace(0, len(rows) - 1, EVIDENCE).round().astype(np.int64))]


def _floats(values: Sequence[float] | Float64) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
