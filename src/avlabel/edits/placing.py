"""Edits in the world and the frames of the labels that they are laid onto."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
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
from avlabel.edits.timeline import Turn


class Placing:
    """Edits with their boxes moved to the labels' origin and frame numbers, as they come and go.

    Frame numbers are the recording's own, so they hold as long as their times do. A number that
    the labels lack, or use for another time, becomes that of the frame nearest in time.

    Args:
        labels: onto which edits are laid.
    """

    def __init__(self, labels: AutoLabels) -> None:
        self._labels = labels
        self._ref_ns = dict(
            zip(labels.frames.frame_idx.tolist(), labels.frames.ref_ns.tolist(), strict=True)
        )
        self._period_ns = labels.period_ns
        self._fitting: Counter[int] = Counter()
        self._strange: dict[int, Counter[int]] = defaultdict(Counter)
        self._nearest: dict[int, int | None] = {}
        self._numbers: dict[int, int] = {}

    def place(self, turn: Turn, holding: Mapping[str, Edit]) -> Turn:
        """The same turn, placed; all edits where one of them changes what numbers mean.

        Args:
            turn: edits that hold no longer, and that do now.
            holding: all that hold now.
        """
        for edit in turn.gone:
            self._count(edit, -1)
        for edit in turn.come:
            self._count(edit, +1)
        numbers = self._new_numbers()
        if numbers != self._numbers:
            come = {edit.edit_id for edit in turn.come}
            before = [edit for of, edit in holding.items() if of not in come]
            turn = Turn((*turn.gone, *before), tuple(holding.values()))
        self._numbers = numbers
        return Turn(turn.gone, tuple(self._placed(edit) for edit in turn.come))

    def _count(self, edit: Edit, sign: int) -> None:
        """Count boxes whose frame number fits their time, and times of those where not."""
        for box in boxes_of(edit.change):
            number, time_ns = box.frame_idx, box.timestamp_ns
            ref_ns = self._ref_ns.get(number)
            if ref_ns is not None and abs(ref_ns - time_ns) <= self._period_ns:
                _add(self._fitting, number, sign)
            else:
                _add(self._strange[number], time_ns, sign)

    def _new_numbers(self) -> dict[int, int]:
        """New number by old, of those that change; no two become one."""
        times = {number: min(seen) for number, seen in self._strange.items() if seen}
        if not times:
            return {}
        taken, changed = set(self._fitting), {}
        for number in sorted(times.keys() - taken):
            near = self._nearest_frame(times[number])
            if near is None or near in taken:
                near = number if number not in taken else max(taken | self._ref_ns.keys()) + 1
            taken.add(near)
            if near != number:
                changed[number] = near
        return changed

    def _nearest_frame(self, time_ns: int) -> int | None:
        if time_ns not in self._nearest:
            self._nearest[time_ns] = self._look_up(time_ns)
        return self._nearest[time_ns]

    def _look_up(self, time_ns: int) -> int | None:
        frames = self._labels.frames
        if not len(frames):
            return None
        row = int(np.argmin(np.abs(frames.ref_ns - time_ns)))
        if abs(int(frames.ref_ns[row]) - time_ns) > self._period_ns / 2:
            return None
        return int(frames.frame_idx[row])

    def _placed(self, edit: Edit) -> Edit:
        origin_m, numbers = self._labels.origin_m, self._numbers
        if edit.origin_m == origin_m and not numbers:
            return edit
        boxes = set(boxes_of(edit.change))
        moved = {box: _moved(box, edit.origin_m, origin_m, numbers) for box in boxes}
        return _with_frame(replace(edit, change=with_boxes(edit.change, moved)), numbers)


def _add(counted: Counter[int], what: int, sign: int) -> None:
    """Count one more or less; what is counted down to nothing is left out."""
    counted[what] += sign
    if not counted[what]:
        del counted[what]


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
