"""What the rules look at: boxes in order of their tracks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from avlabel.checks.around import Around
from avlabel.checks.config import CheckConfig
from avlabel.checks.images import Shown
from avlabel.core.arrays import BoolArray, Float64, Int64, IntArray
from avlabel.core.cuboids import NO_TRACK, Cuboids
from avlabel.core.frames import Frames
from avlabel.core.taxonomy import Taxonomy

MIN_STEP_S = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """M pairs of boxes of one track, the second later.

    Attributes:
        before: (M,) int64 rows.
        after: (M,) int64 rows.
        seconds: (M,) float64 between them, at least a millisecond.
        velocity: (M, 2) float64 metres a second over ground.
    """

    before: Int64
    after: Int64
    seconds: Float64
    velocity: Float64

    @classmethod
    def between(cls, cuboids: Cuboids, before: Int64, after: Int64) -> Steps:
        """Steps between given rows."""
        t, xy = cuboids.timestamp_ns, cuboids.center[:, :2]
        seconds = np.maximum((t[after] - t[before]) * 1e-9, MIN_STEP_S)
        return cls(before, after, seconds, (xy[after] - xy[before]) / seconds[:, None])

    @property
    def speed(self) -> Float64:
        """(M,) metres a second."""
        return np.asarray(np.hypot(self.velocity[:, 0], self.velocity[:, 1]))


@dataclass(frozen=True, eq=False)
class Subject:
    """N boxes and what is known around them.

    Attributes:
        cuboids: N boxes, world frame.
        frames: every frame of the log.
        taxonomy: of the categories.
        config: limits.
        around: what the sweeps show.
        shown: what the images show.
    """

    cuboids: Cuboids
    frames: Frames
    taxonomy: Taxonomy
    config: CheckConfig
    around: Around
    shown: Shown

    @cached_property
    def order(self) -> Int64:
        """(K,) int64 rows that have a track, by track and then by frame."""
        c = self.cuboids
        order = np.lexsort((c.timestamp_ns, c.frame_idx, c.track_id))
        return np.asarray(order[c.track_id[order] != NO_TRACK])

    @cached_property
    def starts(self) -> Int64:
        """(T,) int64 where each track begins in ``order``."""
        track = self.cuboids.track_id[self.order]
        return np.flatnonzero(np.diff(track, prepend=NO_TRACK) != 0)

    @cached_property
    def ends(self) -> Int64:
        """(T,) int64 where each track has its last box in ``order``."""
        return np.asarray(np.append(self.starts, len(self.order))[1:] - 1)

    @cached_property
    def track_of(self) -> Int64:
        """(K,) int64 which of the T tracks each of ``order`` belongs to."""
        counts = np.diff(np.append(self.starts, len(self.order)))
        return np.repeat(np.arange(len(self.starts)), counts)

    @cached_property
    def steps(self) -> Steps:
        """From each box to the track's next."""
        rows, track = self._one_a_frame
        goes_on = np.diff(track) == 0
        return Steps.between(self.cuboids, rows[:-1][goes_on], rows[1:][goes_on])

    def strides(self, seconds: float) -> Steps:
        """From each box to the track's first that is at least some seconds later."""
        rows, track = self._one_a_frame
        if not len(rows):
            return self.steps
        time, span = self.cuboids.timestamp_ns[rows], int(seconds * 1e9)
        # Tracks one after the other on one axis of time.
        since = time - time.min()
        lane = track * (since.max() + span + 1)
        ahead = np.searchsorted(since + lane, since + lane + span)
        known = ahead < len(rows)
        known[known] = track[ahead[known]] == track[known]
        return Steps.between(self.cuboids, rows[known], rows[ahead[known]])

    @cached_property
    def _one_a_frame(self) -> tuple[Int64, Int64]:
        """``order`` and ``track_of`` without what a track has twice in one frame."""
        frame, track = self.cuboids.frame_idx[self.order], self.track_of
        first = (np.diff(track, prepend=-1) != 0) | (np.diff(frame, prepend=-1) != 0)
        return self.order[first], track[first]

    @cached_property
    def courses(self) -> Steps:
        """Steps long enough to tell where an object goes."""
        return self.strides(self.config.window_s)

    @cached_property
    def position(self) -> Int64:
        """(N,) int64 of each box's frame; of the next where people's boxes lie in lost frames."""
        numbers = self.frames.frame_idx
        return np.searchsorted(numbers, self.cuboids.frame_idx).clip(max=len(numbers) - 1)

    @cached_property
    def range_m(self) -> Float64:
        """(N,) metres over ground from the vehicle."""
        ego = self.frames.world_from_ego.translation
        away = self.cuboids.center - ego[self.position]
        return np.asarray(np.hypot(away[:, 0], away[:, 1]))

    def leaf(self, row: int) -> str:
        """Class of a box, for people."""
        return self.taxonomy.leaves[int(self.cuboids.category[row])].replace("_", " ")

    def is_a(self, rows: IntArray, *parents: str) -> BoolArray:
        """(M,) bool: whether boxes are of some coarse classes."""
        codes = [k for k, parent in enumerate(self.taxonomy.parents) if parent in parents]
        return np.isin(self.taxonomy.coarse(self.cuboids.category[rows]), codes)
