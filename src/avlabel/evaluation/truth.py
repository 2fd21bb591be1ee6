"""Truth as an evaluation takes it: what must be found, and what is left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from avlabel.core.arrays import Float64, FloatArray, Int32
from avlabel.core.cuboids import Cuboids
from avlabel.core.frames import Frames
from avlabel.core.log import Truth
from avlabel.errors import EvaluationError
from avlabel.evaluation.boxes import (
    ANY_CLASS,
    EvaluatedBoxes,
    in_ego,
    in_frames,
    is_moving,
    ranges_m,
    reject_duplicate_tracks,
)
from avlabel.evaluation.classes import NOT_EVALUATED, EvaluatedClasses
from avlabel.evaluation.options import EvaluationOptions
from avlabel.geometry.boxes import count_points

PointsAt = Callable[[int], FloatArray]
"""Frame number to (P, 3) points of its labelled sweep, ego axes at the frame's reference time."""


def shifted_truth(truth: Truth, origin_m: Float64) -> Truth:
    """The truth in a world whose origin lies at ``origin_m`` (3,) of the recording's world."""
    cuboids = replace(truth.cuboids, center=truth.cuboids.center - origin_m)
    return replace(truth, cuboids=cuboids)


def labelled_frames(truth: Truth) -> Int32:
    """Frame numbers that carry at least one box or ignored region, ascending."""
    return np.union1d(truth.cuboids.frame_idx, truth.ignore_frame_idx).astype(np.int32)


def prepare_truth(
    truth: Truth,
    frames: Frames,
    points_at: PointsAt | None,
    classes: EvaluatedClasses,
    options: EvaluationOptions,
) -> EvaluatedBoxes:
    """Sort out which truth must be found.

    A box counts if it is of an evaluated class, not marked as ignored, in range, and has enough
    points inside. One that fails only the last two is ignored for its own class, one that is
    marked is ignored for every class. Other classes are dropped.

    Args:
        truth: in the same world as ``frames``.
        frames: those to evaluate.
        points_at: needed where ``num_points`` is -1.
        classes: which are told apart.
        options: limits.

    Raises:
        EvaluationError: if a track has two boxes in a frame, or points must be counted but
            ``points_at`` is None.
    """
    class_idx = classes.of_leaf[truth.cuboids.category]
    rows = in_frames(truth.cuboids, frames)
    rows = rows[truth.ignored[rows] | (class_idx[rows] != NOT_EVALUATED)]
    cuboids, marked = truth.cuboids.select(rows), truth.ignored[rows]
    reject_duplicate_tracks(cuboids.select(~marked), "truth")
    num_points = _num_points(cuboids, frames, points_at)
    range_m = ranges_m(cuboids, frames)
    return EvaluatedBoxes(
        cuboids=replace(cuboids, num_points=num_points),
        frame_row=frames.positions(cuboids.frame_idx),
        class_idx=np.where(marked, ANY_CLASS, class_idx[rows]).astype(np.int16),
        range_m=range_m,
        moving=is_moving(cuboids, options),
        ignored=marked | (range_m > options.max_range_m) | (num_points < options.min_points),
    )


def _num_points(cuboids: Cuboids, frames: Frames, points_at: PointsAt | None) -> Int32:
    """Points inside each box, counted where the recording does not say."""
    num_points = cuboids.num_points.copy()
    uncounted = num_points < 0
    if points_at is None and np.any(uncounted):
        raise EvaluationError(
            f"truth: {uncounted.sum()} boxes carry no point count and no sweeps were given to count"
        )
    boxes_ego = in_ego(cuboids, frames)
    for frame in np.unique(cuboids.frame_idx[uncounted]):
        rows = np.flatnonzero(uncounted & (cuboids.frame_idx == frame))
        if points_at is not None:
            num_points[rows] = count_points(points_at(int(frame)), boxes_ego.select(rows))
    return num_points
