"""Truth or predictions of one log, made ready to be compared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import BoolArray, Float64, Int16, Int64
from avlabel.core.cuboids import NO_TRACK, Cuboids
from avlabel.core.frames import Frames
from avlabel.errors import EvaluationError
from avlabel.evaluation.motion import speeds
from avlabel.evaluation.options import EvaluationOptions

ANY_CLASS = -1


@dataclass(frozen=True, slots=True, eq=False)
class EvaluatedBoxes:
    """One side of the comparison: N boxes, sorted by frame.

    Attributes:
        cuboids: N boxes in the world.
        frame_row: (N,) int64 row of each box's frame, ascending.
        class_idx: (N,) int16 evaluated class; ``ANY_CLASS`` for ignored truth of other classes.
        range_m: (N,) float64 BEV distance of the centre from the ego origin.
        moving: (N,) bool.
        ignored: (N,) bool. Truth: neither missed nor a true positive, but predictions on it are
            ignored too. Predictions: ignored when they match nothing.
    """

    cuboids: Cuboids
    frame_row: Int64
    class_idx: Int16
    range_m: Float64
    moving: BoolArray
    ignored: BoolArray

    def __len__(self) -> int:
        """Number of boxes."""
        return len(self.cuboids)

    @property
    def track_ids(self) -> Int64:
        """(N,) int64 track ids; a box without track is a track of its own, below -1."""
        own = NO_TRACK - 1 - np.arange(len(self))
        return np.where(self.cuboids.track_id == NO_TRACK, own, self.cuboids.track_id)


def in_frames(cuboids: Cuboids, frames: Frames) -> Int64:
    """Rows of the boxes that lie in ``frames``, sorted by frame."""
    rows = np.flatnonzero(np.isin(cuboids.frame_idx, frames.frame_idx))
    return rows[np.argsort(cuboids.frame_idx[rows], kind="stable")]


def in_ego(cuboids: Cuboids, frames: Frames) -> Cuboids:
    """World boxes, all of them in ``frames``, in the ego axes of their frames."""
    world_from_ego = frames.world_from_ego[frames.positions(cuboids.frame_idx)]
    return cuboids.moved(world_from_ego.inverse(), "ego")


def ranges_m(cuboids: Cuboids, frames: Frames) -> Float64:
    """(N,) BEV distance of world boxes from the ego origin of their frames."""
    ego_xy = frames.world_from_ego.translation[frames.positions(cuboids.frame_idx), :2]
    return np.asarray(np.linalg.norm(cuboids.center[:, :2] - ego_xy, axis=1))


def is_moving(cuboids: Cuboids, options: EvaluationOptions) -> BoolArray:
    """(N,) bool: faster than the limit; unknown speed counts as static."""
    return np.nan_to_num(speeds(cuboids, options.speed_window_s)) > options.moving_mps


def reject_duplicate_tracks(cuboids: Cuboids, side: str) -> None:
    """Check that a track has one box a frame.

    Raises:
        EvaluationError: if not.
    """
    rows = np.flatnonzero(cuboids.track_id != NO_TRACK)
    keys = np.column_stack([cuboids.frame_idx[rows], cuboids.track_id[rows]]).astype(np.int64)
    unique, count = np.unique(keys, axis=0, return_counts=True)
    if np.any(count > 1):
        frame, track = unique[count > 1][0]
        raise EvaluationError(
            f"{side}: frame {frame}: track {track} has {count.max()} boxes; expected at most one"
        )
