"""Predictions as an evaluation takes them: what the truth can judge, and what it cannot."""

from __future__ import annotations

import numpy as np

from avlabel.core.arrays import BoolArray
from avlabel.core.cuboids import Cuboids
from avlabel.core.frames import Frames
from avlabel.core.log import Truth
from avlabel.core.rig import Camera
from avlabel.evaluation.boxes import (
    EvaluatedBoxes,
    in_ego,
    in_frames,
    is_moving,
    ranges_m,
    reject_duplicate_tracks,
)
from avlabel.evaluation.classes import NOT_EVALUATED, EvaluatedClasses
from avlabel.evaluation.options import EvaluationOptions
from avlabel.evaluation.visibility import centers_in_image, share_in_regions


def prepare_predictions(
    cuboids: Cuboids,
    frames: Frames,
    truth: Truth,
    camera: Camera | None,
    classes: EvaluatedClasses,
    options: EvaluationOptions,
) -> EvaluatedBoxes:
    """Keep the evaluated classes, and mark what is no false positive when it matches nothing.

    That is: out of range, not centred in the image of a camera-limited truth, or projected
    mostly into one of the truth's ignored image regions.

    Args:
        cuboids: in the same world as ``frames``.
        frames: those to evaluate.
        truth: tells the ignored regions.
        camera: the truth's camera, None for a truth all around.
        classes: which are told apart.
        options: limits.

    Raises:
        EvaluationError: if a track has two boxes in a frame.
    """
    class_idx = classes.of_leaf[cuboids.category]
    rows = in_frames(cuboids, frames)
    rows = rows[class_idx[rows] != NOT_EVALUATED]
    kept = cuboids.select(rows)
    reject_duplicate_tracks(kept, "scene")
    range_m = ranges_m(kept, frames)
    ignored = range_m > options.max_range_m
    if camera is not None:
        ignored |= _unjudged(kept, frames, truth, camera, options)
    return EvaluatedBoxes(
        cuboids=kept,
        frame_row=frames.positions(kept.frame_idx),
        class_idx=class_idx[rows],
        range_m=range_m,
        moving=is_moving(kept, options),
        ignored=ignored,
    )


def _unjudged(
    cuboids: Cuboids,
    frames: Frames,
    truth: Truth,
    camera: Camera,
    options: EvaluationOptions,
) -> BoolArray:
    boxes_ego = in_ego(cuboids, frames)
    box_frame = cuboids.frame_idx.astype(np.int64)
    region_frame = truth.ignore_frame_idx.astype(np.int64)
    share = share_in_regions(boxes_ego, box_frame, camera, truth.ignore_uv, region_frame)
    return ~centers_in_image(boxes_ego, camera) | (share >= options.ignore_overlap)
