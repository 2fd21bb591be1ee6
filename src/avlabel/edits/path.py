"""One object's boxes over time: where people set them, where the labels have them, and between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import BoolArray, Float64, Int64
from avlabel.edits.corrections import carry
from avlabel.edits.labels import AutoLabels
from avlabel.edits.wishes import Keyframe, Wish
from avlabel.geometry.quaternions import slerp

NO_ROW = -1
ONWARD = ("onward", "track")


@dataclass(frozen=True, slots=True, eq=False)
class ObjectPath:
    """F boxes of one object, by frame.

    Attributes:
        frame_idx: (F,) int64.
        timestamp_ns: (F,) int64.
        center: (F, 3) float64 metres, world.
        quat_wxyz: (F, 4) float64.
        size_lwh: (F, 3) float64 metres.
        row: (F,) int64 row of the automatic box that it is or replaces, ``NO_ROW`` for none.
        human: (F,) bool: set by a person.
        moved: (F,) bool: not where the labels had it.
    """

    frame_idx: Int64
    timestamp_ns: Int64
    center: Float64
    quat_wxyz: Float64
    size_lwh: Float64
    row: Int64
    human: BoolArray
    moved: BoolArray

    def __len__(self) -> int:
        """Number of boxes."""
        return len(self.frame_idx)


def lay_path(wish: Wish, rows: Mapping[int, int], labels: AutoLabels) -> ObjectPath:
    """The object's boxes: human ones as set, automatic ones corrected like those around them.

    Between two keyframes the labels' own boxes are moved by a correction that turns from the
    one's into the other's; where the labels have none, position, rotation and size are
    interpolated. Beyond the keyframes a correction goes as far as its scope says.

    Args:
        wish: what people want of it.
        rows: row of its automatic box by frame, without those that were removed.
        labels: the automatic labels.
    """
    anchors = sorted(f for f, k in wish.keyframes.items() if k.scope != "frame")
    fill = _frames_between(anchors, labels) - rows.keys() - wish.removals.keys()
    frames = np.array(sorted(rows.keys() | wish.keyframes.keys() | fill), np.int64)
    path = _start(frames, wish.keyframes, rows, labels)
    untouched = np.column_stack([path.center, path.quat_wxyz, path.size_lwh])
    known = path.row != NO_ROW
    _correct(path, np.searchsorted(frames, anchors), wish, labels)
    has = known | path.human
    _fill(path, np.flatnonzero(~has), np.flatnonzero(has), labels)
    after = np.column_stack([path.center, path.quat_wxyz, path.size_lwh])
    path.moved[:] = np.any(untouched != after, axis=1) | path.human
    return path


def _frames_between(anchors: list[int], labels: AutoLabels) -> set[int]:
    if len(anchors) < 2:
        return set()
    number = labels.frames.frame_idx
    return set(number[(number > anchors[0]) & (number < anchors[-1])].tolist()) - set(anchors)


def _start(
    frames: Int64, keyframes: Mapping[int, Keyframe], rows: Mapping[int, int], labels: AutoLabels
) -> ObjectPath:
    """Automatic boxes and human ones in their places, the others still to be found."""
    row = np.array([rows.get(frame, NO_ROW) for frame in frames.tolist()], np.int64)
    human = np.isin(frames, np.fromiter(keyframes, np.int64, len(keyframes)))
    cuboids = labels.cuboids
    path = ObjectPath(
        frame_idx=frames,
        timestamp_ns=np.zeros(len(frames), np.int64),
        center=np.zeros((len(frames), 3)),
        quat_wxyz=np.tile([1.0, 0, 0, 0], (len(frames), 1)),
        size_lwh=np.ones((len(frames), 3)),
        row=row,
        human=human,
        moved=np.zeros(len(frames), np.bool_),
    )
    has = row != NO_ROW
    path.timestamp_ns[has] = cuboids.timestamp_ns[row[has]]
    path.center[has] = cuboids.center[row[has]]
    path.quat_wxyz[has] = cuboids.quat_wxyz[row[has]]
    path.size_lwh[has] = cuboids.size_lwh[row[has]]
    boxes = [keyframes[frame].box for frame in frames[human].tolist()]
    if boxes:
        path.timestamp_ns[human] = [box.timestamp_ns for box in boxes]
        path.center[human] = [box.center for box in boxes]
        path.quat_wxyz[human] = [box.quat_wxyz for box in boxes]
        path.size_lwh[human] = [box.size_lwh for box in boxes]
    return path


def _correct(path: ObjectPath, anchors: Int64, wish: Wish, labels: AutoLabels) -> None:
    """Move the automatic boxes from keyframe to keyframe, and beyond as far as scopes say."""
    if not len(anchors):
        return
    known = path.row != NO_ROW
    center, quat = np.zeros((len(path), 3)), np.tile([1.0, 0, 0, 0], (len(path), 1))
    center[known] = labels.cuboids.center[path.row[known]]
    quat[known] = _without_flips(labels.cuboids.quat_wxyz[path.row[known]])
    reached = np.ones(len(anchors) + 1, np.bool_)
    first, last = (wish.keyframes[int(path.frame_idx[anchors[end]])] for end in (0, -1))
    reached[0], reached[-1] = first.scope == "track", last.scope in ONWARD
    free = known & ~path.human
    places = path.center, path.quat_wxyz, path.size_lwh
    carry(anchors, reached, path.timestamp_ns, free, known, center, quat, *places)


def _without_flips(quat_wxyz: Float64) -> Float64:
    """(N, 4) rotations in order of time, those turned back that were taken for their opposite.

    An object does not turn by more than a quarter turn between two frames: what looks like it is
    a heading taken for its opposite, and is so until the next such jump.
    """
    w, x, y, z = quat_wxyz.T
    heading = np.column_stack([1 - 2 * (y * y + z * z), 2 * (w * z + x * y)])
    jumps = np.sum(heading[1:] * heading[:-1], axis=1) < 0
    flipped = np.zeros(len(quat_wxyz), np.bool_)
    flipped[1:] = np.cumsum(jumps) % 2
    # Half a turn about the box's own z axis.
    return np.where(flipped[:, None], np.column_stack([-z, y, -x, w]), quat_wxyz)


def _fill(path: ObjectPath, missing: Int64, known: Int64, labels: AutoLabels) -> None:
    """Interpolate between the nearest boxes before and after; real times, shortest turn."""
    if not len(missing):
        return
    after = known[np.searchsorted(known, missing)]
    before = known[np.searchsorted(known, missing) - 1]
    ref_ns = _ref_ns(path, labels)
    lag_ns = path.timestamp_ns - ref_ns
    share = (ref_ns[missing] - ref_ns[before]) / np.maximum(ref_ns[after] - ref_ns[before], 1)
    share = np.clip(share, 0, 1)
    lag = lag_ns[before] + share * (lag_ns[after] - lag_ns[before])
    path.timestamp_ns[missing] = ref_ns[missing] + np.rint(lag).astype(np.int64)
    path.center[missing] = _mix(path.center[before], path.center[after], share)
    path.size_lwh[missing] = _mix(path.size_lwh[before], path.size_lwh[after], share)
    path.quat_wxyz[missing] = slerp(path.quat_wxyz[before], path.quat_wxyz[after], share)


def _ref_ns(path: ObjectPath, labels: AutoLabels) -> Int64:
    """(F,) reference time of each frame; of one that the labels lack, its box's own."""
    frames = labels.frames
    at = np.clip(np.searchsorted(frames.frame_idx, path.frame_idx), 0, max(len(frames) - 1, 0))
    out = path.timestamp_ns.copy()
    if len(frames):
        there = frames.frame_idx[at] == path.frame_idx
        out[there] = frames.ref_ns[at[there]]
    return out


def _mix(a: Float64, b: Float64, share: Float64) -> Float64:
    """(F, 3) from ``a`` to ``b``, (3,) or (F, 3), by shares (F,)."""
    return np.asarray(a + share[:, None] * (b - a))
