"""What a detector proposes: boxes with the points that speak for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from avlabel.core.arrays import BoolArray, Float32, Int64, IntArray
from avlabel.core.cuboids import Cuboids
from avlabel.core.se3 import SE3

MOVED_AT_ONCE = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """N proposed boxes and a thinned sample of each one's points.

    The sample is what later stages refine from, so that they can run again without the sweeps.

    Attributes:
        cuboids: N boxes; ``timestamp_ns`` is the mean time of each box's own points.
        points: (P, 3) float32 metres, relative to the centre of the point's box, with the axes
            of the cuboids' frame (not turned with the box).
        offsets: (N + 1,) int64; box i owns ``points[offsets[i]:offsets[i + 1]]``.
    """

    cuboids: Cuboids
    points: Float32
    offsets: Int64

    def __len__(self) -> int:
        """Number of boxes."""
        return len(self.cuboids)

    def points_of(self, row: int) -> Float32:
        """(K, 3) float32 sample of one box, relative to its centre."""
        return self.points[self.offsets[row] : self.offsets[row + 1]]

    def select(self, keep: BoolArray | IntArray) -> Detections:
        """The boxes that ``keep`` (mask or indices) picks, in its order, with their points."""
        rows = np.arange(len(self))[keep]
        lengths = np.diff(self.offsets)[rows]
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        within = np.arange(offsets[-1]) - np.repeat(offsets[:-1], lengths)
        points = self.points[np.repeat(self.offsets[rows], lengths) + within]
        return Detections(self.cuboids.select(rows), points, offsets.astype(np.int64))

    def moved(self, dst_from_src: SE3, frame: Literal["ego", "world"]) -> Detections:
        """The same detections in another frame; one transform for all, or one for each box."""
        rotation = np.broadcast_to(dst_from_src.rotation, (len(self), 3, 3)).astype(np.float32)
        lengths = np.diff(self.offsets)
        points = np.empty_like(self.points)
        # A matrix for each point takes three times the points' memory: not for all at once.
        for first in range(0, len(self), MOVED_AT_ONCE):
            rows = slice(first, first + MOVED_AT_ONCE)
            span = slice(self.offsets[first], self.offsets[min(rows.stop, len(self))])
            turned = np.repeat(rotation[rows], lengths[rows], axis=0)
            points[span] = np.einsum("pij,pj->pi", turned, self.points[span])
        return Detections(self.cuboids.moved(dst_from_src, frame), points, self.offsets)

    def in_millimetres(self) -> Detections:
        """The same with points rounded to whole millimetres, as scenes keep them."""
        rounded = np.rint(self.points.astype(np.float64) * 1000) / 1000
        return replace(self, points=rounded.astype(np.float32))

    @classmethod
    def empty(cls, frame: Literal["ego", "world"]) -> Detections:
        """No detections."""
        none = np.zeros((0, 3), np.float32)
        return cls(Cuboids.empty(frame), none, np.zeros(1, np.int64))

    @classmethod
    def concatenate(cls, parts: Sequence[Detections]) -> Detections:
        """All boxes of ``parts`` (at least one, all in the same frame), in order."""
        lengths = np.concatenate([np.diff(part.offsets) for part in parts])
        return cls(
            Cuboids.concatenate([part.cuboids for part in parts]),
            np.concatenate([part.points for part in parts]),
            np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        )
