"""Edits in the world and the frames of the labels that they are laid onto."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from avlabel.edits.labels import AutoLabels
from avlabel.edits.model import (
    Box,
    Comment,
    Decide,
    Edit,
    SetValues,
    Vector,
    boxes_of,
    with_boxes,
)


def place(edits: Sequence[Edit], labels: AutoLabels) -> list[Edit]:
    """The edits with their boxes moved to the labels' origin and frame numbers.

    Frame numbers are the recording's own, so they hold as long as their times do. A number that
    the labels lack, or use for another time, becomes that of the frame nearest in time.
    """
    frames = _frame_numbers(edits, labels)
    return [_placed(edit, labels.origin_m, frames) for edit in edits]


def _placed(edit: Edit, origin_m: Vector, frames: Mapping[int, int]) -> Edit:
    if edit.origin_m == origin_m and not frames:
        return edit
    boxes = set(boxes_of(edit.change))
    moved = {box: _moved(box, edit.origin_m, origin_m, frames) for box in boxes}
    return _with_frame(replace(edit, change=with_boxes(edit.change, moved)), frames)


def _moved(box: Box, src: Vector, dst: Vector, frames: Mapping[int, int]) -> Box:
    """Origins are whole metres, so their difference, and with it the move, is exact."""

    def shifted(place: Vector) -> Vector:
        return tuple(x + (a - b) for x, a, b in zip(place[:3], src, dst, strict=True)) + place[3:]

    moved = replace(box, frame_idx=frames.get(box.frame_idx, box.frame_idx))
    if src == dst:
        return moved
    was = shifted(box.auto_place) if box.auto_place else ()
    return replace(moved, center=shifted(box.center), auto_place=was)


def _with_frame(edit: Edit, frames: Mapping[int, int]) -> Edit:
    change = edit.change
    if not isinstance(change, SetValues | Decide | Comment):
        return edit
    number = change.target.frame_idx
    if number is None or number not in frames:
        return edit
    target = replace(change.target, frame_idx=frames[number])
    return replace(edit, change=replace(change, target=target))


def _frame_numbers(edits: Sequence[Edit], labels: AutoLabels) -> dict[int, int]:
    """New number by old, of those that change; no two become one."""
    times = {box.frame_idx: box.timestamp_ns for e in edits for box in boxes_of(e.change)}
    ref_ns = dict(zip(labels.frames.frame_idx.tolist(), labels.frames.ref_ns.tolist(), strict=True))
    period_ns = labels.period_ns
    fits = {n for n, t in times.items() if n in ref_ns and abs(ref_ns[n] - t) <= period_ns}
    taken, changed = set(fits), {}
    for number in sorted(times.keys() - fits):
        near = _nearest_frame(times[number], labels)
        if near is None or near in taken:
            near = number if number not in taken else max(taken | ref_ns.keys()) + 1
        taken.add(near)
        if near != number:
            changed[number] = near
    return changed


def _nearest_frame(time_ns: int, labels: AutoLabels) -> int | None:
    if not len(labels.frames):
        return None
    row = int(np.argmin(np.abs(labels.frames.ref_ns - time_ns)))
    if abs(int(labels.frames.ref_ns[row]) - time_ns) > labels.period_ns / 2:
        return None
    return int(labels.frames.frame_idx[row])
