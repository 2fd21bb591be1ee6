"""Tracks of one log in the form that tracking metrics read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from avlabel.core.arrays import BoolArray, Float64, Int64
from avlabel.evaluation.boxes import EvaluatedBoxes
from avlabel.evaluation.pairs import Pairs


@dataclass(frozen=True, slots=True, eq=False)
class TrackSequence:
    """Truth and predicted tracks over F frames, ids counting from 0.

    Attributes:
        truth_ids: F arrays (N_f,) int64, each id at most once a frame.
        track_ids: F arrays (M_f,) int64, each id at most once a frame.
        similarity: F arrays (N_f, M_f) float64 in 0..1.
        n_truth_ids: number of truth tracks.
        n_track_ids: number of predicted tracks.
        boxes_of_truth: (n_truth_ids,) int64 boxes of each truth track.
        boxes_of_track: (n_track_ids,) int64 boxes of each predicted track.
    """

    truth_ids: Sequence[Int64]
    track_ids: Sequence[Int64]
    similarity: Sequence[Float64]
    n_truth_ids: int
    n_track_ids: int

    boxes_of_truth: Int64 = field(init=False)
    boxes_of_track: Int64 = field(init=False)

    def __post_init__(self) -> None:
        for name, ids, n in (
            ("boxes_of_truth", self.truth_ids, self.n_truth_ids),
            ("boxes_of_track", self.track_ids, self.n_track_ids),
        ):
            seen = np.concatenate([np.zeros(0, np.int64), *ids])
            object.__setattr__(self, name, np.bincount(seen, minlength=n))

    @property
    def n_truth(self) -> int:
        """Number of truth boxes."""
        return int(self.boxes_of_truth.sum())

    @property
    def n_tracked(self) -> int:
        """Number of predicted boxes."""
        return int(self.boxes_of_track.sum())

    def frames(self) -> Iterator[tuple[Int64, Int64, Float64]]:
        """Truth ids, predicted ids and similarity, frame by frame."""
        return zip(self.truth_ids, self.track_ids, self.similarity, strict=True)


def track_sequence(
    predictions: EvaluatedBoxes,
    truth: EvaluatedBoxes,
    pairs: Pairs,
    similarity: Float64,
    keep_prediction: BoolArray,
    keep_truth: BoolArray,
) -> TrackSequence:
    """The kept boxes of one class as tracks.

    Args:
        predictions: P boxes, sorted by frame.
        truth: T boxes, sorted by frame.
        pairs: K candidate pairs; all others have similarity 0.
        similarity: (K,) of the pairs, in 0..1.
        keep_prediction: (P,) mask.
        keep_truth: (T,) mask.
    """
    n_frames = int(max(predictions.frame_row.max(initial=-1), truth.frame_row.max(initial=-1))) + 1
    frames = np.arange(n_frames + 1)
    rows_p, rows_t = np.flatnonzero(keep_prediction), np.flatnonzero(keep_truth)
    first_p = np.searchsorted(predictions.frame_row[rows_p], frames)
    first_t = np.searchsorted(truth.frame_row[rows_t], frames)
    place_p = np.cumsum(keep_prediction) - 1 - first_p[predictions.frame_row]
    place_t = np.cumsum(keep_truth) - 1 - first_t[truth.frame_row]
    names_p, ids_p = np.unique(predictions.track_ids[rows_p], return_inverse=True)
    names_t, ids_t = np.unique(truth.track_ids[rows_t], return_inverse=True)

    kept = np.flatnonzero(keep_prediction[pairs.prediction] & keep_truth[pairs.truth])
    pair_p, pair_t = place_p[pairs.prediction[kept]], place_t[pairs.truth[kept]]
    pair_frame = predictions.frame_row[pairs.prediction[kept]]
    first_pair = np.searchsorted(pair_frame, frames)
    matrices = []
    for f in range(n_frames):
        matrix = np.zeros((first_t[f + 1] - first_t[f], first_p[f + 1] - first_p[f]))
        k = slice(first_pair[f], first_pair[f + 1])
        matrix[pair_t[k], pair_p[k]] = similarity[kept[k]]
        matrices.append(matrix)
    return TrackSequence(
        truth_ids=np.split(ids_t, first_t[1:-1]) if n_frames else [],
        track_ids=np.split(ids_p, first_p[1:-1]) if n_frames else [],
        similarity=matrices,
        n_truth_ids=len(names_t),
        n_track_ids=len(names_p),
    )
