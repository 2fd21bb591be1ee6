"""Score a log's cuboids against its truth, and put the scores of logs together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from avlabel.core.arrays import IntArray
from avlabel.core.cuboids import Cuboids
from avlabel.core.frames import Frames
from avlabel.core.log import Truth
from avlabel.core.rig import Camera
from avlabel.core.taxonomy import Taxonomy, default_taxonomy
from avlabel.errors import EvaluationError
from avlabel.evaluation.boxes import EvaluatedBoxes
from avlabel.evaluation.classes import evaluated_classes
from avlabel.evaluation.coverage import LogCoverage, coverage, only
from avlabel.evaluation.criteria import ERROR_CRITERION
from avlabel.evaluation.detection import DetectionOutcomes, detection_outcomes
from avlabel.evaluation.errors import TruePositiveErrors, true_positive_errors
from avlabel.evaluation.matching import match
from avlabel.evaluation.options import EvaluationOptions
from avlabel.evaluation.pairs import Pairs, candidate_pairs
from avlabel.evaluation.predictions import prepare_predictions
from avlabel.evaluation.slices import Slice, slices_of
from avlabel.evaluation.tracking import TrackingCounts, tracking_counts
from avlabel.evaluation.truth import PointsAt, labelled_frames, prepare_truth

DEFAULTS = EvaluationOptions()


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """What one or more logs scored, before it is summed up; plain arrays that pickle.

    Attributes:
        options: limits that every log was scored with.
        classes: names of the classes that indices refer to.
        coverage: of each log, what of it was evaluated.
        detections: outcome of every prediction under each criterion.
        errors: of the true positives at ``ERROR_CRITERION``.
        tracking: counts of the logs whose truth has track ids, None if none has.
    """

    options: EvaluationOptions
    classes: tuple[str, ...]
    coverage: tuple[LogCoverage, ...]
    detections: DetectionOutcomes
    errors: TruePositiveErrors
    tracking: TrackingCounts | None

    @property
    def slices(self) -> tuple[Slice, ...]:
        """Everything, by range, by motion."""
        return slices_of(self.options)


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """Labels and truth of one log, ready to be scored.

    Attributes:
        options: limits.
        classes: names of the classes that indices refer to.
        coverage: what is evaluated.
        found: predictions in the evaluated frames.
        true: truth in the evaluated frames.
        pairs: that could match.
    """

    options: EvaluationOptions
    classes: tuple[str, ...]
    coverage: LogCoverage
    found: EvaluatedBoxes
    true: EvaluatedBoxes
    pairs: Pairs


def evaluate(
    log_id: str,
    cuboids: Cuboids,
    truth: Truth,
    frames: Frames,
    *,
    camera: Camera | None = None,
    points_at: PointsAt | None = None,
    taxonomy: Taxonomy | None = None,
    options: EvaluationOptions = DEFAULTS,
) -> Evaluation:
    """Score the cuboids of one log; arguments and errors as ``compare``."""
    return score(
        compare(
            log_id,
            cuboids,
            truth,
            frames,
            camera=camera,
            points_at=points_at,
            taxonomy=taxonomy,
            options=options,
        )
    )


def compare(
    log_id: str,
    cuboids: Cuboids,
    truth: Truth,
    frames: Frames,
    *,
    camera: Camera | None = None,
    points_at: PointsAt | None = None,
    taxonomy: Taxonomy | None = None,
    options: EvaluationOptions = DEFAULTS,
) -> Compared:
    """Put the cuboids of one log beside its truth.

    Args:
        log_id: names the log in the result.
        cuboids: predictions in the world; scores order them, tracks link them.
        truth: in the same world (see ``shifted_truth``).
        frames: that were labelled, with their ego poses.
        camera: the camera of ``truth.camera``; required where that is set.
        points_at: gives a frame's points; required where truth carries no point counts.
        taxonomy: of the categories on both sides; the default taxonomy if None.
        options: limits.

    Raises:
        EvaluationError: if frames are not shared, a camera or points are missing, or a track
            has two boxes in a frame.
        ConfigError: for a class that the taxonomy lacks.
    """
    seen = coverage(log_id, frames.frame_idx, labelled_frames(truth))
    _check_comparable(cuboids, truth, frames, camera, seen)
    shared = only(frames, np.array(seen.evaluated))
    judged_by = camera if truth.camera is not None else None
    classes = evaluated_classes(
        taxonomy or default_taxonomy(), options.classes, leaves=options.leaves
    )
    true = prepare_truth(truth, shared, points_at, classes, options)
    found = prepare_predictions(cuboids, shared, truth, judged_by, classes, options)
    pairs = candidate_pairs(found, true, len(shared))
    return Compared(options, classes.names, seen, found, true, pairs)


def score(compared: Compared) -> Evaluation:
    """What labels score against truth."""
    found, true, pairs = compared.found, compared.true, compared.pairs
    slices = slices_of(compared.options)
    tracking = tracking_counts(found, true, pairs, len(compared.classes), slices)
    return Evaluation(
        options=compared.options,
        classes=compared.classes,
        coverage=(replace(compared.coverage, tracked=tracking is not None),),
        detections=detection_outcomes(found, true, pairs),
        errors=true_positive_errors(found, true, match(found, true, pairs, ERROR_CRITERION)),
        tracking=tracking,
    )


def combine(evaluations: Sequence[Evaluation]) -> Evaluation:
    """The scores of several logs as one: curves over all predictions, counts added up.

    Raises:
        EvaluationError: for no logs, or logs scored with different classes or options.
    """
    if not evaluations:
        raise EvaluationError("nothing to combine: expected at least one evaluated log")
    first = evaluations[0]
    if any(e.classes != first.classes or e.options != first.options for e in evaluations):
        raise EvaluationError("logs were evaluated with different classes or options")
    tracked = [e.tracking for e in evaluations if e.tracking is not None]
    return Evaluation(
        options=first.options,
        classes=first.classes,
        coverage=tuple(seen for e in evaluations for seen in e.coverage),
        detections=DetectionOutcomes.concatenate([e.detections for e in evaluations]),
        errors=TruePositiveErrors.concatenate([e.errors for e in evaluations]),
        tracking=TrackingCounts.sum(tracked) if tracked else None,
    )


def _check_comparable(
    cuboids: Cuboids, truth: Truth, frames: Frames, camera: Camera | None, seen: LogCoverage
) -> None:
    for side, boxes in (("scene", cuboids), ("truth", truth.cuboids)):
        if boxes.frame != "world":
            raise EvaluationError(f"{side}: expected cuboids in the world, got {boxes.frame}")
    if truth.camera is not None and camera is None:
        raise EvaluationError(f"truth covers camera '{truth.camera}' only, which was not given")
    if not seen.evaluated:
        raise EvaluationError(
            f"{seen.log_id}: no frame has both cuboids and truth; scene has "
            f"{_span(frames.frame_idx)}, truth has {_span(labelled_frames(truth))}"
        )


def _span(frame_idx: IntArray) -> str:
    if not len(frame_idx):
        return "no frames"
    return f"frames {frame_idx.min()} to {frame_idx.max()}"
