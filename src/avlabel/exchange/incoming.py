"""Labels that come in, whatever their format, and the scene that they are for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from avlabel.core.arrays import BoolArray, Float32, Float64, Int32, Int64, IntArray
from avlabel.core.frames import Frames
from avlabel.core.rig import Camera, Rig
from avlabel.core.se3 import SE3, matrix_from_quat, quat_from_yaw
from avlabel.errors import ReadError
from avlabel.exchange.account import Account
from avlabel.exchange.classes import MAX_NAME
from avlabel.exchange.options import ImportOptions

MAX_SIZE_M = 1000.0
MAX_PLACE_M = 1e8


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """The scene that labels are read for.

    Attributes:
        frames: its frames, in the scene's world.
        rig: its sensors.
        origin_m: (3,) float64: recording's world = scene's world + this.
        options: the user's wishes.
        account: told what of the file is not used.
    """

    frames: Frames
    rig: Rig
    origin_m: Float64
    options: ImportOptions
    account: Account

    def rows_at(self, times_ns: IntArray) -> Int64:
        """(N,) rows of the frames nearest in time (N,), -1 where none is within half a period."""
        times_ns, ref_ns = np.asarray(times_ns, np.int64), self.frames.ref_ns
        period_ns = int(np.median(np.diff(ref_ns))) if len(ref_ns) > 1 else 100_000_000
        after = np.clip(np.searchsorted(ref_ns, times_ns), 0, len(ref_ns) - 1)
        before = np.maximum(after - 1, 0)
        early = np.abs(ref_ns[before] - times_ns) <= np.abs(ref_ns[after] - times_ns)
        nearest = np.where(early, before, after)
        near = np.abs(ref_ns[nearest] - times_ns) <= period_ns // 2
        return np.where(near, nearest, -1).astype(np.int64)

    def rows_of_sweeps(self, times_ns: IntArray, to_middle_ns: int) -> Int64:
        """(N,) rows of the frames of sweeps (N,) that labels go by; -1 where there is none.

        A scene made from such sweeps has its frames in their middle, ``to_middle_ns`` later, which
        may be nearer to another sweep's time; any other scene's frames are looked for by time.
        """
        middle_ns = np.asarray(times_ns, np.int64) + to_middle_ns
        made_from_them = np.isin(middle_ns, self.frames.ref_ns)
        if not made_from_them.any():
            return self.rows_at(times_ns)
        return np.where(made_from_them, self.rows_at(middle_ns), -1)

    def rows_of(self, frame_idx: IntArray) -> Int64:
        """(N,) rows of frame numbers (N,), -1 where the scene has no such frame."""
        numbers, wanted = self.frames.frame_idx, np.asarray(frame_idx, np.int64)
        rows = np.clip(np.searchsorted(numbers, wanted), 0, len(numbers) - 1)
        return np.where(numbers[rows] == wanted, rows, -1).astype(np.int64)


@dataclass(frozen=True, slots=True)
class LabelRow:
    """One box as a file has it, in the ego frame of its frame.

    Attributes:
        frame_row: row of the scene's frame; -1 if it has none, and the box is entered as left out.
        object_id: of the object, in the file; unique in a frame.
        class_name: the file's own.
        where: file and place, for messages.
        center: x, y, z metres.
        size_lwh: length, width, height, metres.
        quat_wxyz: unit quaternion.
        score: how sure, NaN where the file does not say.
    """

    frame_row: int
    object_id: str
    class_name: str
    where: str
    center: Sequence[float]
    size_lwh: Sequence[float]
    quat_wxyz: Sequence[float]
    score: float = float("nan")


@dataclass(frozen=True, slots=True, eq=False)
class Incoming:
    """N boxes in the scene's world, checked.

    Attributes:
        frame_idx: (N,) int32 numbers of frames that the scene has.
        timestamp_ns: (N,) int64, -1 where the file gives none of a box's own.
        object_id: N names of objects; one has one box a frame at most.
        class_name: N names as the file has them.
        where: N places in the file.
        center: (N, 3) float64 metres.
        quat_wxyz: (N, 4) float64.
        size_lwh: (N, 3) float32 metres.
        score: (N,) float32, NaN where not told.
        view: the camera whose image the labels cover; None if they cover all around.
    """

    frame_idx: Int32
    timestamp_ns: Int64
    object_id: tuple[str, ...]
    class_name: tuple[str, ...]
    where: tuple[str, ...]
    center: Float64
    quat_wxyz: Float64
    size_lwh: Float32
    score: Float32
    view: Camera | None = None

    def __len__(self) -> int:
        """Number of boxes."""
        return len(self.frame_idx)

    def select(self, keep: BoolArray) -> Incoming:
        """The rows that the mask picks."""
        rows = np.flatnonzero(keep).tolist()
        picked: dict[str, Any] = {"view": self.view}
        for name in (field.name for field in fields(self) if field.name != "view"):
            values = getattr(self, name)
            is_array = isinstance(values, np.ndarray)
            picked[name] = values[keep] if is_array else tuple(values[row] for row in rows)
        return Incoming(**picked)


def from_ego(
    rows: Sequence[LabelRow], target: Target, timestamp_ns: Int64 | None = None
) -> Incoming:
    """Boxes in the ego frames of their frames, as the scene's world has them.

    Args:
        rows: boxes, each in the ego frame of its frame.
        target: the scene.
        timestamp_ns: (N,) int64 times of the boxes, -1 where one has none of its own.

    Raises:
        ReadError: naming the place of what is no box, or of a second box of an object in a frame.
    """
    rows, times_ns = _in_scene(rows, target, timestamp_ns)
    frame_rows = np.array([row.frame_row for row in rows], np.int64)
    placed = target.frames.world_from_ego[frame_rows] @ _poses(rows)
    return incoming(rows, target.frames.frame_idx[frame_rows], placed, times_ns)


def from_world(
    rows: Sequence[LabelRow], target: Target, timestamp_ns: Int64 | None = None
) -> Incoming:
    """The same of boxes in the recording's own world."""
    rows, times_ns = _in_scene(rows, target, timestamp_ns)
    frame_rows = np.array([row.frame_row for row in rows], np.int64)
    pose = _poses(rows)
    placed = SE3(pose.rotation, pose.translation - target.origin_m)
    return incoming(rows, target.frames.frame_idx[frame_rows], placed, times_ns)


def incoming(rows: Sequence[LabelRow], frame_idx: Int32, pose: SE3, times_ns: Int64) -> Incoming:
    """Rows with their poses in the scene's world."""
    taken: dict[tuple[int, str], str] = {}
    for row in rows:
        if earlier := taken.get((row.frame_row, row.object_id)):
            raise ReadError(
                f"{row.where}: object '{row.object_id}' has a second box in its frame; "
                f"the first is at {earlier}"
            )
        taken[row.frame_row, row.object_id] = row.where
        for name in (row.object_id, row.class_name):
            _check_text(name, row.where)
    return Incoming(
        frame_idx=frame_idx,
        timestamp_ns=times_ns,
        object_id=tuple(row.object_id for row in rows),
        class_name=tuple(row.class_name for row in rows),
        where=tuple(row.where for row in rows),
        center=np.asarray(pose.translation, np.float64),
        quat_wxyz=pose.quat_wxyz,
        size_lwh=np.array([row.size_lwh for row in rows], np.float32).reshape(-1, 3),
        score=np.array([row.score for row in rows], np.float32),
    )


def _check_text(name: str, where: str) -> None:
    if len(name) > MAX_NAME or not name.isprintable():
        raise ReadError(
            f"{where}: expected names of at most {MAX_NAME} printable letters, got {name[:40]!r}"
        )


def yaw_quat(yaw: float) -> list[float]:
    """A quaternion w, x, y, z of a turn about z, radians."""
    quat: list[float] = quat_from_yaw(np.array(yaw, np.float64)).tolist()
    return quat


def _in_scene(
    rows: Sequence[LabelRow], target: Target, timestamp_ns: Int64 | None
) -> tuple[list[LabelRow], Int64]:
    """The rows whose frame the scene has, and their times; the others are entered."""
    times_ns = np.full(len(rows), -1, np.int64) if timestamp_ns is None else timestamp_ns
    there = np.array([row.frame_row >= 0 for row in rows], np.bool_)
    absent = [row for row, kept in zip(rows, there, strict=True) if not kept]
    shown = [{"object": row.object_id[:MAX_NAME], "where": row.where} for row in absent]
    target.account.drop_rows("no such frame in the scene", shown)
    return [row for row, kept in zip(rows, there, strict=True) if kept], times_ns[there]


def _poses(rows: Sequence[LabelRow]) -> SE3:
    """A stack of N poses, of boxes that are some."""
    quat, center = _checked(rows)
    return SE3(matrix_from_quat(quat), center)


def _checked(rows: Sequence[LabelRow]) -> tuple[Float64, Float64]:
    """(N, 4) quaternions and (N, 3) centres of boxes that are some."""
    center = np.array([row.center for row in rows], np.float64).reshape(-1, 3)
    size = np.array([row.size_lwh for row in rows], np.float64).reshape(-1, 3)
    quat = np.array([row.quat_wxyz for row in rows], np.float64).reshape(-1, 4)
    with np.errstate(over="ignore", invalid="ignore"):
        norm = np.linalg.norm(quat, axis=1)
        faults: list[tuple[np.ndarray, str, Callable[[LabelRow], Sequence[float]]]] = [
            (
                ~np.all(np.abs(center) <= MAX_PLACE_M, axis=1),
                "a centre in metres",
                lambda row: row.center,
            ),
            (
                ~np.all((size > 0) & (size <= MAX_SIZE_M), axis=1),
                f"a size of more than 0 and at most {MAX_SIZE_M:g} m",
                lambda row: row.size_lwh,
            ),
            (~(np.abs(norm - 1) < 1e-2), "a unit quaternion", lambda row: row.quat_wxyz),
        ]
    for wrong, expected, got in faults:
        if wrong.any():
            row = rows[int(np.argmax(wrong))]
            raise ReadError(f"{row.where}: expected {expected}, got {list(got(row))}")
    return quat, center
