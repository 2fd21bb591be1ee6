"""KITTI's label files as truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from avlabel.core.arrays import BoolArray, Float64, Int32, Int64
from avlabel.core.cuboids import NO_TRACK, Cuboids
from avlabel.core.log import SweepIndex, Truth
from avlabel.core.se3 import SE3
from avlabel.core.taxonomy import default_taxonomy
from avlabel.core.trajectory import Trajectory
from avlabel.errors import ReadError
from avlabel.readers.files import finite_numbers, read_text

LEAVES = {
    "Car": "car",
    "Van": "van",
    "Truck": "truck",
    "Tram": "bus",
    "Pedestrian": "pedestrian",
    "Person_sitting": "pedestrian",
    "Person": "pedestrian",
    "Cyclist": "bicycle",
    "Misc": "unknown",
}
DONT_CARE = "DontCare"
OBJECT_WORDS = 15


@dataclass(frozen=True, slots=True, eq=False)
class KittiLabels:
    """N rows of label files.

    Attributes:
        types: N class names.
        frame_idx: (N,) int32.
        track_id: (N,) int64, -1 in the object benchmark.
        values: (N, 14) float64 truncation, occlusion, alpha, then u0 v0 u1 v1 (pixels),
            h w l (metres), x y z of the bottom face's centre (rectified camera 0, metres),
            rotation_y (radians).
    """

    types: Sequence[str]
    frame_idx: Int32
    track_id: Int64
    values: Float64

    def select(self, keep: BoolArray) -> KittiLabels:
        """The rows that the mask picks."""
        types = [name for name, kept in zip(self.types, keep, strict=True) if kept]
        return KittiLabels(types, self.frame_idx[keep], self.track_id[keep], self.values[keep])


def read_tracking_labels(path: Path, *, any_class: bool = False) -> KittiLabels:
    """Read a label file of the tracking benchmark: frame, track id, then an object's 15 words.

    Args:
        path: the file.
        any_class: whether class names other than KITTI's are taken too.

    Raises:
        ReadError: naming file and line.
    """
    rows = _rows(path, OBJECT_WORDS + 2)
    numbers = [[_whole(word, where) for word in words[:2]] for where, words in rows]
    frame_track = np.array(numbers, np.int64).reshape(-1, 2)
    objects = [(where, words[2:]) for where, words in rows]
    return _labels(objects, frame_track[:, 0], frame_track[:, 1], any_class=any_class)


def read_object_labels(paths: dict[int, Path], *, any_class: bool = False) -> KittiLabels:
    """Read label files of the object benchmark, one a frame.

    Args:
        paths: files by frame number.
        any_class: whether class names other than KITTI's are taken too.

    Raises:
        ReadError: naming file and line.
    """
    rows, frame_idx = [], []
    for frame, path in paths.items():
        rows_here = _rows(path, OBJECT_WORDS)
        rows += rows_here
        frame_idx += [frame] * len(rows_here)
    frames, no_tracks = np.array(frame_idx, np.int64), np.full(len(rows), NO_TRACK)
    return _labels(rows, frames, no_tracks, any_class=any_class)


def truth_from_labels(
    labels: KittiLabels,
    sweeps: SweepIndex,
    trajectory: Trajectory,
    ego_from_rect: SE3,
    camera: str,
) -> Truth:
    """Truth in the world, for the frames that have a sweep.

    Args:
        labels: rows of any frames.
        sweeps: frames to keep, and their times.
        trajectory: poses at those times.
        ego_from_rect: where the labels' own frame sits.
        camera: id of the camera whose view the labels cover.
    """
    labels = labels.select(np.isin(labels.frame_idx, sweeps.frame_idx))
    dont_care = np.array([name == DONT_CARE for name in labels.types], np.bool_)
    boxes, regions = labels.select(~dont_care), labels.select(dont_care)
    timestamp_ns = sweeps.ref_ns[np.searchsorted(sweeps.frame_idx, boxes.frame_idx)]
    world_from_rect = trajectory.at(timestamp_ns) @ ego_from_rect
    pose = world_from_rect @ rect_from_box(boxes.values)
    taxonomy = default_taxonomy()
    cuboids = Cuboids.build(
        "world",
        frame_idx=boxes.frame_idx,
        timestamp_ns=timestamp_ns,
        track_id=boxes.track_id,
        category=np.array([taxonomy.code(LEAVES[name]) for name in boxes.types], np.int16),
        center=np.asarray(pose.translation),
        quat_wxyz=pose.quat_wxyz,
        size_lwh=boxes.values[:, [9, 8, 7]],
    )
    ignored = cuboids.category == taxonomy.code("unknown")
    return Truth(cuboids, ignored, camera, regions.frame_idx, regions.values[:, 3:7])


def rect_from_box(values: Float64) -> SE3:
    """Box poses in the camera: x along the length, z towards the sky, origin at the centre.

    ``values`` are those of ``KittiLabels``.

    rotation_y turns about the camera's y axis, which points down; 0 faces the camera's x axis.
    """
    height, yaw = values[:, 7], values[:, 13]
    c, s, zero, one = np.cos(yaw), np.sin(yaw), np.zeros_like(yaw), np.ones_like(yaw)
    rows = np.stack([c, s, zero, zero, zero, -one, -s, c, zero], axis=-1)
    center = values[:, 10:13] - np.stack([zero, height / 2, zero], axis=-1)
    return SE3(rows.reshape(-1, 3, 3), center)


def _rows(path: Path, words: int) -> list[tuple[str, list[str]]]:
    rows = []
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        row, where = line.split(), f"{path}: line {number}"
        if row and len(row) != words:
            raise ReadError(f"{where}: expected {words} words, got {len(row)}")
        if row:
            rows.append((where, row))
    return rows


def _whole(word: str, where: str) -> int:
    (value,) = finite_numbers([word], where)
    if value != round(value) or abs(value) >= 2**31:
        raise ReadError(f"{where}: expected frame and track as whole numbers, got '{word}'")
    return round(value)


def _labels(
    rows: list[tuple[str, list[str]]], frame_idx: Int64, track_id: Int64, *, any_class: bool
) -> KittiLabels:
    for where, words in [] if any_class else rows:
        if words[0] != DONT_CARE and words[0] not in LEAVES:
            known = ", ".join([*LEAVES, DONT_CARE])
            raise ReadError(f"{where}: expected a class out of {known}, got '{words[0]}'")
    values = [finite_numbers(words[1:], where) for where, words in rows]
    return KittiLabels(
        [words[0] for _, words in rows],
        frame_idx.astype(np.int32),
        track_id.astype(np.int64),
        np.array(values, np.float64).reshape(-1, OBJECT_WORDS - 1),
    )
