"""One object's boxes as cuboids, laid anew only where what they depend on has changed."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace

import numpy as np

from avlabel.core.arrays import BoolArray, Float64
from avlabel.core.cuboids import Cuboids, Source
from avlabel.edits.labels import AutoLabels
from avlabel.edits.path import NO_ROW, ObjectPath, lay_path
from avlabel.edits.wishes import Keyframe, Wish

MAX_STEP_NS = 1_000_000_000
"""Speeds are taken between boxes at most this far apart."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What the boxes of an object depend on.

    Attributes:
        category: class that was set, "" for none.
        keyframes: boxes set, by frame.
        removed: frames whose box was deleted.
        rows: automatic boxes, by frame.
    """

    category: str
    keyframes: Mapping[int, Keyframe]
    removed: Set[int]
    rows: Mapping[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """One object's boxes.

    Attributes:
        wish: what people want of it.
        ground: what the boxes depend on, to be compared.
        path: where it is.
        boxes: the same as cuboids, still without their track's id.
    """

    wish: Wish
    ground: Ground
    path: ObjectPath
    boxes: Cuboids


class Layer:
    """Lays objects on the same labels again and again.

    Args:
        labels: the automatic labels.
    """

    def __init__(self, labels: AutoLabels) -> None:
        self.labels = labels
        self._known: dict[str, Laid] = {}

    def lay(self, wish: Wish, rows: Mapping[int, int]) -> Laid:
        """The boxes of an object, those of the last time if nothing has changed.

        Args:
            wish: what people want of it.
            rows: its automatic boxes, by frame.
        """
        ground = Ground(wish.category, dict(wish.keyframes), set(wish.removals), dict(rows))
        earlier = self._known.get(wish.key)
        if earlier is not None and earlier.ground == ground:
            return replace(earlier, wish=wish)
        path = lay_path(wish, rows, self.labels)
        boxes = _boxes(path, _class_of(wish, rows, self.labels), self.labels)
        self._known[wish.key] = Laid(wish, ground, path, boxes)
        return self._known[wish.key]


def _class_of(wish: Wish, rows: Mapping[int, int], labels: AutoLabels) -> int:
    """What a person called it, else what the labels do, else what its last keyframe says."""
    leaves = labels.taxonomy.leaves
    if wish.category in leaves:
        return leaves.index(wish.category)
    if rows:
        codes = labels.cuboids.category[list(rows.values())].astype(np.int64)
        return int(np.argmax(np.bincount(codes)))
    latest = max(wish.keyframes.values(), key=lambda k: (k.edit.order, k.box.frame_idx))
    if latest.box.category in leaves:
        return leaves.index(latest.box.category)
    return leaves.index("unknown") if "unknown" in leaves else 0


def _boxes(path: ObjectPath, category: int, labels: AutoLabels) -> Cuboids:
    """The boxes of an object; what the labels had and nobody moved keeps its facts."""
    auto = labels.cuboids
    has = path.row != NO_ROW
    row = path.row[has]
    source = np.where(path.human, Source.HUMAN, Source.INTERPOLATED)
    source[has & ~path.moved] = auto.source[path.row[has & ~path.moved]]
    is_keyframe, score = path.human.copy(), np.ones(len(path))
    is_keyframe[has & ~path.moved] = auto.is_keyframe[path.row[has & ~path.moved]]
    score[has] = auto.score[row]
    score[path.human] = 1.0
    num_points = np.full(len(path), -1)
    num_points[has & ~path.moved] = auto.num_points[path.row[has & ~path.moved]]
    velocity = _velocity(path)
    known = np.isfinite(auto.velocity[row]).all(axis=1)
    velocity[np.flatnonzero(has)[known]] = auto.velocity[row[known]]
    return Cuboids.build(
        "world",
        frame_idx=path.frame_idx,
        timestamp_ns=path.timestamp_ns,
        category=np.full(len(path), category),
        center=path.center,
        quat_wxyz=path.quat_wxyz,
        size_lwh=path.size_lwh,
        velocity=velocity,
        score=score,
        num_points=num_points,
        source=source,
        is_keyframe=is_keyframe,
    )


def _velocity(path: ObjectPath) -> Float64:
    """(F, 3) metres a second from the boxes before and after; NaN where none is near."""
    n = len(path)
    before, after = np.clip(np.arange(n) - 1, 0, None), np.clip(np.arange(n) + 1, None, n - 1)
    step_ns = path.timestamp_ns[after] - path.timestamp_ns[before]
    near: BoolArray = (step_ns > 0) & (step_ns <= 2 * MAX_STEP_NS)
    velocity = np.full((n, 3), np.nan)
    way = path.center[after[near]] - path.center[before[near]]
    velocity[near] = way / (step_ns[near, None] * 1e-9)
    return velocity
