"""An evaluation summed up under stable keys, for JSON and tables."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from avlabel.core.arrays import FloatArray
from avlabel.evaluation.average_precision import average_precision
from avlabel.evaluation.criteria import CRITERIA
from avlabel.evaluation.detection import DetectionOutcomes
from avlabel.evaluation.errors import TruePositiveErrors
from avlabel.evaluation.evaluate import Evaluation
from avlabel.evaluation.slices import Slice
from avlabel.evaluation.tracking import SIMILARITIES

VERSION = 1
COUNTS = ("idsw", "frag", "mt", "pt", "ml")

Summary = dict[str, Any]


def summarise(evaluation: Evaluation) -> Summary:
    """Sum up as plain dicts, lists and numbers; None where nothing can be said.

    The keys are documented in ``docs/evaluation.md`` and stay as they are within a version.
    """
    return {
        "avlabel_evaluation": VERSION,
        "options": {
            "max_range_m": evaluation.options.max_range_m,
            "min_points": evaluation.options.min_points,
            "moving_mps": evaluation.options.moving_mps,
            "leaves": evaluation.options.leaves,
        },
        "logs": [
            {
                "log_id": seen.log_id,
                "frames_evaluated": list(seen.evaluated),
                "frames_without_truth": list(seen.without_truth),
                "frames_not_in_scene": list(seen.not_in_scene),
                "tracked": seen.tracked,
            }
            for seen in evaluation.coverage
        ],
        "classes": {
            name: _class_summary(evaluation, class_idx)
            for class_idx, name in enumerate(evaluation.classes)
        },
    }


def _class_summary(evaluation: Evaluation, class_idx: int) -> Summary:
    tracking = evaluation.tracking.scores() if evaluation.tracking else None
    summary = {}
    for row, part in enumerate(evaluation.slices):
        summary[part.name] = {
            "n_truth": evaluation.detections.n_truth(class_idx, part),
            "detection": _detection(evaluation.detections, class_idx, part),
            "errors": _errors(evaluation.errors.within(class_idx, part)),
            "tracking": None if tracking is None else _tracking(tracking, class_idx, row),
        }
    return summary


def _detection(outcomes: DetectionOutcomes, class_idx: int, part: Slice) -> Summary:
    n_truth = outcomes.n_truth(class_idx, part)
    summary = {}
    for row, criterion in enumerate(CRITERIA):
        score, is_true = outcomes.counted(row, class_idx, part)
        tp = int(is_true.sum())
        summary[criterion.name] = {
            "ap": _number(average_precision(score, is_true, n_truth)),
            "recall": tp / n_truth if n_truth else None,
            "precision": tp / len(score) if len(score) else None,
            "tp": tp,
            "fp": len(score) - tp,
            "fn": n_truth - tp,
        }
    return summary


def _errors(errors: TruePositiveErrors) -> Summary:
    flips = int(errors.flipped.sum())
    return {
        "n": len(errors),
        "translation_m": _spread(errors.translation_m),
        "vertical_m": _signed(errors.vertical_m),
        "length_m": _signed(errors.size_m[:, 0]),
        "width_m": _signed(errors.size_m[:, 1]),
        "height_m": _signed(errors.size_m[:, 2]),
        "aligned_iou": _spread(errors.aligned_iou),
        "heading_rad": _spread(errors.axis_error_rad),
        "flips": flips,
        "flip_rate": flips / len(errors) if len(errors) else None,
    }


def _spread(values: FloatArray) -> Summary:
    if not len(values):
        return {"mean": None, "median": None, "p90": None}
    return {
        "mean": float(np.mean(values)),
        "median": float(np.median(values)),
        "p90": float(np.quantile(values, 0.9)),
    }


def _signed(values: FloatArray) -> Summary:
    """Bias, and how large errors are either way."""
    if not len(values):
        return {"bias": None, "mean_abs": None}
    return {"bias": float(np.mean(values)), "mean_abs": float(np.mean(np.abs(values)))}


def _tracking(scores: Mapping[str, FloatArray], class_idx: int, part: int) -> Summary:
    summary: Summary = {}
    for row, similarity in enumerate(SIMILARITIES):
        at = {name: float(values[row, class_idx, part]) for name, values in scores.items()}
        summary[similarity.name] = {
            name: int(value) if name in COUNTS else _number(value) for name, value in at.items()
        }
    return summary


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
