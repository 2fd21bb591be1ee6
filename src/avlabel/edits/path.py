"""One object's boxes over time: where people set them, where the labels have them, and between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from avlabel.core.arrays import BoolArray, Float64, Int64
from avlabel.edits.labels import AutoLabels
from avlabel.edits.wishes import Keyframe, Wish

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
    at = np.searchsorted(frames, anchors)
    automatic = path.row != NO_ROW
    untouched = path.center.copy(), path.quat_wxyz.copy(), path.size_lwh.copy()
    auto = _auto_places(path, labels)
    for first, last in zip([None, *at], [*at, None], strict=True):
        _correct(path, auto, first, last, wish)
    known = automatic | path.human
    _fill(path, np.flatnonzero(~known), np.flatnonzero(known), labels)
    before = np.column_stack(untouched)
    after = np.column_stack([path.center, path.quat_wxyz, path.size_lwh])
    path.moved[:] = np.any(before != after, axis=1) | path.human
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
    for i in np.flatnonzero(human).tolist():
        box = keyframes[int(frames[i])].box
        path.timestamp_ns[i], path.center[i] = box.timestamp_ns, box.center
        path.quat_wxyz[i], path.size_lwh[i] = box.quat_wxyz, box.size_lwh
    return path


@dataclass(frozen=True, slots=True, eq=False)
class _Places:
    """Where the labels have F boxes, headings without sudden half turns."""

    center: Float64
    rotation: Rotation
    known: BoolArray


def _auto_places(path: ObjectPath, labels: AutoLabels) -> _Places:
    known = path.row != NO_ROW
    center, quat = np.zeros((len(path), 3)), np.tile([1.0, 0, 0, 0], (len(path), 1))
    center[known] = labels.cuboids.center[path.row[known]]
    quat[known] = labels.cuboids.quat_wxyz[path.row[known]]
    rotation = Rotation.from_quat(quat, scalar_first=True)
    at = np.flatnonzero(known)
    heading = rotation.as_matrix()[at, :2, 0]
    # An object does not turn by more than a quarter turn between two frames: what looks like
    # it is a heading taken for its opposite, and is so until the next such jump.
    jumps = np.sum(heading[1:] * heading[:-1], axis=1) < 0
    about = np.zeros((len(path), 3))
    about[at[1:], 2] = np.pi * (np.cumsum(jumps) % 2)
    return _Places(center, rotation * Rotation.from_rotvec(about), known)


def _correct(
    path: ObjectPath, auto: _Places, first: int | None, last: int | None, wish: Wish
) -> None:
    """Move the automatic boxes between two anchors, given by position, None for an open end."""
    here = np.arange(0 if first is None else first + 1, len(path) if last is None else last)
    here = here[auto.known[here] & ~path.human[here]]
    ends = [at for at in (first, last) if at is not None]
    if not len(here) or not ends or not _reaches(path, first, last, wish):
        return
    weight = _share(path.timestamp_ns[here], path, ends)
    path.size_lwh[here] = _mix(path.size_lwh[ends[0]], path.size_lwh[ends[-1]], weight)
    ends = [at for at in ends if auto.known[at]]
    if not ends:
        return
    correction = [_correction(path, auto, at) for at in ends]
    (turn, shift), (last_turn, last_shift) = correction[0], correction[-1]
    between = (turn.inv() * last_turn).as_rotvec()
    if np.linalg.norm(between) > np.pi / 2:
        # Half a turn was put right on one side: boxes turn over, they do not spin.
        weight = np.round(weight)
    turned = turn * Rotation.from_rotvec(weight[:, None] * between)
    shifted = _mix(shift, last_shift, weight)
    path.center[here] = auto.center[here] + auto.rotation[here].apply(shifted)
    path.quat_wxyz[here] = _quat(auto.rotation[here] * turned)


def _reaches(path: ObjectPath, first: int | None, last: int | None, wish: Wish) -> bool:
    """Whether a stretch with an open end lies within the scope of its only keyframe."""
    if first is not None and last is not None:
        return True
    if first is not None:
        return wish.keyframes[int(path.frame_idx[first])].scope in ONWARD
    return last is not None and wish.keyframes[int(path.frame_idx[last])].scope == "track"


def _correction(path: ObjectPath, auto: _Places, at: int) -> tuple[Rotation, Float64]:
    """What takes the automatic box to the human one, in the automatic box's own axes."""
    back = auto.rotation[at].inv()
    turn = back * Rotation.from_quat(path.quat_wxyz[at], scalar_first=True)
    return turn, np.asarray(back.apply(path.center[at] - auto.center[at]))


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
    start = Rotation.from_quat(path.quat_wxyz[before], scalar_first=True)
    stop = Rotation.from_quat(path.quat_wxyz[after], scalar_first=True)
    turn = Rotation.from_rotvec(share[:, None] * (start.inv() * stop).as_rotvec())
    path.quat_wxyz[missing] = _quat(start * turn)


def _ref_ns(path: ObjectPath, labels: AutoLabels) -> Int64:
    """(F,) reference time of each frame; of one that the labels lack, its box's own."""
    frames = labels.frames
    at = np.clip(np.searchsorted(frames.frame_idx, path.frame_idx), 0, max(len(frames) - 1, 0))
    out = path.timestamp_ns.copy()
    if len(frames):
        there = frames.frame_idx[at] == path.frame_idx
        out[there] = frames.ref_ns[at[there]]
    return out


def _share(time_ns: Int64, path: ObjectPath, ends: list[int]) -> Float64:
    """0 at the first end to 1 at the last, by time."""
    start, stop = int(path.timestamp_ns[ends[0]]), int(path.timestamp_ns[ends[-1]])
    return np.clip((time_ns - start) / max(stop - start, 1), 0.0, 1.0)


def _mix(a: Float64, b: Float64, share: Float64) -> Float64:
    """(F, 3) from ``a`` to ``b``, (3,) or (F, 3), by shares (F,)."""
    return np.asarray(a + share[:, None] * (b - a))


def _quat(rotation: Rotation) -> Float64:
    return np.asarray(rotation.as_quat(canonical=True, scalar_first=True))
