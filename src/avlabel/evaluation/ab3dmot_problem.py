"""Truth and tracks of one class, over all sequences at once, as the AB3DMOT protocol sees them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import BoolArray, Float64, Int64
from avlabel.errors import EvaluationError
from avlabel.geometry.iou import iou_3d
from avlabel.readers.kitti_labels import DONT_CARE, KittiLabels
from avlabel.readers.kitti_results import KittiResults

NEUTRAL = {"Car": "Van", "Pedestrian": "Person_sitting"}
"""Truth of the neighbouring class is neither missed nor a mistake."""
MAX_TRUNCATION = 0
MAX_OCCLUSION = 2
MIN_HEIGHT_PX = 25.0
DONT_CARE_SHARE = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Overlaps:
    """K pairs of a truth box and a track's box that overlap, by frame; ``iou`` is in 3D."""

    truth: Int64
    box: Int64
    iou: Float64


@dataclass(frozen=True, slots=True, eq=False)
class MotProblem:
    """T truth boxes and P boxes of M tracks, in frames that are numbered through all sequences.

    Attributes:
        n_frames: number of frames.
        truth_frame: (T,) int64, ascending.
        truth_track: (T,) int64, unique over all sequences.
        truth_ignored: (T,) bool: truncated, hardly visible, or of the neighbouring class.
        box_frame: (P,) int64, ascending.
        box_track: (P,) int64 in 0..M-1.
        box_excused: (P,) bool: no mistake where it matches nothing (small in the image, or in
            a region that nobody labelled).
        track_score: (M,) float64 mean score of each track's boxes.
        overlaps: all pairs that overlap at all.
    """

    n_frames: int
    truth_frame: Int64
    truth_track: Int64
    truth_ignored: BoolArray
    box_frame: Int64
    box_track: Int64
    box_excused: BoolArray
    track_score: Float64
    overlaps: Overlaps


def mot_problem(
    truth: Sequence[KittiLabels], results: Sequence[KittiResults], class_name: str
) -> MotProblem:
    """Put the sequences of one class one after another.

    Args:
        truth: label file of each sequence.
        results: result file of each, in the same order.
        class_name: "Car", "Pedestrian" or "Cyclist".

    Raises:
        EvaluationError: if a track has two boxes in one frame.
    """
    parts = [_of_sequence(*pair, class_name) for pair in zip(truth, results, strict=True)]
    frames = np.cumsum([0] + [part.n_frames for part in parts])
    truth_tracks = np.cumsum([0] + [part.truth_track.max(initial=-1) + 1 for part in parts])
    tracks = np.cumsum([0] + [len(part.track_score) for part in parts])
    truth_rows = np.cumsum([0] + [len(part.truth_frame) for part in parts])
    boxes = np.cumsum([0] + [len(part.box_frame) for part in parts])
    return MotProblem(
        n_frames=int(frames[-1]),
        truth_frame=_joined([part.truth_frame for part in parts], frames),
        truth_track=_joined([part.truth_track for part in parts], truth_tracks),
        truth_ignored=np.concatenate([part.truth_ignored for part in parts]),
        box_frame=_joined([part.box_frame for part in parts], frames),
        box_track=_joined([part.box_track for part in parts], tracks),
        box_excused=np.concatenate([part.box_excused for part in parts]),
        track_score=np.concatenate([part.track_score for part in parts]),
        overlaps=Overlaps(
            truth=_joined([part.overlaps.truth for part in parts], truth_rows),
            box=_joined([part.overlaps.box for part in parts], boxes),
            iou=np.concatenate([part.overlaps.iou for part in parts]),
        ),
    )


def _joined(parts: Sequence[Int64], offsets: Int64) -> Int64:
    """Numbers of several sequences as numbers of one, each sequence's after its offset."""
    return np.concatenate([part + offset for part, offset in zip(parts, offsets, strict=False)])


def _of_sequence(labels: KittiLabels, results: KittiResults, class_name: str) -> MotProblem:
    truth, regions = _truth_of(labels, class_name)
    found = _by_frame(results, class_name)
    _refuse_twins(found)
    boxes = found.labels
    truth_ids = np.unique(truth.track_id, return_inverse=True)[1]
    ids = np.unique(boxes.track_id, return_inverse=True)[1]
    last = max(labels.frame_idx.max(initial=-1), boxes.frame_idx.max(initial=-1))
    return MotProblem(
        n_frames=int(last) + 1,
        truth_frame=truth.frame_idx.astype(np.int64),
        truth_track=truth_ids,
        truth_ignored=_ignored(truth, class_name),
        box_frame=boxes.frame_idx.astype(np.int64),
        box_track=ids,
        box_excused=_excused(boxes, regions),
        track_score=np.bincount(ids, found.score) / np.bincount(ids),
        overlaps=_overlapping(truth, boxes),
    )


def camera_boxes(labels: KittiLabels) -> Float64:
    """(N, 7) boxes for ``iou_3d`` in axes that are a turned camera frame: right, forward, up."""
    height, width, length = labels.values[:, 7:10].T
    x, y, z, rotation_y = labels.values[:, 10:14].T
    return np.column_stack([x, z, height / 2 - y, length, width, height, -rotation_y])


def _truth_of(labels: KittiLabels, class_name: str) -> tuple[KittiLabels, KittiLabels]:
    """Boxes of the class and its neighbour, by frame; and the regions that nobody labelled."""
    labels = _sorted(labels)
    types = np.array(labels.types, np.str_)
    wanted = (types == class_name) | (types == NEUTRAL.get(class_name, class_name))
    return labels.select(wanted), labels.select(types == DONT_CARE)


def _by_frame(results: KittiResults, class_name: str) -> KittiResults:
    results = results.select(np.array([name == class_name for name in results.labels.types], bool))
    order = np.argsort(results.labels.frame_idx, kind="stable")
    return KittiResults(_sorted(results.labels), results.score[order])


def _sorted(labels: KittiLabels) -> KittiLabels:
    order = np.argsort(labels.frame_idx, kind="stable")
    types = [labels.types[i] for i in order]
    return KittiLabels(types, labels.frame_idx[order], labels.track_id[order], labels.values[order])


def _refuse_twins(found: KittiResults) -> None:
    keys = np.column_stack([found.labels.frame_idx, found.labels.track_id])
    unique, times = np.unique(keys, axis=0, return_counts=True)
    if np.any(times > 1):
        frame, track = unique[times > 1][0]
        raise EvaluationError(f"frame {frame}: track {track} has two boxes; expected at most one")


def _ignored(labels: KittiLabels, class_name: str) -> BoolArray:
    neighbour = np.array([name != class_name for name in labels.types], np.bool_)
    truncated = np.floor(labels.values[:, 0]) > MAX_TRUNCATION
    return np.asarray(neighbour | truncated | (labels.values[:, 1] > MAX_OCCLUSION))


def _excused(labels: KittiLabels, regions: KittiLabels) -> BoolArray:
    """(N,) bool: boxes that are no mistake where they match nothing."""
    uv = labels.values[:, 3:7]
    out = np.abs(uv[:, 3] - uv[:, 1]) <= MIN_HEIGHT_PX
    area = np.maximum(np.prod(uv[:, 2:] - uv[:, :2], axis=1), 1e-9)
    frames = np.union1d(labels.frame_idx, regions.frame_idx)
    for box, region in zip(
        _rows_of(labels.frame_idx, frames), _rows_of(regions.frame_idx, frames), strict=True
    ):
        low = np.maximum(uv[box, None, :2], regions.values[region, 3:5])
        high = np.minimum(uv[box, None, 2:], regions.values[region, 5:7])
        shared = np.prod(np.clip(high - low, 0, None), axis=-1)
        out[box] |= np.any(shared > DONT_CARE_SHARE * area[box, None], axis=1)
    return np.asarray(out)


def _overlapping(truth: KittiLabels, found: KittiLabels) -> Overlaps:
    boxes_t, boxes_p = camera_boxes(truth), camera_boxes(found)
    frames = np.intersect1d(truth.frame_idx, found.frame_idx)
    parts = []
    for t, p in zip(
        _rows_of(truth.frame_idx, frames), _rows_of(found.frame_idx, frames), strict=True
    ):
        iou = iou_3d(boxes_t[t], boxes_p[p])
        a, b = np.nonzero(iou)
        parts.append((a + t.start, b + p.start, iou[a, b]))
    if not parts:
        return Overlaps(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    return Overlaps(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def _rows_of(frame_idx: np.ndarray, frames: np.ndarray) -> list[slice]:
    """Where each of ``frames`` lies among ascending frame numbers."""
    first = np.searchsorted(frame_idx, frames)
    stop = np.searchsorted(frame_idx, frames, side="right")
    return [slice(int(a), int(b)) for a, b in zip(first, stop, strict=True)]
