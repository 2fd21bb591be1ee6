"""What becomes of each box that comes in: set, left as it is, or refused."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from avlabel.core.cuboids import NO_TRACK
from avlabel.core.se3 import SE3, wrap_angle, yaw_from_quat
from avlabel.edits.model import Box
from avlabel.edits.resolved import Resolved
from avlabel.exchange.incoming import Incoming
from avlabel.exchange.matching import NO_BOX, MatchedObject

SAME_M, SAME_RAD = 2e-3, 2e-3
"""A box that differs by less from the scene's own is that one: there is nothing to edit."""


@dataclass(frozen=True, slots=True)
class FormatFacts:
    """What a format tells of boxes.

    Attributes:
        name: of the format.
        has_tilt: rotations other than about the vertical.
        has_tracks: which boxes are one object. If not, boxes that fit one track become that
            track's, and every other is an object of its own.
        called: class name by leaf. An object that the file calls what the scene's class of it is
            called keeps that class.
    """

    name: str
    has_tilt: bool
    has_tracks: bool
    called: Mapping[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What becomes of one object.

    Attributes:
        boxes: to be set.
        n_same: boxes that the scene has just so.
        refused: rows of boxes that give way to a person's own.
    """

    boxes: list[Box]
    n_same: int
    refused: list[int]


@dataclass(frozen=True, slots=True, eq=False)
class Planner:
    """Labels that come in, beside those of the scene.

    Attributes:
        seen: the scene's labels as they are now.
        labels: N boxes.
        leaves: N classes of the taxonomy.
        facts: what the format tells.
        pairs: row of the scene's box that an incoming box fits.
        people: rows of the scene's boxes that a person set.
        may_stay: rows of the scene's boxes that are left alone if they are just so.
    """

    seen: Resolved
    labels: Incoming
    leaves: Sequence[str]
    facts: FormatFacts
    pairs: Mapping[int, int]
    people: Collection[int]
    may_stay: Collection[int]

    def plan(self, one: MatchedObject) -> Plan:
        """Go through the boxes of one object."""
        boxes, refused, n_same = [], [], 0
        known = {self._leaf_of(old) for old in one.old if old != NO_BOX}
        for row, old in zip(one.rows, one.old, strict=True):
            leaf = self._leaf(row, known)
            if old in self.people or self.pairs.get(row) in self.people:
                refused.append(row)
            elif self._stays(row, old, leaf):
                n_same += 1
            else:
                boxes.append(self._box(row, old, leaf, one.key))
        return Plan(boxes, n_same, refused)

    def _leaf(self, row: int, known: Collection[str]) -> str:
        """Class of a box; the scene's own if the file's name for both is the same."""
        name = self.labels.class_name[row]
        same = [leaf for leaf in known if self.facts.called.get(leaf) == name]
        return same[0] if same else self.leaves[row]

    def _leaf_of(self, old: int) -> str:
        leaves = self.seen.labels.taxonomy.leaves
        return leaves[int(self.seen.cuboids.category[old])]

    def _stays(self, row: int, old: int, leaf: str) -> bool:
        """Whether the scene has a box just so: its track's, or one without a track."""
        fitting = self.pairs.get(row, NO_BOX)
        if old == NO_BOX and fitting != NO_BOX:
            alone = self.seen.cuboids.track_id[fitting] == NO_TRACK
            return bool(alone) and self._is_same(row, fitting, leaf)
        return old in self.may_stay and self._is_same(row, old, leaf)

    def _is_same(self, row: int, old: int, leaf: str) -> bool:
        cuboids, labels = self.seen.cuboids, self.labels
        apart_m = max(
            np.abs(cuboids.center[old] - labels.center[row]).max(),
            np.abs(cuboids.size_lwh[old] - labels.size_lwh[row]).max(),
        )
        quats = np.stack([cuboids.quat_wxyz[old], labels.quat_wxyz[row]])
        angle = abs(float(wrap_angle(np.diff(yaw_from_quat(quats)))[0]))
        if self.facts.has_tilt:
            first, second = SE3.from_quat(quats, np.zeros(3)).rotation
            angle = float(np.arccos(np.clip((np.trace(first.T @ second) - 1) / 2, -1.0, 1.0)))
        return bool(self._leaf_of(old) == leaf and apart_m < SAME_M and angle < SAME_RAD)

    def _box(self, row: int, old: int, leaf: str, key: str) -> Box:
        """One incoming box; without a time of its own it takes that of the box it replaces."""
        labels = self.labels
        frame_idx, time_ns = int(labels.frame_idx[row]), int(labels.timestamp_ns[row])
        if time_ns < 0 and old != NO_BOX:
            time_ns = int(self.seen.cuboids.timestamp_ns[old])
        if time_ns < 0:
            frames = self.seen.labels.frames
            time_ns = int(frames.ref_ns[frames.positions(np.array([frame_idx]))[0]])
        return Box(
            track=key,
            frame_idx=frame_idx,
            timestamp_ns=time_ns,
            category=leaf,
            center=tuple(labels.center[row].tolist()),
            quat_wxyz=tuple(labels.quat_wxyz[row].tolist()),
            size_lwh=tuple(labels.size_lwh[row].astype(np.float64).tolist()),
            source="human",
        )
